"""Measures whole syncs of an org of the real organization's size beside the legacy way of working, on both databases.

The legacy way writes to SQLite, as it did, beside our DuckDB, and to PostgreSQL beside our PostgreSQL. The server is
told not to wait for its disk, which spares the legacy way most of what its many commits cost.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
import requests

from extract.database import Database
from sync.settings import ROOT
from tests.bench.landfall import run
from tests.bench.processes import Measured, measure
from tests.demo_org.running import RunningOrg, start_demo_org
from tests.equal_tables import differing_rows
from tests.postgres_server import throwaway_postgres

Row = tuple[str, str, str, bool]
FIRST_RATIO = (
    1.0  # of what the legacy way takes. A delta has no line: the legacy way leaves out what it should redo.
)
PEAK_MB = 1000
# What changes between the two syncs: which records, how many of a thousand, and how.
CHANGES = (
    ("Contact", "Contact_Type__c = 'Volunteer'", 300, {"Title": "Head of Testing"}),
    ("Contact", "Contact_Type__c = 'Student'", 200, {"Legacy_Grade__c": "9th"}),
    ("Session_Participant__c", "Participant_Type__c = 'Volunteer'", 200, {"Status__c": "Attended"}),
    ("Session_Participant__c", "Participant_Type__c = 'Student'", 100, {"Status__c": "Attended"}),
    ("npe5__Affiliation__c", "npe5__Status__c = 'Current'", 100, {"npe5__Status__c": "Former"}),
    ("Session__c", "Session_Status__c = 'Completed'", 50, {"Location_Information__c": "Room 1"}),
    ("Account", "Type = 'Business'", 50, {"Phone": "(816) 555-0000"}),
)


@dataclass(frozen=True)
class Side:
    """Where one way of working keeps its data on one kind of database."""

    kind: str
    url: str
    legacy_url: str
    data: Path


def real_size(folder: Path, share: float) -> Iterator[Row]:
    """First sync and delta on each database, each beside the legacy way; the rows of the table."""
    with (
        start_demo_org(folder / "real-org", real=share, https=True) as org,
        throwaway_postgres() as postgres,
    ):
        sides = _sides(folder, postgres)
        of = "the real size" if share == 1 else f"{share:g} of the real size"
        # What does not grow with the org weighs more in a small one, so only the whole size has a line.
        line = FIRST_RATIO if share >= 1 else None
        for side in sides:
            yield from _rows(f"first full sync, {of}, {side.kind}", org, side, "", line)
        watermark = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        count = change_records(org)
        org.settle()
        for side in sides:
            yield from _rows(f"{count:,} changes, {of}, {side.kind}", org, side, watermark, None)
        yield _equality(*sides)


def change_records(org: RunningOrg) -> int:
    """Edit a thousand records, fewer where an org is too small to have so many; how many it were."""
    changes = [
        {"op": "update", "object": name, "id": record_id, "record": record}
        for name, where, count, record in CHANGES
        for record_id in _ids(org, name, where, count)
    ]
    org.control("POST", "/records", {"changes": changes})
    return len(changes)


def _sides(folder: Path, postgres: str) -> list[Side]:
    legacy_database = "landfall_legacy"
    connection = psycopg2.connect(postgres)
    connection.autocommit = True
    connection.cursor().execute(f"create database {legacy_database}")
    connection.close()
    duckdb = f"duckdb:///{folder}/real/landfall.duckdb"
    legacy = postgres.rpartition("/")[0] + "/" + legacy_database
    return [
        Side("DuckDB", duckdb, f"sqlite:///{folder}/legacy.sqlite", folder / "real-duckdb"),
        Side("PostgreSQL", postgres, legacy, folder / "real-postgres"),
    ]


def _rows(what: str, org: RunningOrg, side: Side, since: str, line: float | None) -> Iterator[Row]:
    """One sync and one legacy run: seconds, memory, and what each stage and each route took of it."""
    ours = run(org, side.url, side.data, "sync")
    legacy = _legacy(org, side.legacy_url, since)
    ratio = ours.seconds / legacy.seconds
    measured = f"{ours.seconds:.1f} s against {legacy.seconds:.1f} s the legacy way = {ratio:.2f}"
    yield what, measured, f"≤ {line} ×" if line else "", line is None or ratio <= line
    for stage, seconds, peak in _stages(side.url):
        yield f"  {stage}", f"{seconds:.1f} s, {peak:.0f} MB", "", True
    yield "  the legacy way, by route", _routes(legacy), "", True
    memory = f"{ours.peak_mb:.0f} MB against {legacy.peak_mb:.0f} MB"
    yield "  peak memory of the process tree", memory, f"≤ {PEAK_MB} MB", ours.peak_mb <= PEAK_MB


def _equality(one: Side, other: Side) -> Row:
    differing = differing_rows(Database(one.url), Database(other.url))
    count = sum(map(len, differing.values()))
    return f"application rows that differ, {one.kind} and {other.kind}", f"{count:,}", "0", not count


def _legacy(org: RunningOrg, url: str, since: str) -> Measured:
    command = [sys.executable, "-m", "tests.bench.legacy", "--host", org.url.removeprefix("https://")]
    command += ["--ca-file", org.ca_file, "--database", url, "--since", since]
    return measure(command, cwd=ROOT, env=os.environ | {"LEGACY_TOKEN": org.token()})


def _stages(url: str) -> list[tuple[str, float, float]]:
    """What each stage of the last run took, as the run recorded it."""
    with Database(url).connect(read_only=True) as connection:
        return connection.rows(  # type: ignore[return-value]
            "select stage, seconds, peak_mb from ops.run_stages where run_id = "
            "(select run_id from ops.runs order by started_at desc limit 1) order by started_at"
        )


def _routes(legacy: Measured) -> str:
    routes = json.loads(legacy.output)
    return ", ".join(f"{name} {each['seconds']:.1f} s" for name, each in routes.items())


def _ids(org: RunningOrg, name: str, where: str, count: int) -> list[str]:
    query = f"SELECT Id FROM {name} WHERE {where} ORDER BY Id LIMIT {count}"
    answer: Any = requests.get(
        f"{org.url}/services/data/v64.0/query",
        params={"q": query},
        headers={"Authorization": f"Bearer {org.token()}"},
        verify=org.ca_file or True,
        timeout=60,
    )
    answer.raise_for_status()
    return [record["Id"] for record in answer.json()["records"]]
