"""A landing that is killed between two parts of a Bulk job goes on with that job: no page and no part comes twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from extract.database import Database
from extract.landing import LandingOptions, LandingResult, land_objects, reader
from extract.landing.spool import ADOPT_WITHIN, remove_leftovers
from extract.salesforce.kept_job import NOTE, keep_job
from extract.salesforce.page_store import FOLDER
from tests.demo_org.running import ROOT, RunningOrg, start_demo_org
from tests.salesforce.conftest import login_to

NAME, TABLE = "npe5__Affiliation__c", "npe5__affiliation__c"
PAGE_ROWS, PART_ROWS = 100, 240  # sixteen pages, seven parts
CONTENT = f"select id, systemmodstamp, _version from raw.{TABLE} order by id, _version"


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOrg]:
    with start_demo_org(tmp_path_factory.mktemp("org"), scale=300) as running:
        running.control("POST", "limits", {"result_rows": PAGE_ROWS})
        running.settle()
        yield running


def land(org: RunningOrg, database: Database, folder: Path, run_id: str, report: Any) -> LandingResult:
    """Land one object by Bulk, in small parts."""
    options = LandingOptions(login_to(org), database, folder / "data", run_id, only=(NAME,), bulk_from_rows=0)
    return land_objects(options, report)


def killed(org: RunningOrg, database: Database, folder: Path, point: str, times: int) -> None:
    """kill -9 a landing that stands at a point for the n-th time, when it downloads nothing any more."""
    command = [sys.executable, "-m", "tests.spec.resume_child", org.url, database.url, str(folder), point]
    secret = {"CLIENT_ID": org.client_id, "CLIENT_SECRET": org.client_secret, "TIMES": str(times)}
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | secret, stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline().strip() == point
            before = -1
            while before != (before := len(noted(folder))):
                time.sleep(0.5)
        finally:
            os.kill(child.pid, signal.SIGKILL)


def noted(folder: Path) -> list[str]:
    notes = folder / "data" / "spool" / TABLE / FOLDER / "notes.jsonl"
    return [line for line in notes.read_text().splitlines() if json.loads(line)[0] == "page"]


def requests(org: RunningOrg, path: str, method: str = "GET") -> int:
    logged = org.control("GET", "requests")["requests"]
    return sum(path in entry["path"] and entry["method"] == method for entry in logged)


@pytest.mark.fault(
    "F46",
    "kill -9 when two parts of a job are landed and the next ones wait in the spool",
    ends_well="next run",
)
@pytest.mark.parametrize("kind", ["duckdb", pytest.param("postgres", marks=pytest.mark.slow)])
def test_a_killed_landing_reads_no_page_and_loads_no_part_twice(
    org: RunningOrg,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    database: Database = request.getfixturevalue(f"{kind}_database")
    org.control("DELETE", "requests")
    killed(org, database, tmp_path, "load.committed", times=2)
    [(parts, served)] = _rows(database, "select count(*), sum(rows_served) from raw._landed")
    assert (parts, served) == (2, 2 * PART_ROWS)
    assert _rows(database, "select count(*) from raw._cursors") == [(0,)]
    read = len(noted(tmp_path))

    monkeypatch.setattr(reader, "ROWS_PER_PART", PART_ROWS)
    notes: list[str] = []
    result = land(org, database, tmp_path, "next", lambda event, **said: notes.append(said.get("text", "")))
    landing = result.objects[0]
    records = int(_rows(database, f"select count(*) from raw.{TABLE}")[0][0])
    pages = -(-records // PAGE_ROWS)
    assert read < pages
    assert requests(org, "/results") == pages
    assert requests(org, "/jobs/query", "POST") == 1
    assert landing.rows_served == landing.versions_new == records - served
    assert landing.in_org == landing.in_raw
    assert any(f"{served} records of the Bulk job were landed before" in note for note in notes)
    found = _rows(database, "select sum(rows_served), sum(versions_new), count(*) from raw._landed")
    assert found == [(records, records, -(-records // PART_ROWS))]

    monkeypatch.setattr(reader, "ROWS_PER_PART", 10_000)
    undisturbed = Database(f"duckdb:///{tmp_path}/other/landfall.duckdb")
    land(org, undisturbed, tmp_path / "other", "other", lambda event, **said: None)
    assert _rows(database, CONTENT) == _rows(undisturbed, CONTENT)
    spool = tmp_path / "data" / "spool"
    assert [path for path in spool.rglob("*") if path.is_file()] == []


def _rows(database: Database, sql: str) -> list[tuple[Any, ...]]:
    with database.connect() as connection:
        return connection.rows(sql)


def test_only_what_can_be_taken_up_stays_in_the_spool(tmp_path: Path) -> None:
    for name in ("taken", "old", "broken", "nothing"):
        folder = tmp_path / name
        (folder / FOLDER).mkdir(parents=True)
        (folder / "half-1").mkdir()
        for file in ("part-00001.csv", "half-1/part-00001.csv", f"{FOLDER}/page-00001.csv"):
            (folder / file).write_text("x")
        keep_job(folder, "https://org", "SELECT Id FROM Account", f"750-{name}", "64.0")
    long_ago = time.time() - ADOPT_WITHIN.total_seconds() - 60
    os.utime(tmp_path / "old" / NOTE, (long_ago, long_ago))
    (tmp_path / "broken" / NOTE).write_text("{")
    (tmp_path / "nothing" / NOTE).unlink()
    assert remove_leftovers(tmp_path) == ["750-taken"]
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert left == [f"taken/{NOTE}", f"taken/{FOLDER}/page-00001.csv"]
