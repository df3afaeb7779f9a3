"""Remembers what was asked of the org, without values, texts or tokens, so that tests can count calls."""

from __future__ import annotations

import re
import threading
from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

KEPT = 50_000


@dataclass
class LoggedRequest:
    """One request: `path` without its parameters, `object` as far as path, SOQL or job tell.

    It is logged when it arrives, so whoever has an answer finds its request here; the answer's facts follow."""

    method: str
    path: str
    object: str
    fault: str
    status: int = 0  # 0 until the answer goes out, and when the connection was cut
    seconds: float = 0.0
    bytes: int = 0


class RequestLog:
    """The last requests, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[LoggedRequest] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    def add(self, entry: LoggedRequest) -> None:
        with self._lock:
            self._entries.append(entry)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def report(self) -> dict[str, Any]:
        """All entries, and how many there are for each object."""
        with self._lock:
            entries = list(self._entries)
        counts = Counter(entry.object for entry in entries)
        return {"count": len(entries), "by_object": dict(counts), "requests": [asdict(e) for e in entries]}


def object_of(path: str, soql: str) -> str:
    """The object a request is about; "" when it is about none."""
    found = re.search(r"/sobjects/(\w+)", path) or re.search(r"\bFROM\s+(\w+)", soql, re.IGNORECASE)
    return found[1] if found else ""
