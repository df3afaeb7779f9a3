"""What a build as of an earlier run reads: the loads and the verdicts of then, in schemas of its own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from extract.database import Connection, Database
from sync.rollback.as_of import Moment, drop_schemas, make_schemas

THEN = Moment("10.2", datetime(2026, 3, 2, 12, tzinfo=UTC))
HELD = """
    insert into quality.quarantine (object, record_id, version, rule, severity, first_seen, resolved_at, resolved_how)
    values
        ('Account', 'held then and now', 'v', 'r', 'quarantine', '2026-03-01 00:00:00Z', null, null),
        ('Account', 'superseded later', 'v', 'r', 'quarantine', '2026-03-01 00:00:00Z', '2026-03-03 00:00:00Z', 'superseded'),
        ('Account', 'passed before', 'v', 'r', 'quarantine', '2026-03-01 00:00:00Z', '2026-03-02 00:00:00Z', 'passed'),
        ('Account', 'held since', 'v', 'r', 'quarantine', '2026-03-03 00:00:00Z', null, null)
"""


@pytest.fixture
def landed(database: Database) -> Database:
    with database.connect() as connection:
        for schema in ("raw", "typed", "quality", "build", "mine_as_of"):
            connection.execute(f"create schema {schema}")
        connection.execute("create table raw.account (id text, _dlt_load_id text)")
        connection.execute("insert into raw.account values ('a', '10.1'), ('b', '10.2'), ('c', '10.3')")
        connection.execute("create view typed.account as select * from raw.account")
        connection.execute(
            "create table quality.quarantine (object text, record_id text, version text, rule text, severity text,"
            " run_id text, first_seen timestamptz, last_seen timestamptz, resolved_at timestamptz, resolved_how text)"
        )
        connection.execute(HELD)
    return database


def test_only_what_had_landed_and_was_set_aside_then_is_read(landed: Database) -> None:
    with landed.connect() as connection:
        make_schemas(connection, THEN)
        seen = connection.rows("select id from typed_landfall_as_of.account order by id")
        held = connection.rows(
            "select record_id, resolved_at from quality_landfall_as_of.quarantine order by record_id"
        )
    assert seen == [("a",), ("b",)]
    assert held == [("held then and now", None), ("superseded later", None)]


def test_everything_it_made_is_dropped_and_nothing_else(landed: Database) -> None:
    with landed.connect() as connection:
        before = _schemas(connection)
        drop_schemas(connection)
        assert _schemas(connection) == before
        make_schemas(connection, THEN)
        make_schemas(connection, THEN)  # what a killed one left is replaced
        connection.execute("create schema build_landfall_as_of")
        connection.execute("create table build_landfall_as_of.accounts (id text)")
        drop_schemas(connection)
        assert _schemas(connection) == before
        assert connection.value("select count(*) from typed.account") == 3


def _schemas(connection: Connection) -> set[str]:
    return {name for (name,) in connection.rows("select schema_name from information_schema.schemata")}
