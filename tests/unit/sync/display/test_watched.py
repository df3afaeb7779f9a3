"""A run is shown in the terminal, on the page and in its log; what cannot be shown never stops it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from extract.errors import DatabaseUnavailable
from sync.display.progress import open_display
from sync.display.watched import watch
from sync.outcome import Outcome
from sync.site.live import read_live
from sync.site.run_logs import keep_newest


def outcome() -> Outcome:
    return Outcome("r1", "sync", "DuckDB file")


def test_the_log_of_a_run_has_the_lines_of_a_terminal_with_their_time(tmp_path: Path) -> None:
    stream, end = io.StringIO(), outcome()
    with open_display("text", stream) as terminal, watch(terminal, tmp_path, end) as watched:
        watched.run_started("r1", "sync", "DuckDB file")
        watched.stage_started("extract")
        watched.event("extract", {"event": "retry", "object": "Task", "what": "HTTP 503", "wait": 2.0})
        watched.stage_ended("extract", "passed", 1.25, "15 objects")
        end.state = "unchanged"
    log = (tmp_path / "runs" / "r1.txt").read_text().splitlines()
    assert [line[9:] for line in log[:4]] == stream.getvalue().splitlines()
    assert all(line[2] == line[5] == ":" for line in log)
    assert "Nothing new" in log[-1]


def test_an_error_is_in_the_log_and_on_the_page_with_its_next_step(tmp_path: Path) -> None:
    def fail() -> None:
        with open_display("text", io.StringIO()) as terminal, watch(terminal, tmp_path, outcome()) as watched:
            watched.run_started("r1", "sync", "x")
            raise DatabaseUnavailable("PostgreSQL does not let us in.", "localhost", "Start the server.")

    with pytest.raises(DatabaseUnavailable):
        fail()
    assert "next:  Start the server." in (tmp_path / "runs" / "r1.txt").read_text()
    live = read_live(tmp_path)
    assert live is not None
    assert (live["state"], live["messages"][-1]["next_step"]) == ("ended", "Start the server.")


def test_a_folder_that_cannot_be_written_is_told_once_and_the_run_goes_on(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("a file where the folder should be")
    stream = io.StringIO()
    with open_display("text", stream) as terminal, watch(terminal, tmp_path / "site", outcome()) as watched:
        watched.run_started("r1", "sync", "x")
        watched.stage_started("extract")
        watched.note("on it goes")
    assert stream.getvalue().count("The run is not shown on the status page") == 1
    assert "on it goes" in stream.getvalue()


def test_only_the_logs_of_the_runs_that_are_shown_are_kept(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    for name in ("r1", "r2", "r3"):
        (tmp_path / "runs" / f"{name}.txt").write_text("x")
    assert keep_newest(tmp_path, ["r2", "r3", "r4"]) == ["r2", "r3"]
    assert sorted(path.stem for path in (tmp_path / "runs").iterdir()) == ["r2", "r3"]
