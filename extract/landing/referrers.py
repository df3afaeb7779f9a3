"""Reads again what refers to records that turned: were deleted, merged, or taken back.

Such a referrer may point elsewhere now with the stamp it had. All records of the catalogue's objects that are held and
ever named one that turned are read whole by their Ids. Where they are very many, their reference and formula fields
are read alone, for all records. What is found to be deleted, or back, turned itself: its own referrers follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from extract.catalogue import CatalogueObject
from extract.database import Connection, quoted
from extract.errors import BudgetReached, SalesforceError
from extract.landing.asking import AskedObject, ask_as_described, spooled
from extract.landing.column_state import FOLLOWED, want_columns
from extract.landing.compose import compose_part
from extract.landing.fields import HeldField
from extract.landing.intent import has_stamp
from extract.landing.reader import ObjectRun
from extract.landing.results import Followed, LandingOptions, Report
from extract.landing.state import load_cursors, load_fields
from extract.landing.tables import columns_of_raw, complete_tables, newest_first
from extract.landing.turned import (
    forget_followed,
    forget_referrers,
    load_referrers,
    note_referrers,
    take_turned,
)
from extract.salesforce import SalesforceClient

MOST_BY_ID = (
    4_000  # of an object: ten queries; from there on, one query of a few columns for all records is cheaper
)
DEEPEST = 10  # what turned by what turned by …; the rest is for the next landing
SEARCHING_MB = 250

Fields = Mapping[str, HeldField]


def follow_turned(
    client: SalesforceClient,
    catalogue: Iterable[CatalogueObject],
    runs: Sequence[ObjectRun],
    options: LandingOptions,
    report: Report,
) -> list[Followed]:
    """Read the referrers of all that turned and was not followed yet, also in runs before this one.

    An object that fails leaves its own noted for the next landing. Raises BudgetReached, which leaves what is not read.
    """
    task = _Follow(client, tuple(catalogue), {run.entry.sobject: run for run in runs}, options, report)
    done: list[Followed] = []
    for level in range(DEEPEST):
        this_time = task.follow(level)
        if this_time is None:
            break
        done += this_time
    return done


class _Follow:
    def __init__(
        self,
        client: SalesforceClient,
        catalogue: tuple[CatalogueObject, ...],
        runs: Mapping[str, ObjectRun],
        options: LandingOptions,
        report: Report,
    ) -> None:
        self._client = client
        self._catalogue = catalogue
        self._runs = runs
        self._options = options
        self._report = report
        self._failed: set[str] = set()

    def follow(self, level: int) -> list[Followed] | None:
        """Of everything that is noted now; None when nothing is, or only what failed before."""
        with self._options.database.connect() as connection:
            fields, cursors = load_fields(connection), load_cursors(connection)
            complete_tables(connection, {name: tuple(held.values()) for name, held in fields.items()})
            entries = [
                entry for entry in self._catalogue if entry.sobject in cursors and entry.sobject in fields
            ]
            with connection.transaction():
                turned = take_turned(connection)
                for entry in entries if turned else ():
                    self._find(connection, entry, fields[entry.sobject], turned)
                forget_followed(connection)
            waiting = {
                entry: load_referrers(connection, entry.sobject)
                for entry in entries
                if entry.sobject not in self._failed
            }
        if not turned and not any(waiting.values()):
            return None
        return [self._read(entry, fields[entry.sobject], ids, level) for entry, ids in waiting.items() if ids]

    def _find(self, connection: Connection, entry: CatalogueObject, held: Fields, turned: set[str]) -> None:
        """Note the referrers; of very many, their columns are asked for instead."""
        references = _references(held, turned)
        ids = find_referrers(connection, entry.table_name, [field.column for field in references])
        ids = sorted({*ids, *load_referrers(connection, entry.sobject)})
        run = self._runs.get(entry.sobject)
        if len(ids) <= MOST_BY_ID or run is None or run.error or not has_stamp(run.choice, run.fields):
            note_referrers(connection, entry.sobject, ids)
            return
        told = {field.field for field in run.fields}
        wanted = [field.field for field in held.values() if field in references or field.calculated]
        now = run.client.server_time()
        want_columns(connection, entry.sobject, [(name, FOLLOWED) for name in wanted if name in told], now)
        forget_referrers(connection, entry.sobject)

    def _read(self, entry: CatalogueObject, held: Fields, ids: Sequence[str], level: int) -> Followed:
        run = self._runs.get(entry.sobject)
        followed = Followed(entry.sobject, len(ids))
        with spooled(self._options.data_dir / "spool" / f"{entry.table_name}.referrers") as folder:
            try:
                client = run.client if run else self._client.with_own_usage()
                description = (run and run.description) or client.describe(entry.sobject)
                asked = ask_as_described(
                    client, entry, description, held, folder, self._options, self._report
                )
                for loaded, load_id in self._land(asked, ids, f"referrers-{level}"):
                    followed = replace(followed, versions_new=followed.versions_new + loaded)
                    if run:
                        run.versions += loaded
                        run.load_ids.append(load_id)
            except BudgetReached:
                raise
            except SalesforceError as error:
                self._report(
                    "note", text=f"{entry.sobject}: what refers to others waits to be read: {error.what}"
                )
                self._failed.add(entry.sobject)
                return replace(followed, error=error.to_dict())
        with self._options.database.connect() as connection:
            forget_referrers(connection, entry.sobject)
        return followed

    def _land(self, asked: AskedObject, ids: Sequence[str], what: str) -> Iterable[tuple[int, str]]:
        """(versions, load id) of each query that brought some."""
        for _, parts in asked.by_id([field.field for field in asked.fields], ids, what):
            with self._options.database.connect() as connection:
                done = [compose_part(connection, part, self._report, whole=True) for part in parts]
            yield from ((each.versions_new, each.load_id) for each in done if each.load_id)


def _references(held: Fields, objects: set[str]) -> list[HeldField]:
    """The fields that may refer to a record of these objects."""
    return [field for field in held.values() if objects & set(field.reference_to.split(","))]


def find_referrers(connection: Connection, table: str, columns: Sequence[str]) -> list[str]:
    """Ids, in order, of the records of which a version names, in one of the columns, a record that turned.

    Not those that are held as deleted, unless what they name came back.
    """
    present = columns_of_raw(connection).get(table, set())
    columns = [column for column in columns if column in present]
    if not columns:
        return []
    if connection.kind == "duckdb":
        connection.execute(f"set memory_limit = '{SEARCHING_MB}MB'")
    held = f"raw.{quoted(table)}"
    named = " union ".join(
        f"select naming.id, turned.deleted from {held} naming inner join raw._turned turned"
        f" on turned.followed and turned.record_id = naming.{quoted(column)}"
        for column in columns
    )
    deleted = "isdeleted" if "isdeleted" in present else "'false'"
    found = connection.rows(
        f"with named as ({named}) select id from (select id, {deleted} as deleted, row_number() over"
        f" (partition by id order by {newest_first(present)}) as age from {held} where id in (select id from named))"
        " versions where age = 1 and (coalesce(deleted, 'false') <> 'true'"
        " or id in (select id from named where not deleted)) order by id"
    )
    return [row[0] for row in found]
