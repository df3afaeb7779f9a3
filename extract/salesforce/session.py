"""Keeps the session's token, and gets a new one once for all threads when it expires."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from extract.errors import LoginRefused


@dataclass(frozen=True)
class Granted:
    """What a login gives: a token, the address it is for, and the org as far as the answer says."""

    token: str = field(repr=False)
    instance_url: str
    organization_id: str = ""


class Session:
    """A token that several threads use. `log_in` is called once at a time, and never again after it was refused."""

    def __init__(self, granted: Granted, log_in: Callable[[], Granted]) -> None:
        self._granted = granted
        self._log_in = log_in
        self._lock = threading.Lock()
        self._refused: LoginRefused | None = None

    @property
    def token(self) -> str:
        return self._granted.token

    def renew(self, expired: str) -> str:
        """A token newer than the expired one; of threads that ask together, one logs in and all get its token."""
        with self._lock:
            if self._granted.token != expired:
                return self._granted.token
            if self._refused is not None:  # asking again and again would lock the user out
                raise self._refused
            try:
                self._granted = self._log_in()
            except LoginRefused as refused:
                self._refused = refused
                raise
            return self._granted.token
