"""Reads objects from the org in background threads and hands over their parts as they fill."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from extract.catalogue import CatalogueObject
from extract.errors import (
    BudgetReached,
    DatabaseUnavailable,
    LandfallError,
    LoginRefused,
    ObjectRefused,
    SalesforceError,
    SettingsError,
    StorageError,
)
from extract.landing.canonical import LandedColumn, moment_text
from extract.landing.fields import HeldField
from extract.landing.intent import as_interrupted, intend
from extract.landing.parts import Part
from extract.landing.results import LandingOptions, Report, SchemaChange
from extract.landing.spool import make_private
from extract.landing.state import Held, WindowEnd
from extract.landing.window import CursorChoice, Window
from extract.salesforce import ObjectDescription, SalesforceClient, SpoolPart, read_window, soql
from extract.salesforce.describe import KNOWN_TYPES
from extract.salesforce.kept_job import kept_job
from extract.salesforce.span import Span

# Two row groups of DuckDB, whole: a part that leaves half a one takes a quarter more time, and more memory with each part.
ROWS_PER_PART = 2 * 122_880
NOT_CHOSEN = CursorChoice("", "")
FOR_THE_WHOLE_RUN = (BudgetReached, LoginRefused, SettingsError, StorageError, DatabaseUnavailable)


@dataclass
class ObjectRun:
    """One object on its way: a reader thread fills the upper half, the loading thread the lower."""

    entry: CatalogueObject
    client: SalesforceClient
    fields: tuple[HeldField, ...] = ()
    changes: tuple[SchemaChange, ...] = ()
    choice: CursorChoice = NOT_CHOSEN
    description: ObjectDescription | None = None
    columns_wanted: tuple[tuple[str, str], ...] = ()
    window: Window | None = None
    api: str = ""
    rows: int = 0
    in_org: int | None = None
    error: LandfallError | None = None
    started: float = field(default_factory=time.monotonic)
    ended: float = 0.0
    versions: int = 0
    deleted: int = 0
    load_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ReadyPart:
    """A part that waits to be loaded; `done` is called when it is committed."""

    run: ObjectRun
    part: Part
    done: Callable[[], None]


class Reader:
    """Up to `parallel` objects are read at a time; a reader waits while its parts are not taken."""

    def __init__(
        self,
        options: LandingOptions,
        client: SalesforceClient,
        org_id: str,
        held: Held,
        report: Report,
        landed: Collection[str] = (),
    ) -> None:
        self._options = options
        self._client = client
        self._org_id = org_id
        self._held = held
        self._landed = landed  # the keys of the parts that interrupted runs landed
        self._report = report
        self._ready: queue.Queue[ReadyPart | None] = queue.Queue(maxsize=1)
        self._stop = threading.Event()
        self._ends = [
            client.server_time(),
            *_ends_of_jobs(options.data_dir / "spool"),
        ]  # no window ends before
        self.stopped_by: BaseException | None = None
        self.runs: list[ObjectRun] = []

    def read(self, entries: tuple[CatalogueObject, ...]) -> Iterator[ReadyPart]:
        """The parts of all objects, in the order in which they become ready. Look at `stopped_by` at the end."""
        waiting: queue.SimpleQueue[ObjectRun] = queue.SimpleQueue()
        for entry in entries:
            self.runs.append(ObjectRun(entry, self._client.with_own_usage()))
            waiting.put(self.runs[-1])
        threads = [
            threading.Thread(target=self._work, args=(waiting,), name=f"read-{number}", daemon=True)
            for number in range(min(self._options.parallel, len(entries)))
        ]
        for thread in threads:
            thread.start()
        try:
            for _ in threads:
                yield from iter(self._ready.get, None)
        finally:
            self._stop.set()

    def _work(self, waiting: queue.SimpleQueue[ObjectRun]) -> None:
        try:
            while not self._stop.is_set():
                self._read_one(waiting.get_nowait())
        except queue.Empty:
            pass
        except BudgetReached as error:  # the others finish the object they are at, and come to the same end
            self.stopped_by = self.stopped_by or error
        except BaseException as error:  # handed to the loading thread, which raises it
            self.stopped_by = self.stopped_by or error
            self._stop.set()
        self._hand_over(None)

    def _read_one(self, run: ObjectRun) -> None:
        try:
            check_budget(self._client, self._options.api_reserve)
            run.started = time.monotonic()
            self._read_as_described(run)
            run.in_org = self._count(run)
        except FOR_THE_WHOLE_RUN:
            raise
        except LandfallError as error:
            run.error = error
            told = {"what": error.what, "next_step": error.next_step}
            self._report("failed", object=run.entry.sobject, **told)
        run.ended = time.monotonic()

    def _read_as_described(self, run: ObjectRun) -> None:
        """Read the object; once more when a field went away after describe had shown it, without that field."""
        try:
            self._read(run)
        except ObjectRefused as refused:
            if not refused.fields_changed or run.rows:
                raise
            name = run.entry.sobject
            self._report("note", text=f"{name}: its fields changed just now and are asked for again.")
            self._read(run)
        self._tell_unknown_types(run)

    def _tell_unknown_types(self, run: ObjectRun) -> None:
        """Once for each field, when it is first read."""
        held = self._held.fields.get(run.entry.sobject, {})
        for entry in run.fields:
            if entry.type not in KNOWN_TYPES and entry.field not in held:
                where = f"{run.entry.sobject}.{entry.field}"
                text = f"{where} has a type that Landfall does not know, {entry.type}; it lands as text."
                self._report("note", text=text)

    def _read(self, run: ObjectRun) -> None:
        name = run.entry.sobject
        description = run.client.describe(name)
        window = self._plan(run, description)
        folder = make_private(self._options.data_dir / "spool" / run.entry.table_name)
        window = run.window = as_interrupted(window, name, run.fields, folder)
        header = [entry.field for entry in run.fields]
        parts = read_window(
            run.client,
            description,
            header,
            window.where,
            folder,
            rows_per_part=ROWS_PER_PART,
            bulk_from_rows=self._options.bulk_from_rows,
            report=self._report,
            span=Span(window.field, window.start, window.end) if window.field else None,
            landed=self._landed,
        )
        for spooled in parts:
            run.api, run.rows = spooled.api, run.rows + spooled.rows
            self._report("point", name="extract.spooled")
            # Only the loading thread asks for the part after the last: then the Bulk job may go.
            last = spooled.last
            done = partial(_end, parts) if last else spooled.let_go
            self._hand_over(ReadyPart(run, self._part(run, window, spooled), done))
            if last or self._stop.is_set() or run.error is not None:  # a part could not be loaded
                return

    def _plan(self, run: ObjectRun, description: ObjectDescription) -> Window:
        intent = intend(run.entry, description, self._held, run.client.server_time(), self._options)
        run.fields, run.changes, run.choice = intent.fields, intent.changes, intent.choice
        run.description, run.columns_wanted = description, intent.columns_wanted
        return intent.window

    def _part(self, run: ObjectRun, window: Window, spooled: SpoolPart) -> Part:
        name, table = run.entry.sobject, run.entry.table_name
        columns = {entry.field: LandedColumn(entry.field, entry.column, entry.type) for entry in run.fields}
        before = tuple(self._held.fields.get(name, {}).values())
        whole = window.start is None
        cursor = WindowEnd(name, self._org_id, window.cursor, run.fields, before, whole, run.columns_wanted)
        return Part(
            part_id=f"{spooled.key or self._options.run_id}/{table}/{spooled.number:05d}",
            object=name,
            table=table,
            path=spooled.path,
            rows=spooled.rows,
            header=spooled.columns,
            columns=tuple(columns[field] for field in spooled.columns),
            extracted_at=window.end,
            end=cursor if spooled.last else None,
            org_id=self._org_id,
            vanished=self._vanished(run),
            turned_since=self._turned_since(run, window),
        )

    def _turned_since(self, run: ObjectRun, window: Window) -> str:
        """Of what a first landing brings, only what turned since what refers to it was read: now, or long ago."""
        name = run.entry.sobject
        if name in self._held.cursors:
            return ""
        read = [
            min(self._held.first_seen.get(other, held.cursor.end), held.cursor.end)
            for other, held in self._held.cursors.items()
            if any(name in field.reference_to.split(",") for field in self._held.fields[other].values())
        ]
        lookback = run.entry.lookback(self._options.lookback)
        return moment_text(min([window.end, *self._ends, *read]) - lookback)

    def _vanished(self, run: ObjectRun) -> tuple[str, ...]:
        """The columns of raw whose fields the org no longer tells."""
        told, columns = (
            {entry.field for entry in run.fields},
            self._held.tables.get(run.entry.table_name, set()),
        )
        held = self._held.fields.get(run.entry.sobject, {}).values()
        return tuple(entry.column for entry in held if entry.field not in told and entry.column in columns)

    def _count(self, run: ObjectRun) -> int | None:
        """The org's count of what was there when the window ended; None when it does not say, which costs the proof."""
        assert run.window is not None
        name, fields = run.entry.sobject, {entry.field for entry in run.fields}
        filters = ["IsDeleted = false"] if "IsDeleted" in fields else []
        if "CreatedDate" in fields:
            filters.append(soql.window("CreatedDate", None, run.window.end))
        try:
            # a plain query leaves archived tasks and events out, which are landed
            return run.client.count(name, " AND ".join(filters), include_deleted=True)
        except FOR_THE_WHOLE_RUN:
            raise
        except SalesforceError as error:
            self._report("note", text=f"{name} was not counted in the org: {error.what}")
            return None

    def _hand_over(self, item: ReadyPart | None) -> None:
        while item is None or not self._stop.is_set():
            try:
                self._ready.put(item, timeout=0.5)
                return
            except queue.Full:
                if item is None and self._stop.is_set() and self.stopped_by is None:
                    return  # nobody takes any more


def _ends_of_jobs(spool: Path) -> Iterator[datetime]:
    """Where the windows end whose Bulk jobs may be taken up."""
    for folder in spool.iterdir() if spool.is_dir() else ():
        left = kept_job(folder)
        if left is not None:
            with suppress(ValueError):  # the job of another query
                yield datetime.fromisoformat(left.query.rpartition(" < ")[2]).astimezone(UTC)


def check_budget(client: SalesforceClient, reserve: float) -> None:
    """Raises BudgetReached when less than the reserved share of the org's daily calls is left."""
    used, limit = client.usage.used, client.usage.limit
    if used is not None and limit and used > limit * (1 - reserve):
        raise BudgetReached(
            f"{used:,} of the org's {limit:,} API calls of the last 24 hours are used; {reserve:.0%} stay reserved.",
            client.instance_url,
            "Run again later; what was landed is kept. LANDFALL_API_RESERVE sets the share.",
        )


def _end(parts: Iterator[SpoolPart]) -> None:
    for _ in parts:
        raise AssertionError("a part came after the last one")
