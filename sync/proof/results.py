"""Holds what the proof of a table came to, and says it in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from extract.errors import NotProven

STANDS = "stands"
OVERRIDE = "override"
MISSING = "missing"
EXTRA = "extra"
FOUND = "unlike its rule: "  # before the reason: the record stands although a rule leaves it out
UNEXPLAINED = (MISSING, EXTRA, FOUND)
IDS_NAMED = 5


@dataclass(frozen=True)
class Reason:
    """How many records of one object stand in a table, or do not for one reason."""

    name: str
    records: int

    @property
    def is_explained(self) -> bool:
        return not self.name.startswith(UNEXPLAINED)


@dataclass(frozen=True)
class RecordsProof:
    """The live records of an object, by what became of them in one table. `ids` are some that no reason explains."""

    object: str
    records: int  # live in staging
    standing: int  # of the table's rows, records with a live row
    reasons: tuple[Reason, ...]
    ids: tuple[str, ...] = ()

    @property
    def unexplained(self) -> int:
        return sum(each.records for each in self.reasons if not each.is_explained)

    def words(self, label: str) -> str:
        """The difference, for people; empty when there is none."""
        if not self.unexplained:
            return ""
        told = ", ".join(_spell(each) for each in self.reasons if not each.is_explained)
        explained = sum(each.records for each in self.reasons if each.is_explained and each.name != STANDS)
        named = f" ({', '.join(self.ids)}{' …' if self.unexplained > len(self.ids) else ''})"
        return (
            f"{self.object} has {self.records:,} records, {self.standing:,} stand in {label} and {explained:,} are "
            f"left out for a reason: {told}{named if self.ids else ''}"
        )


def _spell(reason: Reason) -> str:
    if reason.name == MISSING:
        return f"{reason.records:,} missing without a reason"
    if reason.name == EXTRA:
        return f"{reason.records:,} there without a live record"
    return f"{reason.records:,} there although {reason.name.removeprefix(FOUND)} leaves them out"


@dataclass(frozen=True)
class TableProof:
    """What one table was proven to hold: rows of build and of app that are not deleted, and records."""

    table_name: str
    in_build: int
    in_app: int
    not_in_app: int  # live in build, and not in app
    not_in_build: int  # live in app, and not in build
    by_override: int  # rows whose deletion staff decided
    records: tuple[RecordsProof, ...] = ()
    is_silent: bool = False

    @property
    def is_proven(self) -> bool:
        return not self.reason

    @property
    def label(self) -> str:
        return f"app.{self.table_name}"

    @property
    def reason(self) -> str:
        """What is not proven, in words; empty when all is."""
        told = [words for each in self.records if (words := each.words(self.label))]
        if self.not_in_app or self.not_in_build:
            told.insert(
                0,
                f"build has {self.in_build:,} live rows and {self.label} {self.in_app:,}: {self.not_in_app:,} built rows "
                f"are missing, {self.not_in_build:,} are there that were not built",
            )
        if self.is_silent:
            told.append(f"{self.label} holds records, but its model does not say of which object")
        return "; ".join(told)

    def to_row(self) -> dict[str, Any]:
        """As ops.completeness_tables has it."""
        names = ("table_name", "in_build", "in_app", "not_in_app", "not_in_build", "by_override")
        return {**{name: getattr(self, name) for name in names}, "reason": self.reason}

    def reason_rows(self) -> list[dict[str, Any]]:
        """As ops.completeness_reasons has them."""
        return [
            {
                "table_name": self.table_name,
                "object": each.object,
                "reason": reason.name,
                "records": reason.records,
                "is_explained": reason.is_explained,
            }
            for each in self.records
            for reason in each.reasons
        ]


def not_proven_tables(tables: Sequence[TableProof]) -> NotProven | None:
    """The error for tables that do not hold what they should, or None."""
    wrong = [table for table in tables if not table.is_proven]
    if not wrong:
        return None
    only_app = all(table.not_in_app or table.not_in_build for table in wrong)
    advice = (
        "Something took rows out of the application's tables or put them there, a trigger perhaps: the next "
        "`landfall sync`, or `landfall publish`, writes them again."
        if only_app
        else "Look at the models before the table: one loses records or makes them. If a rule leaves them out, give it a "
        "name and its condition under meta.proof of the table's model (dbt_project/models/application), then run again."
    )
    return NotProven(
        f"{len(wrong)} of {len(tables)} application tables do not hold what they should: "
        + "; ".join(table.reason for table in wrong[:5]),
        "ops.completeness_tables",
        advice,
    )
