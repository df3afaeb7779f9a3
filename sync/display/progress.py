"""Shows a run while it works: bars on a terminal, lines where there is none, JSON lines for machines.

Everything goes to standard error; standard output is for the result.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from sync.display.pace import Pace

STAGE_WORDS = {
    "extract": "Salesforce → raw",
    "reconcile": "all Ids of Salesforce against raw",
    "verify": "records of Salesforce against raw",
    "validate": "raw against the rules",
    "transform": "raw → build",
    "check": "build against the rules",
    "publish": "build → app",
    "rebuild": "raw as of then into build",
    "diff": "build against app",
    "erase": "erased records out of raw",
    "sweep": "files and free space",
}
SECONDS_BETWEEN_LINES = 5.0  # without a terminal: one line per object at most this often


class Display(Protocol):
    """What a run tells whoever watches."""

    def run_started(self, run_id: str, command: str, target: str) -> None: ...
    def stage_started(self, stage: str) -> None: ...
    def event(self, stage: str, event: Mapping[str, Any]) -> None: ...
    def stage_ended(self, stage: str, state: str, seconds: float, summary: str) -> None: ...
    def note(self, text: str) -> None: ...


class Lines(Protocol):
    """Where lines are printed to."""

    def write(self, text: str, /) -> object: ...
    def flush(self) -> object: ...


@contextmanager
def open_display(log_format: str, stream: IO[str] | None = None) -> Iterator[Display]:
    """The display that fits the settings and where standard error goes."""
    stream = stream or sys.stderr
    if log_format == "json":
        yield JsonLines(stream)
        return
    console = Console(file=stream, highlight=False)  # honours NO_COLOR and TERM=dumb
    if not console.is_terminal:
        yield PlainLines(stream)
        return
    with _bars(console) as progress:
        yield Bars(console, progress)


class PlainLines:
    """One readable line per thing that happens."""

    def __init__(self, stream: Lines) -> None:
        self._stream = stream
        self._last: dict[str, float] = {}
        self._paces: dict[str, Pace] = {}

    def run_started(self, run_id: str, command: str, target: str) -> None:
        self._say(f"landfall {command}: run {run_id} into {target}")

    def stage_started(self, stage: str) -> None:
        self._last.clear()
        self._paces.clear()
        self._say(f"{stage} ({STAGE_WORDS[stage]}) ...")

    def event(self, stage: str, event: Mapping[str, Any]) -> None:
        if event["event"] == "progress":
            series = series_of(event)
            pace = hear(self._paces, event)
            if self._is_due(series):
                self._say(f"  {series}: {pace.words()}")
        elif line := spell_event(event):
            self._say(f"  {line}")

    def stage_ended(self, stage: str, state: str, seconds: float, summary: str) -> None:
        self._say(f"{stage} {state} in {seconds:.1f} s{': ' if summary else ''}{summary}")

    def note(self, text: str) -> None:
        self._say(text)

    def _say(self, line: str) -> None:
        print(line, file=self._stream, flush=True)

    def _is_due(self, series: str) -> bool:
        moment = time.monotonic()
        if moment - self._last.setdefault(series, moment) < SECONDS_BETWEEN_LINES:
            return False
        self._last[series] = moment
        return True


class JsonLines:
    """The same for machines: one JSON object per line, each with a time."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def run_started(self, run_id: str, command: str, target: str) -> None:
        self._send("run_started", run_id=run_id, command=command, target=target)

    def stage_started(self, stage: str) -> None:
        self._send("stage_started", stage=stage)

    def event(self, stage: str, event: Mapping[str, Any]) -> None:
        self._send(str(event["event"]), stage=stage, **{key: event[key] for key in event if key != "event"})

    def stage_ended(self, stage: str, state: str, seconds: float, summary: str) -> None:
        self._send("stage_ended", stage=stage, state=state, seconds=round(seconds, 3), summary=summary)

    def note(self, text: str) -> None:
        self._send("note", text=text)

    def _send(self, event: str, **fields: Any) -> None:
        line = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **fields}
        print(json.dumps(line), file=self._stream, flush=True)


class Bars:
    """Stage lines that stay, and below them a bar per object while its stage works."""

    def __init__(self, console: Console, progress: Progress) -> None:
        self._console = console
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}
        self._paces: dict[str, Pace] = {}

    def run_started(self, run_id: str, command: str, target: str) -> None:
        self._console.print(f"[bold]landfall {command}[/]  run {run_id} into {target}", soft_wrap=True)

    def stage_started(self, stage: str) -> None:
        self._task(stage, f"[bold]{stage}[/] {STAGE_WORDS[stage]}", None)

    def event(self, stage: str, event: Mapping[str, Any]) -> None:
        if event["event"] != "progress":
            if line := spell_event(event):
                self._console.print(f"  [dim]{line}[/]", soft_wrap=True)
            return
        series = series_of(event)
        pace = hear(self._paces, event)
        task = self._task(series, f"  {series}", pace.expected)
        self._progress.update(task, completed=pace.done, total=pace.expected, told=pace.words())
        if pace.expected is not None and pace.done == pace.expected:
            self._remove(series)

    def stage_ended(self, stage: str, state: str, seconds: float, summary: str) -> None:
        for series in list(self._tasks):
            self._remove(series)
        mark = "[green]✓[/]" if state == "passed" else "[red]✗[/]"
        self._console.print(
            f"{mark} [bold]{stage:<9}[/] {seconds:6.1f} s  {summary or state}", soft_wrap=True
        )

    def note(self, text: str) -> None:
        self._console.print(text, soft_wrap=True, markup=False)

    def _task(self, series: str, words: str, expected: float | None) -> TaskID:
        if series not in self._tasks:
            self._tasks[series] = self._progress.add_task(words, total=expected, told="")
        return self._tasks[series]

    def _remove(self, series: str) -> None:
        self._paces.pop(series, None)
        self._progress.remove_task(self._tasks.pop(series))


def hear(paces: dict[str, Pace], event: Mapping[str, Any]) -> Pace:
    """The pace of the series that this progress event belongs to."""
    series, moment = series_of(event), time.monotonic()
    if series in paces:
        paces[series].hear(event, moment)
    else:
        paces[series] = Pace.start(event, moment)
    return paces[series]


def series_of(event: Mapping[str, Any]) -> str:
    """What a progress event counts: an object, a table, or a step of the stage."""
    return str(event.get("object") or event.get("table") or event.get("step") or "work")


def spell_event(event: Mapping[str, Any]) -> str:
    """An event in words; nothing for events that only machines need."""
    kind = event["event"]
    if kind == "progress":
        expected = f" of {event['expected']:,}" if event.get("expected") is not None else ""
        return f"{series_of(event)}: {event.get('done') or 0:,}{expected} {event.get('unit') or ''}".rstrip()
    if kind == "retry":
        waits = f"; next try in {event['wait']:.0f} s" if event.get("wait") is not None else ""
        return f"{series_of(event)}: {str(event.get('what', 'trying again')).rstrip('.')}{waits}"
    if kind == "note":
        return str(event.get("text", ""))
    if kind == "failed":  # one object; the others go on
        return f"{series_of(event)}: {event.get('what', '')} → {event.get('next_step', '')}"
    if kind == "point":
        return f"holding at {event['name']} (process {event.get('pid')})"
    return ""


def _bars(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[told]}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        refresh_per_second=4,
    )
