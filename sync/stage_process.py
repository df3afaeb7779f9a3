"""Runs one stage as a process of its own, and turns its events into a result or an error."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extract.errors import LandfallError, error_from_dict
from sync.private_files import open_private, write_private_json
from sync.settings import ROOT

SECONDS_TO_END = 5.0  # after SIGTERM, before SIGKILL


@dataclass(frozen=True)
class StageCall:
    """What a stage is asked, and where its files go."""

    stage: str
    request: Mapping[str, Any]  # no secrets: the stage reads the settings itself
    request_file: Path
    log_file: Path
    inherited: tuple[int, ...] = ()  # the lock's descriptors


@dataclass(frozen=True)
class StageEnd:
    """How a stage's process ended."""

    result: dict[str, Any] | None
    error: LandfallError | None
    seconds: float
    peak_mb: float


def run_stage(call: StageCall, on_event: Callable[[Mapping[str, Any]], None]) -> StageEnd:
    """Run the stage to its end. An interruption (Stopped) ends the stage's process before it goes on."""
    started = time.monotonic()
    write_private_json(call.request_file, {**call.request, "log_file": str(call.log_file)})
    with open_private(call.log_file, "ab") as log:
        process = _start(call, log.fileno())
        try:
            last = _read_events(process, on_event)
            exit_code, peak_mb = _wait(process)
        except BaseException:
            _end(process)
            raise
        finally:
            _close_pipes(process)
    result, error = _judge(last, exit_code, call)
    return StageEnd(result, error, time.monotonic() - started, peak_mb)


def _start(call: StageCall, log: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "sync.stages", call.stage, str(call.request_file)],
        cwd=ROOT,
        stdin=subprocess.PIPE,  # its closing tells the stage that this process has died
        stdout=subprocess.PIPE,
        stderr=log,
        pass_fds=call.inherited,
        start_new_session=True,  # Ctrl-C reaches this process alone, which then ends the stage
    )


def _read_events(
    process: subprocess.Popen[bytes], on_event: Callable[[Mapping[str, Any]], None]
) -> Mapping[str, Any]:
    """Hand every event on; return the closing one, or nothing when the stage died before it."""
    assert process.stdout is not None
    last: Mapping[str, Any] = {}
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] in ("result", "error"):
            last = event
        else:
            on_event(event)
    return last


def _wait(process: subprocess.Popen[bytes]) -> tuple[int, float]:
    """The exit code, and the peak memory of the stage and of whatever it started and waited for, in MB."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return process.returncode, round(usage.ru_maxrss * unit / 1e6, 1)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the stage and what it started; it commits or rolls back by dying, as in any crash."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(SECONDS_TO_END)
            return
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            return


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _judge(
    last: Mapping[str, Any], exit_code: int, call: StageCall
) -> tuple[dict[str, Any] | None, LandfallError | None]:
    if last.get("event") == "result" and exit_code == 0:
        return last["result"], None
    if last.get("event") == "error":
        return None, error_from_dict(last["error"])
    how = (
        f"was killed by {signal.Signals(-exit_code).name}"
        if exit_code < 0
        else f"ended with code {exit_code}"
    )
    return None, LandfallError(
        f"The {call.stage} stage {how} and gave no result.",
        str(call.log_file),
        "If the machine ran out of memory, give it more; otherwise see the log. "
        "Then run again: what was committed is kept, the rest is done again.",
    )
