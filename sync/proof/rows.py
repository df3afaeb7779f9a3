"""Compares which rows of a table are alive in build and in app, by their keys and in both directions."""

from __future__ import annotations

from dataclasses import dataclass

from extract.database import Connection
from sync.proof.tally import tally
from sync.publish.contract import Table


@dataclass(frozen=True)
class Rows:
    """Live rows on both sides, and those that only one side has."""

    in_build: int
    in_app: int
    not_in_app: int = 0
    not_in_build: int = 0
    by_override: int = 0


def decided(connection: Connection, table: Table) -> str:
    """A query for the row keys whose deletion staff decided, by an override of deleted_at; "" when there is none."""
    if not connection.has_table("app", "overrides"):
        return ""
    those = (
        f"select row_key from app.overrides as o where o.table_name = '{table.name}' and o.column_name = 'deleted_at'"
        " and not exists (select 1 from ops.conflicts as c where c.table_name = o.table_name"
        " and c.row_key = o.row_key and c.column_name = o.column_name and c.kind = 'invalid')"
    )
    return those if connection.value(f"select count(*) from ({those}) as decided") else ""


def compare_rows(connection: Connection, table: Table, by_staff: str) -> Rows:
    """`by_staff` is the query of `decided`. Joins the two tables only where they differ."""
    alive = f"where deleted_at is null and {table.key} is not null"
    built = tally(connection, f"select {_both(table)} from {table.build} {alive}")
    there = tally(connection, f"select {_both(table)} from {table.app} {alive}")
    if built == there:
        return Rows(built.count, there.count)
    ((not_in_app, not_in_build, overridden),) = connection.rows(
        "select count(*) filter (where a.id is null and o.row_key is null),"
        " count(*) filter (where b.id is null and o.row_key is null), count(*) filter (where o.row_key is not null)"
        f" from (select id, {table.key} as row_key from {table.build} {alive}) as b"
        f" full outer join (select id, {table.key} as row_key from {table.app} {alive}) as a"
        " on a.id = b.id and a.row_key = b.row_key"
        f" left join ({by_staff or 'select cast(null as text) as row_key'}) as o"
        " on o.row_key = coalesce(a.row_key, b.row_key)"
        " where a.id is null or b.id is null"
    )
    return Rows(built.count, there.count, not_in_app, not_in_build, overridden)


def _both(table: Table) -> str:
    return f"cast(id as text) || ' ' || {table.key}"
