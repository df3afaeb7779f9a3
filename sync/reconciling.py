"""Knows when each object was last reconciled, and which are due for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from extract.database import Connection, Database
from sync.record import RunRecord, now

ONCE_A_DAY = timedelta(days=1)  # as often at most for counts that differ and stay so


@dataclass(frozen=True)
class DueObject:
    """An object to be reconciled. `reconciled_at` is None when it never was."""

    object: str
    reconciled_at: datetime | None
    why: str  # age | count: one of the counts since then differed from the org's

    def to_row(self) -> dict[str, Any]:
        return asdict(self)


def record_reconciled(record: RunRecord, objects: Sequence[Mapping[str, Any]]) -> None:
    """Keep what a reconcile came to, object by object."""
    rows = [{**each, "reconciled_at": now(), "error": (each["error"] or {}).get("what")} for each in objects]
    record.add("reconciles", rows)


def find_due(database: Database, days: int) -> list[DueObject]:
    """The landed objects that nobody reconciled for so many days, or of which a count differed since; 0 days: none.

    That later counts agree is no proof: while records were hidden, windows went past what changed in them.
    """
    if not days:
        return []
    with database.connect() as connection:
        if not connection.has_table("raw", "_cursors"):
            return []
        landed = connection.rows(
            "select fields.object, min(fields.first_seen) from raw._fields fields"
            " inner join raw._cursors cursors on cursors.object = fields.object group by fields.object order by 1"
        )
        reconciled, differing = reconcile_ages(connection), _differing(connection)
    moment = now()
    due = []
    for name, first_seen in landed:
        last = reconciled.get(name)
        if moment - (last or first_seen) >= timedelta(days=days):
            due.append(DueObject(name, last, "age"))
        elif name in differing and (last is None or (differing[name] > last and moment - last >= ONCE_A_DAY)):
            due.append(DueObject(name, last, "count"))
    return due


def reconcile_ages(connection: Connection) -> dict[str, datetime]:
    """When each object was last reconciled, or found to be one whose records are not deleted."""
    found = connection.rows(
        "select object, max(reconciled_at) from ops.reconciles where state <> 'failed' group by object"
    )
    return dict(found)


def _differing(connection: Connection) -> dict[str, datetime]:
    """When the count of an object last differed from the org's."""
    found = connection.rows(
        "select object, max(checked_at) from ops.completeness where difference <> 0 group by object"
    )
    return dict(found)
