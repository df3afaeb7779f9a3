"""Keeps live.js beside the status page: what the run at work is doing, for a page that is open meanwhile.

A script and not plain JSON, because a page opened from its file may load scripts of its folder and nothing else. The
page never opens the database, which DuckDB gives to one process alone. Writing has a thread of its own: the run only
notes what it hears. A heartbeat tells a long silence from a death.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from extract.errors import LandfallError, StorageError
from sync.display.pace import Pace
from sync.display.progress import STAGE_WORDS, hear, series_of, spell_event
from sync.site.files import replace_file

FILE = "live.js"
SECONDS_BETWEEN = 0.5  # at most two files a second
SECONDS_OF_SILENCE = 5.0  # then the file is written again, so that its age tells that the run lives
MESSAGES_KEPT = 20
STAGES_OF = {
    "sync": ("extract", "validate", "transform", "check", "publish"),
    "publish": ("check", "publish"),
}
CALL = "landfallLive"


@dataclass
class StageOnPage:
    stage: str
    state: str = "waiting"  # waiting | running | passed | refused | failed
    started_at: str | None = None
    seconds: float | None = None
    summary: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {**vars(self), "words": STAGE_WORDS.get(self.stage, self.stage)}


@dataclass
class LiveFile:
    """A display that shows the run to the page. Its problem, if it has one, is kept and never raised."""

    site_dir: Path
    run_id: str
    command: str
    problem: LandfallError | None = None
    _stages: dict[str, StageOnPage] = field(default_factory=dict)
    _series: dict[str, Pace] = field(default_factory=dict)
    _messages: deque[dict[str, str]] = field(default_factory=lambda: deque(maxlen=MESSAGES_KEPT))
    _retries: int = 0
    _started_at: str = ""
    _state: str = "running"
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _changed: threading.Event = field(default_factory=threading.Event)
    _closing: threading.Event = field(default_factory=threading.Event)
    _writer: threading.Thread | None = None

    def run_started(self, run_id: str, command: str, target: str) -> None:
        self._started_at = _now()
        for stage in STAGES_OF.get(command, (command,)):
            self._stages[stage] = StageOnPage(stage)
        self._write()
        self._writer = threading.Thread(target=self._keep_writing, name="live page", daemon=True)
        self._writer.start()

    def stage_started(self, stage: str) -> None:
        with self._lock:
            self._series.clear()
            self._stages[stage] = StageOnPage(stage, "running", _now())
        self._changed.set()

    def event(self, stage: str, event: Mapping[str, Any]) -> None:
        kind = event["event"]
        with self._lock:
            if kind == "progress":
                self._hear(event)
            elif kind == "failed":
                self._say("error", f"{series_of(event)}: {event['what']}", str(event["next_step"]))
            elif kind in ("retry", "note"):
                self._retries += kind == "retry"
                self._say(kind, spell_event(event))
            else:
                return
        self._changed.set()

    def stage_ended(self, stage: str, state: str, seconds: float, summary: str) -> None:
        with self._lock:
            self._series.clear()
            before = self._stages.get(stage, StageOnPage(stage))
            self._stages[stage] = StageOnPage(stage, state, before.started_at, round(seconds, 1), summary)
        self._changed.set()

    def note(self, text: str) -> None:
        with self._lock:
            self._say("note", text)
        self._changed.set()

    def close(self, error: LandfallError | None) -> None:
        """The last word: the run has ended, and how is in the page that it made."""
        self._closing.set()
        self._changed.set()
        if self._writer is not None:
            self._writer.join()
        with self._lock:
            self._state = "ended"
            self._series.clear()
            if error is not None:
                self._say("error", error.what, error.next_step)
        self._write()

    def _hear(self, event: Mapping[str, Any]) -> None:
        pace = hear(self._series, event)
        if pace.expected is not None and pace.done == pace.expected:
            del self._series[series_of(event)]

    def _say(self, kind: str, text: str, next_step: str = "") -> None:
        self._messages.append({"at": _now(), "kind": kind, "text": text, "next_step": next_step})

    def _keep_writing(self) -> None:
        while not self._closing.wait(SECONDS_BETWEEN):
            self._changed.wait(SECONDS_OF_SILENCE)
            if not self._closing.is_set():
                self._write()

    def _write(self) -> None:
        self._changed.clear()
        try:
            replace_file(self.site_dir / FILE, f"{CALL}({json.dumps(self._content())});\n")
        except StorageError as error:  # told by whoever holds this display; the run goes on
            self.problem = error

    def _content(self) -> dict[str, Any]:
        with self._lock:
            return {
                "run_id": self.run_id,
                "command": self.command,
                "state": self._state,
                "pid": os.getpid(),
                "host": socket.gethostname(),
                "started_at": self._started_at,
                "updated_at": _now(),
                "stages": [each.to_dict() for each in self._stages.values()],
                "series": [_series(name, pace) for name, pace in self._series.items()],
                "retries": self._retries,
                "messages": list(self._messages),
            }


def write_idle(site_dir: Path) -> None:
    """A file that says that nothing is at work, where there is none: a page that asks for it finds it."""
    if not (site_dir / FILE).exists():
        replace_file(site_dir / FILE, f'{CALL}({{"state": "idle"}});\n')


def read_live(site_dir: Path) -> dict[str, Any] | None:
    """What the file says, with the state `crashed` where a run of this machine is gone; None when it says nothing."""
    try:
        text = (site_dir / FILE).read_text(encoding="utf-8")
    except OSError:
        return None
    found: dict[str, Any] = json.loads(text.removeprefix(f"{CALL}(").rstrip().removesuffix(");"))
    if found["state"] == "running" and found["host"] == socket.gethostname() and not _lives(found["pid"]):
        found["state"] = "crashed"
    return found


def live_script(site_dir: Path) -> str:
    """The file as a server hands it out."""
    return f"{CALL}({json.dumps(read_live(site_dir) or {'state': 'idle'})});\n"


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _series(name: str, pace: Pace) -> dict[str, Any]:
    told = {"name": name, "done": pace.done, "expected": pace.expected, "unit": pace.unit}
    return {**told, "rate": pace.rate, "seconds_left": pace.seconds_left}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
