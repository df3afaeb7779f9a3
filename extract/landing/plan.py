"""Tells what a landing would read and what it would cost, without changing anything here or in the org."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from extract.catalogue import CatalogueObject, choose_objects, load_catalogue
from extract.database import Database
from extract.errors import BudgetReached, LandfallError, SalesforceError
from extract.landing.cell_comparison import share_sample
from extract.landing.column_state import ColumnState
from extract.landing.columns import due_formulas
from extract.landing.formula_sample import forecast_sample, is_sample_due, load_sampled
from extract.landing.intent import STAMP, Intent, as_interrupted, has_stamp, intend
from extract.landing.org_guard import check_org
from extract.landing.reader import FOR_THE_WHOLE_RUN, ROWS_PER_PART
from extract.landing.results import LandingOptions, Report, SchemaChange
from extract.landing.state import Held, load_held
from extract.salesforce import SalesforceClient, open_client, soql
from extract.salesforce.forecast import forecast_read
from extract.salesforce.kept_job import kept_job

DESCRIBE_AND_COUNT = 2  # an object's calls besides those that read its records


@dataclass(frozen=True)
class ObjectPlan:
    """What a landing would do for one object. Moments are ISO texts in UTC; `rows` is None when not counted."""

    object: str
    cursor_field: str = ""
    reason: str = ""
    window_from: str | None = None
    window_to: str | None = None
    deletes: str = ""
    rows: int | None = None
    api: str = ""
    api_reason: str = ""
    calls: int = 0
    schema_changes: tuple[SchemaChange, ...] = ()
    columns: tuple[str, ...] = ()  # read alone, for all records
    column_rows: int | None = None
    column_calls: int = 0
    sample_calls: int = 0  # of the daily look at some records' formulas
    formulas_as_of: dict[str, str | None] = field(
        default_factory=dict
    )  # by field; None: never read for all records
    error: dict[str, str] | None = None

    @property
    def is_sampled(self) -> bool:
        """Whether records that were read before could hold a formula's earlier value, and be compared by their stamp."""
        return self.window_from is not None and self.cursor_field == STAMP


@dataclass(frozen=True)
class Budget:
    """The org's API calls of the last 24 hours; None where the org does not say."""

    used: int | None
    limit: int | None
    reserve: float
    bulk_jobs_left: int | None = None

    @property
    def line(self) -> int | None:
        """How many calls may be used in all before a run stops."""
        return None if self.limit is None else int(self.limit * (1 - self.reserve))

    @property
    def left(self) -> int | None:
        """How many calls a run has before it stops; negative when the line is crossed already."""
        return None if self.line is None or self.used is None else self.line - self.used


@dataclass(frozen=True)
class LandingPlan:
    """`stops_before` is the first object that would not be begun; `fits` is None when the org does not say."""

    org_id: str
    instance: str
    objects: tuple[ObjectPlan, ...]
    calls: int
    budget: Budget
    fits: bool | None
    stops_before: str
    verdict: str


def plan_landing(options: LandingOptions, report: Report) -> LandingPlan:
    """What `land_objects` would do now with the same options. Costs two calls an object, and reads no record.

    Raises LandfallError for what concerns all objects; one that fails alone says so in its plan.
    """
    catalogue = load_catalogue()
    chosen = choose_objects(catalogue, options.only)
    held, sampled = _look_up(options.database)
    with open_client(options.login, report) as client:
        before = client.usage.calls
        org_id = client.organization_id()
        check_org(org_id, held.orgs, options.database.name)
        asked_its_id = client.usage.calls - before
        objects = tuple(_plan_object(entry, client, held, options) for entry in chosen)
        objects = _with_samples(objects, held, sampled, client.server_time(), options)
        prepared = [
            entry for entry in catalogue if entry not in chosen and entry.table_name not in held.tables
        ]
        budget = _budget(client, objects, options.api_reserve)
    calls = (
        asked_its_id
        + sum(each.calls + each.column_calls + each.sample_calls for each in objects)
        + len(prepared)
    )
    stops_before = _first_not_begun(objects, budget, asked_its_id)
    fits = None if budget.left is None else calls <= budget.left and _jobs_fit(objects, budget)
    verdict = _verdict(objects, calls, budget, stops_before)
    return LandingPlan(org_id, client.instance_url, objects, calls, budget, fits, stops_before, verdict)


def _look_up(database: Database) -> tuple[Held, dict[str, datetime]]:
    """What is held, and when each object's formulas were last sampled."""
    if database.kind == "duckdb" and not database.path.exists():
        return Held({}, {}, {}, {}, {}), {}
    with database.connect(read_only=True) as connection:
        return load_held(connection), load_sampled(connection)


def _plan_object(
    entry: CatalogueObject, client: SalesforceClient, held: Held, options: LandingOptions
) -> ObjectPlan:
    name = entry.sobject
    try:
        intent = intend(entry, client.describe(name), held, client.server_time(), options)
    except FOR_THE_WHOLE_RUN:
        raise
    except LandfallError as error:
        return ObjectPlan(name, calls=1, error=error.to_dict())
    return _plan_read(entry, intent, client, held, options)


def _plan_read(
    entry: CatalogueObject, intent: Intent, client: SalesforceClient, held: Held, options: LandingOptions
) -> ObjectPlan:
    name, names = entry.sobject, [field.field for field in intent.fields]
    folder = options.data_dir / "spool" / entry.table_name
    window = as_interrupted(intent.window, name, intent.fields, folder)
    query = soql.select(name, names, window.where)
    left = kept_job(folder)
    rows, error = _rows(client, name, window.where)
    columns = _columns(intent, held.columns.get(name, []), client.server_time(), options)
    column_rows, column_calls = _plan_columns(name, columns, client, options) if columns else (None, 0)
    read = forecast_read(
        query,
        rows or 0,
        bulk_from_rows=options.bulk_from_rows,
        rows_per_part=ROWS_PER_PART,
        job_waits=left is not None
        and bool(window.field)
        and left.query == query
        and left.instance_url == client.instance_url,
    )
    return ObjectPlan(
        object=name,
        cursor_field=intent.choice.field,
        reason=window.reason,
        window_from=window.start.isoformat() if window.start else None,
        window_to=window.end.isoformat(),
        deletes=_deletes(names, window.field),
        rows=rows,
        api=read.api if rows is not None else "",
        api_reason=read.reason if rows is not None else "",
        calls=read.calls + DESCRIBE_AND_COUNT,
        schema_changes=intent.changes,
        columns=columns,
        column_rows=column_rows,
        column_calls=column_calls,
        formulas_as_of=_formula_ages(intent, held.columns.get(name, [])),
        error=error,
    )


def _with_samples(
    objects: Sequence[ObjectPlan],
    held: Held,
    sampled: Mapping[str, datetime],
    now: datetime,
    options: LandingOptions,
) -> tuple[ObjectPlan, ...]:
    """With the calls of the daily sample, which the objects share by how many records they are held to have."""

    def is_due(each: ObjectPlan) -> bool:
        read_at: dict[str, datetime | None] = {
            state.field: state.read_at for state in held.columns.get(each.object, [])
        }
        read_at |= dict.fromkeys(each.columns, now)
        return each.is_sampled and is_sample_due(
            tuple(each.formulas_as_of), read_at, sampled.get(each.object), now
        )

    due = [each for each in objects if options.formula_sample and options.refresh is None and is_due(each)]
    counted = {each.object: held.cursors[each.object].records_held for each in due}
    sizes = {name: 1 if records is None else records for name, records in counted.items()}
    shares = share_sample(options.formula_sample, sizes)
    return tuple(
        replace(
            each,
            sample_calls=forecast_sample(
                each.object, tuple(each.formulas_as_of), shares.get(each.object, 0), options.bulk_from_rows
            ),
        )
        for each in objects
    )


def _formula_ages(intent: Intent, states: Sequence[ColumnState]) -> dict[str, str | None]:
    """As of when each formula is known for every record."""
    read = {state.field: state.read_at for state in states}
    formulas = [each.field for each in intent.fields if each.calculated]
    return {name: at.isoformat() if (at := read.get(name)) else None for name in formulas}


def _columns(
    intent: Intent, states: Sequence[ColumnState], now: datetime, options: LandingOptions
) -> tuple[str, ...]:
    """The columns that would be read for all records, after the window."""
    if intent.window.start is None or not has_stamp(intent.choice, intent.fields):
        return ()
    wanted = {field for field, _ in intent.columns_wanted}
    wanted |= {state.field for state in states if state.wanted_at is not None}
    wanted |= set(due_formulas(intent.fields, states, now, options.formula_days))
    return tuple(field.field for field in intent.fields if field.field in wanted)


def _plan_columns(
    name: str, columns: Sequence[str], client: SalesforceClient, options: LandingOptions
) -> tuple[int | None, int]:
    """How many records they would be read of, and with how many calls, one of which counts."""
    rows, _ = _rows(client, name, "")
    read = forecast_read(
        soql.select(name, ["Id", STAMP, *columns]),
        rows or 0,
        bulk_from_rows=options.bulk_from_rows,
        rows_per_part=ROWS_PER_PART,
    )
    return rows, read.calls + 1


def _rows(client: SalesforceClient, name: str, where: str) -> tuple[int | None, dict[str, str] | None]:
    """The records of the window, deleted ones too, or why the org did not count them."""
    try:
        return client.count(name, where, include_deleted=True), None
    except BudgetReached:
        raise
    except SalesforceError as error:
        return None, error.to_dict()


def _deletes(fields: Sequence[str], cursor: str) -> str:
    """How this object's deletes arrive, in words."""
    if "IsDeleted" not in fields:
        return "no IsDeleted: only by reconcile"
    if not cursor:
        return "IsDeleted, read each time; past the recycle bin by reconcile"
    return "IsDeleted in the window; past the recycle bin by reconcile"


def _budget(client: SalesforceClient, objects: Sequence[ObjectPlan], reserve: float) -> Budget:
    """By the header of the last answer; `/limits` is asked only for what no header says."""
    used, limit = client.usage.used, client.usage.limit
    jobs_left = None
    if limit is None or any(each.api == "bulk" for each in objects):
        said = client.daily_limits()
        jobs_left = said.bulk_jobs_left
        used = client.usage.used if limit is not None else said.calls_used
        limit = limit if limit is not None else said.calls_limit
    return Budget(used, limit, reserve, jobs_left)


def _first_not_begun(objects: Sequence[ObjectPlan], budget: Budget, already: int) -> str:
    """The object before which the run would find the budget used up; "" when it begins all of them."""
    if budget.left is None:
        return ""
    used = itertools.accumulate((each.calls for each in objects), initial=already)
    return next((each.object for each, calls in zip(objects, used, strict=False) if calls > budget.left), "")


def _jobs_fit(objects: Sequence[ObjectPlan], budget: Budget) -> bool:
    return budget.bulk_jobs_left is None or _jobs(objects) <= budget.bulk_jobs_left


def _jobs(objects: Sequence[ObjectPlan]) -> int:
    return sum(each.api == "bulk" for each in objects)


def _verdict(objects: Sequence[ObjectPlan], calls: int, budget: Budget, stops_before: str) -> str:
    expected = f"{calls:,} calls expected"
    if budget.left is None or budget.limit is None or budget.used is None:
        return f"{expected}; the org does not say how many it has left."
    left = (
        f"{max(0, budget.left):,} left before the reserve "
        f"({budget.used:,} of {budget.limit:,} used, {budget.reserve:.0%} kept for others)"
    )
    if stops_before:
        return f"Would stop at {stops_before}: {expected}, {left}."
    if calls > budget.left:
        return f"Would go over the line with the last object: {expected}, {left}."
    if not _jobs_fit(objects, budget):
        return f"Would run out of Bulk jobs: {_jobs(objects)} needed, {budget.bulk_jobs_left} left; {expected}, {left}."
    uncounted = [each.object for each in objects if each.rows is None]
    but = f"; not counted: {', '.join(uncounted)}" if uncounted else ""
    return f"Fits: {expected}, {left}{but}."
