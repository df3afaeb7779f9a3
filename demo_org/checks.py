"""Refuses a change that breaks Salesforce's rules, with Salesforce's own errors."""

from collections.abc import Mapping
from typing import Any

from demo_org.metadata.fields import Field
from demo_org.metadata.sobjects import SObject
from demo_org.refusals import Refused
from demo_org.storage import Org, quoted
from demo_org.values import column_value


def object_named(org: Org, name: str) -> SObject:
    if name not in org.objects:
        raise Refused(404, "NOT_FOUND", "The requested resource does not exist")
    return org.objects[name]


def field_named(sobject: SObject, name: str) -> Field:
    field = sobject.by_name.get(name)
    if field is None or field.is_compound:
        raise Refused(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject.name}")
    return field


def require(allowed: bool, sobject: SObject, done: str) -> None:
    if not allowed:
        raise Refused(400, "INVALID_TYPE_FOR_OPERATION", f"entity type cannot be {done}: {sobject.name}")


def checked_values(
    org: Org, sobject: SObject, record: Mapping[str, Any], *, creating: bool
) -> dict[str, Any]:
    """The columns to write, or Salesforce's refusal: unknown, read-only, wrong, missing, or pointing nowhere."""
    require(
        sobject.createable if creating else sobject.updateable, sobject, "inserted" if creating else "updated"
    )
    values: dict[str, Any] = {}
    for name, value in record.items():
        field = field_named(sobject, name)
        if not (field.createable if creating else field.updateable):
            message = f"Unable to create/update fields: {name}. Please check the security settings of this field and verify that it is read/write for your profile or permission set."
            raise Refused(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message, (name,))
        values[name] = column_value(field, value)
        if field.type == "reference" and values[name]:
            _check_reference(org, field, values[name])
    needed = [field for field in sobject.columns if field.required and (creating or field.name in values)]
    missing = [f.name for f in needed if not str(values.get(f.name) or "").strip()]
    if missing:
        message = f"Required fields are missing: [{', '.join(missing)}]"
        raise Refused(400, "REQUIRED_FIELD_MISSING", message, tuple(missing))
    return values


def _check_reference(org: Org, field: Field, value: str) -> None:
    """Objects that the demo org does not have (profiles, leads) are taken on trust."""
    targets = [org.objects[name] for name in field.reference_to if name in org.objects]
    target = next((each for each in targets if each.key_prefix == value[:3]), None)
    if target is None and len(targets) == len(field.reference_to):
        message = f"{field.label}: id value of incorrect type: {value}"
        raise Refused(400, "FIELD_INTEGRITY_EXCEPTION", message, (field.name,))
    if target is not None:
        found = org.cursor().execute(
            f'select 1 from {quoted(target.name)} where "Id" = ? and {not_deleted(target)}', [value]
        )
        if found.fetchone() is None:
            raise Refused(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", (field.name,))


def not_deleted(sobject: SObject) -> str:
    return 'not "IsDeleted"' if "IsDeleted" in sobject.by_name else "true"
