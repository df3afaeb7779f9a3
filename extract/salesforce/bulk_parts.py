"""Makes parts of a given number of records out of a Bulk job's pages, whatever the pages' sizes."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from extract.salesforce.bulk_query import BulkQueries, Job
from extract.salesforce.page_store import Page, PageStore
from extract.salesforce.result_pages import read_page
from extract.salesforce.rows import end_of_row
from extract.salesforce.spool import Spool, SpoolPart
from extract.salesforce.window import Window


class PageChanged(Exception):
    """A page that was read again did not hold what it held before."""


@dataclass(frozen=True)
class Stretch:
    """Some records of a page, one after the other."""

    page: Page
    first: int
    rows: int

    @property
    def is_whole(self) -> bool:
        return self.rows == self.page.rows


class PartMaker:
    """Cuts the pages into parts; a part whose key is among `landed` is passed over."""

    def __init__(
        self, window: Window, jobs: BulkQueries, job: Job, store: PageStore, landed: Collection[str]
    ) -> None:
        self._window, self._jobs, self._job, self._store = window, jobs, job, store
        self._landed = landed
        self._spool: Spool = window.spool("bulk")
        self.rows = self.nuls = self.passed_over = 0

    def parts(self, pages: Iterable[Page]) -> Iterator[SpoolPart]:
        """All parts but the last one, each as soon as its pages are here and more records follow."""
        self._waiting: deque[Stretch] = deque()
        for page in pages:
            self._waiting.append(Stretch(page, 0, page.rows))
            self.rows += page.rows
            self.nuls += page.nuls
            self._window.tell_page(self.rows, self._job.records)
            while self._is_full():
                part = self._part(self._take(self._window.rows_per_part), last=False)
                if part is not None:
                    yield part

    def last_part(self) -> SpoolPart:
        """What is left; without records when there is nothing left that is not landed."""
        part = self._part(list(self._waiting), last=True)
        return part if part is not None else self._spool.close_part(last=True)

    def close(self) -> None:
        self._spool.abandon()

    def _is_full(self) -> bool:
        """A part is full, and is not the last one: that must wait until all counts agreed."""
        enough = sum(stretch.rows for stretch in self._waiting) - self._window.rows_per_part
        more_follow = self._job.records is not None and self.rows < self._job.records
        return enough > 0 or (enough == 0 and more_follow)

    def _take(self, rows: int) -> list[Stretch]:
        """The first so many of the records that wait."""
        taken = []
        while rows:
            stretch = self._waiting.popleft()
            if stretch.rows > rows:
                self._waiting.appendleft(Stretch(stretch.page, stretch.first + rows, stretch.rows - rows))
                stretch = Stretch(stretch.page, stretch.first, rows)
            taken.append(stretch)
            rows -= stretch.rows
        return taken

    def _part(self, stretches: list[Stretch], *, last: bool) -> SpoolPart | None:
        key = _key(self._job, stretches)
        rows = sum(stretch.rows for stretch in stretches)
        if key in self._landed:
            self.passed_over += rows
            self._spool.pass_over(rows)
            self._let_go(stretches)
            return None
        for stretch in stretches:
            self._append(stretch)
        return self._spool.close_part(last=last, key=key, let_go=lambda: self._let_go(stretches))

    def _append(self, stretch: Stretch) -> None:
        page = stretch.page
        if not self._store.holds(page):  # what it held was landed once, and is not any more
            again = read_page(self._window, self._jobs, self._job, self._store, page.number, page.path)
            if (again.rows, again.checksum) != (page.rows, page.checksum):
                raise PageChanged
        file = self._store.file(page)
        start = end_of_row(file, stretch.first) if stretch.first else 0
        ends = stretch.first + stretch.rows
        end = page.bytes if ends == page.rows else end_of_row(file, ends)
        self._spool.append(file, start, end, stretch.rows)

    def _let_go(self, stretches: Iterable[Stretch]) -> None:
        for stretch in stretches:
            self._store.let_go(stretch.page, stretch.rows)


def _key(job: Job, stretches: Iterable[Stretch]) -> str:
    """The same for the same records of the same job, in every run; another for any other content."""
    told = [
        f"{stretch.page.number} {stretch.page.rows} {stretch.page.bytes} {stretch.page.checksum}"
        f" {stretch.first} {stretch.rows}"
        for stretch in stretches
    ]
    digest = hashlib.sha256("\n".join(told).encode()).hexdigest()
    return f"{job.id}-{digest[:16]}"
