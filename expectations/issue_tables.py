"""The tables of the issues: what is broken as one thing over many runs, and which records show it. Ids and counts only."""

from __future__ import annotations

from extract.database import Connection

RUNS_KEPT = 30  # of an issue's counts, one for each run that looked at its object

COLUMNS = [  # of quality.issues
    "object",
    "rule",
    "kind",
    "severity",
    "owner",
    "meaning",
    "fields",
    "affected",
    "first_opened_at",
    "opened_run",
    "opened_at",
    "seen_run",
    "seen_at",
    "closed_run",
    "closed_at",
    "closed_how",
    "reopened",
]

TABLES = (
    "create schema if not exists quality",
    """
    create table if not exists quality.issues (
        object text, rule text, kind text, severity text, owner text, meaning text, fields text,
        affected bigint, first_opened_at timestamptz, opened_run text, opened_at timestamptz,
        seen_run text, seen_at timestamptz, closed_run text, closed_at timestamptz, closed_how text, reopened integer,
        primary key (object, rule)
    )
    """,
    """
    create table if not exists quality.issue_records (
        object text, rule text, record_id text, since timestamptz,
        primary key (object, rule, record_id)
    )
    """,
    """
    create table if not exists quality.issue_runs (
        run_id text, object text, rule text, affected bigint, counted_at timestamptz,
        primary key (run_id, object, rule)
    )
    """,
)


def make_issue_tables(connection: Connection) -> None:
    """They are there afterwards; a second call changes nothing."""
    for statement in TABLES:
        connection.execute(statement)
