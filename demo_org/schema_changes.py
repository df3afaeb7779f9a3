"""Changes which fields the org has, and which of them the API user may see."""

import json
from collections.abc import Mapping
from typing import Any

from demo_org.metadata.fields import field_from
from demo_org.refusals import Refused
from demo_org.storage import Org, quoted

CAMEL = {
    "referenceTo": "reference_to",
    "picklistValues": "picklist_values",
    "relationshipName": "relationship_name",
}


def add_field(org: Org, name: str, definition: Mapping[str, Any]) -> None:
    """Give an object a new custom field, empty on every record. No record's stamp moves."""
    entry = {CAMEL.get(key, key): value for key, value in definition.items()}
    field_name = str(entry.pop("name", ""))
    if not field_name.endswith("__c"):
        raise Refused(
            400, "FIELD_INTEGRITY_EXCEPTION", f"a custom field's name ends with __c: {field_name!r}"
        )
    try:
        field = field_from(field_name, entry)
    except ValueError as error:
        raise Refused(400, "FIELD_INTEGRITY_EXCEPTION", str(error)) from error
    with org.write_lock:
        _refuse_taken(org, name, field_name)
        with org.changing() as cursor:
            cursor.execute(f"alter table {quoted(name)} add column {quoted(field_name)} {field.column_type}")
            if field.type == "boolean":
                cursor.execute(f"update {quoted(name)} set {quoted(field_name)} = false")
            cursor.execute(
                "insert into org.custom_fields values (?, ?, ?)", [name, field_name, json.dumps(entry)]
            )
        org.reload_objects()


def hide_field(org: Org, name: str, field_name: str) -> None:
    """Take a field out of the API user's sight, as field-level security does; its values stay."""
    if name not in org.objects or field_name not in org.objects[name].by_name:
        raise Refused(400, "INVALID_FIELD", f"No such column '{field_name}' on sobject of type {name}")
    with org.write_lock:
        with org.changing() as cursor:
            cursor.execute("insert or ignore into org.hidden_fields values (?, ?)", [name, field_name])
        org.reload_objects()


def show_field(org: Org, name: str, field_name: str) -> None:
    """Undo hide_field."""
    with org.write_lock:
        with org.changing() as cursor:
            cursor.execute("delete from org.hidden_fields where object = ? and name = ?", [name, field_name])
        org.reload_objects()


def retype_field(org: Org, name: str, field_name: str, definition: Mapping[str, Any]) -> None:
    """Give a custom field another type; a value that does not fit the new one is lost, and no stamp moves."""
    with org.write_lock:
        entry = _custom_field(org, name, field_name) | {
            CAMEL.get(key, key): value for key, value in definition.items()
        }
        try:
            field = field_from(field_name, entry)
        except ValueError as error:
            raise Refused(400, "FIELD_INTEGRITY_EXCEPTION", str(error)) from error
        column = quoted(field_name)
        with org.changing() as cursor:
            cursor.execute(
                f"alter table {quoted(name)} alter column {column} type {field.column_type}"
                f" using try_cast({column} as {field.column_type})"
            )
            cursor.execute(
                "update org.custom_fields set definition = ? where object = ? and name = ?",
                [json.dumps(entry), name, field_name],
            )
        org.reload_objects()


def rename_field(org: Org, name: str, field_name: str, new_name: str) -> None:
    """Change the API name of a custom field; label and values stay, and no stamp moves."""
    with org.write_lock:
        entry = _custom_field(org, name, field_name)
        _refuse_taken(org, name, new_name)
        with org.changing() as cursor:
            cursor.execute(
                f"alter table {quoted(name)} rename column {quoted(field_name)} to {quoted(new_name)}"
            )
            cursor.execute("delete from org.custom_fields where object = ? and name = ?", [name, field_name])
            cursor.execute(
                "insert into org.custom_fields values (?, ?, ?)", [name, new_name, json.dumps(entry)]
            )
        org.reload_objects()


def _custom_field(org: Org, name: str, field_name: str) -> dict[str, Any]:
    """The definition of a field that was added."""
    found = (
        org.cursor()
        .execute("select definition from org.custom_fields where object = ? and name = ?", [name, field_name])
        .fetchone()
    )
    if found is None:
        raise Refused(
            400, "INVALID_FIELD", f"{name} has no added field {field_name!r}; only those may change"
        )
    entry: dict[str, Any] = json.loads(found[0])
    return entry


def _refuse_taken(org: Org, name: str, field_name: str) -> None:
    if name not in org.objects:
        raise Refused(404, "NOT_FOUND", "The requested resource does not exist")
    columns = org.cursor().execute(f"describe {quoted(name)}").fetchall()
    if field_name.lower() in {column[0].lower() for column in columns}:
        message = f"There is already a field named {field_name} on {name}."
        raise Refused(400, "DUPLICATE_DEVELOPER_NAME", message, (field_name,))
