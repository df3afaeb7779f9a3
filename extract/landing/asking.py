"""Asks the org for records of one object outside the windows: all Ids, or chosen records by their Ids."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from extract.catalogue import CatalogueObject
from extract.errors import SalesforceError
from extract.landing.canonical import LandedColumn
from extract.landing.failures import reading
from extract.landing.fields import HeldField, landed_fields
from extract.landing.load_part import spelling_connection
from extract.landing.parts import Part
from extract.landing.reader import ROWS_PER_PART, check_budget
from extract.landing.results import Report
from extract.landing.spool import make_private
from extract.salesforce import ObjectDescription, SalesforceClient, read_window, soql

MOST_IDS = 400  # in one query
SCANS = 3
SCANNED = ("Id", "IsDeleted")


@dataclass(frozen=True)
class AskedObject:
    """One object as the org describes it now, and whose `fields` are those that raw has columns for."""

    client: SalesforceClient
    entry: CatalogueObject
    description: ObjectDescription
    fields: tuple[HeldField, ...]
    folder: Path  # for the parts; removed by `spooled`
    run_id: str
    bulk_from_rows: int
    api_reserve: float
    report: Report

    @property
    def name(self) -> str:
        return self.entry.sobject

    def has(self, field: str) -> bool:
        return any(entry.field == field for entry in self.fields)

    def scan(self, where: str, stamp: str = "") -> list[Part]:
        """Id, IsDeleted where there is one, and the field `stamp` if one is named, of every record that fits, with the recycle bin.

        Complete: as many as the org counts before and after, or where that takes it too long, as many as a scan
        before. Raises SalesforceError when that does not come about.
        """
        fields = [*(field for field in SCANNED if self.has(field)), *([stamp] if stamp else [])]
        earlier: int | None = None
        for attempt in range(SCANS):
            before = self._counted(where)
            parts = self._read(fields, where, f"scan-{attempt}")
            after = self._counted(where)
            scanned = sum(part.rows for part in parts)
            if (before, after) == (scanned, scanned) or (None in (before, after) and scanned == earlier):
                return parts
            told = f"{scanned:,} records came{_against(before, after, earlier)}"
            self.report("retry", object=self.name, what=f"The scan is not complete: {told}.", wait=0)
            shutil.rmtree(self.folder / f"scan-{attempt}", ignore_errors=True)
            earlier = scanned
        raise SalesforceError(
            f"The scan of {self.name} is not complete: {told}.",
            self.name,
            "Run it again at a quieter hour; nothing was concluded from this scan.",
        )

    def _counted(self, where: str) -> int | None:
        return self.client.count_in_time(self.name, where, include_deleted=True)

    def shown(self, where: str) -> list[Part]:
        """Id and IsDeleted of the records that fit at this moment, with the recycle bin."""
        return self._read(("Id", "IsDeleted"), where, "shown")

    def by_id(
        self, fields: Sequence[str], ids: Sequence[str], what: str = "ids"
    ) -> Iterator[tuple[Sequence[str], list[Part]]]:
        """The records with these Ids, deleted ones too, in as many queries as it takes; a record gone is left out.

        Each time the Ids that were asked for and what came; `what` tells the parts of one run apart.
        """
        size = ids_in_one_query(self.name, fields, ids)
        for first in range(0, len(ids), size):
            some = ids[first : first + size]
            yield some, self._read(fields, soql.one_of("Id", some), f"{what}-{first}")

    def _read(self, fields: Sequence[str], where: str, what: str) -> list[Part]:
        check_budget(self.client, self.api_reserve)
        moment = self.client.server_time()
        known = {entry.field: entry for entry in self.fields}
        spooled = read_window(
            self.client,
            self.description,
            fields,
            where,
            make_private(self.folder / what),
            rows_per_part=ROWS_PER_PART,
            bulk_from_rows=self.bulk_from_rows,
            report=self.report,
        )
        return [
            Part(
                part_id=f"{self.run_id}/{self.entry.table_name}/{what}/{part.number:05d}",
                object=self.name,
                table=self.entry.table_name,
                path=part.path,
                rows=part.rows,
                header=part.columns,
                columns=tuple(
                    LandedColumn(field, known[field].column, known[field].type) for field in part.columns
                ),
                extracted_at=moment,
                end=None,
            )
            for part in spooled
        ]


def _against(before: int | None, after: int | None, earlier: int | None) -> str:
    """What the records of a scan were compared with, in words."""
    if before is not None and after is not None:
        return f" where the org counts {before:,} before and {after:,} after"
    unknown = ", and the org takes too long to count them"
    return (
        f"{unknown}: a second scan must agree" if earlier is None else f"{unknown}; {earlier:,} came before"
    )


def ids_in_one_query(name: str, fields: Sequence[str], ids: Sequence[str]) -> int:
    """How many of the Ids one query names, so that it fits an address; what still does not is asked by Bulk."""
    size = MOST_IDS
    while size > 50 and not soql.fits_address(
        soql.select(name, fields, soql.one_of("Id", ids[:size] or ["0" * 18]))
    ):
        size //= 2
    return size


class AskingOptions(Protocol):
    """The settings of a command that asks the org."""

    @property
    def run_id(self) -> str: ...
    @property
    def bulk_from_rows(self) -> int: ...
    @property
    def api_reserve(self) -> float: ...


def describe_asked(
    client: SalesforceClient,
    entry: CatalogueObject,
    held: Mapping[str, HeldField],
    folder: Path,
    options: AskingOptions,
    report: Report,
) -> AskedObject:
    """The object with those of its fields that raw holds already. Raises ObjectRefused when it is not to be seen."""
    return ask_as_described(client, entry, client.describe(entry.sobject), held, folder, options, report)


def ask_as_described(
    client: SalesforceClient,
    entry: CatalogueObject,
    description: ObjectDescription,
    held: Mapping[str, HeldField],
    folder: Path,
    options: AskingOptions,
    report: Report,
) -> AskedObject:
    """The same where the org has described it already."""
    described = landed_fields(description, held, entry.leave_out, entry.refresh)
    return AskedObject(
        client=client,
        entry=entry,
        description=description,
        fields=tuple(field for field in described if field.field in held),
        folder=folder,
        run_id=options.run_id,
        bulk_from_rows=options.bulk_from_rows,
        api_reserve=options.api_reserve,
        report=report,
    )


@contextmanager
def spooled(folder: Path) -> Iterator[Path]:
    """A private folder for parts, which is removed at the end of the block."""
    try:
        yield make_private(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def texts_of(parts: Sequence[Part], columns: Sequence[str]) -> list[tuple[str | None, ...]]:
    """The canonical texts of some columns, for small parts. Raises LandfallError when one cannot be read."""
    found: list[tuple[str | None, ...]] = []
    for part in parts:
        with reading(part), closing(spelling_connection(part.path.parent)) as spelling:
            found += spelling.execute(f"select {', '.join(columns)} from ({part.select})").fetchall()
    return found
