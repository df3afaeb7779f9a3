"""Keeps the list of references whose record is not here (yet), with the time they were first seen.

The column salesforce_id of the list holds the row key of the row that refers; for most tables that is the record.
"""

from __future__ import annotations

from collections.abc import Iterable

from extract.database import Connection, quoted
from sync.publish.contract import Column
from sync.publish.effective import Effective, among_names, flag

NOW = "landfall_unresolved"


def record_unresolved(
    connection: Connection, tables: Iterable[Effective], run_id: str, *, only_these: bool = False
) -> int:
    """Bring ops.unresolved_references up to date and return how many there are of these tables. What resolved is removed.

    With `only_these` what the list says of other tables stays as it is.
    """
    tables = list(tables)
    connection.execute(
        f"create temporary table {NOW} (table_name text, column_name text, row_key text, missing_id text,"
        " missing_object text)"
    )
    for effective in tables:
        for column in effective.table.referring:
            if column.source_id:
                connection.execute(
                    f"insert into {NOW} {_now_unresolved(effective, column)}",
                    (effective.table.name, column.name, column.missing_object or None),
                )
    among = f" and u.table_name in {among_names(tables)}" if only_these else ""
    connection.execute(_REMOVE + among)
    connection.execute(_MERGE, (run_id, run_id, run_id))
    return int(connection.value(f"select count(*) from {NOW}"))


def _now_unresolved(effective: Effective, column: Column) -> str:
    """Live synced rows that name a record in Salesforce but have no key for it, unless staff or an erasure wants it so."""
    table = effective.table
    decided = (
        f" and not exists (select 1 from {effective.overrides} as o"
        f" where o.row_key = a.{table.key} and o.{flag(column)})"
        if column in effective.overridden
        else ""
    )
    return (
        f"select ?, ?, a.{table.key}, a.{quoted(column.source_id)}, ? from {table.app} as a"
        f" where a.{table.key} is not null and a.deleted_at is null"
        f" and a.{quoted(column.source_id)} is not null and a.{quoted(column.name)} is null{decided}"
        f" and a.{quoted(column.source_id)} not in (select record_id from ops.erasures where kept_out)"
    )


_SAME = "n.table_name = u.table_name and n.column_name = u.column_name and n.row_key = u.salesforce_id"

# A row that now misses another record goes too, and comes back as newly seen.
_REMOVE = f"""
delete from ops.unresolved_references as u
where not exists (select 1 from {NOW} as n where {_SAME} and n.missing_id = u.missing_id)
"""

_MERGE = f"""
merge into ops.unresolved_references as u
using {NOW} as n
    on {_SAME}
when matched then
    update set last_run = ?, missing_object = n.missing_object
when not matched then
    insert (table_name, column_name, salesforce_id, missing_id, missing_object, first_seen, first_run, last_run)
    values (n.table_name, n.column_name, n.row_key, n.missing_id, n.missing_object, now(), ?, ?)
"""
