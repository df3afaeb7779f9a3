"""Writes the changed rows of a table, and only those, with one statement that both databases understand."""

from __future__ import annotations

from extract.database import Connection, quoted
from extract.errors import PublishFailed
from sync.publish.changes import Changes
from sync.publish.effective import Effective


def merge_changes(connection: Connection, changes: Changes) -> None:
    """Write every change of the table. Fails when the database wrote another number of rows than were found."""
    if not changes.written:
        return
    written = connection.execute(merge_sql(changes.effective, changes.rows))
    if written != changes.written:
        raise PublishFailed(
            f"{changes.written} rows of {changes.table.label} had to be written, the database wrote {written}.",
            f"{connection.name}, {changes.table.label}",
            "A trigger of the application that drops rows, or another session that removes them at the same"
            " moment, looks like this. Run again; nothing was published.",
        )
    if connection.kind == "postgres" and not changes.synced_before:
        # a table that was just filled has no statistics, and what follows would be planned as if it were small
        connection.execute(f"analyze {changes.table.app}")


def merge_sql(effective: Effective, rows: str) -> str:
    """Columns that the application owns appear nowhere; its own rows never match."""
    table = effective.table
    synced = [quoted(column.name) for column in table.synced]
    updates = [f"{quoted(column.name)} = {effective.new_value(column)}" for column in table.synced]
    return f"""
merge into {table.app} as a
using (
    select c.id, c.row_key, c.change, {", ".join(f"built.{name}" for name in (*synced, *effective.beside))}
    from {rows} as c
    left join {effective.rows} as built on built.id = c.id
) as b
    on a.id = b.id and a.{table.key} = b.row_key
when matched and b.change = 'left build' then
    update set deleted_at = now(), updated_at = now()
when matched then
    update set {", ".join(updates)}, updated_at = now()
when not matched and b.change = 'inserted' then
    insert (id, {table.key}, {", ".join(synced)})
    values (b.id, b.row_key, {", ".join(f"b.{name}" for name in synced)})
"""
