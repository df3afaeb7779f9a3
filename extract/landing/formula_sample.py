"""Tells by a daily sample how many records hold a formula that says something else in the org by now.

A refresh that reads every record tells it exactly, so only objects whose formulas were not read for a day are sampled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from extract.database import Connection
from extract.errors import SalesforceError
from extract.landing.asking import ask_as_described, ids_in_one_query, spooled
from extract.landing.canonical import moment_text
from extract.landing.cell_comparison import choose_records, compare_cells, share_sample
from extract.landing.column_state import FORMULA, load_column_states
from extract.landing.fields import HeldField
from extract.landing.holdings import count_records
from extract.landing.intent import STAMP, has_stamp
from extract.landing.reader import ROWS_PER_PART, ObjectRun
from extract.landing.results import ColumnsRead, FormulaSample, LandingOptions, Report
from extract.landing.state import load_cursors
from extract.landing.tables import columns_of_raw
from extract.salesforce import soql
from extract.salesforce.forecast import forecast_read

A_DAY = timedelta(days=1)
TABLE = """create table if not exists raw._formula_samples (
    object text primary key, sampled_at timestamptz, sampled bigint, stale bigint)"""


def sample_formulas(
    runs: Sequence[ObjectRun], columns_read: Sequence[ColumnsRead], options: LandingOptions, report: Report
) -> list[FormulaSample]:
    """What refreshes of this landing found in all records, and samples of the objects that are due for one.

    A sample costs a call or two for an object. What stands against it is told in a note: no landing fails by it.
    """
    told = [
        FormulaSample(read.object, read.fields, read.rows_served, read.versions_new, every_record=True)
        for read in columns_read
        if read.state == "done" and read.why == FORMULA
    ]
    able = [run for run in runs if run.error is None and has_stamp(run.choice, run.fields) and _formulas(run)]
    if not options.formula_sample or not able:
        return told
    with options.database.connect() as connection:
        due = _due(connection, able)
        samples = _choose(connection, due, options) if due else {}
    for run in due:
        if ids := samples.get(run.entry.sobject):
            try:
                told.append(_sample(run, ids, options, report))
            except SalesforceError as error:  # a spent budget too
                report("note", text=f"{run.entry.sobject}: its formulas were not sampled: {error.what}")
    return told


def _formulas(run: ObjectRun) -> list[HeldField]:
    return [field for field in run.fields if field.calculated]


def _due(connection: Connection, runs: Sequence[ObjectRun]) -> list[ObjectRun]:
    """Those whose formulas were neither read for all records nor sampled within a day."""
    states, sampled = load_column_states(connection), load_sampled(connection)

    def is_due(run: ObjectRun) -> bool:
        name = run.entry.sobject
        read_at = {state.field: state.read_at for state in states.get(name, [])}
        formulas = [field.field for field in _formulas(run)]
        return is_sample_due(formulas, read_at, sampled.get(name), run.client.server_time())

    return [run for run in runs if is_due(run)]


def load_sampled(connection: Connection) -> dict[str, datetime]:
    """When each object's formulas were last sampled."""
    if not connection.has_table("raw", "_formula_samples"):
        return {}
    return dict(connection.rows("select object, sampled_at from raw._formula_samples"))


def is_sample_due(
    formulas: Sequence[str],
    read_at: Mapping[str, datetime | None],
    sampled_at: datetime | None,
    now: datetime,
) -> bool:
    """Whether an object's formulas were neither read for all records nor sampled within a day; never without any."""
    known = [moment for name in formulas if (moment := read_at.get(name)) is not None]
    oldest = min(known) if known and len(known) == len(formulas) else None
    return bool(formulas) and all(at is None or now - at >= A_DAY for at in (oldest, sampled_at))


def forecast_sample(name: str, formulas: Sequence[str], records: int, bulk_from_rows: int) -> int:
    """With how many calls so many records of the object are looked at."""
    fields = ["Id", STAMP, *formulas]
    some = ids_in_one_query(name, fields, ["0" * 18] * records)
    queries = [min(some, records - first) for first in range(0, records, some)]
    return sum(
        forecast_read(
            soql.select(name, fields, soql.one_of("Id", ["0" * 18] * asked)),
            asked,
            bulk_from_rows=bulk_from_rows,
            rows_per_part=ROWS_PER_PART,
        ).calls
        for asked in queries
    )


def _choose(
    connection: Connection, runs: Sequence[ObjectRun], options: LandingOptions
) -> dict[str, tuple[str, ...]]:
    """Ids of each object, by the objects' sizes, other ones every day."""
    columns, cursors = columns_of_raw(connection), load_cursors(connection)
    sizes, seed = {}, runs[0].client.server_time().toordinal()
    for run in runs:
        counted, table = cursors[run.entry.sobject].records_held, run.entry.table_name
        sizes[run.entry.sobject] = (
            count_records(connection, table, columns[table]) if counted is None else counted
        )
    shares = share_sample(options.formula_sample, sizes)
    return {
        run.entry.sobject: choose_records(connection, run.entry.table_name, shares[run.entry.sobject], seed)
        for run in runs
        if shares[run.entry.sobject]
    }


def _sample(run: ObjectRun, ids: Sequence[str], options: LandingOptions, report: Report) -> FormulaSample:
    assert run.description is not None
    assert run.window is not None
    held = {field.field: field for field in run.fields}
    names = [field.field for field in _formulas(run)]
    settled = moment_text(run.window.cursor.reaches - run.entry.lookback(options.lookback))
    compared = stale = 0
    with spooled(options.data_dir / "spool" / f"{run.entry.table_name}.sample") as folder:
        asked = ask_as_described(run.client, run.entry, run.description, held, folder, options, report)
        for _, parts in asked.by_id(["Id", STAMP, *names], ids, "sample"):
            with options.database.connect() as connection:
                found = compare_cells(
                    connection, parts, [held[STAMP], *_formulas(run)], STAMP.lower(), settled
                )
            compared, stale = compared + found.compared, stale + found.stale_records
    with options.database.connect() as connection:
        connection.execute(TABLE)
        connection.execute(
            "insert into raw._formula_samples values (?, ?, ?, ?) on conflict (object) do update set"
            " sampled_at = excluded.sampled_at, sampled = excluded.sampled, stale = excluded.stale",
            (run.entry.sobject, run.client.server_time(), compared, stale),
        )
    return FormulaSample(run.entry.sobject, tuple(names), compared, stale)
