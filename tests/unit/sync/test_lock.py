"""One run at a time at a target, and nothing stuck after a crash."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from extract.database import Database
from extract.errors import LockHeld, StorageError
from sync.lock import hold_lock

HOLDER = """
import sys, time
from pathlib import Path
from extract.database import Database
from sync.lock import hold_lock
import subprocess
with hold_lock(Database(sys.argv[1]), Path(sys.argv[2]), "run-of-the-other") as lock:
    if sys.argv[3] == "with child":
        subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], pass_fds=lock.descriptors)
    print("held", flush=True)
    time.sleep(60)
"""


def start_holder(database: Database, data_dir: Path, how: str = "alone") -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, database.url, str(data_dir), how],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


@pytest.mark.fault("F83", "Two processes with one target", ends_well="same run")
def test_a_second_run_is_kept_out_and_told_who_is_at_work(database: Database, tmp_path: Path) -> None:
    other = start_holder(database, tmp_path)
    try:
        with pytest.raises(LockHeld) as caught, hold_lock(database, tmp_path, "mine"):
            pass
    finally:
        other.kill()
        other.wait()
    assert "run-of-the-other" in caught.value.what
    assert str(other.pid) in caught.value.what


def test_a_killed_run_leaves_nothing_stuck(database: Database, tmp_path: Path) -> None:
    other = start_holder(database, tmp_path)
    other.kill()
    other.wait()
    _take_within_seconds(database, tmp_path, 5)


def test_a_stage_that_outlives_its_killed_run_keeps_the_next_run_out(
    duckdb_database: Database, tmp_path: Path
) -> None:
    other = start_holder(duckdb_database, tmp_path, "with child")
    other.kill()
    other.wait()
    with pytest.raises(LockHeld), hold_lock(duckdb_database, tmp_path, "mine"):
        pass
    assert other.stdin is not None
    other.stdin.close()  # the child reads its end
    _take_within_seconds(duckdb_database, tmp_path, 5)


def test_two_data_folders_still_share_one_target(database: Database, tmp_path: Path) -> None:
    with (
        hold_lock(database, tmp_path / "one", "first"),
        pytest.raises(LockHeld),
        hold_lock(database, tmp_path / "two", "second"),
    ):
        pass


def test_a_link_to_the_duckdb_file_is_the_same_target(duckdb_database: Database, tmp_path: Path) -> None:
    with duckdb_database.connect():
        link = tmp_path / "link.duckdb"
        link.symlink_to(duckdb_database.path)
    with (
        hold_lock(duckdb_database, tmp_path / "one", "first"),
        pytest.raises(LockHeld),
        hold_lock(Database(f"duckdb:///{link}"), tmp_path / "two", "second"),
    ):
        pass


def test_a_folder_that_cannot_be_made_is_a_message(duckdb_database: Database, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError), hold_lock(duckdb_database, tmp_path / "file" / "data", "mine"):
        pass


def _take_within_seconds(database: Database, data_dir: Path, seconds: float) -> None:
    give_up = time.monotonic() + seconds
    while True:
        try:
            with hold_lock(database, data_dir, "mine"):
                return
        except LockHeld:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)
