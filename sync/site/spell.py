"""Spells durations and moments for the status page."""

from __future__ import annotations

from datetime import datetime, timedelta


def spell_seconds(seconds: float | None) -> str:
    """A duration as a person reads it: 0.4 s, 12 s, 3 min 20 s."""
    if seconds is None:
        return "–"
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def spell_age(age: timedelta) -> str:
    """How long ago, in one unit: 5 min, 3 h, 2 days. The page's script spells it alike."""
    minutes = int(age.total_seconds() // 60)
    if minutes < 120:
        return f"{max(minutes, 0)} min"
    return f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"


def spell_moment(moment: datetime | None) -> str:
    """To the minute, in UTC, which the page says once."""
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "–"


def spell_utc(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "never"


def counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def listed(names: list[str], most: int = 4) -> str:
    """The first names and how many more there are: a card has room for a few."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
