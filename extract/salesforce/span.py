"""Holds the time that a window is about, so that one which is too much for Salesforce can be cut in halves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from extract.salesforce import soql

_SHORTEST = timedelta(seconds=2)  # Salesforce compares by the second


@dataclass(frozen=True)
class Span:
    """Of one field: from `start`, inclusive (None: from the beginning), to `end`, exclusive."""

    field: str
    start: datetime | None
    end: datetime

    @property
    def where(self) -> str:
        return soql.window(self.field, self.start, self.end)

    def halves(self, earliest: datetime) -> tuple[Span, Span] | None:
        """Two spans that hold the same moments, cut in the middle of what is after `earliest`; None when too short."""
        begins = self.start if self.start is not None else earliest
        if self.end - begins < _SHORTEST:
            return None
        middle = (begins + (self.end - begins) / 2).replace(microsecond=0)
        return replace(self, end=middle), replace(self, start=middle)
