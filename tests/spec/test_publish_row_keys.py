"""Specifies tables whose rows are no records themselves, so that another column than salesforce_id names a row."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.database import Database
from extract.errors import PublishFailed
from tests.spec.publishing import EMAILS, World, counts, model

BUILT = """
    source_key     | email         | salesforce_district_id | district_id
    D1/a@example   | a@example.org | D1                     | D1
    D1/b@example   | b@example.org | D1                     | D1
    D2/a@example   | a@example.org | D2                     |
"""


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    world = World(database, tmp_path)
    world.declare(model("emails", EMAILS, meta={"row_key": "source_key"}))
    world.build("districts", "salesforce_id | name\nD1 | North")
    world.build("emails", BUILT)
    world.publish()
    return world


def test_a_table_with_a_source_key_needs_no_salesforce_id(world: World) -> None:
    world.expect("app.emails", BUILT)
    assert counts(world.publish(), "emails") == (0, 0, 0, 3)


def test_rows_are_found_again_by_their_source_key(world: World) -> None:
    world.build("emails", BUILT.replace("b@example.org", "B@example.org"))
    assert counts(world.publish(), "emails") == (0, 1, 0, 2)
    world.build("emails", "source_key | email\nD1/a@example | a@example.org")
    assert counts(world.publish(), "emails") == (0, 1, 2, 0)
    assert world.rows("select source_key from app.emails where deleted_at is null") == [("D1/a@example",)]


def test_a_row_without_a_source_key_is_the_applications_own(world: World) -> None:
    world.execute("insert into app.emails (email) values ('own@example.org')")
    before = world.rows("select * from app.emails where source_key is null")
    world.build("emails", "source_key | email\nD1/a@example | a@example.org")
    world.publish()
    assert world.rows("select * from app.emails where source_key is null") == before
    assert before[0][0] is not None


def test_unresolved_references_name_the_row_by_its_source_key(world: World) -> None:
    assert world.rows("select table_name, salesforce_id, missing_id from ops.unresolved_references") == [
        ("emails", "D2/a@example", "D2")
    ]
    world.build("districts", "salesforce_id | name\nD1 | North\nD2 | South")
    world.execute(
        "update build.emails set district_id = (select id from build.districts where name = 'South')"
    )
    assert world.publish().unresolved == 0


def test_two_rows_with_one_source_key_are_refused(world: World) -> None:
    world.execute("update build.emails set source_key = 'D1/b@example'")
    with pytest.raises(
        PublishFailed, match="3 rows with 3 different ids and 1 different values of source_key"
    ):
        world.publish()
    world.expect("app.emails", BUILT)


def test_a_key_that_points_at_nothing_names_the_record_of_its_source_key_alone(world: World) -> None:
    world.execute(
        "update build.emails set id = gen_random_uuid(), source_key = replace(source_key, '/', '|')"
    )
    world.execute("update build.emails set district_id = id where source_key = 'D2|a@example'")
    with pytest.raises(PublishFailed, match=r"the first: D2\.$"):
        world.publish()


def test_a_table_that_has_no_column_for_the_source_key_is_left_alone(world: World) -> None:
    world.execute("drop table app.emails")
    world.execute("create table app.emails (id uuid, salesforce_id text)")
    with pytest.raises(PublishFailed, match=r"app\.emails exists but has no column source_key"):
        world.publish()
