"""Keeps the pages of a Bulk job on disk until they are landed, so that a run after a crash need not download them again.

A page is believed when its note says so: the note is written after the whole page is in its file, and holds the
file's size and checksum. A note that broke off, or a file that is not what its note says, is a page that is read again.
"""

from __future__ import annotations

import json
import secrets
import shutil
import threading
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from extract.salesforce.disk import written_in
from extract.salesforce.spool import copy_page, open_private

FOLDER = "pages"
_NOTES = "notes.jsonl"
_READ_BYTES = 1 << 20


@dataclass(frozen=True)
class Page:
    """A page that was read whole: where it was asked for, what it held, and the locator of the one after it."""

    number: int  # from 1, in the order of the job's results
    path: str
    rows: int
    bytes: int
    checksum: int  # CRC-32
    nuls: int
    locator: str  # "" at the end


@dataclass(frozen=True)
class Listing:
    """Where pages may be read side by side, and where the next such list is ("" at the end)."""

    paths: tuple[str, ...]
    next_path: str


@dataclass(frozen=True)
class Chain:
    """From a page on, locators are followed in pages of at most so many records: a larger page did not arrive in time."""

    number: int
    locator: str
    most_rows: int


class PageStore:
    """The pages of one job in a private folder. Several threads may write pages at once."""

    def __init__(self, folder: Path, job_id: str, columns: Sequence[str]) -> None:
        self.listings: list[Listing] = []
        self.chains: dict[int, Chain] = {}  # by the page from which on; the first one ends the lists
        self._folder = folder / FOLDER
        self._columns = tuple(columns)
        self._pages: dict[int, Page] = {}
        self._rows_let_go: dict[int, int] = {}
        self._drafts = 0
        self._mark = secrets.token_hex(4)  # a thread of an earlier store may still be at a draft
        self._closed = False
        self._lock = threading.Lock()
        if not self._take_up(job_id):
            self._begin(job_id)

    @property
    def is_empty(self) -> bool:
        return not self._pages

    def known(self, number: int, path: str) -> Page | None:
        """The page as it was read before; its file may be gone, when what it held was let go."""
        page = self._pages.get(number)
        return page if page is not None and page.path == path else None

    def holds(self, page: Page) -> bool:
        return self.file(page).exists()

    def file(self, page: Page) -> Path:
        return self._folder / f"page-{page.number:05d}.csv"

    def draft(self) -> Draft:
        with self._lock:
            self._drafts += 1
            return Draft(self._folder / f"draft-{self._mark}-{self._drafts}.csv", self._columns)

    def keep(self, draft: Draft, number: int, path: str, locator: str) -> Page:
        """The draft as a page, from now on also for a run after a crash."""
        size = draft.close()
        page = Page(number, path, draft.rows, size, draft.checksum, draft.nuls, locator)
        with self._lock, written_in(self._folder):
            if not self._closed and not self._is_given_up(number, path):
                draft.path.replace(self.file(page))
                self._pages[number] = page
                self._note("page", asdict(page))
        return page

    def keep_listing(self, listing: Listing) -> None:
        with self._lock, written_in(self._folder):
            self.listings.append(listing)
            self._note("listing", asdict(listing))

    def keep_chain(self, chain: Chain) -> None:
        """Give up what is listed from this page on, also what was read of it already."""
        with self._lock, written_in(self._folder):
            self._note("chain", asdict(chain))
            for page in self._take_chain(chain):
                self.file(page).unlink(missing_ok=True)

    def _take_chain(self, chain: Chain) -> list[Page]:
        self.chains[chain.number] = chain
        return [self._pages.pop(number) for number in list(self._pages) if number >= chain.number]

    def _is_given_up(self, number: int, path: str) -> bool:
        """A thread that is late with a listed page must not write over one of the chain."""
        listed = any(path in listing.paths for listing in self.listings)
        return listed and any(number >= begins for begins in self.chains)

    def let_go(self, page: Page, rows: int) -> None:
        """So many records of the page are landed; when all are, its file goes."""
        with self._lock:
            gone = self._rows_let_go.get(page.number, 0) + rows
            self._rows_let_go[page.number] = gone
            if gone >= page.rows:
                self.file(page).unlink(missing_ok=True)

    def close(self) -> None:
        """Take no more pages: a thread that is late with one keeps nothing."""
        with self._lock:
            self._closed = True

    def _take_up(self, job_id: str) -> bool:
        """Believe what an interrupted run noted of the same job."""
        entries = list(_entries(self._folder / _NOTES))
        if not entries or entries[0] != ("job", job_id):
            return False
        try:
            for kind, told in entries[1:]:
                self._believe(kind, told)
        except (TypeError, KeyError):  # notes of another version of Landfall
            self.listings, self.chains, self._pages = [], {}, {}
            return False
        self._pages = {number: page for number, page in self._pages.items() if self._is_sound(page)}
        for draft in self._folder.glob("draft-*.csv"):
            draft.unlink(missing_ok=True)
        _cut_off_torn_line(self._folder / _NOTES)
        return True

    def _believe(self, kind: str, told: Any) -> None:
        if kind == "listing":
            self.listings.append(Listing(tuple(told["paths"]), told["next_path"]))
        elif kind == "chain":
            self._take_chain(Chain(**told))
        elif kind == "page":
            page = Page(**told)
            self._pages[page.number] = page

    def _is_sound(self, page: Page) -> bool:
        file = self.file(page)
        if not file.exists():
            return True
        if file.stat().st_size == page.bytes and _checksum(file) == page.checksum:
            return True
        file.unlink()
        return False

    def _begin(self, job_id: str) -> None:
        with written_in(self._folder):
            forget_pages(self._folder.parent)
            self._folder.mkdir(mode=0o700, parents=True)
            open_private(self._folder / _NOTES).close()
            self._note("job", job_id)

    def _note(self, kind: str, told: Any) -> None:
        with (self._folder / _NOTES).open("a") as notes:
            notes.write(json.dumps([kind, told]) + "\n")


class Draft:
    """A page that is being read; each try begins it anew."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path = path
        self.rows = self.nuls = self.checksum = 0
        self._columns = columns
        with written_in(path.parent):
            self._file: BinaryIO = open_private(path)

    def write(self, chunks: Iterable[bytes], expected: int | None) -> int:
        """The page's records; how many they are. Raises Passing when the page ended early or is short."""
        with written_in(self.path.parent):
            self._file.seek(0)
            self._file.truncate()
        self.checksum = 0
        self.rows, self.nuls = copy_page(chunks, self._columns, expected, self._store)
        return self.rows

    def _store(self, data: bytes) -> None:
        self.checksum = zlib.crc32(data, self.checksum)
        with written_in(self.path.parent):
            self._file.write(data)

    def close(self) -> int:
        """The file's size, now that it is whole."""
        with written_in(self.path.parent):
            size = self._file.tell()
            self._file.close()
        return size

    def discard(self) -> None:
        """Remove what is left; nothing, when the draft became a page."""
        self._file.close()
        self.path.unlink(missing_ok=True)


def forget_pages(folder: Path) -> None:
    """Remove all pages of a window's folder."""
    shutil.rmtree(folder / FOLDER, ignore_errors=True)


def _entries(notes: Path) -> Iterable[tuple[str, Any]]:
    """The notes up to the first that makes no sense."""
    try:
        lines = notes.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return
    for line in lines:
        try:
            kind, told = json.loads(line)
        except (ValueError, TypeError):
            return
        yield kind, told


def _cut_off_torn_line(notes: Path) -> None:
    """So that the next note begins a line of its own."""
    whole = "".join(json.dumps(list(entry)) + "\n" for entry in _entries(notes))
    with written_in(notes.parent):
        draft = notes.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with open_private(draft) as file:
            file.write(whole.encode())
        draft.replace(notes)


def _checksum(file: Path) -> int:
    found = 0
    with file.open("rb") as source:
        while data := source.read(_READ_BYTES):
            found = zlib.crc32(data, found)
    return found
