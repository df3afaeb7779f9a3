"""Finds what no window tells: records that are gone from the org without a trace, that never came, or changed unseen.

An object's Ids and stamps are scanned and compared with raw. A record that raw holds as live is given a tombstone when the scan
was complete, it is not in it, and the org does not find it by its Id either. What is lost with a permission looks
the same, so an object that loses many records at once, or all, is refused until somebody says that it is meant.
What differs otherwise, or is not held, is read whole by its Id and landed.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from extract.catalogue import CatalogueObject, choose_objects, load_catalogue
from extract.database import Database
from extract.errors import DataRefused, LandfallError, SalesforceError
from extract.landing.asking import AskedObject, describe_asked, spooled, texts_of
from extract.landing.canonical import moment_text
from extract.landing.compose import Composed, compose_part
from extract.landing.fields import HeldField
from extract.landing.id_comparison import IdComparison, compare_ids
from extract.landing.intent import STAMP
from extract.landing.org_guard import check_org
from extract.landing.reader import FOR_THE_WHOLE_RUN, check_budget
from extract.landing.results import Report
from extract.landing.spool import make_private
from extract.landing.state import HeldCursor, create_tables, load_cursors, load_fields, load_orgs
from extract.landing.tables import complete_tables
from extract.landing.tombstones import HARD_DELETED, NOT_SHOWN, lay_tombstones
from extract.salesforce import SalesforceClient, open_client, read_deleted, soql
from extract.salesforce.deleted import LOG_REACHES_BACK
from extract.salesforce.login import Login

# As many may go in one reconcile without a question: the larger of the two.
FEW_RECORDS = 100
FEW_SHARE = 0.10
MOST_ASKED_AGAIN = 10_000  # records by their Ids; more than that is a matter for reading everything again


@dataclass(frozen=True)
class ReconcileOptions:
    login: Login
    database: Database
    data_dir: Path
    run_id: str
    only: tuple[str, ...] = ()
    lookback: timedelta = timedelta(minutes=15)
    bulk_from_rows: int = 2000
    api_reserve: float = 0.2
    allow_mass_delete: bool = False


@dataclass(frozen=True)
class ObjectReconciled:
    """One object's share; counts of records."""

    object: str
    table_name: str
    state: str  # landed: something was put right; unchanged; skipped: see reason; failed: see error
    reason: str = ""
    api: str = ""
    rows_served: int = 0  # scanned
    held: int = 0  # as live, before
    tombstones: int = 0
    changed: int = 0  # stamped in the org as no version held is: a change that no window brought
    read_again: int = 0  # changed ones, and those deleted on one side only, that were served whole and landed
    brought: int = 0  # shown by the org and not held before: served whole and landed
    doubtful: int = 0  # not in the scan, but found by Id: left as they are
    missing: int = 0  # shown by the org and not held, or held otherwise, and too many to be read by their Ids
    versions_new: int = 0
    deleted_rows: int = 0
    calls: int = 0
    bytes: int = 0
    seconds: float = 0.0
    retries: int = 0
    load_ids: tuple[str, ...] = ()
    error: dict[str, str] | None = None


@dataclass(frozen=True)
class ReconcileResult:
    org_id: str
    instance: str
    objects: tuple[ObjectReconciled, ...]
    calls: int
    api_used: int | None
    api_limit: int | None


def reconcile_objects(options: ReconcileOptions, report: Report) -> ReconcileResult:
    """Compare all Ids of the objects with the org's and lay tombstones for what is gone.

    An object that fails or is refused does not hold up the others; each is committed by itself, and a second call
    finds nothing left to do. Raises LandfallError for what concerns all of them.
    """
    report("point", name="reconcile.started")
    chosen = choose_objects(load_catalogue(), options.only)
    with options.database.connect() as connection:
        create_tables(connection)
        cursors, fields, orgs = load_cursors(connection), load_fields(connection), load_orgs(connection)
        # a landing that was killed may have left this to the next one
        complete_tables(connection, {name: tuple(held.values()) for name, held in fields.items()})
    make_private(make_private(options.data_dir) / "spool")
    with open_client(options.login, report) as client:
        org_id = client.organization_id()
        check_org(org_id, orgs, options.database.name)
        objects = []
        for entry in chosen:
            with spooled(options.data_dir / "spool" / f"reconcile-{entry.table_name}") as folder:
                task = _Task(options, client.with_own_usage(), entry, folder, report)
                objects.append(task.run(cursors.get(entry.sobject), fields.get(entry.sobject, {})))
        report("point", name="reconcile.done")
        return ReconcileResult(
            org_id,
            client.instance_url,
            tuple(objects),
            client.usage.calls,
            client.usage.used,
            client.usage.limit,
        )


@dataclass(frozen=True)
class _Task:
    """One object on its way."""

    options: ReconcileOptions
    client: SalesforceClient
    entry: CatalogueObject
    folder: Path
    report: Report

    def run(self, held: HeldCursor | None, fields: dict[str, HeldField]) -> ObjectReconciled:
        started, usage = time.monotonic(), self.client.usage
        blank = ObjectReconciled(self.entry.sobject, self.entry.table_name, "unchanged")
        try:
            check_budget(self.client, self.options.api_reserve)
            done = self._reconcile(blank, held, fields)
        except FOR_THE_WHOLE_RUN:
            raise
        except LandfallError as error:
            done = replace(blank, state="failed", error=error.to_dict())
        seconds = round(time.monotonic() - started, 3)
        return replace(done, calls=usage.calls, bytes=usage.bytes, retries=usage.retries, seconds=seconds)

    def _reconcile(
        self, blank: ObjectReconciled, held: HeldCursor | None, fields: dict[str, HeldField]
    ) -> ObjectReconciled:
        if held is None:
            return replace(blank, state="skipped", reason="it has not been landed yet")
        asked = describe_asked(self.client, self.entry, fields, self.folder, self.options, self.report)
        # A record that was stamped before this and is not held is not merely on its way.
        settled = held.cursor.reaches - self.entry.lookback(self.options.lookback)
        bound = settled if asked.has("CreatedDate") else None
        stamp = next((field for field in (STAMP, held.cursor.field) if field and asked.has(field)), "")
        parts = asked.scan(soql.window("CreatedDate", None, bound) if bound else "", stamp)
        with self.options.database.connect() as connection:
            until = moment_text(bound) if bound else ""
            found = compare_ids(
                connection,
                parts,
                until,
                stamp.lower(),
                moment_text(settled),
                most_absent=self._may_go,
                most_unlike=MOST_ASKED_AGAIN,
            )
        self._refuse_mass_delete(found)
        gone = self._still_gone(asked, found.absent.ids)
        loads = self._read_again(asked, found.unlike_here.ids)
        brought = sum(each.brought for each in loads)
        read_again = sum(each.versions_new for each in loads) - brought
        if gone:
            loads.append(self._lay_tombstones(asked, gone))
        versions = sum(each.versions_new for each in loads)
        return replace(
            blank,
            state="landed" if versions else "unchanged",
            reason=f"created before {moment_text(bound)}" if bound else "all of them",
            api="bulk" if sum(part.rows for part in parts) >= self.options.bulk_from_rows else "rest",
            rows_served=sum(part.rows for part in parts),
            held=found.held,
            tombstones=loads[-1].versions_new if gone else 0,
            changed=found.changed,
            read_again=read_again,
            brought=brought,
            doubtful=found.absent.count - len(gone),
            missing=found.unlike_here.count - len(found.unlike_here.ids),
            versions_new=versions,
            deleted_rows=loads[-1].versions_new if gone else 0,
            load_ids=tuple(each.load_id for each in loads if each.load_id),
        )

    def _may_go(self, held: int) -> float:
        return math.inf if self.options.allow_mass_delete else max(FEW_RECORDS, FEW_SHARE * held)

    def _refuse_mass_delete(self, found: IdComparison) -> None:
        """Raises DataRefused for what looks like a lost permission."""
        gone, name = found.absent.count, self.entry.sobject
        if not gone or self.options.allow_mass_delete:
            return
        if found.shown and gone <= self._may_go(found.held):
            return
        shows = f"{found.held - gone:,}" if found.shown else "none"
        raise DataRefused(
            f"The org shows {shows} of the {found.held:,} records of {name} that are held: "
            "that is what a lost permission looks like. Nothing was marked as deleted.",
            name,
            f"See whether the integration user still has “View All Data”, or View All on {name}: Setup → Permission "
            "Sets → (the one of the integration user); sharing rules can hide records too. If they were really "
            f"deleted, run once with LANDFALL_ALLOW_MASS_DELETE=true: `landfall reconcile --only {name}`.",
        )

    def _still_gone(self, asked: AskedObject, absent: Sequence[str]) -> list[str]:
        """Those that the org does not find by their Ids either."""
        found: set[str | None] = set()
        for _, parts in asked.by_id(("Id",), absent):
            found |= {row[0] for row in texts_of(parts, ("id",))}
        return [each for each in absent if each not in found]

    def _read_again(self, asked: AskedObject, ids: Sequence[str]) -> list[Composed]:
        """Land the records as the org shows them now; what came of each query."""
        loads = []
        for _, parts in asked.by_id([entry.field for entry in asked.fields], ids):
            with self.options.database.connect() as connection:
                loads += [compose_part(connection, part, self.report, whole=True) for part in parts]
        return loads

    def _lay_tombstones(self, asked: AskedObject, gone: Sequence[str]) -> Composed:
        logged = self._logged(asked)
        reasons = {each: HARD_DELETED if each in logged else NOT_SHOWN for each in gone}
        with self.options.database.connect() as connection:
            return lay_tombstones(connection, asked, reasons, self.client.server_time())

    def _logged(self, asked: AskedObject) -> frozenset[str]:
        """What the org's log of deletions has, where it has one. It adds the reason, never the decision."""
        if not asked.description.replicateable or not asked.has("IsDeleted"):
            return frozenset()
        now = self.client.server_time()
        try:
            return read_deleted(self.client, asked.name, now - LOG_REACHES_BACK + timedelta(hours=1), now)
        except FOR_THE_WHOLE_RUN:
            raise
        except SalesforceError as error:
            self.report("note", text=f"{asked.name}: its log of deletions was not read: {error.what}")
            return frozenset()
