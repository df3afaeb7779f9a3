"""A reader that goes away, or that knows few letters, ends no command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sync.settings import ROOT, load_settings, other_environment


def run(
    folder: Path, *arguments: str, unread: str = "", **settings: str
) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
    """`landfall ARGUMENTS`; the reader of the `unread` streams has gone before they say anything."""
    environment = other_environment(
        LANDFALL_DATA_DIR=str(folder / "data"), DATABASE_URL=f"duckdb:///{folder}/data/x.duckdb", **settings
    )
    reader, writer = os.pipe()
    os.close(reader)
    streams = {name: writer if name in unread else subprocess.PIPE for name in ("stdout", "stderr")}
    command = [sys.executable, "-m", "sync", *arguments]
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, text=True, check=False, **streams)  # type: ignore[call-overload]
    finally:
        os.close(writer)
    return done, environment


@pytest.mark.parametrize("arguments", [("status",), ("issues", "--help"), ("--help",)])
def test_a_command_whose_output_nobody_reads_to_its_end_ends_well(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done, _ = run(tmp_path, *arguments, unread="stdout")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_run_that_nobody_watches_any_more_goes_on_to_its_own_end(tmp_path: Path, log_format: str) -> None:
    """Here it ends soon, since nothing was built yet; that is what is recorded, not the reader that has gone."""
    done, environment = run(tmp_path, "publish", unread="stdout stderr", LANDFALL_LOG_FORMAT=log_format)
    assert done.returncode == 41
    with load_settings(environment).database.connect(read_only=True) as connection:
        assert connection.rows("select exit_code, what like '%defect%' from ops.runs") == [(41, False)]


@pytest.mark.parametrize("command", ["sync", "erase"])
def test_letters_that_the_output_does_not_have_are_replaced(tmp_path: Path, command: str) -> None:
    done, _ = run(tmp_path, command, "--help", PYTHONIOENCODING="latin-1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "?" in done.stdout
