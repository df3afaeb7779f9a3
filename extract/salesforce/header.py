"""Checks the columns of a page by name and takes its header off."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from extract.errors import SalesforceError
from extract.salesforce.unreachable import Passing

_LONGEST_VALUE = 1 << 27  # csv's own limit is 131,072 characters; one long text area may hold more


def body_after_header(chunks: Iterable[bytes], columns: Sequence[str]) -> Iterator[bytes]:
    """The records of a page, in the wanted order of columns. An unknown, missing or double column is an error."""
    remaining = iter(chunks)
    head = b""
    while b"\n" not in head:
        chunk = next(remaining, None)
        if chunk is None:
            break
        head += chunk
    line, end, rest = head.partition(b"\n")
    if not head.strip():
        raise Passing("A page of records came without its header.")
    if line.lstrip().startswith(b"<"):
        raise Passing("A page of records came as a web page.")
    if not end:
        raise Passing("A page of records broke off inside its header.")
    found = _names(line)
    body = itertools.chain((rest,) if rest else (), remaining)
    if found == [name.lower() for name in columns]:
        return body
    return _reordered(body, _positions(found, columns))


def _names(line: bytes) -> list[str]:
    csv.field_size_limit(_LONGEST_VALUE)  # what stands where a header should be may be a record
    text = line.decode("utf-8", "replace").removeprefix("\ufeff").rstrip("\r")
    return [name.strip().lower() for name in next(csv.reader([text]))]


def _positions(found: Sequence[str], columns: Sequence[str]) -> list[int]:
    wanted = [name.lower() for name in columns]
    if sorted(found) != sorted(wanted):
        # Only names we asked for are said.
        missing = ", ".join(sorted(set(wanted) - set(found))[:5]) or "none"
        raise SalesforceError(
            f"A page of records has other columns than were asked for (missing: {missing}).",
            f"{len(found)} columns for {len(wanted)}",
            "Run it again; if it stays, report it as a defect.",
        )
    return [found.index(name) for name in wanted]


def _reordered(body: Iterable[bytes], positions: Sequence[int]) -> Iterator[bytes]:
    """The records with their columns in another order: the slow way, for a server that answers in its own.

    Raises Passing when they broke off."""
    chunks = _Chunks(body)
    source = io.TextIOWrapper(io.BufferedReader(cast(io.RawIOBase, chunks)), encoding="utf-8", newline="")
    rows = csv.reader(source, strict=True)
    while True:
        try:
            values = next(rows, None)
        except (csv.Error, UnicodeDecodeError) as error:
            raise Passing("A page of records broke off inside a value.") from error
        if values is None:
            break
        if len(values) != len(positions):
            raise Passing("A page of records broke off inside a record.")
        yield quoted_row([values[position] for position in positions])
    if chunks.unfinished_line:
        raise Passing("A page of records broke off inside a record.")


def quoted_row(values: Sequence[str]) -> bytes:
    """A record as Bulk 2.0 spells it: every value in quotes, quotes doubled, one line end."""
    return ('"' + '","'.join(value.replace('"', '""') for value in values) + '"\n').encode("utf-8", "replace")


class _Chunks(io.RawIOBase):
    """An iterator of chunks as a file to read."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._left = memoryview(b"")
        self.unfinished_line = False  # something follows the last line end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            if chunk:
                self.unfinished_line = not chunk.endswith(b"\n")
            self._left = memoryview(chunk)
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size
