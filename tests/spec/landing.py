"""Lands small tables written as text, through the real pipeline, without an org."""

from __future__ import annotations

import csv
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

from extract.database import Database
from extract.landing.canonical import LandedColumn
from extract.landing.compose import new_load_id
from extract.landing.fields import HeldField
from extract.landing.load_part import insert_duckdb, insert_postgres, load_part
from extract.landing.parts import Part, PartOutcome
from extract.landing.pipeline import Pipeline
from extract.landing.state import WindowEnd, create_tables
from extract.landing.tables import complete_tables
from extract.landing.window import Cursor

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TYPES = {"Id": "id", "IsDeleted": "boolean", "SystemModstamp": "datetime", "Amount__c": "currency"}


class LandingSpec:
    """An empty target that parts land in; `served` writes what the org would serve."""

    def __init__(self, database: Database, folder: Path, hold_at: str = "") -> None:
        self.database = database
        self.hold_at = hold_at
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.points: list[str] = []
        self._run_id = uuid.uuid4().hex
        self._numbers = count(1)
        with database.connect() as connection:
            create_tables(connection)

    @cached_property
    def pipeline(self) -> Pipeline:
        return Pipeline(self.database, self.folder, self._report)

    def landed(self, rows: str | Sequence[Mapping[str, str]], **about: Any) -> PartOutcome:
        """Land one part of Account that holds the rows, and end its window."""
        part = self.served(rows, **about)
        return self.pipeline.load([part])[part.table]

    def stored(self, rows: str | Sequence[Mapping[str, str]]) -> PartOutcome:
        """What `landed` commits, without dlt's half second: for tests of what happens afterwards."""
        part = self.served(rows)
        assert part.end is not None
        insert = insert_duckdb if self.database.kind == "duckdb" else insert_postgres
        with self.database.connect() as connection:
            complete_tables(connection, {part.object: part.end.fields})
            return load_part(connection, part, new_load_id(connection), insert, self._report)

    def served(
        self,
        rows: str | Sequence[Mapping[str, str]],
        *,
        name: str = "Account",
        ends: bool = True,
        part_id: str = "",
    ) -> Part:
        records = list(table(rows)) if isinstance(rows, str) else [dict(row) for row in rows]
        number = next(self._numbers)
        header = tuple(records[0])
        path = self.folder / f"{name}-{number}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
            writer.writerows([header, *(tuple(record.values()) for record in records)])
        at = NOON + timedelta(hours=number)
        columns = tuple(LandedColumn(field, field.lower(), TYPES.get(field, "string")) for field in header)
        fields = tuple(HeldField(c.field, c.column, c.type, 0, 0, 0) for c in columns)
        end = WindowEnd(name, "00D000000000001AAA", Cursor("SystemModstamp", at), fields, ())
        return Part(
            part_id=part_id or f"{self._run_id}/{name.lower()}/{number}",
            object=name,
            table=name.lower(),
            path=path,
            rows=len(records),
            header=header,
            columns=columns,
            extracted_at=at,
            end=end if ends else None,
        )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.database.connect() as connection:
            return connection.rows(sql)

    def _report(self, event: str, **fields: Any) -> None:
        if event == "point":
            self.points.append(fields["name"])
            if fields["name"] == self.hold_at:
                print(self.hold_at, flush=True)
                time.sleep(600)  # until it is killed


def table(text: str) -> Iterator[dict[str, str]]:
    """Records from a table with bars: a header line, then one line a record."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    for cells in lines[1:]:
        yield dict(zip(lines[0], cells, strict=True))
