"""Specifies the columns that only the application writes: made by publish, known to no model's SQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.database import Database
from tests.spec.publishing import DISTRICTS, World, counts, model

APP_COLUMNS: list[dict[str, object]] = [
    {"name": "status", "data_type": "text", "default": "active", "description": "What staff says."},
    {"name": "extra", "data_type": "integer", "default": 0},
    {"name": "hidden", "data_type": "boolean", "default": False},
    {"name": "notes", "data_type": "text"},
]
BUILT = "salesforce_id | name\nD1 | North\nD2 | South"


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    world = World(database, tmp_path)
    world.declare(model("districts", DISTRICTS, meta={"app_columns": APP_COLUMNS}))
    world.build("districts", BUILT)
    world.publish()
    return world


def test_a_new_row_gets_the_default_of_every_column_of_the_application(world: World) -> None:
    world.expect(
        "app.districts",
        """
        salesforce_id | name  | status | extra | hidden | notes
        D1            | North | active | 0     | false  |
        D2            | South | active | 0     | false  |
        """,
    )


def test_what_the_application_writes_there_stays_through_any_publish(world: World) -> None:
    world.execute(
        "update app.districts set status = null, extra = 7, hidden = true, notes = 'Call' where salesforce_id = 'D1'"
    )
    world.build("districts", "salesforce_id | name\nD1 | Other\nD2 | South")
    assert counts(world.publish(), "districts") == (0, 1, 0, 1)
    world.build("districts", "salesforce_id | name\nD2 | South")
    assert counts(world.publish(), "districts") == (0, 0, 1, 1)
    world.expect(
        "app.districts",
        """
        salesforce_id | name  | status | extra | hidden | notes
        D1            | Other |        | 7     | true   | Call
        D2            | South | active | 0     | false  |
        """,
    )


def test_a_column_that_is_added_later_gives_its_default_to_the_rows_that_are_there(world: World) -> None:
    later = [*APP_COLUMNS, {"name": "series", "data_type": "text", "default": "'it''s new'"}]
    later += [{"name": "share", "data_type": "numeric(5,4)", "default": 0.5}]
    world.declare(model("districts", DISTRICTS, meta={"app_columns": later}))
    world.build("districts", BUILT)
    world.execute("insert into app.districts (name) values ('Our own')")
    assert counts(world.publish(), "districts") == (0, 0, 0, 2)
    world.execute("insert into app.districts (name) values ('Later')")
    assert world.rows("select distinct series, cast(share as text) from app.districts") == [
        ("it's new", "0.5000")
    ]


def test_a_default_that_changes_changes_no_row(world: World) -> None:
    world.declare(
        model("districts", DISTRICTS, meta={"app_columns": [{**APP_COLUMNS[0], "default": "inactive"}]})
    )
    world.build("districts", BUILT)
    world.publish()
    assert world.rows("select distinct status from app.districts") == [("active",)]


def test_the_application_may_give_its_column_another_type(world: World) -> None:
    world.execute("alter table app.districts alter column notes type varchar(40)")
    world.execute("alter table app.districts alter column extra type bigint")
    assert counts(world.publish(), "districts") == (0, 0, 0, 2)


def test_the_description_stands_in_the_database(world: World) -> None:
    comment = {
        "duckdb": "select comment from duckdb_columns() where schema_name = 'app' and column_name = 'status'",
        "postgres": "select col_description('app.districts'::regclass, ordinal_position) from"
        " information_schema.columns where table_schema = 'app' and column_name = 'status'",
    }[world.database.kind]
    assert world.rows(comment) == [("What staff says.",)]
