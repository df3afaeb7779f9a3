"""Tells how fast a series of progress goes on, and how long it will still take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SECONDS_TO_JUDGE = 1.0  # before that a rate would be a guess


@dataclass
class Pace:
    """One object, table or step: its first and its newest report."""

    unit: str
    first_at: float
    first_done: int = 0
    newest_at: float = 0.0
    done: int = 0
    expected: int | None = None

    @classmethod
    def start(cls, event: Mapping[str, Any], moment: float) -> Pace:
        """`moment` is the seconds of a clock that only goes forward."""
        pace = cls(str(event.get("unit") or ""), moment, event.get("done") or 0)
        pace.hear(event, moment)
        return pace

    def hear(self, event: Mapping[str, Any], moment: float) -> None:
        self.done, self.expected, self.newest_at = event.get("done") or 0, event.get("expected"), moment

    @property
    def rate(self) -> float | None:
        """Per second, since the first report; None when it is too early to say."""
        seconds = self.newest_at - self.first_at
        return (self.done - self.first_done) / seconds if seconds >= SECONDS_TO_JUDGE else None

    @property
    def seconds_left(self) -> float | None:
        """None when nobody knows."""
        if not self.rate or self.expected is None:
            return None
        return max(self.expected - self.done, 0) / self.rate

    def words(self) -> str:
        """2,000 of 4,045 records, 1,200/s, 2 s left."""
        of = f" of {self.expected:,}" if self.expected is not None else ""
        parts = [f"{self.done:,}{of} {self.unit}".rstrip()]
        if self.rate and self.rate >= 1:
            parts.append(f"{self.rate:,.0f}/s")
        if self.seconds_left:
            parts.append(f"{spell_left(self.seconds_left)} left")
        return ", ".join(parts)


def spell_left(seconds: float) -> str:
    """To the second below a minute, because nobody can know it better."""
    if seconds < 60:
        return f"{max(round(seconds), 1)} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
