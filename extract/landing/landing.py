"""Brings every object of the catalogue up to date in `raw`."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from extract.catalogue import CatalogueObject, choose_objects, load_catalogue
from extract.database import Connection, Database
from extract.errors import BudgetReached, LandfallError, SalesforceError
from extract.landing.columns import read_columns
from extract.landing.erased import without_erased
from extract.landing.fields import HeldField, landed_fields
from extract.landing.formula_sample import sample_formulas
from extract.landing.holdings import brings_nothing, count_records
from extract.landing.in_flight import find_in_flight
from extract.landing.org_guard import check_org
from extract.landing.pipeline import Pipeline
from extract.landing.reader import (
    FOR_THE_WHOLE_RUN,
    ROWS_PER_PART,
    ObjectRun,
    Reader,
    ReadyPart,
    check_budget,
)
from extract.landing.referrers import follow_turned
from extract.landing.results import (
    ColumnsRead,
    Followed,
    FormulaSample,
    LandingOptions,
    LandingResult,
    ObjectLanding,
    Report,
)
from extract.landing.spool import make_private, remove_leftovers
from extract.landing.state import (
    Held,
    create_tables,
    end_window,
    landed_keys,
    load_fields,
    load_held,
    remember_count,
    remember_fields,
)
from extract.landing.tables import columns_of_raw, complete_tables
from extract.landing.typed_views import refresh_views
from extract.salesforce import SalesforceClient, open_client

COUNTING_MB = 250  # counting the records of a large table stays within what loading it took


def land_objects(options: LandingOptions, report: Report) -> LandingResult:
    """Read what changed in the org since the last landing and commit it, object by object.

    Each object's rows and the point up to which it has been read are committed together, so this may be stopped
    anywhere and run again. An object that fails does not hold up the others. Raises LandfallError for what
    concerns all of them; BudgetReached comes after what had been read is landed.
    """
    report = _one_at_a_time(report)
    report("point", name="extract.started")
    catalogue = load_catalogue()
    chosen = choose_objects(catalogue, options.only)
    jobs = remove_leftovers(make_private(make_private(options.data_dir) / "spool"))
    held, landed = _look_up(options.database, jobs)
    with open_client(options.login, report) as client:
        org_id = client.organization_id()
        check_org(org_id, held.orgs, options.database.name)
        reader = Reader(options, client, org_id, held, report, landed)
        _land(reader, chosen, options, held, report)
        missing = [
            entry for entry in catalogue if entry not in chosen and entry.table_name not in held.tables
        ]
        samples: list[FormulaSample] = []
        followed = _follow(reader, client, catalogue, held, options, report)
        prepared = _describe(missing, client, options, report) if reader.stopped_by is None else {}
        counts = _finish(options.database, reader.runs, held, prepared)
        stopped = reader.stopped_by is not None
        in_flight = {} if stopped else find_in_flight(reader.runs, counts, options, report)
        columns = [] if stopped else read_columns(reader.runs, options, report)
        if not stopped and options.refresh is None:
            samples = sample_formulas(reader.runs, columns, options, report)
    report("point", name="extract.done")
    if reader.stopped_by is not None:
        raise reader.stopped_by
    return _result(client, org_id, reader.runs, counts, in_flight, columns, followed, samples)


def _look_up(database: Database, jobs: Iterable[str]) -> tuple[Held, frozenset[str]]:
    """What is held, and which parts of the jobs that an interrupted run left are landed."""
    with database.connect() as connection:
        create_tables(connection)
        return load_held(connection), landed_keys(connection, jobs)


def _land(
    reader: Reader, chosen: tuple[CatalogueObject, ...], options: LandingOptions, held: Held, report: Report
) -> None:
    """Load parts while others are read. Small objects wait for each other: one package of dlt for all of them."""
    lander = Lander(options, held, report)
    for ready in reader.read(chosen):
        lander.take(ready)
    if reader.stopped_by is not None and not isinstance(reader.stopped_by, BudgetReached):
        raise reader.stopped_by
    lander.flush()


def _follow(
    reader: Reader,
    client: SalesforceClient,
    catalogue: Iterable[CatalogueObject],
    held: Held,
    options: LandingOptions,
    report: Report,
) -> list[Followed]:
    """Read what refers to records that turned; costs nothing where nothing new landed and nothing waits."""
    if reader.stopped_by is not None or not (held.turned or any(run.versions for run in reader.runs)):
        return []
    try:
        return follow_turned(client, catalogue, reader.runs, options, report)
    except BudgetReached as error:  # it is noted, and the next landing goes on with it
        reader.stopped_by = error
        return []


class Lander:
    """Collects parts and commits them by packages, none of which has two parts of one table."""

    def __init__(self, options: LandingOptions, held: Held, report: Report) -> None:
        self._options = options
        self._report = report
        self._tables = set(held.tables)
        self._waiting: list[ReadyPart] = []
        self._served: list[Path] = []  # files of which a copy without erased records is landed
        self._erased = held.erased
        self._refused: set[str] = set()  # objects of which a part could not be loaded
        self._pipeline: Pipeline | None = None

    def take(self, ready: ReadyPart) -> None:
        if ready.part.object in self._refused:
            return  # its window must not end without the part that is missing
        try:
            ready = self._without_erased(ready)
        except FOR_THE_WHOLE_RUN:
            raise
        except LandfallError as error:
            self._refuse(ready, error)
            return
        if any(ready.part.table == other.part.table for other in self._waiting):
            self.flush()
        self._waiting.append(ready)
        more_follows = ready.part.end is None
        if more_follows or sum(waiting.part.rows for waiting in self._waiting) >= ROWS_PER_PART:
            self.flush()

    def _without_erased(self, ready: ReadyPart) -> ReadyPart:
        erased = self._erased.get(ready.part.object)
        if not erased:
            return ready
        part = without_erased(self._options.database, ready.part, erased)
        if part.path != ready.part.path:
            self._served.append(ready.part.path)
        return replace(ready, part=part)

    def flush(self) -> None:
        """Commit what waits: without dlt where no version is new."""
        waiting, self._waiting = self._waiting, []
        bringing = self._settle_what_brings_nothing(waiting)
        if bringing:
            self._load(bringing)
        for ready in waiting:
            ready.part.path.unlink(missing_ok=True)
            if ready.part.object not in self._refused:
                self._say_farewell(ready)
        for path in self._served:
            path.unlink(missing_ok=True)
        self._served = []

    def _say_farewell(self, ready: ReadyPart) -> None:
        try:
            ready.done()
        except (
            SalesforceError
        ) as error:  # what it holds is landed; a job that is left goes by itself after a week
            self._report("note", text=f"{ready.part.object}: {error.what}")

    def _settle_what_brings_nothing(self, waiting: Sequence[ReadyPart]) -> list[ReadyPart]:
        small = [ready for ready in waiting if ready.part.end is not None]
        if not small:
            return list(waiting)
        with self._options.database.connect() as connection:
            idle = [ready for ready in small if self._is_idle(connection, ready)]
            # what follows makes the fields known, and then their columns must be there
            ends = [ready.part.end for ready in idle if ready.part.end is not None]
            complete_tables(connection, {end.object: end.fields for end in ends})
            with connection.transaction():
                for end in ends:
                    end_window(connection, end, None, changed=False)
        return [ready for ready in waiting if ready not in idle]

    def _is_idle(self, connection: Connection, ready: ReadyPart) -> bool:
        if ready.part.rows == 0:
            return True
        return ready.part.table in self._tables and brings_nothing(connection, ready.part)

    def _load(self, bringing: Sequence[ReadyPart]) -> None:
        """All in one package; where a part cannot be loaded, each in its own, so that it does not hold up the others."""
        if self._pipeline is None:
            self._pipeline = Pipeline(self._options.database, self._options.data_dir, self._report)
        try:
            outcomes = self._pipeline.load([ready.part for ready in bringing])
        except FOR_THE_WHOLE_RUN:
            raise
        except LandfallError as error:
            if len(bringing) == 1:
                self._refuse(bringing[0], error)
                return
            for ready in bringing:
                self._load([ready])
            return
        for ready in bringing:
            outcome = outcomes[ready.part.table]
            self._tables.add(ready.part.table)
            ready.run.versions += outcome.versions_new
            ready.run.deleted += outcome.deleted_rows
            ready.run.load_ids.append(outcome.load_id)

    def _refuse(self, ready: ReadyPart, error: LandfallError) -> None:
        self._refused.add(ready.part.object)
        ready.run.error = error
        self._report("failed", object=ready.part.object, what=error.what, next_step=error.next_step)


def _describe(
    entries: Iterable[CatalogueObject], client: SalesforceClient, options: LandingOptions, report: Report
) -> dict[str, tuple[HeldField, ...]]:
    """The fields of objects that were not asked for and have no table yet: the models need all tables."""
    found = {}
    for entry in entries:
        try:
            check_budget(client, options.api_reserve)
            found[entry.sobject] = landed_fields(
                client.describe(entry.sobject), {}, entry.leave_out, entry.refresh
            )
        except SalesforceError as error:
            report("note", text=f"{entry.sobject} has no table yet: {error.what}")
    return found


def _finish(
    database: Database, runs: Sequence[ObjectRun], held: Held, prepared: dict[str, tuple[HeldField, ...]]
) -> dict[str, int]:
    """Make the tables and views whole, and count the records that are held."""
    counts = {}
    with database.connect() as connection:
        if connection.kind == "duckdb":
            connection.execute(f"set memory_limit = '{COUNTING_MB}MB'")
        for name, fields in prepared.items():
            remember_fields(connection, name, fields, (), datetime.now(UTC))
        fields_now = {name: tuple(fields.values()) for name, fields in load_fields(connection).items()}
        complete_tables(connection, fields_now)
        refresh_views(connection, fields_now)
        tables = columns_of_raw(connection)
        for run in runs:
            if run.fields and run.entry.sobject in fields_now:
                counts[run.entry.sobject] = _count(connection, run, held, tables[run.entry.table_name])
    return counts


def _count(connection: Connection, run: ObjectRun, held: Held, columns: set[str]) -> int:
    name = run.entry.sobject
    before = held.cursors.get(name)
    if not run.versions and before is not None and before.records_held is not None:
        return before.records_held
    counted = count_records(connection, run.entry.table_name, columns)
    remember_count(connection, name, counted)
    return counted


def _result(
    client: SalesforceClient,
    org_id: str,
    runs: Sequence[ObjectRun],
    counts: dict[str, int],
    in_flight: dict[str, int],
    columns: Sequence[ColumnsRead],
    followed: Sequence[Followed],
    samples: Sequence[FormulaSample],
) -> LandingResult:
    return LandingResult(
        org_id=org_id,
        instance=client.instance_url,
        objects=tuple(_object_landing(run, counts, in_flight) for run in runs),
        schema_changes=tuple(change for run in runs for change in run.changes),
        columns_read=tuple(columns),
        followed=tuple(followed),
        formula_samples=tuple(samples),
        calls=client.usage.calls,
        api_used=client.usage.used,
        api_limit=client.usage.limit,
    )


def _object_landing(run: ObjectRun, counts: dict[str, int], in_flight: dict[str, int]) -> ObjectLanding:
    window, usage = run.window, run.client.usage
    state = "failed" if run.error else "landed" if run.versions else "unchanged"
    return ObjectLanding(
        object=run.entry.sobject,
        table_name=run.entry.table_name,
        state=state,
        cursor_field=run.choice.field,
        reason=window.reason if window else "",
        api=run.api,
        window_from=window.start.isoformat() if window and window.start else None,
        window_to=window.end.isoformat() if window else None,
        rows_served=run.rows,
        versions_new=run.versions,
        deleted_rows=run.deleted,
        calls=usage.calls,
        bytes=usage.bytes,
        seconds=round(run.ended - run.started, 3),
        retries=usage.retries,
        in_org=None if run.error else run.in_org,
        in_raw=counts.get(run.entry.sobject),
        in_flight=in_flight.get(run.entry.sobject, 0),
        load_ids=tuple(run.load_ids),
        error=run.error.to_dict() if isinstance(run.error, LandfallError) else None,
    )


def _one_at_a_time(report: Report) -> Report:
    """Readers and loader report from their own threads; each event is told whole."""
    lock = threading.Lock()

    def told(event: str, **fields: object) -> None:
        if fields.get("name") and event == "point":
            report(event, **fields)  # may hold for ever, and must not hold the others up
            return
        with lock:
            report(event, **fields)

    return told
