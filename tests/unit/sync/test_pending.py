"""Which loads wait to be published, on both databases."""

from __future__ import annotations

import pytest

from extract.database import Database
from extract.errors import PublishFailed
from sync.fingerprint import Fingerprint
from sync.lock import Owner
from sync.pending import last_build, newest_through, read_pending
from sync.record import RunRecord


@pytest.fixture
def recorded(database: Database) -> Database:
    _run(database, "r1")
    with database.connect() as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw._landed (object text, load_id text, versions_new bigint)")
        connection.execute(
            "insert into raw._landed values "
            "('Account', '10.1', 5), ('Account', '10.2', 0), ('Task', '10.2', 3), ('Account', '10.3', 1)"
        )
    return database


def test_nothing_landed_means_nothing_waits(database: Database) -> None:
    _run(database, "r1")
    pending = read_pending(database)
    assert (pending.loads, pending.through, pending.published_through) == ({}, "", None)


def test_before_the_first_publish_every_load_with_new_versions_waits(recorded: Database) -> None:
    pending = read_pending(recorded)
    assert pending.loads == {"Account": ("10.1", "10.3"), "Task": ("10.2",)}
    assert pending.through == "10.3"


def test_what_is_published_no_longer_waits(recorded: Database) -> None:
    _publish(recorded, "r1", "10.2")
    pending = read_pending(recorded)
    assert pending.loads == {"Account": ("10.3",)}
    assert pending.published_with == Fingerprint("a", "b")


def test_a_refused_run_after_a_publish_leaves_its_loads_waiting(recorded: Database) -> None:
    _publish(recorded, "r1", "10.1")
    _run(recorded, "r2")
    assert read_pending(recorded).loads == {"Account": ("10.3",), "Task": ("10.2",)}


def test_after_a_change_of_rules_everything_counts_as_waiting(recorded: Database) -> None:
    _publish(recorded, "r1", "10.3")
    assert read_pending(recorded).loads == {}
    assert read_pending(recorded, all_loads=True).loads["Account"] == ("10.1", "10.3")


def test_what_a_stage_has_seen_is_that_of_its_last_passed_process(recorded: Database) -> None:
    record = RunRecord(recorded, "r1")
    record.start_stage("validate")
    record.end_stage("validate", "passed", 1.0, 1.0, "10.2")
    second = _run(recorded, "r2")
    second.start_stage("validate")
    second.end_stage("validate", "refused", 1.0, 1.0, "10.3")
    assert newest_through(recorded, "validate")[0] == "10.2"


def test_the_last_build_is_one_that_passed_and_was_not_cut_short_since(recorded: Database) -> None:
    with pytest.raises(PublishFailed, match="Nothing has been built yet"):
        last_build(recorded)
    record = RunRecord(recorded, "r1")
    record.note(fingerprint=str(Fingerprint("a", "b")))
    record.start_stage("transform")
    record.end_stage("transform", "passed", 1.0, 1.0, "10.2")
    assert last_build(recorded) == ("10.2", Fingerprint("a", "b"))
    second = _run(recorded, "r2")
    second.start_stage("transform")
    for state in ("running", "failed"):
        second.end_stage("transform", state, 1.0, 1.0, "10.3")
        with pytest.raises(PublishFailed, match="did not end well"):
            last_build(recorded)


def _run(database: Database, run_id: str) -> RunRecord:
    record = RunRecord(database, run_id)
    record.start("sync", Owner(run_id, 1, "host", "now"))
    return record


def _publish(database: Database, run_id: str, through: str) -> None:
    RunRecord(database, run_id).note(published_through=through, fingerprint=str(Fingerprint("a", "b")))
