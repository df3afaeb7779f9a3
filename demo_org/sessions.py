"""Holds the access tokens that were given out and still open the door."""

from __future__ import annotations

import secrets
import threading
import time


class Sessions:
    """The open sessions of the org."""

    def __init__(self, organization_id: str) -> None:
        self._organization_id = organization_id
        self.seconds: float | None = None  # how long a session lasts; None: until somebody ends it
        self._open: dict[str, float] = {}  # when each was started
        self._lock = threading.Lock()

    def start(self) -> str:
        """A new access token, in the form Salesforce gives them."""
        token = f"{self._organization_id[:15]}!{secrets.token_urlsafe(64)}"
        with self._lock:
            self._open[token] = time.monotonic()
        return token

    def is_open(self, token: str) -> bool:
        with self._lock:
            started = self._open.get(token)
            return started is not None and (self.seconds is None or time.monotonic() - started < self.seconds)

    def expire(self, token: str) -> None:
        with self._lock:
            self._open.pop(token, None)

    def expire_all(self) -> int:
        """Close every session; says how many there were."""
        with self._lock:
            closed = len(self._open)
            self._open.clear()
        return closed
