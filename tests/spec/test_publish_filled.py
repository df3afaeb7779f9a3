"""Specifies the columns that Salesforce owns only when filled: what staff fills in stays, what Salesforce said goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.database import Database
from sync.rollback.as_of import SUFFIX
from tests.spec.publishing import SCHOOLS, ColumnSpec, World, counts, model

FILLED: dict[str, str] = {"owner": "salesforce_if_not_null"}
WORDS: dict[str, ColumnSpec] = {
    **SCHOOLS,
    "level": ("text", {**FILLED, "raw_value": "salesforce_level"}),
    "salesforce_level": ("text", FILLED),
}
# What Salesforce said and its word, what it says now and its word, and what the application has then.
SAID = """
salesforce_id | salesforce_level | level
S1            | Senior High      | High
S2            | Senior High      | High
S3            | Senior High      | High
S4            |                  |
S5            |                  |
"""
SAYS = """
salesforce_id | salesforce_level | level
S1            | Upper School     |
S2            |                  |
S3            | Junior High      | Middle
S4            | Upper School     |
S5            |                  |
"""
IN_APP = """
salesforce_id | salesforce_level | level
S1            | Upper School     |
S2            | Senior High      | High
S3            | Junior High      | Middle
S4            | Upper School     |
S5            |                  | by staff
"""


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    world = World(database, tmp_path)
    world.declare(model("schools", WORDS))
    world.build("schools", SAID)
    world.publish()
    return world


def test_a_word_stays_when_salesforce_is_blank_and_goes_when_it_says_what_has_no_word(world: World) -> None:
    world.execute("update app.schools set level = 'by staff' where salesforce_id in ('S4', 'S5')")
    world.build("schools", SAYS)
    world.expect_publish_of(world.diff())
    world.expect("app.schools", IN_APP)
    assert counts(world.publish(), "schools") == (0, 0, 0, 5)


def test_a_correction_of_what_has_no_word_is_listed_as_other_than_salesforce_says(world: World) -> None:
    world.build("schools", SAYS)
    world.override("schools", "S1", "level", "High")
    world.override("schools", "S2", "level", "Middle")
    world.publish()
    world.expect("app.schools", "salesforce_id | level\nS1 | High\nS2 | Middle\nS3 | Middle\nS4 |\nS5 |")
    assert world.rows("select row_key, kind from ops.conflicts") == [("S1", "differs")]


def test_going_back_to_an_earlier_run_takes_back_what_salesforce_has_filled_since(world: World) -> None:
    """S4 was filled by a mass edit in Salesforce, S5 by staff; S2 is blank in Salesforce now."""
    as_of_then(world, SAID)
    world.build("schools", SAYS.replace("S4            | Upper School     |", "S4 | Senior High | High"))
    world.execute("update app.schools set level = 'by staff' where salesforce_id = 'S5'")
    world.publish()
    world.expect(
        "app.schools", "salesforce_id | level\nS1 |\nS2 | High\nS3 | Middle\nS4 | High\nS5 | by staff"
    )

    build_of(world, f"build{SUFFIX}")
    world.expect_publish_of(world.diff(rolled_back_to="run-1"), rolled_back_to="run-1")
    world.expect("app.schools", SAID.replace("S5            |                  |", "S5 | | by staff"))

    build_of(world, "build")
    world.publish()
    world.expect(
        "app.schools", "salesforce_id | level\nS1 |\nS2 | High\nS3 | Middle\nS4 | High\nS5 | by staff"
    )


def test_going_back_with_a_column_that_is_not_built_of_every_day_yet_keeps_what_is_there(
    world: World,
) -> None:
    as_of_then(world, SAYS)
    world.execute("alter table build.schools drop column level")
    build_of(world, f"build{SUFFIX}")
    world.publish(rolled_back_to="run-1")
    world.expect("app.schools", "salesforce_id | level\nS1 |\nS2 | High\nS3 | Middle\nS4 |\nS5 |")


def as_of_then(world: World, schools: str) -> None:
    """Build the schools of then beside those of every day."""
    world.build("schools", schools)
    world.execute(f"create schema build{SUFFIX}")
    for name in world.models:
        world.execute(f"create table build{SUFFIX}.{name} as select * from build.{name}")


def build_of(world: World, schema: str) -> None:
    """Let the manifest name the builds of this schema."""
    for node in world.models.values():
        node["schema"] = schema
    world.write_manifest()
