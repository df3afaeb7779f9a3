"""Fills the ops and quality tables of an empty database as a few runs would, for tests of the pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from expectations.issue_tables import make_issue_tables
from extract.database import Connection, Database
from sync.ops_tables import create_ops_tables

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
SOON = START + timedelta(days=1, hours=1)  # an hour after the second run of a history
MARKER = "Zerlinde Quarkspitz"  # a person of whom no page may know
QUALITY = """
create schema if not exists quality;
create table quality.quarantine (object text, record_id text, version text, rule text, severity text, run_id text,
    first_seen timestamptz, last_seen timestamptz, resolved_at timestamptz, resolved_how text);
create table quality.results (run_id text, object text, rule text, severity text, rows_checked bigint,
    rows_failed bigint, percent double precision, outcome text, meaning text, checked_at timestamptz);
create schema if not exists app;
create table app.schools (id text, salesforce_id text, deleted_at timestamptz, name text);
create table app.overrides (table_name text, row_key text, column_name text, value text, who text, why text,
    created_at timestamptz)
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
    day: float = 0,
    counts_for: Collection[str] | None = None,
    stages: Sequence[str] = ("extract", "validate", "transform", "publish"),
    **columns: object,
) -> None:
    """One run with its objects: each value of `objects` overrides what a good reading would have.

    `counts_for` are the objects that were counted at its end; None: all that were read.
    """
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
    for number, stage in enumerate(stages):
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
        counted = {"in_org", "in_raw", "in_staging", "difference", "why"}
        row = good | {"window_to": ended or started} | counts
        row |= {key: value for key, value in reading.items() if key not in counted}
        put(connection, "ops.run_objects", run_id=run_id, object=name, **row)
        if row["state"] != "failed" and (counts_for is None or name in counts_for):
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
            key = f"001{number:015d}"
            put(connection, "app.schools", id=str(number), salesforce_id=key, deleted_at=gone, name=MARKER)
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
        put(
            connection,
            "app.overrides",
            table_name="schools",
            row_key="001000000000000001",
            column_name="name",
            value=MARKER,
            who=MARKER,
            why=MARKER,
            created_at=START,
        )
        put(
            connection,
            "ops.unresolved_references",
            table_name="schools",
            salesforce_id="001000000000000001",
            column_name="district_id",
            missing_id="001000000000000077",
            missing_object="Account",
            first_seen=START,
        )
        put(
            connection,
            "ops.schema_changes",
            run_id="20260303T060000Z-bbbb",
            object="Account",
            field="Level__c",
            change="added",
            after_="picklist(255)",
            seen_at=START,
        )


def put_issue(connection: Connection, object: str, rule: str, **others: object) -> None:
    """One issue of five records that came back once; `others` are columns that are to be different."""
    usual = {
        "kind": "broken",
        "severity": "quarantine",
        "owner": "Data team",
        "meaning": "A name is a name.",
        "fields": "Name",
        "affected": 5,
        "first_opened_at": START,
        "opened_at": START,
        "seen_run": "20260303T060000Z-bbbb",
        "reopened": 1,
    }
    put(connection, "quality.issues", **{"object": object, "rule": rule, **usual, **others})


def add_issue(database: Database) -> None:
    """One issue that came back, seen in two runs, of five records in an org on the web."""
    with database.connect() as connection:
        make_issue_tables(connection)
        connection.execute("update ops.runs set instance = 'https://example.my.salesforce.com'")
        which = {"object": "Account", "rule": "name_is_a_name"}
        put_issue(connection, **which)
        put_issue(connection, "Account", "gone_rule", closed_at=START)
        for number in range(5):
            put(connection, "quality.issue_records", **which, record_id=f"001{number:015d}", since=START)
        for number, run_id in enumerate(("20260302T060000Z-aaaa", "20260303T060000Z-bbbb")):
            at = START + timedelta(days=number)
            put(
                connection,
                "quality.issue_runs",
                **which,
                run_id=run_id,
                affected=2 + 3 * number,
                counted_at=at,
            )


def long_history(database: Database) -> None:
    """A good day, twelve kinds of issues and twelve runs more: more than anybody wants to read at once."""
    good_history(database)
    add_issue(database)
    with database.connect() as connection:
        for number in range(12):
            add_run(connection, f"20260302T{number:02d}0000Z-dddd", day=number / 24, objects={"Account": {}})
            put_issue(connection, "Contact", f"rule_{number}", severity="warn", affected=number)


def refused_history(database: Database) -> None:
    """A good day, then rules that refuse the data of one object."""
    good_history(database)
    with database.connect() as connection:
        add_run(
            connection,
            "20260303T063000Z-cccc",
            state="refused",
            exit_code=30,
            day=1.02,
            objects={"Account": {"in_org": None}, "Contact": {"in_org": None}},
            counts_for=(),
            what="Account: the rule id_is_there refuses the data.",
            next_step="Look at the status page and the Data Docs it links to.",
        )
        put(
            connection,
            "quality.results",
            run_id="20260303T063000Z-cccc",
            object="Account",
            rule="id_is_there",
            severity="refuse",
            rows_checked=4,
            rows_failed=1,
            percent=25.0,
            outcome="failed",
            meaning="Every row has a record id.",
            checked_at=START,
        )


def late_object_history(database: Database) -> None:
    """Contact was left out of the runs for three days."""
    good_history(database)
    with database.connect() as connection:
        for day in (2, 3):
            add_run(connection, f"2026030{day + 2}T060000Z-dddd", day=day, objects={"Account": {}})


def incomplete_history(database: Database) -> None:
    """Twelve contacts of the org are missing here, and nothing explains it."""
    good_history(database)
    short = {"in_org": 300, "in_raw": 288, "in_staging": 288, "difference": 12}
    with database.connect() as connection:
        add_run(
            connection,
            "20260303T063000Z-cccc",
            exit_code=60,
            day=1.02,
            objects={"Account": {}, "Contact": {**short, "why": "the org counts 300 and raw holds 288"}},
            what="1 of 2 objects do not have as many records here as in the org.",
            next_step="Run again.",
        )


def never_loaded_history(database: Database) -> None:
    """The first run could not read one of two objects."""
    empty_ops(database)
    refused = {"state": "failed", "error": "You may not read Case.", "next_step": "Give Read on Case."}
    with database.connect() as connection:
        add_run(
            connection,
            "20260303T060000Z-bbbb",
            state="failed",
            exit_code=20,
            day=1,
            objects={"Account": {}, "Case": refused},
            what="Case: You may not read Case.",
            next_step="Give Read on Case.",
        )


def spent_budget_history(database: Database) -> None:
    """Others have used the org's calls; the run was put off."""
    good_history(database)
    with database.connect() as connection:
        add_run(
            connection,
            "20260303T063000Z-cccc",
            state="deferred",
            exit_code=22,
            day=1.02,
            api_used=81000,
            what="81,000 of the org's 100,000 API calls of the last 24 hours are used; 20% stay reserved.",
            next_step="Run again later; what was landed is kept.",
        )


def add_proof(database: Database, reason: str) -> None:
    """What app.schools was last counted to hold, and that Account was reconciled then."""
    run_id = "20260303T060000Z-bbbb"
    with database.connect() as connection:
        put(
            connection,
            "ops.completeness_tables",
            run_id=run_id,
            table_name="schools",
            in_build=60,
            in_app=60,
            not_in_app=0,
            not_in_build=0,
            by_override=0,
            reason=reason,
            state_key="x",
            checked_at=START + timedelta(days=1),
        )
        put(
            connection,
            "ops.reconciles",
            run_id=run_id,
            object="Account",
            state="unchanged",
            reconciled_at=START,
        )


def unproven_history(database: Database) -> None:
    """An application table lost rows that were built."""
    good_history(database)
    add_proof(database, "2 rows of build are not in app.schools")
