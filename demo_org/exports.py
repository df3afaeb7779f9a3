"""Writes the result of a query as Bulk API 2.0's CSV, once, and knows where each row begins.

DuckDB writes the file, at its own speed and within its own memory limit. One pass over the bytes then notes the
offset of every row, so that any page (whatever maxRecords asks for) is a stretch of the file.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from pathlib import Path

import duckdb

from demo_org.messages import FileSlice
from demo_org.soql import Plan
from demo_org.wire import csv_sql

DELIMITERS = {"COMMA": ",", "TAB": "\t", "SEMICOLON": ";", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}
LINE_ENDINGS = ("LF", "CRLF")


@dataclass(frozen=True)
class Export:
    """A finished CSV file; `offsets` has where each row begins, and at last where the file ends."""

    path: Path
    header: bytes
    offsets: array[int]

    @property
    def rows(self) -> int:
        return len(self.offsets) - 1

    def page(self, first: int, rows: int, *, cut: int = 0) -> FileSlice:
        """The header and up to `rows` rows from row `first` on, less the last `cut` ones."""
        last = max(first, min(self.rows, first + rows) - cut)
        return FileSlice(self.header, self.path, self.offsets[first], self.offsets[last])


def write_export(
    cursor: duckdb.DuckDBPyConnection, plan: Plan, path: Path, delimiter: str, ending: str
) -> Export:
    """Run the query into `path`."""
    columns = ", ".join(f'{csv_sql(column.type, column.sql)} AS "{column.label}"' for column in plan.columns)
    target = str(path).replace("'", "''")
    options = f"FORMAT csv, HEADER, FORCE_QUOTE *, DELIMITER '{DELIMITERS[delimiter]}'"
    cursor.execute(f"COPY ({plan.rows(columns)}) TO '{target}' ({options})", plan.parameters)
    if ending == "CRLF":
        _end_rows_with_crlf(path)
    return _indexed(path)


def _indexed(path: Path) -> Export:
    """Find the rows: a line break ends one when the quotes before it are even in number."""
    starts = array("Q")
    header = b""
    position = quotes = 0
    with path.open("rb", buffering=1 << 20) as file:
        for line in file:
            position += len(line)
            quotes += line.count(b'"')
            if quotes % 2 == 0:
                if not starts:
                    file_header_end = position
                starts.append(position)
    with path.open("rb") as file:
        header = file.read(file_header_end)
    return Export(path, header, starts)


def _end_rows_with_crlf(path: Path) -> None:
    """DuckDB ends rows with LF only; line breaks inside values stay as they are."""
    rewritten = path.with_suffix(".crlf")
    quotes = 0
    with path.open("rb", buffering=1 << 20) as source, rewritten.open("wb", buffering=1 << 20) as target:
        for line in source:
            quotes += line.count(b'"')
            target.write(line[:-1] + b"\r\n" if quotes % 2 == 0 else line)
    rewritten.replace(path)
