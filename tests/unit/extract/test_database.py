"""How the target is opened when others have it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from extract import duckdb_file
from extract.database import Database
from extract.errors import DatabaseUnavailable, LockHeld
from sync.lock import hold_lock
from sync.reading import open_to_read

HOLD = """
import duckdb, sys, time
held = duckdb.connect(sys.argv[1])
print("open", flush=True)
time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = Database(f"duckdb:///{tmp_path / 'landfall.duckdb'}")
    with database.connect() as connection:
        connection.execute("create table held (id integer)")
    return database


@contextmanager
def opened_elsewhere(path: Path, seconds: float) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), str(seconds)], stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        yield other
        other.kill()


@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_that_another_program_closes_soon_is_waited_for(database: Database, read_only: bool) -> None:
    with opened_elsewhere(database.path, seconds=1):
        with pytest.raises(duckdb.IOException):
            duckdb.connect(str(database.path), read_only=read_only)
        with database.connect(read_only=read_only) as connection:
            assert connection.value("select count(*) from held") == 0


def test_a_file_that_another_program_keeps_is_told_with_the_program(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb_file, "SECONDS_TO_CLOSE", 0.5)
    with (
        opened_elsewhere(database.path, seconds=600) as other,
        pytest.raises(DatabaseUnavailable) as caught,
        database.connect(),
    ):
        pass
    assert f"process {other.pid}." in caught.value.what
    assert "http" not in str(caught.value)


def test_whoever_looks_leaves_the_file_to_a_run_that_is_at_work(database: Database, tmp_path: Path) -> None:
    at_work = hold_lock(database, tmp_path / "data", "a run")
    with at_work, pytest.raises(LockHeld), open_to_read(database, tmp_path / "data"):
        pass
    with open_to_read(database, tmp_path / "data") as connection:
        assert connection.value("select count(*) from held") == 0
