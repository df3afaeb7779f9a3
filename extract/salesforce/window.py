"""Holds what one read is about: whose records, which of them, for whom, and to where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from extract.salesforce import soql
from extract.salesforce.client import SalesforceClient
from extract.salesforce.describe import ObjectDescription
from extract.salesforce.sending import Report
from extract.salesforce.span import Span
from extract.salesforce.spool import Api, Spool


@dataclass(frozen=True)
class Window:
    client: SalesforceClient
    description: ObjectDescription
    columns: tuple[str, ...]
    folder: Path
    rows_per_part: int
    report: Report
    where: str = ""  # the filter of the query
    span: Span | None = None  # the same as times, where it is one
    cuts: int = 0  # how often it was cut in halves

    @property
    def query(self) -> str:
        return soql.select(self.name, self.columns, self.where)

    @property
    def name(self) -> str:
        return self.description.name

    def spool(self, api: Api) -> Spool:
        return Spool(self.folder, self.columns, self.rows_per_part, api)

    def tell_page(self, done: int, total: int | None) -> None:
        """Report a page that was spooled."""
        self.report("progress", object=self.name, done=done, expected=total, unit="records")
        self.report("point", name="extract.page")

    def tell_retry(self, what: str) -> None:
        self.client.usage.add(retries=1)
        self.report("retry", object=self.name, what=what, wait=0)

    def tell_nuls(self, spool: Spool) -> None:
        if spool.nuls:
            self.note(f"{spool.nuls} NUL characters left out; no database takes them.")

    def note(self, text: str) -> None:
        self.report("note", text=f"{self.name}: {text}")
