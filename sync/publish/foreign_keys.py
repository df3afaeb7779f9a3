"""Adds real foreign keys on PostgreSQL: to a new table when it is filled, to a new column when it is made.

A key that is there while a table is filled is looked at once for each row, which takes longer than the filling; one
that is added after looks at all rows together. DuckDB 1.5 refuses to change a key column of a row that others point
at, adds no key to a table that exists and lets rows point in no circle, so there `references.py` looks after the
keys alone.
"""

from __future__ import annotations

from extract.database import Connection, quoted
from sync.publish.changes import Changes
from sync.publish.contract import Column, Table
from sync.publish.failures import explained


def foreign_key_sql(table: Table, column: Column) -> str:
    return (
        f"alter table {table.app} add foreign key ({quoted(column.name)})"
        f" references {quoted('app')}.{quoted(column.references)} (id) deferrable initially immediate"
    )


def add_first_foreign_keys(connection: Connection, changes: Changes) -> None:
    """The keys of a table that had no synced row before, those apart that it has already."""
    table = changes.table
    if connection.kind != "postgres" or changes.synced_before or not table.referring:
        return
    present = {name for (name,) in connection.rows(_PRESENT, (table.name,))}
    for column in table.referring:
        if column.name not in present:
            with explained(connection, table.label):
                connection.execute(foreign_key_sql(table, column))


_PRESENT = """
select a.attname from pg_constraint as c
join pg_attribute as a on a.attrelid = c.conrelid and c.conkey = array[a.attnum]
where c.contype = 'f' and c.conrelid = to_regclass('app.' || quote_ident(?))
"""
