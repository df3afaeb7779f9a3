"""Proves by a sample that raw holds what the org says, cell by cell; it changes nothing."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from extract.catalogue import CatalogueObject, choose_objects, load_catalogue
from extract.database import Connection, Database
from extract.errors import LandfallError
from extract.landing.asking import describe_asked, spooled, texts_of
from extract.landing.canonical import moment_text
from extract.landing.cell_comparison import (
    MOST_IDS_NAMED,
    CellComparison,
    FieldDifference,
    choose_records,
    compare_cells,
    share_sample,
)
from extract.landing.fields import HeldField
from extract.landing.holdings import count_records
from extract.landing.org_guard import check_org
from extract.landing.reader import FOR_THE_WHOLE_RUN, check_budget
from extract.landing.results import Report
from extract.landing.spool import make_private
from extract.landing.state import HeldCursor, create_tables, load_cursors, load_fields, load_orgs
from extract.landing.tables import columns_of_raw, complete_tables
from extract.salesforce import SalesforceClient, open_client
from extract.salesforce.login import Login


@dataclass(frozen=True)
class VerifyOptions:
    login: Login
    database: Database
    data_dir: Path
    run_id: str
    seed: int
    sample: int = 100
    only: tuple[str, ...] = ()
    lookback: timedelta = timedelta(minutes=15)
    bulk_from_rows: int = 2000
    api_reserve: float = 0.2


@dataclass(frozen=True)
class ObjectVerified:
    """One object's share of the sample; ids and counts, never values."""

    object: str
    table_name: str
    state: str  # unchanged: as in the org; differs; skipped: see reason; failed: see error
    reason: str = ""
    seed: int = 0  # takes the same records again
    rows_served: int = 0
    compared: int = 0
    cells: int = 0
    in_flight: int = 0
    gone: tuple[str, ...] = ()  # Ids that the org no longer finds
    wrong: tuple[FieldDifference, ...] = ()
    stale: tuple[FieldDifference, ...] = ()
    calls: int = 0
    bytes: int = 0
    seconds: float = 0.0
    retries: int = 0
    error: dict[str, str] | None = None


@dataclass(frozen=True)
class VerifyResult:
    org_id: str
    instance: str
    seed: int
    objects: tuple[ObjectVerified, ...]
    calls: int
    api_used: int | None
    api_limit: int | None


def verify_objects(options: VerifyOptions, report: Report) -> VerifyResult:
    """Read a random sample of the held records again, by their Ids, and compare every cell.

    An object that fails does not hold up the others. Raises LandfallError for what concerns all of them.
    """
    report("point", name="verify.started")
    chosen = choose_objects(load_catalogue(), options.only)
    with options.database.connect() as connection:
        create_tables(connection)
        cursors, fields, orgs = load_cursors(connection), load_fields(connection), load_orgs(connection)
        # a landing that was killed may have left this to the next one
        complete_tables(connection, {name: tuple(held.values()) for name, held in fields.items()})
        sizes = _sizes(connection, [entry for entry in chosen if entry.sobject in cursors], cursors)
        samples = {
            entry.sobject: choose_records(connection, entry.table_name, count, options.seed)
            for entry in chosen
            if (count := share_sample(options.sample, sizes).get(entry.sobject, 0))
        }
    make_private(make_private(options.data_dir) / "spool")
    with open_client(options.login, report) as client:
        org_id = client.organization_id()
        check_org(org_id, orgs, options.database.name)
        objects = []
        for entry in chosen:
            with spooled(options.data_dir / "spool" / f"verify-{entry.table_name}") as folder:
                task = _Task(options, client.with_own_usage(), entry, folder, report)
                sample = samples.get(entry.sobject, ())
                objects.append(task.run(sample, cursors.get(entry.sobject), fields.get(entry.sobject, {})))
        report("point", name="verify.done")
        usage = client.usage
        return VerifyResult(
            org_id, client.instance_url, options.seed, tuple(objects), usage.calls, usage.used, usage.limit
        )


def _sizes(
    connection: Connection, entries: Sequence[CatalogueObject], cursors: Mapping[str, HeldCursor]
) -> dict[str, int]:
    """The live records that are held of each object."""
    columns, sizes = columns_of_raw(connection), {}
    for entry in entries:
        counted = cursors[entry.sobject].records_held
        if counted is None:
            counted = count_records(connection, entry.table_name, columns[entry.table_name])
        sizes[entry.sobject] = counted
    return sizes


@dataclass(frozen=True)
class _Task:
    """One object on its way."""

    options: VerifyOptions
    client: SalesforceClient
    entry: CatalogueObject
    folder: Path
    report: Report

    def run(
        self, sample: Sequence[str], held: HeldCursor | None, fields: Mapping[str, HeldField]
    ) -> ObjectVerified:
        started, usage = time.monotonic(), self.client.usage
        blank = ObjectVerified(self.entry.sobject, self.entry.table_name, "unchanged")
        if held is None or not sample:
            why = "it has not been landed yet" if held is None else "no record is held"
            return replace(blank, state="skipped", reason=why)
        try:
            check_budget(self.client, self.options.api_reserve)
            done = self._verify(blank, sample, held, fields)
        except FOR_THE_WHOLE_RUN:
            raise
        except LandfallError as error:
            done = replace(blank, state="failed", error=error.to_dict())
        seconds = round(time.monotonic() - started, 3)
        return replace(done, calls=usage.calls, bytes=usage.bytes, retries=usage.retries, seconds=seconds)

    def _verify(
        self,
        blank: ObjectVerified,
        sample: Sequence[str],
        held: HeldCursor,
        fields: Mapping[str, HeldField],
    ) -> ObjectVerified:
        asked = describe_asked(self.client, self.entry, fields, self.folder, self.options, self.report)
        stamp = held.cursor.field.lower() if asked.has(held.cursor.field) else ""
        settled = moment_text(held.cursor.reaches - self.entry.lookback(self.options.lookback))
        found = CellComparison(0, 0, 0)
        gone: list[str] = []
        for some, parts in asked.by_id([entry.field for entry in asked.fields], sample):
            with self.options.database.connect() as connection:
                found = _added(found, compare_cells(connection, parts, asked.fields, stamp, settled))
            served = {row[0] for row in texts_of(parts, ("id",))}
            gone += [each for each in some if each not in served]
        return replace(
            blank,
            state="differs" if found.wrong or gone else "unchanged",
            reason=f"sample with seed {self.options.seed}",
            seed=self.options.seed,
            rows_served=len(sample) - len(gone),
            compared=found.compared,
            cells=found.cells,
            in_flight=found.in_flight,
            gone=tuple(gone),
            wrong=found.wrong,
            stale=found.stale,
        )


def _added(one: CellComparison, other: CellComparison) -> CellComparison:
    return CellComparison(
        one.compared + other.compared,
        one.cells + other.cells,
        one.in_flight + other.in_flight,
        _joined(one.wrong, other.wrong),
        _joined(one.stale, other.stale),
        one.stale_records + other.stale_records,
    )


def _joined(
    one: tuple[FieldDifference, ...], other: tuple[FieldDifference, ...]
) -> tuple[FieldDifference, ...]:
    """The differences of two parts of a sample, by field."""
    joined = {each.field: each for each in one}
    for each in other:
        before = joined.get(each.field, FieldDifference(each.field, 0, ()))
        ids = (*before.record_ids, *each.record_ids)[:MOST_IDS_NAMED]
        joined[each.field] = FieldDifference(each.field, before.count + each.count, ids)
    return tuple(joined.values())
