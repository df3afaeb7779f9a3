"""Removes what the application holds of erased records: the one thing that is ever physically removed from app.

A synced row is of the record, or the two, that its row key begins with. It goes when the build has no such row any more;
so do rows without a record, as skills are, that nothing says any more: they may have been that person's words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from extract.database import Connection, quoted
from extract.errors import PublishFailed
from sync.publish.changes import Changes
from sync.publish.contract import DEFAULT_ROW_KEY, Table

ERASED_ROWS = "landfall_erased_rows"  # a temporary table: (table_name, id)
OPEN = "select record_id from ops.erasures where finished_at is null"


def erased_keys(key: str) -> str:
    """The condition that a row key begins with one or two Ids of which one is being erased."""
    return f"({key} in ({OPEN}) or split_part({key}, '|', 1) in ({OPEN}) or split_part({key}, '|', 2) in ({OPEN}))"


def refuse_open_erasures(connection: Connection) -> None:
    """Raises PublishFailed before some tables are published: those of the others that refer to the person would go on."""
    open_records = int(connection.value(f"select count(distinct record_id) from ({OPEN}) as erasures"))
    if open_records:
        raise PublishFailed(
            f"An erasure of {open_records:,} record{'s' if open_records > 1 else ''} was cut short, and tables that"
            " are not among those to publish may refer to what it removes.",
            f"{connection.name}, ops.erasures",
            "Run `landfall sync`, which completes the erasure and publishes all tables. Nothing was published.",
        )


def find_erased(connection: Connection, found: Sequence[Changes]) -> list[Changes]:
    """The changes without the rows that go, which are listed in ERASED_ROWS: they are no loss to warn of."""
    connection.execute(f"create temporary table {ERASED_ROWS} (table_name text, id uuid)")
    if not connection.value(f"select count(*) from ({OPEN}) erasures"):
        return list(found)
    for changes in found:
        _list_rows(connection, changes.table)
    _keep_what_is_said(connection, found)
    return [_without_listed(connection, changes) for changes in found]


def _list_rows(connection: Connection, table: Table) -> None:
    no_longer_built = f"not exists (select 1 from {table.build} as b where b.{table.key} = a.{table.key})"
    said_by_nobody = "true" if _has_no_record(table) else "false"
    connection.execute(
        f"insert into {ERASED_ROWS} select '{table.name}', a.id from {table.app} as a"
        f" where a.{table.key} is not null and {no_longer_built}"
        f" and ({erased_keys(f'a.{table.key}')} or {said_by_nobody})"
    )


def _without_listed(connection: Connection, changes: Changes) -> Changes:
    table = changes.table
    listed = _listed(table.name)
    erased = int(connection.value(f"select count(*) from ({listed}) as going"))
    if not erased:
        return changes
    live = f"select count(*) from {table.app} where id in ({listed}) and deleted_at is null"
    live_erased = int(connection.value(live))
    left = connection.execute(f"delete from {changes.rows} where id in ({listed})")
    return replace(
        changes,
        left_build=changes.left_build - left,
        synced_before=changes.synced_before - erased,
        live_before=changes.live_before - live_erased,
        erased=erased,
    )


def _listed(name: str) -> str:
    return f"select id from {ERASED_ROWS} where table_name = '{name}'"


def _has_no_record(table: Table) -> bool:
    return table.row_key != DEFAULT_ROW_KEY and not table.referring


def remove_erased(connection: Connection, found: Sequence[Changes]) -> None:
    """Remove the listed rows, after the merge. Raises PublishFailed where a row of the application's own refers to one."""
    going = {changes.table.name for changes in found if changes.erased}
    if not going:
        return
    for changes in found:
        for column in changes.table.referring:
            if column.references in going:
                pointing = f"{quoted(column.name)} in ({_listed(column.references)})"
                _refuse_own_rows(connection, changes.table, column.name, pointing)
                connection.execute(
                    f"update {changes.table.app} set {quoted(column.name)} = null where {pointing}"
                    f" and id not in ({_listed(changes.table.name)})"
                )
    for changes in reversed(found):
        if changes.table.name in going:
            connection.execute(f"delete from {changes.table.app} where id in ({_listed(changes.table.name)})")


def _keep_what_is_said(connection: Connection, found: Sequence[Changes]) -> None:
    """A row without a record that a row which stays still refers to was not only this person's word."""
    for changes in found:
        for column in changes.table.referring:
            parent = next((each.table for each in found if each.table.name == column.references), None)
            if parent is not None and _has_no_record(parent):
                connection.execute(
                    f"delete from {ERASED_ROWS} where table_name = '{parent.name}' and id in"
                    f" (select {quoted(column.name)} from {changes.table.app}"
                    f" where id not in ({_listed(changes.table.name)}))"
                )


def _refuse_own_rows(connection: Connection, table: Table, column: str, pointing: str) -> None:
    own = int(connection.value(f"select count(*) from {table.app} where {table.key} is null and {pointing}"))
    if own:
        raise held_by_the_application(connection, f"{table.label}.{column}", own)


def held_by_the_application(connection: Connection, column: str, rows: int) -> PublishFailed:
    """The error for rows of the application's own that refer to what is to be erased."""
    return PublishFailed(
        f"{rows:,} of the application's own rows refer by {column} to rows of the person.",
        f"{connection.name}, {column}",
        "They are the application's to erase: remove or change them there, then run again. Nothing was published.",
    )
