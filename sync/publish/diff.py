"""Tells what a publish would change, by publish's own comparison, in a transaction of which nothing stays.

What only the writing itself finds out is not told: a constraint, a trigger or a lock of the application.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extract.database import Connection, Database
from sync.publish.changes import Changes, differs_sql, mass_delete
from sync.publish.compare import LOCK_WAIT_SECONDS, compare, set_up
from sync.publish.contract import Table
from sync.publish.create import missing_statements, run_statements
from sync.publish.existing import Columns, check_build, check_server, columns_of
from sync.publish.failures import explained
from sync.publish.manifest import read_contract
from sync.publish.overrides import PICTURE

Report = Callable[..., None]
KINDS = ("inserted", "updated", "deleted", "left build")


@dataclass(frozen=True)
class DiffOptions:
    database: Database
    manifest: Path  # dbt's target/manifest.json
    told: tuple[str, ...] = ()  # the tables to tell of; none: all
    rows_told: int | None = None  # of each kind of change of a table; None: every row
    allow_mass_delete: bool = False
    rolled_back_to: str = ""  # the run as of which it was built; "": it is the build of every day
    lock_wait_seconds: int = LOCK_WAIT_SECONDS


@dataclass(frozen=True)
class RowDiff:
    """One row that publish would write. It has no values: of a source key only the record it begins with."""

    change: str  # one of KINDS
    id: str
    record: str
    columns: tuple[str, ...]  # that differ; only of an updated row


@dataclass(frozen=True)
class TableDiff:
    """The counts are those that the publish would write into ops.run_tables."""

    table_name: str
    is_new: bool  # publish would create it
    new_columns: tuple[str, ...]  # that publish would add
    inserted: int
    updated: int
    deleted: int  # would get deleted_at, also for having left the build
    left_build: int  # of the deleted: no longer built at all
    unchanged: int
    rows: tuple[RowDiff, ...]  # as many as were asked for


@dataclass(frozen=True)
class DiffResult:
    tables: tuple[TableDiff, ...]
    refused: tuple[Mapping[str, str], ...]  # why publish would refuse it all, as errors
    invalid_overrides: int  # overrides that would not be applied

    @property
    def changes(self) -> int:
        return sum(table.inserted + table.updated + table.deleted for table in self.tables)


def diff(options: DiffOptions, report: Report) -> DiffResult:
    """Compare what was built with the application's tables. Raises PublishFailed where publish could not begin."""
    contract = read_contract(options.manifest)
    with options.database.connect() as connection:
        set_up(connection, options.lock_wait_seconds)
        check_server(connection)
        check_build(connection, contract)
        with explained(connection, "app"), connection.taken_back():
            if connection.kind == "postgres":
                # rows are named after they were counted, and the application is at work
                connection.execute("set transaction isolation level repeatable read")
            before = {table.name: columns_of(connection, "app", table.name) for table in contract}
            run_statements(connection, missing_statements(connection, contract))
            found = compare(connection, contract, rolled_back_to=options.rolled_back_to)
            refusals = (
                ()
                if options.allow_mass_delete
                else tuple(_refusals(connection, found, options.rolled_back_to))
            )
            told = [changes for changes in found if not options.told or changes.table.name in options.told]
            tables = tuple(
                _tell(connection, changes, before[changes.table.name], options, report) for changes in told
            )
            invalid = connection.value(f"select count(*) from {PICTURE} where kind = 'invalid'")
    return DiffResult(tables, refusals, int(invalid))


def _refusals(
    connection: Connection, found: Sequence[Changes], rolled_back_to: str
) -> Iterator[dict[str, str]]:
    for changes in found:
        error = mass_delete(connection, changes, rolled_back_to)
        if error is not None:
            yield error.to_dict()


def _tell(
    connection: Connection, changes: Changes, before: Columns, options: DiffOptions, report: Report
) -> TableDiff:
    table = changes.table
    with explained(connection, table.label):
        rows = tuple(_rows(connection, changes, options.rows_told)) if changes.written else ()
    report(
        "progress", table=table.name, step="diff", done=changes.written, expected=changes.written, unit="rows"
    )
    return TableDiff(
        table_name=table.name,
        is_new=not before,
        new_columns=_new_columns(table, before),
        inserted=changes.inserted,
        updated=changes.updated,
        deleted=changes.newly_deleted,
        left_build=changes.left_build,
        unchanged=changes.unchanged,
        rows=rows,
    )


def _new_columns(table: Table, before: Columns) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns if before and column.name not in before)


def _rows(connection: Connection, changes: Changes, limit: int | None) -> Iterator[RowDiff]:
    """By kind and row key; the first `limit` of each kind."""
    columns = changes.table.synced
    for change, row_id, key, *differs in connection.rows(_rows_sql(changes, limit)):
        different = tuple(
            column.name for column, differ in zip(columns, differs, strict=True) if _is_told(change, differ)
        )
        # what follows in a source key may be an e-mail address
        yield RowDiff(change, str(row_id), str(key).partition("|")[0], different)


def _is_told(change: str, differs: Any) -> bool:
    return change == "updated" and bool(differs)


def _rows_sql(changes: Changes, limit: int | None) -> str:
    effective, table = changes.effective, changes.table
    differs = "".join(f", {differs_sql(effective, column)}" for column in table.synced)
    order = (
        "case c.change "
        + " ".join(f"when '{kind}' then {place}" for place, kind in enumerate(KINDS))
        + " end"
    )
    first = f" where place <= {int(limit)}" if limit is not None else ""
    return f"""
select c.change, c.id, c.row_key{differs}
from (
    select *
    from (select *, row_number() over (partition by change order by row_key) as place from {changes.rows}) as placed
    {first}
) as c
left join {effective.rows} as b on b.id = c.id
left join {table.app} as a on a.id = c.id
order by {order}, c.place
"""
