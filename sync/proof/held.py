"""Reads what was last proven of every table, for the status, the page and a run's outcome."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from extract.database import Connection
from sync.proof.due import NEWEST


@dataclass(frozen=True)
class HeldReason:
    """How many records of an object stand in the table, or do not for one reason."""

    object: str
    reason: str
    records: int
    is_explained: bool


@dataclass(frozen=True)
class HeldProof:
    """What was last proven of a table, and when; an empty reason means that it holds what it should."""

    table_name: str
    run_id: str
    checked_at: datetime
    in_build: int
    in_app: int
    reason: str
    reasons: tuple[HeldReason, ...] = field(default=())

    @property
    def is_proven(self) -> bool:
        return not self.reason

    def to_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        reasons = [dict(vars(each)) for each in self.reasons]
        return {**vars(self), "checked_at": self.checked_at.isoformat(), "reasons": reasons}


def read_table_proofs(connection: Connection) -> list[HeldProof]:
    """One per application table that was ever counted, in alphabetical order; none before the first."""
    if not connection.has_table("ops", "completeness_tables"):
        return []
    newest = f"(table_name, run_id) in ({NEWEST})"
    reasons: dict[str, list[HeldReason]] = {}
    for table, *values in connection.rows(
        "select table_name, object, reason, records, is_explained from ops.completeness_reasons"
        f" where {newest} order by table_name, object, is_explained, records desc, reason"
    ):
        reasons.setdefault(table, []).append(HeldReason(*values))
    return [
        HeldProof(table, run_id, checked_at, in_build, in_app, reason, tuple(reasons.get(table, ())))
        for table, run_id, checked_at, in_build, in_app, reason in connection.rows(
            "select table_name, run_id, checked_at, in_build, in_app, reason from ops.completeness_tables"
            f" where {newest} order by table_name"
        )
    ]


def has_lost_rows(connection: Connection) -> bool:
    """Whether a table was last found with other rows than were built: the next run publishes again."""
    if not connection.has_table("ops", "completeness_tables"):
        return False
    lost = f"(not_in_app > 0 or not_in_build > 0) and (table_name, run_id) in ({NEWEST})"
    return bool(connection.value(f"select count(*) from ops.completeness_tables where {lost}"))
