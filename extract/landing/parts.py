"""Holds one part of a window on its way from the spool to raw, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from extract.landing.canonical import LandedColumn, canonical_select, csv_scan
from extract.landing.state import WindowEnd

BOOKKEEPING = ("_version", "_dlt_load_id", "_extracted_at")


@dataclass(frozen=True)
class Part:
    """A CSV file of one object. `end` is what its commit makes true; None while more parts follow."""

    part_id: str
    object: str
    table: str
    path: Path
    rows: int
    header: tuple[str, ...]
    columns: tuple[LandedColumn, ...]
    extracted_at: datetime  # the org's clock at the window's end
    end: WindowEnd | None
    org_id: str = ""  # "" where another part of the object told it
    vanished: tuple[str, ...] = ()  # columns of raw that the org no longer tells
    turned_since: str | None = (
        None  # records stamped since then may have turned, "" all of them; None: not asked
    )

    @property
    def may_have_turned(self) -> str | None:
        """The condition, in SQL, for versions that can say that their record turned; None where none can."""
        if self.turned_since is None or "isdeleted" not in self.names:
            return None
        if not self.turned_since:
            return "true"
        return f"systemmodstamp >= '{self.turned_since}'" if "systemmodstamp" in self.names else None

    @property
    def select(self) -> str:
        return canonical_select(self.path, self.header, self.columns)

    @property
    def scan(self) -> str:
        return csv_scan(self.path, self.header)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of raw that this part fills, in the order of `select`."""
        return (*(column.column for column in self.columns), *BOOKKEEPING)


@dataclass(frozen=True)
class PartOutcome:
    versions_new: int
    deleted_rows: int
    load_id: str
