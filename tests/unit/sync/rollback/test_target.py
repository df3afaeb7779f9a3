"""Which runs can be gone back to, and what is said of those that cannot, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from extract.database import Database
from extract.errors import LandfallError
from sync.ops_tables import create_ops_tables
from sync.rollback.target import read_target


@pytest.fixture
def target(database: Database) -> Database:
    """Two loads of accounts; run r1 published the first, r2 both."""
    with database.connect() as connection:
        connection.execute("create schema raw")
        connection.execute(
            "create table raw._landed as select 'Account' as object, '10.1' as load_id, cast(300 as bigint)"
            " as versions_new union all select 'Account', '10.2', 5"
        )
        connection.execute("create table raw._cursors as select 'Account' as object, '00D01' as org_id")
        connection.execute("create table raw.account (id text, _dlt_load_id text)")
        connection.execute(
            "insert into raw.account select cast(n as text), '10.1' from generate_series(1, 300) as s(n)"
        )
    _run(database, "r1", "sync", "10.1")
    _run(database, "r2", "sync", "10.2")
    return database


def test_a_run_that_published_all_tables_is_known_with_its_loads_and_its_build(target: Database) -> None:
    found = read_target(target, "r1")
    assert (found.run_id, found.moment.through, found.gone) == ("r1", "10.1", ())
    with target.connect() as connection:
        ended = "select ended_at from ops.run_stages where run_id = 'r1' and stage = 'transform'"
        assert found.moment.verdicts_at == connection.value(ended)


def test_a_publish_by_hand_is_of_the_build_before_it(target: Database) -> None:
    _run(target, "r3", "publish", "10.2", stages=("publish",))
    assert read_target(target, "r3").moment == read_target(target, "r2").moment


def test_what_cannot_be_gone_back_to_is_said_in_words(target: Database) -> None:
    _run(target, "refused", "sync", None)
    _run(target, "partly", "publish", None)
    _run(target, "foreign", "sync", "10.1", org_id="00D99")
    _run(target, "back", "rollback", "10.1")
    with target.connect() as connection:
        connection.execute("insert into ops.run_tables (run_id, table_name) values ('partly', 'schools')")
        connection.execute(
            "insert into ops.rollbacks (run_id, rolled_back_to, state) values ('back', 'r1', 'over')"
        )
    refusals = {
        "r9": (10, "No run is called r9."),
        "refused": (10, "Run refused (sync, published) published nothing."),
        "partly": (10, "Run partly published some tables only"),
        "back": (10, "Run back was itself a rollback to run r1: name that one."),
        "foreign": (41, "Run foreign was of org 00D99, and what is held now is of org 00D01."),
    }
    for run_id, (code, words) in refusals.items():
        error = _refused(target, run_id)
        assert error.exit_code == code
        assert words in error.what
        if code == 10:
            assert "published all tables: foreign (" in error.next_step
            assert "), r2 (" in error.next_step
            assert "back (" not in error.next_step


def test_single_versions_that_were_removed_from_raw_are_told(target: Database) -> None:
    with target.connect() as connection:
        connection.execute("delete from raw.account where id = '7'")
    (said,) = read_target(target, "r1").gone
    assert said.startswith("1 version of Account that had landed by then")


def test_a_run_whose_versions_are_gone_is_no_target_unless_that_is_allowed(target: Database) -> None:
    with target.connect() as connection:
        connection.execute("delete from raw.account where length(id) = 3")
    error = _refused(target, "r1")
    assert error.exit_code == 41
    assert "raw.account no longer holds 201 of the 300 versions that had landed by run r1" in error.what
    assert len(read_target(target, "r1", allow_loss=True).gone) == 1


def test_before_the_first_publish_there_is_nothing_to_go_back_to(database: Database) -> None:
    assert "Nothing has been published yet" in _refused(database, "r1").what
    _run(database, "r1", "sync", None)
    assert "Nothing has been published yet" in _refused(database, "r2").what


def _refused(database: Database, run_id: str) -> LandfallError:
    with pytest.raises(LandfallError) as caught:
        read_target(database, run_id)
    return caught.value


def _run(
    database: Database,
    run_id: str,
    command: str,
    through: str | None,
    org_id: str = "00D01",
    stages: tuple[str, ...] = ("transform", "publish"),
) -> None:
    moment = datetime.now(UTC)
    with database.connect() as connection:
        create_ops_tables(connection)
        connection.execute(
            "insert into ops.runs (run_id, command, state, started_at, published_through, org_id)"
            " values (?, ?, 'published', ?, ?, ?)",
            (run_id, command, moment, through, org_id),
        )
        for place, stage in enumerate(stages):
            began = moment + timedelta(milliseconds=place)
            connection.execute(
                "insert into ops.run_stages (run_id, stage, state, started_at, ended_at) values (?, ?, 'passed', ?, ?)",
                (run_id, stage, began, began + timedelta(milliseconds=1)),
            )
