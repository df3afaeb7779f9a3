"""Holds a sync at a named point, kills one of its processes there, and sees that none is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import psutil

from sync.settings import ROOT
from tests.sync.whole_runs import Sync, event_of

Victim = Literal["stage", "run", "both"]
SECONDS_TO_BE_GONE = 30  # a stage notices within moments that its run has died; the machine may be busy


@dataclass(frozen=True)
class Held:
    """A sync that stands still."""

    run: subprocess.Popen[str]
    stage_pid: int

    def kill(self, victim: Victim) -> Killed:
        """SIGKILL; comes back when every process of the run is gone, and fails when one stays."""
        family = psutil.Process(self.run.pid).children(recursive=True)
        if victim in ("run", "both"):
            self.run.kill()
        if victim in ("stage", "both"):
            os.kill(self.stage_pid, signal.SIGKILL)
        return self._end_of(family)

    def stop(self) -> Killed:
        """SIGTERM to the run, as a scheduler or `kill` does it; comes back when every process is gone."""
        family = psutil.Process(self.run.pid).children(recursive=True)
        self.run.terminate()
        return self._end_of(family)

    def _end_of(self, family: list[psutil.Process]) -> Killed:
        assert self.run.stderr is not None
        messages = self.run.stderr.read()
        code = self.run.wait(SECONDS_TO_BE_GONE)
        _, alive = psutil.wait_procs(family, SECONDS_TO_BE_GONE)
        left = [process.cmdline() for process in alive]
        _end(alive)
        assert left == []
        assert "Traceback" not in messages
        return Killed(code, messages)


@dataclass(frozen=True)
class Killed:
    """How a run ended that lost a process."""

    code: int
    messages: str


class NotReached(AssertionError):
    """The sync ended without coming to the point."""


@contextmanager
def held_at(sync: Sync, point: str, *arguments: str) -> Iterator[Held]:
    """A sync, or another command, that has reached the point and stands still there until it is killed or the block ends."""
    environment = sync.environment({"LANDFALL_HOLD_AT": point, "LANDFALL_LOG_FORMAT": "json"})
    run = subprocess.Popen(
        [sys.executable, "-m", "sync", *(arguments or ("sync",)), "--json"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Held(run, _wait_for_point(run, point))
    finally:
        if run.poll() is None:
            family = psutil.Process(run.pid).children(recursive=True)
            _end([psutil.Process(run.pid), *family])
        run.wait()
        if run.stderr is not None:
            run.stderr.close()


def _wait_for_point(run: subprocess.Popen[str], point: str) -> int:
    """The process id of the stage that stands at the point."""
    assert run.stderr is not None
    heard = []
    for line in run.stderr:
        heard.append(line)
        event = event_of(line)
        if event.get("event") == "point":
            return int(event["pid"])
    raise NotReached(f"the sync ended without reaching {point}:\n{''.join(heard)[-2000:]}")


def _end(processes: list[psutil.Process]) -> None:
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(processes, SECONDS_TO_BE_GONE)


def pull_the_plug(sync: Sync, after: float) -> None:
    """Start a sync and end all of its processes at once after so many seconds, as when the machine goes down."""
    run = subprocess.Popen(
        [sys.executable, "-m", "sync", "sync", "--json"],
        cwd=ROOT,
        env=sync.environment({}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        run.wait(after)
    except subprocess.TimeoutExpired:
        whole = psutil.Process(run.pid)
        _end([whole, *whole.children(recursive=True)])
    run.wait()
