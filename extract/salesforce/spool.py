"""Writes records to part files: bounded memory, private files, and nothing of a page that was short."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from extract.salesforce.disk import written_in
from extract.salesforce.header import body_after_header
from extract.salesforce.rows import RowCounter
from extract.salesforce.unreachable import Passing

Api = Literal["rest", "bulk"]
_COPY_BYTES = 1 << 20


def _nothing() -> None:
    """A part that no page waits for needs no farewell."""


@dataclass(frozen=True)
class SpoolPart:
    """A CSV file in UTF-8 with a header; every value quoted as Bulk 2.0 does, "" for null.

    `key` names this content for all runs that read the same Bulk job, "" where no other run can: a part whose key
    is known to be landed need not be loaded again. Call `let_go` when the part is safe: the pages that it was made
    of are removed."""

    path: Path
    number: int
    rows: int
    bytes: int
    last: bool
    api: Api
    columns: tuple[str, ...]
    key: str = ""
    let_go: Callable[[], None] = _nothing


class Spool:
    """The part files of one window. A page is in a part whole or not at all."""

    def __init__(self, folder: Path, columns: Sequence[str], rows_per_part: int, api: Api) -> None:
        self.rows = 0  # of all parts
        self.nuls = 0  # NUL bytes left out: no database takes them
        self._folder = folder
        self._columns = tuple(columns)
        self._rows_per_part = rows_per_part
        self._api: Api = api
        self._number = 0
        self._part_rows = 0
        self._file: BinaryIO | None = None
        with written_in(self._folder):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def write_page(self, chunks: Iterable[bytes], expected: int | None) -> int:
        """Append a page, a CSV with a header of its own, and say how many records it had.

        Raises Passing, with nothing of the page kept, when it ended early or not with the expected records."""
        file = self._open()
        start = file.tell()
        try:
            rows, nuls = copy_page(chunks, self._columns, expected, lambda data: self._store(file, data))
        except BaseException:
            file.seek(start)
            file.truncate()
            raise
        self._part_rows += rows
        self.rows += rows
        self.nuls += nuls
        return rows

    def append(self, page: Path, start: int, end: int, rows: int) -> None:
        """Append the bytes from `start` to `end` of a page's file, which are so many records."""
        file = self._open()
        with written_in(self._folder), page.open("rb") as source:
            source.seek(start)
            left = end - start
            while left and (data := source.read(min(left, _COPY_BYTES))):
                file.write(data)
                left -= len(data)
        self._part_rows += rows
        self.rows += rows

    def pass_over(self, rows: int) -> None:
        """Leave out a whole part of so many records; the next part has the number after it."""
        self._number += 1
        self.rows += rows

    def _store(self, file: BinaryIO, data: bytes) -> None:
        with written_in(self._folder):
            file.write(data)

    @property
    def part_is_full(self) -> bool:
        return self._part_rows >= self._rows_per_part

    def close_part(self, *, last: bool, key: str = "", let_go: Callable[[], None] = _nothing) -> SpoolPart:
        """The part as it is now; the next page begins another."""
        file = self._open()
        with written_in(self._folder):
            size = file.tell()
            file.close()
        figures = (self._part_rows, size, last, self._api, self._columns)
        part = SpoolPart(self._path, self._number, *figures, key, let_go)
        self._file, self._part_rows = None, 0
        return part

    def abandon(self) -> None:
        """Close what is open; the files stay for the caller to remove."""
        if self._file is not None:
            self._file.close()
            self._file = None

    @property
    def _path(self) -> Path:
        return self._folder / f"part-{self._number:05d}.csv"

    def _open(self) -> BinaryIO:
        if self._file is not None:
            return self._file
        with written_in(self._folder):
            self._number += 1
            # Removed, never overwritten: a load of an earlier run may still hold a link to the old file.
            self._path.unlink(missing_ok=True)
            self._file = open_private(self._path)
            self._file.write(",".join(f'"{name}"' for name in self._columns).encode() + b"\n")
        return self._file


def open_private(path: Path) -> BinaryIO:
    """A new file that only its owner may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(descriptor, "wb", buffering=_COPY_BYTES)


def copy_page(
    chunks: Iterable[bytes], columns: Sequence[str], expected: int | None, store: Callable[[bytes], object]
) -> tuple[int, int]:
    """Store a page's records, without its header and without NUL bytes; how many records and NULs there were.

    Raises Passing when the page ended early or not with the expected records."""
    counter = RowCounter()
    nuls = 0
    for chunk in body_after_header(chunks, columns):
        clean = chunk.replace(b"\0", b"") if b"\0" in chunk else chunk
        nuls += len(chunk) - len(clean)
        counter.feed(clean)
        store(clean)
    _check_whole(counter, expected)
    return counter.rows, nuls


def _check_whole(counter: RowCounter, expected: int | None) -> None:
    if counter.inside_quotes:
        raise Passing("A page of records broke off inside a value.")
    if counter.unfinished_line:  # body.py adds a line end that only the server left out
        raise Passing("A page of records broke off inside a record.")
    if expected is not None and counter.rows != expected:
        raise Passing(f"A page came with {counter.rows} records where Salesforce announced {expected}.")
