"""Decides what to ask an object for: by which field it tells its changes, and from when to when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from extract.salesforce import soql
from extract.salesforce.describe import FieldDescription

# Best first. SystemModstamp moves with automated changes too and is indexed; LastModifiedDate can be back-dated.
CURSOR_FIELDS = ("SystemModstamp", "LastModifiedDate", "CreatedDate", "LoginTime")


@dataclass(frozen=True)
class Cursor:
    """How far an object has been read, as it stands in raw._cursors."""

    field: str  # "" when the object has none and is read whole each time
    end: datetime
    clock: datetime | None = None  # the org's when it was read; before the end where it had been put back

    @property
    def reaches(self) -> datetime:
        """Up to when all was read, but for what is on its way within a lookback."""
        return self.end if self.clock is None else min(self.end, self.clock)


@dataclass(frozen=True)
class CursorChoice:
    field: str
    reason: str


@dataclass(frozen=True)
class Window:
    """The stretch of changes to read: `start` inclusive (None: from the beginning), `end` exclusive."""

    field: str
    start: datetime | None
    end: datetime
    reason: str
    clock: datetime | None = None  # the org's, where it stands before the end

    @property
    def where(self) -> str:
        return soql.window(self.field, self.start, self.end) if self.field else ""

    @property
    def cursor(self) -> Cursor:
        """How far the object has been read once this window is landed."""
        return Cursor(self.field, self.end, self.clock)


def choose_cursor(fields: Iterable[FieldDescription], wanted: str = "") -> CursorChoice:
    """The field whose value moves when a record changes; "" when no window can be cut, so all is read.

    A field that can be filtered by and not sorted by, as Salesforce describes encrypted ones, can be compared for
    being equal alone: "from" and "to" mean nothing there.
    """
    known = {field.name: field for field in fields}
    passed_over: list[str] = []
    for name in (wanted, *CURSOR_FIELDS) if wanted else CURSOR_FIELDS:
        against = _against(known.get(name))
        if not against:
            return CursorChoice(name, "; ".join([*passed_over, _why(name, wanted)]))
        passed_over.append(f"{name} {against}")
    return CursorChoice("", "; ".join([*passed_over, "every record is read each time"]))


def plan_window(
    held: Cursor | None,
    choice: CursorChoice,
    now: datetime,
    *,
    lookback: timedelta,
    full: bool = False,
    new_fields: Iterable[str] = (),
) -> Window:
    """What to read next, up to the org's own clock `now`.

    A window starts before the end of the last one, because a transaction becomes visible up to ten minutes after
    the stamp of its records. Reading again is harmless: a version that is held is not stored again. No window ends
    before the last one, so that what is read later is newer; where the clock was put back, the next one starts from
    what it said.
    """
    start, why = _start(held, choice, now, lookback, full, sorted(new_fields))
    reason = f"{choice.reason}; {why}"
    if held is not None and start is not None:
        return Window(choice.field, start, max(now, held.end), reason, now if now < held.end else None)
    return Window(choice.field, start, now, reason)


def _start(
    held: Cursor | None,
    choice: CursorChoice,
    now: datetime,
    lookback: timedelta,
    full: bool,
    new_fields: list[str],
) -> tuple[datetime | None, str]:
    if not choice.field:
        return None, "read whole"
    if held is None:
        return None, "first read"
    if full:
        return None, "read from the beginning, as asked"
    if held.field != choice.field:
        return None, f"read from the beginning: the cursor was {held.field or 'none'} before"
    if new_fields:
        return None, f"read from the beginning, to fill {', '.join(new_fields)}"
    if held.end - lookback > now:
        return None, "read from the beginning: the last window ends after the org's own clock"
    return min(
        held.reaches, now
    ) - lookback, f"from {_minutes(lookback)} minutes before the last window's end"


def _against(field: FieldDescription | None) -> str:
    """Why no window can be cut by the field; "" when one can."""
    if field is None:
        return "is not there"
    if not field.filterable:
        return "cannot be filtered by"
    return "" if field.sortable else "cannot be sorted by"


def _why(name: str, wanted: str) -> str:
    return f"{name} by the catalogue" if name == wanted else f"{name} moves with every change"


def _minutes(lookback: timedelta) -> str:
    return f"{lookback.total_seconds() / 60:g}"
