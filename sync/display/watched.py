"""Shows a run in three places at once: the terminal, the status page, and the log that the page links to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from extract.errors import LandfallError
from sync.display.progress import Display, PlainLines
from sync.display.words import spell_error, spell_outcome
from sync.outcome import Outcome
from sync.site.live import LiveFile
from sync.site.run_logs import TimedLines, open_run_log


class Watched:
    """A display that hands everything on. What shows the run beside the terminal never makes it fail."""

    def __init__(self, terminal: Display, live: LiveFile, site_dir: Path, run_id: str) -> None:
        self._terminal = terminal
        self._live = live
        self._log: TimedLines | None = None
        self._lines: PlainLines | None = None
        self._is_told = False
        try:
            self._log = open_run_log(site_dir, run_id)
            self._lines = PlainLines(self._log)
        except LandfallError as error:
            self._tell(error)

    def run_started(self, run_id: str, command: str, target: str) -> None:
        self._hand_on("run_started", run_id, command, target)

    def stage_started(self, stage: str) -> None:
        self._hand_on("stage_started", stage)

    def event(self, stage: str, event: Mapping[str, Any]) -> None:
        self._hand_on("event", stage, event)

    def stage_ended(self, stage: str, state: str, seconds: float, summary: str) -> None:
        self._hand_on("stage_ended", stage, state, seconds, summary)

    def note(self, text: str) -> None:
        self._hand_on("note", text)

    def close(self, outcome: Outcome) -> None:
        """The run's last word, in all places but the terminal, which has the command's result."""
        self._live.close(outcome.error)
        if self._log is None:
            return
        try:
            if outcome.state != "running":
                self._log.write(spell_outcome(outcome) + "\n")
            if outcome.error is not None:
                self._log.write(spell_error(outcome.error) + "\n")
            self._log.close()
        except (LandfallError, OSError):
            self._log = None  # a full disk was told when it first stood in the way

    def _hand_on(self, what: str, *arguments: Any) -> None:
        getattr(self._terminal, what)(*arguments)
        getattr(self._live, what)(*arguments)
        if self._live.problem is not None:
            self._tell(self._live.problem)
        if self._lines is None:
            return
        try:
            getattr(self._lines, what)(*arguments)
        except LandfallError as error:
            self._lines = None
            self._tell(error)

    def _tell(self, error: LandfallError) -> None:
        """Once: the run itself will say more when it needs the disk."""
        if not self._is_told:
            self._is_told = True
            self._terminal.note(f"The run is not shown on the status page: {error.what} ({error.where})")


@contextmanager
def watch(terminal: Display, site_dir: Path, outcome: Outcome) -> Iterator[Watched]:
    """The run is shown until the block ends, however it ends."""
    watched = Watched(terminal, LiveFile(site_dir, outcome.run_id, outcome.command), site_dir, outcome.run_id)
    try:
        yield watched
    except LandfallError as error:
        outcome.error = outcome.error or error
        raise
    finally:
        watched.close(outcome)
