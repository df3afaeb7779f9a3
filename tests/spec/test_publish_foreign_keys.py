"""Specifies when PostgreSQL gets its real foreign keys: with the first fill of a table, or with a new column."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.database import Database
from extract.errors import PublishFailed
from tests.spec.publishing import SCHOOLS, World, model

KEYS = (
    "select c.conname, c.condeferrable from pg_constraint as c"
    " where c.contype = 'f' and c.conrelid = to_regclass('app.schools') order by 1"
)
DISTRICT_KEY = [("schools_district_id_fkey", True)]


@pytest.fixture
def world(postgres_database: Database, tmp_path: Path) -> World:
    world = World(postgres_database, tmp_path)
    world.build("districts", "salesforce_id | name\nD1 | North")
    world.build("schools", "salesforce_id | name | district_id\nS1 | Alder | D1")
    return world


def test_a_new_table_has_its_keys_after_the_first_publish_and_each_once(world: World) -> None:
    world.publish()
    assert world.rows(KEYS) == DISTRICT_KEY
    world.publish()
    assert world.rows(KEYS) == DISTRICT_KEY


def test_a_first_publish_that_was_cut_off_leaves_the_keys_to_the_next(world: World) -> None:
    def fail(event: str, **fields: object) -> None:
        if fields.get("name") == "publish.merged":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        world.publish(report=fail)
    assert world.rows(KEYS) == []
    assert world.is_empty("app.schools")
    world.publish()
    assert world.rows(KEYS) == DISTRICT_KEY


def test_a_key_that_the_application_dropped_stays_dropped(world: World) -> None:
    world.publish()
    world.execute("alter table app.schools drop constraint schools_district_id_fkey")
    world.publish()
    assert world.rows(KEYS) == []


def test_a_new_column_brings_its_key(world: World) -> None:
    world.publish()
    partner = ("uuid", {"owner": "salesforce", "references": "districts"})
    world.declare(model("schools", {**SCHOOLS, "partner_id": partner}))
    world.build("schools", "salesforce_id | name | district_id | partner_id\nS1 | Alder | D1 | D1")
    world.publish()
    assert [name for name, _ in world.rows(KEYS)] == ["schools_district_id_fkey", "schools_partner_id_fkey"]


def test_a_row_of_the_application_that_points_at_nothing_is_told_by_the_first_publish(world: World) -> None:
    world.publish()
    world.execute("alter table app.schools drop constraint schools_district_id_fkey")
    world.execute("delete from app.schools")
    world.execute("insert into app.schools (name, district_id) values ('Our own', gen_random_uuid())")
    with pytest.raises(PublishFailed, match=r"app\.schools points at a row that is not there"):
        world.publish()
    assert world.rows("select count(*) from app.schools where salesforce_id is not null") == [(0,)]
