"""Changes the org by Salesforce's rules: records come, change, go and return, and their stamps move."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import duckdb

from demo_org import ids
from demo_org.checks import checked_values, field_named, not_deleted, object_named, require
from demo_org.formulas import recompute
from demo_org.metadata.fields import Field
from demo_org.metadata.sobjects import SObject
from demo_org.refusals import Refused
from demo_org.schema_changes import add_field, hide_field, rename_field, retype_field, show_field
from demo_org.storage import Org, quoted
from demo_org.values import planted_value

__all__ = [
    "add_field",
    "change_silently",
    "commit_late",
    "delete",
    "hard_delete",
    "hide_field",
    "insert",
    "merge",
    "plant",
    "rename_field",
    "retype_field",
    "show_field",
    "touch",
    "undelete",
    "update",
]

EDITOR = ids.record_id("005", ids.FIRST_GENERATED)  # who the changes are by
DELETED_IN_SETUP = ("RecordType",)


def insert(org: Org, name: str, record: Mapping[str, Any]) -> str:
    """Create a record from JSON values; its new Id."""
    sobject = object_named(org, name)
    values = checked_values(org, sobject, record, creating=True)
    with org.changing() as cursor:
        number = _next_number(cursor)
        return _write_new(
            org, cursor, sobject, ids.record_id(sobject.key_prefix, ids.FIRST_NEW + number), values, number
        )


def plant(org: Org, name: str, record: Mapping[str, Any], *, record_id: str | None = None) -> str:
    """Create a record that Salesforce's rules would refuse, for tests of readers; values go in as they are."""
    sobject = object_named(org, name)
    values = {key: planted_value(field_named(sobject, key), value) for key, value in record.items()}
    with org.changing() as cursor:
        number = _next_number(cursor)
        new_id = record_id or ids.record_id(sobject.key_prefix, ids.FIRST_NEW + number)
        return _write_new(org, cursor, sobject, new_id, values, number)


def update(org: Org, name: str, record_id: str, record: Mapping[str, Any]) -> None:
    """Change fields of a record; an edit that changes nothing moves the stamps all the same."""
    sobject = object_named(org, name)
    values = checked_values(org, sobject, record, creating=False)
    with org.changing() as cursor:
        full_id = _live(cursor, sobject, record_id)
        _set(cursor, sobject, full_id, values | _edited(org, sobject))
        recompute(cursor, name, [full_id])


def change_silently(org: Org, name: str, record_id: str, record: Mapping[str, Any]) -> None:
    """Change values and no stamp, as a formula does that looks at another record or at the clock."""
    sobject = object_named(org, name)
    values = {key: planted_value(field_named(sobject, key), value) for key, value in record.items()}
    with org.changing() as cursor:
        _set(cursor, sobject, _live(cursor, sobject, record_id), values)


def commit_late(
    org: Org, name: str, record: Mapping[str, Any], *, seconds: int, record_id: str | None = None
) -> str:
    """A transaction that took so long: its record (a new one without `record_id`) becomes visible only now, with the
    stamp of its beginning. Another's edit is never older than the one before it: the row was locked."""
    sobject = object_named(org, name)
    values = checked_values(org, sobject, record, creating=record_id is None)
    with org.changing() as cursor:
        began = _stamp(org) - timedelta(seconds=seconds)
        if record_id is None:
            number = _next_number(cursor)
            full_id = ids.record_id(sobject.key_prefix, ids.FIRST_NEW + number)
            stamps = {"CreatedDate": began, "LastModifiedDate": began, "SystemModstamp": began}
            _write_new(org, cursor, sobject, full_id, values | _known(sobject, stamps), number)
        else:
            full_id = _live(cursor, sobject, record_id)
            before = cursor.execute(
                f'select "SystemModstamp" from {quoted(name)} where "Id" = ?', [full_id]
            ).fetchone()
            stamp = max(began, before[0]) if before and before[0] else began
            stamps = {"LastModifiedDate": stamp, "SystemModstamp": stamp}
            _set(cursor, sobject, full_id, values | _edited(org, sobject) | _known(sobject, stamps))
            recompute(cursor, name, [full_id])
    return full_id


def delete(org: Org, name: str, record_id: str) -> None:
    """Move a record and its detail records to the recycle bin."""
    sobject = object_named(org, name)
    require(sobject.deletable, sobject, "deleted")
    with org.changing() as cursor:
        full_id = _live(cursor, sobject, record_id)
        _bin(org, cursor, sobject, [full_id], full_id)


def undelete(org: Org, name: str, record_id: str) -> None:
    """Take a record back out of the recycle bin, with all that went when it went."""
    sobject = object_named(org, name)
    with org.changing() as cursor:
        full_id, is_deleted = _find(cursor, sobject, record_id)
        if not is_deleted:
            raise Refused(400, "UNDELETE_FAILED", "Entity is not in the recycle bin")
        went = cursor.execute(
            "select object, id from org.deletion_log where root = ? and not hard", [full_id]
        ).fetchall()
        for child_name, child_id in {*went, (name, full_id)}:
            child = org.objects[child_name]
            back = {"IsDeleted": False} | _edited(org, child)
            _set(cursor, child, child_id, back | ({"MasterRecordId": None} if child.mergeable else {}))
        cursor.execute(
            "delete from org.deletion_log where (root = ? or id = ?) and not hard", [full_id, full_id]
        )


def hard_delete(org: Org, name: str, record_id: str) -> None:
    """Remove a record and its detail records for good; only the deletion log remembers them.

    What only an administrator deletes, in Setup, leaves no trace at all.
    """
    sobject = object_named(org, name)
    require(sobject.deletable or name in DELETED_IN_SETUP, sobject, "deleted")
    with org.changing() as cursor:
        full_id, is_deleted = _find(cursor, sobject, record_id)
        if not sobject.deletable:
            cursor.execute(f'delete from {quoted(name)} where "Id" = ?', [full_id])
            return
        if not is_deleted:
            _bin(org, cursor, sobject, [full_id], full_id)
        went = cursor.execute("select object, id from org.deletion_log where root = ?", [full_id]).fetchall()
        for child_name, child_id in {*went, (name, full_id)}:
            cursor.execute(f'delete from {quoted(child_name)} where "Id" = ?', [child_id])
        cursor.execute("update org.deletion_log set hard = true where root = ? or id = ?", [full_id, full_id])


def merge(org: Org, name: str, winner: str, losers: Iterable[str]) -> None:
    """Merge losers into a winner: they go to the bin and name it, and everything that referred to them moves over.

    What moves over keeps its stamps: Salesforce does not say that they move, and the reader must not count on it.
    """
    sobject = object_named(org, name)
    require(sobject.mergeable, sobject, "merged")
    with org.changing() as cursor:
        winner_id = _live(cursor, sobject, winner)
        for loser in losers:
            loser_id = _live(cursor, sobject, loser)
            for child, field in _references(org, name):
                where = (
                    f"update {quoted(child.name)} set {quoted(field.name)} = ? where {quoted(field.name)} = ?"
                )
                cursor.execute(where, [winner_id, loser_id])
            _bin(org, cursor, sobject, [loser_id], loser_id)
            _set(cursor, sobject, loser_id, {"MasterRecordId": winner_id})
        _set(cursor, sobject, winner_id, _edited(org, sobject))


def touch(org: Org, name: str, count: int) -> int:
    """Move the stamps of so many records, spread over the object, as a nightly job does; how many there were."""
    sobject = object_named(org, name)
    with org.changing() as cursor:
        cursor.execute(
            f"""update {quoted(sobject.name)} set "SystemModstamp" = ? where "Id" in (
                select "Id" from {quoted(sobject.name)} where {not_deleted(sobject)} order by hash("Id") limit ?)""",
            [_stamp(org), count],
        )
        done = cursor.fetchone()
    return int(done[0]) if done else 0


def _write_new(
    org: Org,
    cursor: duckdb.DuckDBPyConnection,
    sobject: SObject,
    new_id: str,
    values: dict[str, Any],
    number: int,
) -> str:
    row: dict[str, Any] = {field.name: False for field in sobject.columns if field.type == "boolean"}
    row |= {f.name: f.default_value for f in sobject.columns if f.default_value is not None}
    row |= {f.name: f.auto_number.format(9_000_000 + number) for f in sobject.columns if f.auto_number}
    created = {"Id": new_id, "CreatedDate": _stamp(org), "CreatedById": EDITOR, "OwnerId": EDITOR}
    row |= {name: value for name, value in created.items() if name in sobject.by_name}
    row |= _edited(org, sobject) | values
    if sobject.custom and not row.get("Name"):
        row["Name"] = new_id  # as Salesforce names a record that got no name
    columns = ", ".join(quoted(name) for name in row)
    places = ", ".join("?" for _ in row)
    cursor.execute(f"insert into {quoted(sobject.name)} ({columns}) values ({places})", list(row.values()))
    recompute(cursor, sobject.name, [new_id])
    return new_id


def _set(
    cursor: duckdb.DuckDBPyConnection, sobject: SObject, record_id: str, values: Mapping[str, Any]
) -> None:
    assignments = ", ".join(f"{quoted(name)} = ?" for name in values)
    cursor.execute(
        f'update {quoted(sobject.name)} set {assignments} where "Id" = ?', [*values.values(), record_id]
    )


def _find(cursor: duckdb.DuckDBPyConnection, sobject: SObject, record_id: str) -> tuple[str, bool]:
    """The full Id and whether the record is in the bin."""
    if not ids.is_record_id(record_id):
        raise Refused(400, "MALFORMED_ID", f"bad id {record_id}")
    full_id = ids.with_checksum(record_id[:15])
    deleted = '"IsDeleted"' if "IsDeleted" in sobject.by_name else "false"
    found = cursor.execute(
        f'select {deleted} from {quoted(sobject.name)} where "Id" = ?', [full_id]
    ).fetchone()
    if found is None:
        raise Refused(404, "NOT_FOUND", "The requested resource does not exist")
    return full_id, bool(found[0])


def _live(cursor: duckdb.DuckDBPyConnection, sobject: SObject, record_id: str) -> str:
    full_id, is_deleted = _find(cursor, sobject, record_id)
    if is_deleted:
        raise Refused(404, "ENTITY_IS_DELETED", "entity is deleted")
    return full_id


def _bin(
    org: Org, cursor: duckdb.DuckDBPyConnection, sobject: SObject, record_ids: list[str], root: str
) -> None:
    """Mark records deleted, and then the records that are details of them."""
    _mark_deleted(org, cursor, sobject, record_ids, root)
    for child, field in _references(org, sobject.name):
        if field.cascade_delete:
            found = cursor.execute(
                f'select "Id" from {quoted(child.name)} where list_contains(?, {quoted(field.name)}) and not "IsDeleted"',
                [record_ids],
            ).fetchall()
            if found:
                _bin(org, cursor, child, [row[0] for row in found], root)


def _mark_deleted(
    org: Org, cursor: duckdb.DuckDBPyConnection, sobject: SObject, record_ids: list[str], root: str
) -> None:
    edited = _edited(org, sobject)
    assignments = ", ".join(f"{quoted(name)} = ?" for name in edited)
    cursor.execute(
        f'update {quoted(sobject.name)} set "IsDeleted" = true, {assignments} where list_contains(?, "Id")',
        [*edited.values(), record_ids],
    )
    cursor.executemany(
        "insert into org.deletion_log values (?, ?, ?, false, ?)",
        [[sobject.name, record_id, _stamp(org), root] for record_id in record_ids],
    )


def _references(org: Org, name: str) -> list[tuple[SObject, Field]]:
    """The fields of all objects that refer to this one; not those of its own bookkeeping."""
    return [
        (child, field)
        for child in org.objects.values()
        for field in child.columns
        if name in field.reference_to and field.name != "MasterRecordId"
    ]


def _edited(org: Org, sobject: SObject) -> dict[str, Any]:
    stamp = _stamp(org)
    return _known(sobject, {"LastModifiedDate": stamp, "LastModifiedById": EDITOR, "SystemModstamp": stamp})


def _known(sobject: SObject, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the values whose fields the object has."""
    return {name: value for name, value in values.items() if name in sobject.by_name}


def _stamp(org: Org) -> datetime:
    return org.now().replace(tzinfo=None)


def _next_number(cursor: duckdb.DuckDBPyConnection) -> int:
    found = cursor.execute("select nextval('org.new_records')").fetchone()
    assert found is not None
    return int(found[0])
