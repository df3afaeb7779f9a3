"""Carries what a stage reports to the run's process, one JSON line per event."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

SECONDS_BETWEEN = 0.1  # one object's progress is reported at most this often


class Reporter:
    """Call it as `report(event, **fields)`; safe from any thread."""

    def __init__(self, stream: IO[str], hold_at: str = "") -> None:
        self._stream = stream
        self._hold_at = hold_at
        self._lock = threading.Lock()
        self._last: dict[str, float] = {}

    def __call__(self, event: str, **fields: Any) -> None:
        if event == "point":
            self._point(str(fields["name"]))
        elif event != "progress" or self._is_due(fields):
            self.send({"event": event, **fields})

    def send(self, message: Mapping[str, Any]) -> None:
        """Write one line at once. A run that is gone cannot be told anything, so the stage ends."""
        line = json.dumps(message, default=plain)
        try:
            with self._lock:
                self._stream.write(line + "\n")
                self._stream.flush()
        except BrokenPipeError:
            os._exit(1)

    def _point(self, name: str) -> None:
        """A place where a kill test can make this process stand still."""
        if name != self._hold_at:
            return
        self.send({"event": "point", "name": name, "pid": os.getpid()})
        while True:
            time.sleep(60)

    def _is_due(self, fields: Mapping[str, Any]) -> bool:
        """The last report of a series (done = expected) always goes through."""
        series = str(fields.get("object") or fields.get("table") or fields.get("step"))
        moment = time.monotonic()
        finished = fields.get("done") is not None and fields.get("done") == fields.get("expected")
        with self._lock:
            if not finished and moment - self._last.get(series, 0.0) < SECONDS_BETWEEN:
                return False
            self._last[series] = moment
        return True


def plain(value: object) -> object:
    """A value as JSON knows it: dataclasses as objects, times as ISO text, paths as text."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):  # what PostgreSQL makes of a sum of counts
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, SimpleNamespace):
        return vars(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be handed to the run's process")
