"""A landing that is killed leaves nothing half done, and the next one ends as if nothing had happened.

It also proves that dlt still calls what destinations.py overrides: without it a kill after the commit stores twice.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from extract.database import Database
from extract.errors import DatabaseUnavailable
from tests.spec.landing import LandingSpec

ROOT = Path(__file__).resolve().parents[2]
ROWS = """
    Id  | Name          | IsDeleted | SystemModstamp
    001 | Vera Beispiel | false     | 2026-03-01T10:00:00.000Z
    002 | Otto Muster   | false     | 2026-03-01T10:00:00.000Z
"""
LEFT_BY = {"normalize.started": 0, "load.before_commit": 0, "load.committed": 2}


def kill_at(point: str, database: Database, folder: Path, *numbers: signal.Signals) -> None:
    command = [sys.executable, "-m", "tests.spec.landing_child", database.url, str(folder), point, ROWS]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == point
        for number in numbers or [signal.SIGKILL]:
            os.kill(child.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(0.2 if number is not signal.SIGKILL else 10)


def state(spec: LandingSpec) -> dict[str, list[tuple[Any, ...]]]:
    return {
        "rows": spec.rows(
            "select id, name, isdeleted, systemmodstamp, _version from raw.account order by id"
        ),
        "cursors": spec.rows("select object, org_id, cursor_field from raw._cursors"),
        "fields": spec.rows("select object, field, type, vanished_at from raw._fields order by field"),
    }


@pytest.mark.fault("F46", "kill -9 at three points of the load", ends_well="next run")
@pytest.mark.parametrize("point", LEFT_BY)
def test_a_kill_leaves_the_part_whole_or_not_at_all(database: Database, tmp_path: Path, point: str) -> None:
    undisturbed = LandingSpec(Database(f"duckdb:///{tmp_path}/other/landfall.duckdb"), tmp_path / "other")
    undisturbed.landed(ROWS)

    kill_at(point, database, tmp_path)

    again = LandingSpec(database, tmp_path)
    held = again.rows("select count(*) from raw._cursors")[0][0]
    assert held == (1 if LEFT_BY[point] else 0)
    assert again.landed(ROWS).versions_new == 2 - LEFT_BY[point]
    assert state(again) == state(undisturbed)
    assert again.landed(ROWS).versions_new == 0


@pytest.mark.fault(
    "F84",
    "SIGTERM to a load just before its commit, and SIGKILL after it, as a run ends its stages",
    ends_well="next run",
)
def test_a_load_that_is_told_to_stop_leaves_nothing_and_is_done_again(
    duckdb_database: Database, tmp_path: Path
) -> None:
    """dlt holds SIGTERM back until its jobs are done, so the run does not wait for it."""
    kill_at("load.before_commit", duckdb_database, tmp_path, signal.SIGTERM, signal.SIGKILL)
    again = LandingSpec(duckdb_database, tmp_path)
    assert again.rows("select count(*) from raw._cursors") == [(0,)]
    assert again.landed(ROWS).versions_new == 2


@pytest.mark.fault("F82", "A limit on the size of files, in a process of its own")
def test_a_disk_that_is_full_is_told_and_leaves_the_state_as_it_was(
    duckdb_database: Database, tmp_path: Path
) -> None:
    """A file size limit stands in for a full disk: the process gets the same kind of error from the system."""
    spec = LandingSpec(duckdb_database, tmp_path)
    spec.landed(ROWS)
    before = state(spec)
    script = (
        "import random, resource, signal, sys; from pathlib import Path; from extract.database import Database;"
        "from extract.errors import StorageError; from tests.spec.landing import LandingSpec\n"
        "spec = LandingSpec(Database(sys.argv[1]), Path(sys.argv[2]))\n"
        "rows = [{'Id': f'{n:06}', 'Name': random.Random(n).randbytes(1000).hex()} for n in range(5000)]\n"
        "part = spec.served(rows)\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "size = Path(sys.argv[2], 'target', 'landfall.duckdb').stat().st_size\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (max(size, 1 << 20), resource.RLIM_INFINITY))\n"
        "try:\n    spec.pipeline.load([part])\nexcept StorageError as error:\n    print('told:', error.what)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, duckdb_database.url, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "told: " in done.stdout, done.stderr[-2000:]
    assert state(LandingSpec(duckdb_database, tmp_path)) == before


@pytest.mark.fault("F82", "The server ends the session just before the commit", ends_well="next run")
def test_a_database_that_goes_away_while_loading_is_told(postgres_database: Database, tmp_path: Path) -> None:
    spec = LandingSpec(postgres_database, tmp_path)
    spec.landed(ROWS)
    before = state(spec)
    cut = CutAtCommit(spec)
    spec.pipeline._on_the_way.report = cut
    with pytest.raises(DatabaseUnavailable, match="PostgreSQL"):
        spec.landed(ROWS.replace("Muster", "Neu"))
    spec.pipeline._on_the_way.report = spec._report
    assert state(spec) == before
    assert spec.landed(ROWS.replace("Muster", "Neu")).versions_new == 1


class CutAtCommit:
    """Ends the loading session on the server just before it commits."""

    def __init__(self, spec: LandingSpec) -> None:
        self.spec = spec

    def __call__(self, event: str, **fields: Any) -> None:
        if fields.get("name") == "load.before_commit":
            self.spec.rows(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                " and pid <> pg_backend_pid() and state = 'idle in transaction'"
            )


def test_a_target_that_is_not_there_is_told(tmp_path: Path, postgres_database: Database) -> None:
    spec = LandingSpec(postgres_database, tmp_path)
    part = spec.served(ROWS)
    spec.pipeline._pipeline.destination.config_params["credentials"] = (
        "postgresql://nobody:x@127.0.0.1:1/none"
    )
    with pytest.raises(DatabaseUnavailable):
        spec.pipeline.load([part])


def test_a_target_that_was_thrown_away_is_built_again_in_the_same_data_folder(
    duckdb_database: Database, tmp_path: Path
) -> None:
    LandingSpec(duckdb_database, tmp_path).landed(ROWS)
    duckdb_database.path.unlink()
    again = LandingSpec(duckdb_database, tmp_path)
    assert again.landed(ROWS).versions_new == 2
    assert again.rows("select count(*) from raw.account") == [(2,)]


def test_a_data_folder_that_was_thrown_away_costs_nothing_but_a_look(
    database: Database, tmp_path: Path
) -> None:
    LandingSpec(database, tmp_path / "one").landed(ROWS)
    assert LandingSpec(database, tmp_path / "two").landed(ROWS).versions_new == 0
