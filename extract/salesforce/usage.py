"""Counts the calls, repeats and bytes of a client, and what the org says is left of the day's calls."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any


class ApiUsage:
    """Counters that several threads may add to; one made for a part of the work adds to the whole too."""

    def __init__(self, whole: ApiUsage | None = None) -> None:
        self._whole = whole
        self._lock = threading.Lock()
        self.calls = 0
        self.retries = 0
        self.bytes = 0  # as they came over the wire
        self.used: int | None = None  # by all users of the org in the last 24 hours
        self.limit: int | None = None

    def add(self, *, calls: int = 0, retries: int = 0, bytes: int = 0) -> None:
        with self._lock:
            self.calls += calls
            self.retries += retries
            self.bytes += bytes
        if self._whole is not None:
            self._whole.add(calls=calls, retries=retries, bytes=bytes)

    def say(self, used: int, limit: int) -> None:
        """Note what the last answer said about the org's limit."""
        with self._lock:
            self.used, self.limit = used, limit
        if self._whole is not None:
            self._whole.say(used, limit)


@dataclass(frozen=True)
class DailyLimits:
    """What the org's `/limits` say of the last 24 hours; None where they do not."""

    calls_used: int | None = None
    calls_limit: int | None = None
    bulk_jobs_left: int | None = None


def parse_limits(answer: Any) -> DailyLimits:
    """The limits that matter here, whatever else the answer holds or lacks."""
    calls, jobs = (_limit(answer, name) for name in ("DailyApiRequests", "DailyBulkV2QueryJobs"))
    used = calls[0] - calls[1] if calls else None
    return DailyLimits(used, calls[0] if calls else None, jobs[1] if jobs else None)


def _limit(answer: Any, name: str) -> tuple[int, int] | None:
    """(Max, Remaining)"""
    try:
        return int(answer[name]["Max"]), int(answer[name]["Remaining"])
    except (KeyError, TypeError, ValueError):
        return None
