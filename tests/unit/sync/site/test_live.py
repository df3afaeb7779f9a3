"""What live.js says of a run at work, how seldom it is written, and how a run that died is told."""

from __future__ import annotations

import socket
import stat
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from extract.errors import DataRefused
from sync.display.progress import open_display
from sync.site import live
from sync.site.live import FILE, LiveFile, read_live, write_idle


def told(folder: Path) -> dict[str, Any]:
    found = read_live(folder)
    assert found is not None
    return found


def start(folder: Path) -> LiveFile:
    shown = LiveFile(folder, "r1", "sync")
    shown.run_started("r1", "sync", "DuckDB file")
    shown.stage_started("extract")
    return shown


def progress(done: int, name: str = "Contact") -> dict[str, Any]:
    return {"event": "progress", "object": name, "done": done, "expected": 9, "unit": "records"}


def wait_until_told(folder: Path, key: str) -> Any:
    give_up = time.monotonic() + 10
    while not (found := told(folder)[key]) and time.monotonic() < give_up:
        time.sleep(0.05)
    return found


def test_stages_rows_retries_and_faults_are_told_as_they_happen(tmp_path: Path) -> None:
    shown = start(tmp_path)
    shown.event("extract", progress(5))
    shown.event("extract", {"event": "retry", "object": "Task", "what": "HTTP 503", "wait": 2.0})
    fault = {"event": "failed", "object": "Case", "what": "You may not read it.", "next_step": "Give Read."}
    shown.event("extract", fault)
    (series,) = wait_until_told(tmp_path, "series")
    assert (series["name"], series["done"], series["expected"]) == ("Contact", 5, 9)
    content = told(tmp_path)
    states = [(each["stage"], each["state"]) for each in content["stages"]]
    assert states[:2] == [("extract", "running"), ("validate", "waiting")]
    assert content["retries"] == 1
    assert [each["text"] for each in content["messages"]] == [
        "Task: HTTP 503; next try in 2 s",
        "Case: You may not read it.",
    ]
    assert content["messages"][1]["next_step"] == "Give Read."
    shown.event("extract", progress(9))
    shown.stage_ended("extract", "passed", 1.2, "15 objects")
    shown.close(DataRefused("A rule says no.", "here", "Correct it."))
    content = told(tmp_path)
    assert (content["state"], content["series"]) == ("ended", [])
    assert content["stages"][0]["summary"] == "15 objects"
    assert (content["messages"][-1]["kind"], content["messages"][-1]["next_step"]) == ("error", "Correct it.")
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_it_is_written_twice_a_second_at_most_and_hearing_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[float] = []
    write = live.replace_file
    monkeypatch.setattr(
        live, "replace_file", lambda *given: (written.append(time.monotonic()), write(*given))
    )
    shown = start(tmp_path)
    began, spent, heard = time.monotonic(), time.process_time(), 0
    while time.monotonic() < began + 1.2:
        for _ in range(500):
            shown.event("extract", progress(heard % 8, f"Object{heard % 15}"))
            heard += 1
    each = (time.process_time() - spent) / heard
    shown.close(None)
    between = [later - earlier for earlier, later in pairwise(written[1:-1])]
    assert all(gap >= live.SECONDS_BETWEEN for gap in between)
    assert len(written) <= 2 + 1 + 1.2 / live.SECONDS_BETWEEN
    assert each < 0.0005  # a stage reports at most ten times a second for each object


def test_a_silent_run_still_says_that_it_lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SECONDS_OF_SILENCE", 0.1)
    shown = start(tmp_path)
    before = told(tmp_path)["updated_at"]
    time.sleep(1.5)
    assert told(tmp_path)["updated_at"] > before
    shown.close(None)


def test_a_run_whose_process_is_gone_is_told_as_crashed(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from sync.site.live import LiveFile; "
        f"LiveFile(Path({str(tmp_path)!r}), 'r1', 'sync').run_started('r1', 'sync', 'x'); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 9
    assert told(tmp_path)["state"] == "crashed"
    elsewhere = (tmp_path / FILE).read_text().replace(socket.gethostname(), "another-host")
    (tmp_path / FILE).write_text(elsewhere)
    assert told(tmp_path)["state"] == "running"  # of another machine's processes nothing is known


def test_a_page_finds_a_file_also_when_nothing_was_ever_at_work(tmp_path: Path) -> None:
    assert read_live(tmp_path) is None
    write_idle(tmp_path)
    assert told(tmp_path) == {"state": "idle"}


def test_a_folder_that_cannot_be_written_is_a_problem_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("a file where the folder should be")
    shown = start(tmp_path / "site")
    shown.close(None)
    assert shown.problem is not None
    assert "cannot be written" in shown.problem.what


def test_the_terminal_and_a_log_say_how_fast_and_how_long(capsys: pytest.CaptureFixture[str]) -> None:
    with open_display("text") as display:
        display.run_started("r1", "sync", "x")
        display.stage_started("extract")
        display.event("extract", {"event": "failed", "object": "Case", "what": "No.", "next_step": "Ask."})
    assert "  Case: No. → Ask.\n" in capsys.readouterr().err
