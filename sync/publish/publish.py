"""Tells the story of a publish: read the contract, prepare the tables, merge them all in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from extract.database import Connection, Database
from sync.publish.changes import Changes, mass_delete
from sync.publish.compare import LOCK_WAIT_SECONDS, compare, set_up
from sync.publish.conflicts import ConflictCounts, record_conflicts
from sync.publish.contract import Table, with_referenced
from sync.publish.create import prepare_tables
from sync.publish.erased_rows import find_erased, refuse_open_erasures, remove_erased
from sync.publish.existing import check_build, check_record, check_server
from sync.publish.failures import explained
from sync.publish.foreign_keys import add_first_foreign_keys
from sync.publish.manifest import read_contract
from sync.publish.merge import merge_changes
from sync.publish.references import refuse_dangling_keys
from sync.publish.unresolved import record_unresolved
from sync.rollback.record import record_rollback

Report = Callable[..., None]


@dataclass(frozen=True)
class PublishOptions:
    database: Database
    manifest: Path  # dbt's target/manifest.json
    run_id: str
    published_through: str
    allow_mass_delete: bool = False
    only: tuple[str, ...] = ()  # these tables with all that they refer to; none: all tables
    rolled_back_to: str = ""  # the run as of which it was built; publishing is held from then on
    lock_wait_seconds: int = (
        LOCK_WAIT_SECONDS  # how long the application may keep us waiting for a row or table
    )


@dataclass(frozen=True)
class TablePublish:
    """Every synced row of a table is counted once: inserted, updated, deleted or unchanged."""

    table_name: str
    inserted: int
    updated: int
    deleted: int  # got deleted_at in this publish, also for having left the build
    unchanged: int
    seconds: float
    left_build: int = 0  # of the deleted: rows that are no longer built at all
    erased: int = 0  # physically removed for `landfall erase`


@dataclass(frozen=True)
class PublishResult:
    tables: tuple[TablePublish, ...]
    unresolved: int
    conflicts: int = 0  # overrides that Salesforce disagrees with
    invalid_overrides: int = 0  # overrides that were not applied


def publish(options: PublishOptions, report: Report) -> PublishResult:
    """Make the application's tables equal to build: all of them, or none.

    Readers see the tables as before or as after. A second publish of the same build writes nothing in app.
    With `only` the other tables, and what ops says of them, stay as they are.
    """
    report("point", name="publish.started")
    contract = read_contract(options.manifest)
    tables = with_referenced(contract, options.only) if options.only else contract
    with options.database.connect() as connection:
        set_up(connection, options.lock_wait_seconds)
        check_server(connection)
        check_record(connection, options.run_id)
        if len(tables) < len(contract):
            refuse_open_erasures(connection)
        check_build(connection, tables)
        prepare_tables(connection, tables)
        result = _merge_all(connection, contract, tables, options, report)
    report("point", name="publish.committed")
    return result


def _merge_all(
    connection: Connection,
    contract: Sequence[Table],
    tables: Sequence[Table],
    options: PublishOptions,
    report: Report,
) -> PublishResult:
    partial = len(tables) < len(contract)
    with explained(connection, "app"), connection.transaction():
        found = find_erased(connection, compare(connection, contract, tables, options.rolled_back_to))
        if not options.allow_mass_delete:
            _refuse_mass_delete(connection, found, options.rolled_back_to)
        if connection.kind == "postgres":
            connection.execute("set constraints all deferred")
        merged = tuple(_merge(connection, changes, report) for changes in found)
        remove_erased(connection, found)
        for changes in found:
            with explained(connection, changes.table.label):
                refuse_dangling_keys(connection, changes)
        if connection.kind == "postgres":
            connection.execute("set constraints all immediate")  # fail here, where the table can be named
        for changes in found:
            add_first_foreign_keys(connection, changes)
        with explained(connection, "ops"):
            effective = [changes.effective for changes in found]
            unresolved = record_unresolved(connection, effective, options.run_id, only_these=partial)
            conflicts = record_conflicts(connection, effective, options.run_id, only_these=partial)
            _record(connection, options, merged, through=None if partial else options.published_through)
            if not partial:
                record_rollback(connection, options.run_id, options.rolled_back_to)
        report("point", name="publish.merged")
    _tell_invalid(report, conflicts)
    return PublishResult(merged, unresolved, conflicts.differs, conflicts.invalid)


def _tell_invalid(report: Report, conflicts: ConflictCounts) -> None:
    if conflicts.invalid:
        report("note", text=f"{conflicts.invalid} overrides were not applied: ops.conflicts says why.")


def _refuse_mass_delete(connection: Connection, found: Sequence[Changes], rolled_back_to: str) -> None:
    for changes in found:
        error = mass_delete(connection, changes, rolled_back_to)
        if error is not None:
            raise error


def _merge(connection: Connection, changes: Changes, report: Report) -> TablePublish:
    started = time.monotonic()
    with explained(connection, changes.table.label):
        merge_changes(connection, changes)
    report(
        "progress",
        table=changes.table.name,
        step="publish",
        done=changes.written,
        expected=changes.written,
        unit="rows",
    )
    if changes.left_build:
        report(
            "note",
            text=f"{changes.left_build:,} row{'' if changes.left_build == 1 else 's'} of {changes.table.label} "
            "left the build and got deleted_at.",
        )
    return TablePublish(
        table_name=changes.table.name,
        inserted=changes.inserted,
        updated=changes.updated,
        deleted=changes.newly_deleted,
        unchanged=changes.unchanged,
        seconds=round(changes.seconds + time.monotonic() - started, 3),
        left_build=changes.left_build,
        erased=changes.erased,
    )


def _record(
    connection: Connection, options: PublishOptions, tables: Sequence[TablePublish], through: str | None
) -> None:
    """Write what was published into the run's record, in the transaction that publishes it.

    A part of the tables is published through no load: the next sync still has the others to publish.
    """
    connection.execute("delete from ops.run_tables where run_id = ?", (options.run_id,))
    for table in tables:
        connection.execute(
            "insert into ops.run_tables (run_id, table_name, inserted, updated, deleted, unchanged, seconds)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            (
                options.run_id,
                table.table_name,
                table.inserted,
                table.updated,
                table.deleted,
                table.unchanged,
                table.seconds,
            ),
        )
    for table in tables:
        if table.erased:
            connection.execute(
                "insert into ops.erased_rows as counted values (?, ?, ?) on conflict (run_id, table_name)"
                " do update set rows_removed = counted.rows_removed + excluded.rows_removed",
                (options.run_id, f"app.{table.table_name}", table.erased),
            )
    connection.execute(
        "update ops.runs set published_through = ? where run_id = ?",
        (through, options.run_id),
    )
