"""How a stage's process is started, heard, and how its end is understood."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from extract.errors import LandfallError, SettingsError
from sync.stage_process import StageCall, run_stage

PARENT = """
import sys
from pathlib import Path
from sync.stage_process import StageCall, run_stage
folder = Path(sys.argv[1])
run_stage(StageCall("extract", {}, folder / "request.json", folder / "extract.log"),
          lambda event: print(event["pid"], flush=True))
"""


@pytest.fixture(autouse=True)
def no_org(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LANDFALL_ENV_FILE", "")
    monkeypatch.setenv("LANDFALL_DATA_DIR", str(tmp_path / "data"))


def call(folder: Path, stage: str = "extract") -> StageCall:
    request = {"run_id": "r1", "only": [], "full": False, "loads": {}}
    return StageCall(stage, request, folder / "request.json", folder / "stage.log")


def ignore(event: Mapping[str, Any]) -> None:
    pass


def test_a_stages_error_arrives_as_the_same_class_with_its_three_sentences(tmp_path: Path) -> None:
    end = run_stage(call(tmp_path), ignore)  # no org is configured
    assert isinstance(end.error, SettingsError)
    assert "make demo" in end.error.next_step
    assert end.peak_mb > 5


def test_an_exception_nobody_expected_is_a_message_and_its_stack_is_in_the_log(tmp_path: Path) -> None:
    incomplete = StageCall("publish", {}, tmp_path / "request.json", tmp_path / "stage.log")
    end = run_stage(incomplete, ignore)
    assert type(end.error) is LandfallError
    assert end.error.exit_code == 1
    assert str(tmp_path / "stage.log") in end.error.where
    assert "Traceback" not in end.error.what
    log = (tmp_path / "stage.log").read_text()
    assert "builtins.KeyError" in log
    assert "sync/stages/work.py" in log


def test_a_killed_stage_is_an_error_that_names_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANDFALL_HOLD_AT", "extract.started")

    def kill(event: Mapping[str, Any]) -> None:
        assert event["name"] == "extract.started"
        os.kill(event["pid"], signal.SIGKILL)

    end = run_stage(call(tmp_path), kill)
    assert end.error is not None
    assert "killed by SIGKILL" in end.error.what
    assert end.error.where.endswith("stage.log")


def test_an_interruption_ends_the_stage_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANDFALL_HOLD_AT", "extract.started")
    pids = []

    def interrupt(event: Mapping[str, Any]) -> None:
        pids.append(event["pid"])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_stage(call(tmp_path), interrupt)
    assert not is_alive(pids[0])


def test_a_stage_ends_when_its_run_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANDFALL_HOLD_AT", "extract.started")
    run = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    stage = int(run.stdout.readline())
    assert is_alive(stage)
    run.kill()
    run.wait()
    give_up = time.monotonic() + 5
    while is_alive(stage) and time.monotonic() < give_up:
        time.sleep(0.02)
    assert not is_alive(stage)


def test_request_and_log_are_private(tmp_path: Path) -> None:
    run_stage(call(tmp_path / "run"), ignore)
    assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "run").iterdir()} == {0o600}


def is_alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
