"""Fills the ops and quality tables of an empty database as a few runs would, for tests of the pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from extract.database import Connection, Database
from sync.ops_tables import create_ops_tables

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
QUALITY = """
create schema if not exists quality;
create table quality.quarantine (object text, record_id text, version text, rule text, severity text, run_id text,
    first_seen timestamptz, last_seen timestamptz, resolved_at timestamptz, resolved_how text);
create table quality.results (run_id text, object text, rule text, severity text, rows_checked bigint,
    rows_failed bigint, percent double precision, outcome text, meaning text, checked_at timestamptz);
create schema if not exists app;
create table app.schools (id text, salesforce_id text, deleted_at timestamptz)
"""


def put(connection: Connection, table: str, **row: object) -> None:
    names = ", ".join(row)
    connection.execute(
        f"insert into {table} ({names}) values ({', '.join('?' * len(row))})", list(row.values())
    )


def add_run(
    connection: Connection,
    run_id: str,
    *,
    state: str = "published",
    exit_code: int | None = 0,
    objects: Mapping[str, Mapping[str, object]] | None = None,
    day: int = 0,
    **columns: object,
) -> None:
    """One run with its objects: each value of `objects` overrides what a good reading would have."""
    started = START + timedelta(days=day)
    ended = None if state == "running" else started + timedelta(seconds=42)
    given = {
        "command": "sync",
        "org_id": "00Dxx0000000001EAA",
        "calls": 45,
        "api_used": 1200,
        "api_limit": 100000,
    }
    put(
        connection,
        "ops.runs",
        **{"run_id": run_id, "state": state, "exit_code": exit_code, "started_at": started, "ended_at": ended}
        | given
        | columns,
    )
    for number, stage in enumerate(("extract", "validate", "transform", "publish")):
        at = started + timedelta(seconds=10 * number)
        put(
            connection,
            "ops.run_stages",
            run_id=run_id,
            stage=stage,
            state="passed",
            started_at=at,
            seconds=9.5,
        )
    for name, reading in (objects or {}).items():
        good = {
            "table_name": name.lower(),
            "state": "landed",
            "api": "rest",
            "cursor_field": "SystemModstamp",
        }
        counts = {
            "rows_served": 300,
            "versions_new": 300,
            "set_aside": 0,
            "retries": 0,
            "calls": 3,
            "seconds": 0.4,
        }
        counted = {"in_org", "in_raw", "difference", "why"}
        row = good | {"window_to": ended or started} | counts
        row |= {key: value for key, value in reading.items() if key not in counted}
        put(connection, "ops.run_objects", run_id=run_id, object=name, **row)
        if row["state"] != "failed":
            held = {"in_org": 300, "in_raw": 300, "in_staging": 300, "difference": 0, "reason": ""}
            seen = {key: reading[key] for key in counted - {"why"} if key in reading}
            reason = {"reason": reading["why"]} if "why" in reading else {}
            put(connection, "ops.completeness", run_id=run_id, object=name, **(held | seen | reason))


def empty_ops(database: Database) -> None:
    with database.connect() as connection:
        create_ops_tables(connection)
        for statement in QUALITY.split(";"):
            connection.execute(statement)


def good_history(database: Database) -> None:
    """Two good runs, one table published, one record set aside."""
    empty_ops(database)
    with database.connect() as connection:
        add_run(connection, "20260302T060000Z-aaaa", objects={"Account": {}, "Contact": {"api": "bulk"}})
        add_run(
            connection,
            "20260303T060000Z-bbbb",
            day=1,
            objects={"Account": {"versions_new": 4}, "Contact": {}},
        )
        for number in range(3):
            gone = START if number == 2 else None
            put(connection, "app.schools", id=str(number), salesforce_id=f"001{number:015d}", deleted_at=gone)
        put(
            connection,
            "ops.run_tables",
            run_id="20260303T060000Z-bbbb",
            table_name="schools",
            inserted=1,
            updated=2,
            deleted=1,
            unchanged=57,
            seconds=0.2,
        )
        put(
            connection,
            "quality.quarantine",
            object="Account",
            record_id="001000000000000009",
            version="v1",
            rule="name_is_a_name",
            severity="quarantine",
            run_id="20260303T060000Z-bbbb",
            first_seen=START,
            last_seen=START,
        )
        put(
            connection,
            "quality.results",
            run_id="20260303T060000Z-bbbb",
            object="Account",
            rule="name_is_a_name",
            severity="quarantine",
            rows_checked=4,
            rows_failed=1,
            percent=25.0,
            outcome="failed",
            meaning="A name is a name, not the text None or nan.",
            checked_at=START,
        )
