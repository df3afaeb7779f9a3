"""Keeps the list of overrides that Salesforce disagrees with, and of those that could not be applied: no values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from extract.database import Connection, quoted
from sync.publish.contract import Column, Owner
from sync.publish.effective import Effective, among_names, flag
from sync.publish.overrides import PICTURE


@dataclass(frozen=True)
class ConflictCounts:
    """How many overrides are listed, by kind."""

    differs: int
    invalid: int


def record_conflicts(
    connection: Connection, tables: Iterable[Effective], run_id: str, *, only_these: bool = False
) -> ConflictCounts:
    """Bring ops.conflicts up to date. An override is off the list when Salesforce has come to agree, or it is gone.

    With `only_these` what the list says of other tables stays as it is.
    """
    tables = list(tables)
    for effective in tables:
        for column in effective.overridden:
            _mark_differing(connection, effective, column)
    among = ""
    if only_these:
        names = among_names(tables)
        among = f" and c.table_name in {names}"
        connection.execute(f"delete from {PICTURE} where table_name not in {names}")
    connection.execute(
        "delete from ops.conflicts as c where not exists (select 1 from"
        f" {PICTURE} as p where p.table_name = c.table_name and p.row_key = c.row_key"
        f" and p.column_name = c.column_name and p.kind = c.kind){among}"
    )
    connection.execute(_MERGE, (run_id, run_id, run_id))
    counts = dict(connection.rows("select kind, count(*) from ops.conflicts group by kind"))
    return ConflictCounts(counts.get("differs", 0), counts.get("invalid", 0))


_MERGE = f"""
merge into ops.conflicts as c
using (select * from {PICTURE} where kind is not null) as p
    on p.table_name = c.table_name and p.row_key = c.row_key and p.column_name = c.column_name
when matched then
    update set reason = p.reason, who = p.who, last_run = ?
when not matched then
    insert (table_name, row_key, column_name, kind, reason, who, first_seen, first_run, last_run)
    values (p.table_name, p.row_key, p.column_name, p.kind, p.reason, p.who, now(), ?, ?)
"""


def _mark_differing(connection: Connection, effective: Effective, column: Column) -> None:
    """Where Salesforce has another value. It has none to say in a column that it owns only when filled.

    A text that the seed has no word for says something.
    """
    table, name = effective.table, quoted(column.name)
    silent = ""
    if column.owner is Owner.SALESFORCE_IF_NOT_NULL:
        silent = f" and b.{quoted(column.raw_value or column.name)} is not null"
    connection.execute(
        f"update {PICTURE} set kind = 'differs', reason = case when d.is_empty"
        " then 'Salesforce has no value' else 'Salesforce has another value' end"
        f" from (select o.row_key, b.{name} is null as is_empty from {effective.overrides} as o"
        f" join {table.build} as b on b.{table.key} = o.row_key"
        f" where o.{flag(column)} and b.{name} is distinct from o.{name}{silent}) as d"
        f" where {PICTURE}.row_key = d.row_key and table_name = ? and column_name = ? and kind is null",
        (table.name, column.name),
    )
