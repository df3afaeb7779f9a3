"""What a run leaves in `ops`, on both databases."""

from __future__ import annotations

from typing import Any

from extract.database import Database
from extract.errors import SalesforceError
from sync.lock import Owner
from sync.record import RunRecord

OWNER = Owner("r1", 4711, "a-host", "2026-01-02T03:04:05+00:00")


def start(database: Database, run_id: str) -> RunRecord:
    record = RunRecord(database, run_id)
    record.start("sync", OWNER)
    return record


def one(database: Database, sql: str) -> tuple[Any, ...]:
    with database.connect() as connection:
        found = connection.rows(sql)
    assert len(found) == 1
    return found[0]


def test_a_run_is_on_record_before_it_does_anything(database: Database) -> None:
    start(database, "r1")
    assert one(database, "select run_id, command, state, pid, host, ended_at from ops.runs") == (
        "r1",
        "sync",
        "running",
        4711,
        "a-host",
        None,
    )


def test_an_error_closes_the_run_and_the_stage_that_it_cut_short(database: Database) -> None:
    record = start(database, "r1")
    record.start_stage("extract")
    record.finish("failed", 20, SalesforceError("what", "where", "next"))
    assert one(database, "select state, exit_code, what, where_, next_step, stage from ops.runs") == (
        "failed",
        20,
        "what",
        "where",
        "next",
        "extract",
    )
    assert one(database, "select stage, state, ended_at is null from ops.run_stages") == (
        "extract",
        "failed",
        False,
    )


def test_the_next_run_closes_one_that_crashed(database: Database) -> None:
    start(database, "r1").start_stage("publish")
    start(database, "r2")
    state, code, what = one(database, "select state, exit_code, what from ops.runs where run_id = 'r1'")
    assert (state, code) == ("crashed", 1)
    assert "killed" in what
    assert one(database, "select state from ops.run_stages where run_id = 'r1'") == ("failed",)
    assert one(database, "select state from ops.runs where run_id = 'r2'") == ("running",)


def test_an_objects_row_takes_what_the_stage_reported_and_later_what_was_set_aside(
    database: Database,
) -> None:
    record = start(database, "r1")
    landed = {
        "object": "Account",
        "state": "landed",
        "rows_served": 12,
        "window_to": "2026-01-02T03:04:05+00:00",
        "load_ids": ["17.1"],
    }
    record.add("run_objects", [landed])
    record.set_aside({"Account": 3})
    found = one(database, "select object, state, rows_served, set_aside, window_to from ops.run_objects")
    assert found[:4] == ("Account", "landed", 12, 3)
    assert found[4].isoformat() == "2026-01-02T03:04:05+00:00"


def test_a_column_that_an_older_version_did_not_have_is_added(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("create schema ops")
        connection.execute("create table ops.runs (run_id text primary key, state text)")
        connection.execute("insert into ops.runs values ('old', 'published')")
    start(database, "r1")
    assert one(database, "select state, fingerprint from ops.runs where run_id = 'old'") == (
        "published",
        None,
    )
