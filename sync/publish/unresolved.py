"""Keeps the list of references whose record is not here (yet), with the time they were first seen.

The column salesforce_id of the list holds the row key of the row that refers; for most tables that is the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from extract.database import Connection, quoted
from sync.publish.contract import Column
from sync.publish.effective import Effective, flag


def record_unresolved(connection: Connection, tables: Iterable[Effective], run_id: str) -> int:
    """Bring ops.unresolved_references up to date and return how many there are. What resolved is removed."""
    kept = [(each, column) for each in tables for column in each.table.referring if column.source_id]
    for effective, column in kept:
        name = effective.table.name
        connection.execute(_remove_sql(effective, column), (name, column.name))
        connection.execute(_merge_sql(effective, column), _merge_values(name, column, run_id))
    _forget_others(connection, [(effective.table.name, column.name) for effective, column in kept])
    return int(connection.value("select count(*) from ops.unresolved_references"))


def _now_unresolved(effective: Effective, column: Column) -> str:
    """Live synced rows that name a record in Salesforce but have no key for it, unless staff wants it so."""
    table = effective.table
    decided = (
        f" and not exists (select 1 from {effective.overrides} as o"
        f" where o.row_key = {table.app}.{table.key} and o.{flag(column)})"
        if column in effective.overridden
        else ""
    )
    return (
        f"select {table.key} as row_key, {quoted(column.source_id)} as missing_id from {table.app}"
        f" where {table.key} is not null and deleted_at is null"
        f" and {quoted(column.source_id)} is not null and {quoted(column.name)} is null{decided}"
    )


def _remove_sql(effective: Effective, column: Column) -> str:
    """A row that now misses another record goes too, and comes back as newly seen."""
    return (
        "delete from ops.unresolved_references as u where u.table_name = ? and u.column_name = ?"
        f" and not exists (select 1 from ({_now_unresolved(effective, column)}) as n"
        " where n.row_key = u.salesforce_id and n.missing_id = u.missing_id)"
    )


def _merge_sql(effective: Effective, column: Column) -> str:
    return f"""
merge into ops.unresolved_references as u
using ({_now_unresolved(effective, column)}) as n
    on u.table_name = ? and u.column_name = ? and u.salesforce_id = n.row_key
when matched then
    update set last_run = ?, missing_object = ?
when not matched then
    insert (table_name, column_name, salesforce_id, missing_id, missing_object, first_seen, first_run, last_run)
    values (?, ?, n.row_key, n.missing_id, ?, now(), ?, ?)
"""


def _merge_values(table_name: str, column: Column, run_id: str) -> tuple[str | None, ...]:
    missing_object = column.missing_object or None
    key = (table_name, column.name)
    return (*key, run_id, missing_object, *key, missing_object, run_id, run_id)


def _forget_others(connection: Connection, kept: Sequence[tuple[str, str]]) -> None:
    """Rows of tables and columns that the contract no longer has."""
    held = connection.rows("select distinct table_name, column_name from ops.unresolved_references")
    for gone in sorted(set(held) - set(kept)):
        connection.execute(
            "delete from ops.unresolved_references where table_name = ? and column_name = ?", gone
        )
