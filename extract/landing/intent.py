"""Decides what to ask one object for, by what the org describes and what the target holds; `landfall plan` shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from extract.catalogue import CatalogueObject
from extract.landing.fields import HeldField, compare_fields, landed_fields
from extract.landing.results import LandingOptions, SchemaChange
from extract.landing.spool import ADOPT_WITHIN
from extract.landing.state import Held
from extract.landing.window import CursorChoice, Window, choose_cursor, plan_window
from extract.salesforce import ObjectDescription, soql
from extract.salesforce.kept_job import kept_job

STAMP = "SystemModstamp"
NEW_VALUES = ("added", "returned", "retyped")  # after these, old records say something that no stamp tells


@dataclass(frozen=True)
class Intent:
    """Which fields of an object are read, for which window, and how its fields differ from before."""

    fields: tuple[HeldField, ...]
    changes: tuple[SchemaChange, ...]
    choice: CursorChoice
    window: Window

    @property
    def columns_wanted(self) -> tuple[tuple[str, str], ...]:
        """The fields, each with why, whose values in old records the window does not bring."""
        if self.window.start is None:
            return ()
        return tuple((change.field, change.change) for change in self.changes if change.change in NEW_VALUES)


def intend(
    entry: CatalogueObject,
    description: ObjectDescription,
    held: Held,
    now: datetime,
    options: LandingOptions,
) -> Intent:
    """What to read of the object up to the org's own clock `now`."""
    before = held.fields.get(entry.sobject, {})
    fields = landed_fields(description, before, entry.leave_out, entry.refresh)
    changes = compare_fields(entry.sobject, before, fields)
    choice = choose_cursor(description.fields, entry.cursor)
    cursor = held.cursors.get(entry.sobject)
    window = plan_window(
        cursor.cursor if cursor else None,
        choice,
        now,
        lookback=entry.lookback(options.lookback),
        full=options.full,
        # without a stamp, columns that are read alone cannot be matched with the versions held
        new_fields=[
            change.field
            for change in changes
            if change.change in NEW_VALUES and not has_stamp(choice, fields)
        ],
    )
    return Intent(fields, changes, choice, window)


def has_stamp(choice: CursorChoice, fields: Sequence[HeldField]) -> bool:
    """Whether single columns of the object can be read alone: each record says whether it is still the one held."""
    return choice.field == STAMP and any(field.field == STAMP for field in fields)


def as_interrupted(window: Window, name: str, fields: Sequence[HeldField], folder: Path) -> Window:
    """The window of an interrupted run with the same start, so that its Bulk job can be taken up; else this one."""
    left = kept_job(folder)
    if left is None or not window.field:
        return window
    try:
        end = datetime.fromisoformat(left.query.rpartition(" < ")[2])
        if not window.end - ADOPT_WITHIN < end <= window.end:
            return window
    except (ValueError, TypeError):
        return window
    earlier = replace(window, end=end)
    query = soql.select(name, [entry.field for entry in fields], earlier.where)
    return earlier if query == left.query else window
