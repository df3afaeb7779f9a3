"""Reads single columns for all records of an object: a new field's values (backfill), a formula's (refresh).

Only Id, SystemModstamp and these columns are asked for; each record is completed with the newest version held. A
record that changed meanwhile is left to its window. A read that is cut short is begun again by the next landing,
with the same query, so that its Bulk job is taken up; what was composed is found to be held. A record that was landed
since then is asked for by its Id instead: the job may say what was true before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from extract.database import Connection, quoted
from extract.errors import DatabaseUnavailable, LandfallError, SettingsError, StorageError
from extract.landing.asking import ask_as_described, spooled
from extract.landing.canonical import LandedColumn, moment_text
from extract.landing.column_state import (
    FOLLOWED,
    FORMULA,
    ColumnState,
    begin_columns,
    end_columns,
    load_column_states,
    want_columns,
)
from extract.landing.compose import Composed, compose_part, read_later_than
from extract.landing.fields import HeldField
from extract.landing.intent import STAMP, has_stamp
from extract.landing.parts import Part
from extract.landing.reader import ROWS_PER_PART, ObjectRun, check_budget
from extract.landing.results import ColumnsRead, LandingOptions, Report
from extract.landing.spool import ADOPT_WITHIN, make_private
from extract.salesforce import SpoolPart, read_window, soql
from extract.salesforce.span import Span

MOST_BY_ID = 4_000  # landed since the read that is taken up; of more, it is begun anew


def read_columns(runs: Sequence[ObjectRun], options: LandingOptions, report: Report) -> list[ColumnsRead]:
    """Read what waits, and the formulas that are due, of the objects that were landed.

    One that fails waits for the next landing, and says why; what was landed does not depend on it.
    """
    readable = [run for run in runs if run.error is None and has_stamp(run.choice, run.fields)]
    if not readable:
        return []
    with options.database.connect() as connection:
        states = load_column_states(connection)
        due = {run.entry.sobject: _due(run, states.get(run.entry.sobject, []), options) for run in readable}
        for run in readable:
            wanted = [(field, FORMULA) for field in due[run.entry.sobject]]
            want_columns(connection, run.entry.sobject, wanted, run.client.server_time())
        if any(due.values()):
            states = load_column_states(connection)
    waiting = [(run, _waiting(run, states.get(run.entry.sobject, []))) for run in readable]
    return [_read(run, columns, options, report) for run, columns in waiting if columns]


def due_formulas(
    fields: Sequence[HeldField], states: Sequence[ColumnState], now: datetime, days: int
) -> list[str]:
    """The calculated fields that nobody has read for so many days; 0 days: never."""
    if not days:
        return []
    read = {state.field: state.read_at for state in states}
    return [
        field.field
        for field in fields
        if field.calculated and ((at := read.get(field.field)) is None or now - at >= timedelta(days=days))
    ]


def _due(run: ObjectRun, states: Sequence[ColumnState], options: LandingOptions) -> list[str]:
    """The fields to read again that do not wait already."""
    waits = {state.field for state in states if state.wanted_at is not None}
    if options.refresh is not None:
        due = _asked(run, options.refresh)
    else:
        due = due_formulas(run.fields, states, run.client.server_time(), options.formula_days)
    return [field for field in due if field not in waits]


def _waiting(run: ObjectRun, states: Sequence[ColumnState]) -> list[ColumnState]:
    told = {field.field for field in run.fields}  # one that vanished meanwhile cannot be asked for
    return [state for state in states if state.wanted_at is not None and state.field in told]


def _asked(run: ObjectRun, wanted: tuple[str, ...]) -> list[str]:
    """The fields that a person asked for by API name, or all calculated ones. Raises SettingsError."""
    if not wanted:
        return [field.field for field in run.fields if field.calculated]
    known = {field.field.lower(): field.field for field in run.fields}
    unknown = [name for name in wanted if name.lower() not in known]
    if unknown:
        raise SettingsError(
            f"{run.entry.sobject} has no field {', '.join(unknown)} that is landed.",
            "--fields",
            "Name fields by their API names; `raw._fields` lists them.",
        )
    return [known[name.lower()] for name in wanted]


def _read(
    run: ObjectRun, waiting: Sequence[ColumnState], options: LandingOptions, report: Report
) -> ColumnsRead:
    read = ColumnsRead(
        run.entry.sobject,
        tuple(state.field for state in waiting),
        ", ".join(sorted({state.why for state in waiting})),
    )
    try:
        check_budget(run.client, options.api_reserve)
        read.expected = run.client.count_in_time(read.object, include_deleted=True)
        now = run.client.server_time()
        until = _until(waiting, now)
        with options.database.connect() as connection:
            landed_since = _landed_since(connection, run, until) if until < now else []
            if len(landed_since) > MOST_BY_ID:
                until, landed_since = now, []
            begin_columns(connection, read.object, read.fields, until)
        for part in _parts(run, read, until, options, report):
            _compose(run, read, part, until, options, report, resumed=until < now)
            if part.last:
                _read_by_id(run, read, landed_since, options, report)
                with options.database.connect() as connection:
                    end_columns(connection, read.object, read.fields, until)
            part.let_go()
        read.state = "done"
    except (DatabaseUnavailable, StorageError):
        raise
    except LandfallError as error:
        read.error = error.to_dict()
        report("note", text=f"{read.object}: {', '.join(read.fields)} waits to be read: {error.what}")
    return read


def _until(waiting: Sequence[ColumnState], now: datetime) -> datetime:
    """The end of the read that was cut short, while Salesforce keeps its job; else now.

    What records refer to is asked for anew: it may have moved and moved back since, and no later read would tell.
    """
    if any(state.why == FOLLOWED for state in waiting):
        return now
    begun = {state.read_until for state in waiting}
    until = begun.pop() if len(begun) == 1 else None
    return until if until is not None and now - ADOPT_WITHIN < until <= now else now


def _landed_since(connection: Connection, run: ObjectRun, until: datetime) -> list[str]:
    """Ids of records that a read until then shows, and of which a version was read later; more than enough of many."""
    return [
        row[0]
        for row in connection.rows(
            f"select distinct id from raw.{quoted(run.entry.table_name)} where _extracted_at >= ?"
            f" and {STAMP.lower()} < ? order by id limit {MOST_BY_ID + 1}",
            (read_later_than(until), moment_text(until)),
        )
    ]


def _parts(
    run: ObjectRun, read: ColumnsRead, until: datetime, options: LandingOptions, report: Report
) -> Iterator[SpoolPart]:
    assert run.description is not None
    words = f"{read.object}: {', '.join(read.fields)}"

    def told(event: str, **fields: object) -> None:
        if "object" in fields:
            fields["object"] = words
        if event == "progress":
            fields["expected"] = read.expected
        report(event, **fields)

    folder = make_private(options.data_dir / "spool" / f"{run.entry.table_name}.columns")
    return read_window(
        run.client,
        run.description,
        list(dict.fromkeys(("Id", STAMP, *read.fields))),
        soql.window(STAMP, None, until),
        folder,
        rows_per_part=ROWS_PER_PART,
        bulk_from_rows=options.bulk_from_rows,
        report=told,
        span=Span(STAMP, None, until),
    )


def _compose(
    run: ObjectRun,
    read: ColumnsRead,
    spooled: SpoolPart,
    until: datetime,
    options: LandingOptions,
    report: Report,
    *,
    resumed: bool,
) -> None:
    known = {field.field: LandedColumn(field.field, field.column, field.type) for field in run.fields}
    part = Part(
        part_id=f"{options.run_id}/{run.entry.table_name}.columns/{spooled.number:05d}",
        object=read.object,
        table=run.entry.table_name,
        path=spooled.path,
        rows=spooled.rows,
        header=spooled.columns,
        columns=tuple(known[field] for field in spooled.columns),
        extracted_at=until,
        end=None,
    )
    with options.database.connect() as connection:
        composed = compose_part(connection, part, report, resumed=resumed)
    part.path.unlink(missing_ok=True)
    read.rows_served += part.rows
    read.left_out += composed.left_out
    _count(run, read, composed)


def _read_by_id(
    run: ObjectRun, read: ColumnsRead, ids: Sequence[str], options: LandingOptions, report: Report
) -> None:
    """The columns of records that the read left out, as they are now."""
    if not ids:
        return
    assert run.description is not None
    held = {field.field: field for field in run.fields}
    with spooled(options.data_dir / "spool" / f"{run.entry.table_name}.columns-by-id") as folder:
        asked = ask_as_described(run.client, run.entry, run.description, held, folder, options, report)
        for _, parts in asked.by_id(list(dict.fromkeys(("Id", STAMP, *read.fields))), ids, "columns"):
            with options.database.connect() as connection:
                for part in parts:
                    composed = compose_part(connection, part, report)
                    read.left_out -= part.rows - composed.left_out
                    _count(run, read, composed)


def _count(run: ObjectRun, read: ColumnsRead, composed: Composed) -> None:
    read.versions_new += composed.versions_new
    if composed.load_id:
        run.versions += composed.versions_new
        run.load_ids.append(composed.load_id)
