"""Specifies how references without a record are kept in mind, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.database import Database
from tests.spec.publishing import DISTRICTS, SCHOOLS, World, counts, model

MISSING = """
    salesforce_id | name  | salesforce_district_id | district_id
    S1            | Alder | D1                     | D1
    S2            | Birch | D2                     |
    S3            | Cedar |                        |
"""
LIST = "select table_name, salesforce_id, column_name, missing_id, missing_object, first_run, last_run from "
LIST += "ops.unresolved_references order by salesforce_id, column_name"


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    world = World(database, tmp_path)
    world.build("districts", "salesforce_id | name\nD1 | North")
    world.build("schools", MISSING)
    return world


def test_a_missing_parent_is_listed_with_the_run_that_saw_it_first(world: World) -> None:
    assert world.publish().unresolved == 1
    first_seen = world.rows("select first_seen from ops.unresolved_references")
    assert world.publish().unresolved == 1
    assert world.rows(LIST) == [("schools", "S2", "district_id", "D2", "Account", "run-1", "run-2")]
    assert world.rows("select first_seen from ops.unresolved_references") == first_seen


def test_a_parent_that_arrives_late_resolves_the_reference(world: World) -> None:
    world.publish()
    world.build("districts", "salesforce_id | name\nD1 | North\nD2 | South")
    world.build("schools", MISSING.replace("| D2                     |", "| D2                     | D2"))
    result = world.publish()
    assert result.unresolved == 0
    assert counts(result, "schools") == (0, 1, 0, 2)
    assert world.rows(LIST) == []
    world.expect("app.schools", "salesforce_id | district_id\nS1 | D1\nS2 | D2\nS3 |")


def test_a_reference_that_misses_another_record_is_seen_anew(world: World) -> None:
    world.publish()
    world.build("schools", MISSING.replace("D2", "D3"))
    world.publish()
    assert world.rows(LIST) == [("schools", "S2", "district_id", "D3", "Account", "run-2", "run-2")]


def test_a_deleted_row_misses_nothing(world: World) -> None:
    world.publish()
    world.execute("update build.schools set deleted_at = now() where salesforce_id = 'S2'")
    assert world.publish().unresolved == 0


def test_the_applications_own_rows_miss_nothing(world: World) -> None:
    world.publish()
    world.execute("insert into app.schools (name, salesforce_district_id) values ('Our own', 'D7')")
    assert world.publish().unresolved == 1


def test_a_reference_that_the_contract_no_longer_has_is_forgotten(world: World) -> None:
    world.publish()
    without = {**SCHOOLS, "district_id": ("uuid", {"owner": "salesforce"})}
    world.declare(model("schools", without))
    world.build("schools", MISSING)
    assert world.publish().unresolved == 0


def test_two_references_of_one_row_are_kept_apart(world: World) -> None:
    twofold = {
        **SCHOOLS,
        "salesforce_partner_id": ("text", {"owner": "salesforce"}),
        "partner_id": (
            "uuid",
            {"owner": "salesforce", "references": "districts", "source_id": "salesforce_partner_id"},
        ),
    }
    world.declare(model("schools", twofold))
    world.build("schools", "salesforce_id | salesforce_district_id | salesforce_partner_id\nS1 | D8 | D9")
    assert world.publish().unresolved == 2
    assert world.rows(LIST) == [
        ("schools", "S1", "district_id", "D8", "Account", "run-1", "run-1"),
        ("schools", "S1", "partner_id", "D9", None, "run-1", "run-1"),
    ]


def test_parents_are_published_before_children_whatever_their_names(world: World) -> None:
    world.declare(model("zones", DISTRICTS))
    world.declare(
        model("areas", {**DISTRICTS, "zone_id": ("uuid", {"owner": "salesforce", "references": "zones"})})
    )
    world.build("zones", "salesforce_id\nZ1")
    world.build("areas", "salesforce_id | zone_id\nA1 | Z1")
    names = [one.table_name for one in world.publish().tables]
    assert names.index("zones") < names.index("areas")
    assert names.index("districts") < names.index("schools")
