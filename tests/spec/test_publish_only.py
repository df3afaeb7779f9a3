"""Specifies the publish of chosen tables: with all that they refer to, and as if the others were not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.database import Database
from sync.pending import read_pending
from sync.publish import PublishResult
from sync.publish.contract import Column, Table, with_referenced
from sync.record import RunRecord
from tests.spec.publishing import DISTRICTS, EMAILS, World, counts, model

PUPILS = {
    **DISTRICTS,
    "school_id": ("uuid", {"owner": "salesforce", "references": "schools"}),
}


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    """Pupils refer to schools, schools to districts; so do e-mails, which nobody asks for."""
    world = World(database, tmp_path)
    world.declare(model("pupils", PUPILS))
    world.declare(model("emails", EMAILS, meta={"row_key": "source_key"}))
    world.build("districts", "salesforce_id | name\nD1 | North")
    world.build(
        "schools",
        "salesforce_id | name | salesforce_district_id | district_id\nS1 | Alder | D1 | D1\nS2 | Birch | D9 |",
    )
    world.build("pupils", "salesforce_id | name | school_id\nP1 | Ann | S1")
    world.build("emails", "source_key | email | salesforce_district_id\nE1 | a@example.org | D8")
    with database.connect() as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw._landed (object text, load_id text, versions_new bigint)")
        connection.execute("insert into raw._landed values ('Account', 'load-9', 5)")
    return world


def published(result: PublishResult) -> list[str]:
    return [table.table_name for table in result.tables]


def test_what_a_table_refers_to_over_all_steps_is_published_with_it_and_nothing_else(world: World) -> None:
    result = world.publish(only=("pupils",))
    assert published(result) == ["districts", "schools", "pupils"]
    world.expect("app.pupils", "salesforce_id | name\nP1 | Ann")
    assert world.rows("select table_name from ops.run_tables order by 1") == [
        ("districts",),
        ("pupils",),
        ("schools",),
    ]
    assert world.rows("select table_name from information_schema.tables where table_name = 'emails'") == [
        ("emails",)
    ]  # that of build alone
    assert published(world.publish(only=("districts",))) == ["districts"]


def test_after_it_the_build_still_waits_and_the_next_publish_brings_the_rest(world: World) -> None:
    before = read_pending(world.database)
    world.publish(only=("schools",))
    assert read_pending(world.database) == before
    assert [(one.table_name, one.inserted) for one in world.diff().tables if one.inserted] == [
        ("emails", 1),
        ("pupils", 1),
    ]
    result = world.publish()
    assert (counts(result, "schools"), counts(result, "pupils")) == ((0, 0, 0, 2), (1, 0, 0, 0))
    assert read_pending(world.database).loads == {}


def test_all_tables_by_name_are_a_publish_like_any_other(world: World) -> None:
    world.publish(only=("pupils", "emails"))
    assert read_pending(world.database).published_through == "load-9"


def test_rows_of_other_tables_and_what_is_known_of_them_stay_as_they_are(world: World) -> None:
    world.publish()
    world.override("emails", "E1", "email", "b@example.org")
    world.override("schools", "S1", "name", "Alder Hall")
    world.publish()
    lists = (
        "select * from ops.conflicts where table_name = 'emails'",
        "select * from ops.unresolved_references where table_name = 'emails'",
        "select * from app.emails",
    )
    before = [world.rows(sql) for sql in lists]
    assert all(before)
    world.build(
        "emails", "source_key | email | salesforce_district_id | district_id\nE1 | b@example.org | D1 | D1"
    )
    world.build("schools", "salesforce_id | name\nS1 | Alder Hall")
    result = world.publish(only=("schools",))
    assert [world.rows(sql) for sql in lists] == before
    assert (result.unresolved, counts(result, "schools")) == (0, (0, 1, 1, 0))
    assert world.rows("select table_name from ops.conflicts") == [("emails",)]
    world.publish()
    assert world.is_empty("ops.conflicts")
    assert world.is_empty("ops.unresolved_references")


def test_a_table_that_cannot_be_built_holds_back_no_other(world: World) -> None:
    world.execute("drop table build.emails")
    assert published(world.publish(only=("schools",))) == ["districts", "schools"]


def test_the_record_tells_what_was_committed_when_the_process_could_not(world: World) -> None:
    record = RunRecord(world.database, world.open_run())
    assert record.published() is None
    world.publish(only=("districts",), run_id=record.run_id)
    committed = record.published()
    assert committed is not None
    assert [table["table_name"] for table in committed["tables"]] == ["districts"]


def test_tables_that_refer_to_each_other_in_a_circle_come_together() -> None:
    def referring(name: str, *parents: str) -> Table:
        columns = tuple(Column(f"{parent}_id", "uuid", references=parent) for parent in parents)
        return Table(name, "build", name, "", columns)

    contract = (referring("a", "b"), referring("b", "a", "b"), referring("c", "b"), referring("d"))
    assert [table.name for table in with_referenced(contract, ["a"])] == ["a", "b"]
    assert [table.name for table in with_referenced(contract, ["d", "c"])] == ["a", "b", "c", "d"]
