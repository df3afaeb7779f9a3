"""Counts the API calls of the org's day, which every answer tells and the daily limit ends."""

from __future__ import annotations

import threading

from demo_org.refusals import Refused

DAILY_CALLS = 100_000


class Usage:
    """How many of the day's calls are used."""

    def __init__(self) -> None:
        self.used = 0
        self.maximum = DAILY_CALLS
        self._lock = threading.Lock()

    def count_call(self) -> None:
        """Count one call, or refuse it because the day's calls are used up."""
        with self._lock:
            if self.used >= self.maximum:
                raise Refused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
            self.used += 1

    def change(self, *, maximum: int | None, used: int | None) -> None:
        with self._lock:
            self.maximum = self.maximum if maximum is None else maximum
            self.used = self.used if used is None else used

    @property
    def header(self) -> str:
        """The value of Sforce-Limit-Info."""
        return f"api-usage={self.used}/{self.maximum}"
