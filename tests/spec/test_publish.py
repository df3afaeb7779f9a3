"""Specifies what a publish does to the application's tables, on both databases."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from extract.database import Database
from extract.errors import PublishFailed
from tests.spec.publishing import DISTRICTS, NO_ROWS, SCHOOLS, World, counts, key_of, model


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return World(database, tmp_path)


@pytest.fixture
def published(world: World) -> World:
    """Two districts and three schools, published once."""
    world.build(
        "districts",
        """
        salesforce_id | name
        D1            | North
        D2            | South
        """,
    )
    world.build(
        "schools",
        """
        salesforce_id | name  | level  | seats | salesforce_district_id | district_id
        S1            | Alder | High   | 100   | D1                     | D1
        S2            | Birch | Middle | 200   | D2                     | D2
        S3            | Cedar |        |       |                        |
        """,
    )
    world.publish()
    return world


def test_the_first_publish_creates_the_tables_and_inserts_every_row(published: World) -> None:
    published.expect(
        "app.schools",
        """
        id | salesforce_id | name  | level  | seats | nickname | salesforce_district_id | district_id | deleted_at
        S1 | S1            | Alder | High   | 100   |          | D1                     | D1          |
        S2 | S2            | Birch | Middle | 200   |          | D2                     | D2          |
        S3 | S3            | Cedar |        |       |          |                        |             |
        """,
    )
    assert published.rows(
        "select count(*) from app.schools where created_at is null or updated_at is null"
    ) == [(0,)]


def test_a_second_publish_of_the_same_build_changes_nothing(published: World) -> None:
    before = published.rows("select * from app.schools order by id")
    result = published.publish()
    assert counts(result, "schools") == (0, 0, 0, 3)
    assert counts(result, "districts") == (0, 0, 0, 2)
    assert published.rows("select * from app.schools order by id") == before


def test_new_changed_and_unchanged_rows_are_counted_and_only_the_first_two_written(published: World) -> None:
    before = dict(published.rows("select salesforce_id, updated_at from app.schools"))
    time.sleep(0.01)
    published.build(
        "schools",
        """
        salesforce_id | name    | level  | seats | salesforce_district_id | district_id
        S1            | Alder   | High   | 100   | D1                     | D1
        S2            | Birches | Middle | 200   | D2                     | D2
        S3            | Cedar   |        | 1     |                        |
        S4            | Date    |        |       |                        |
        """,
    )
    assert counts(published.publish(), "schools") == (1, 2, 0, 1)
    published.expect(
        "app.schools",
        """
        salesforce_id | name    | seats
        S1            | Alder   | 100
        S2            | Birches | 200
        S3            | Cedar   | 1
        S4            | Date    |
        """,
    )
    after = dict(published.rows("select salesforce_id, updated_at from app.schools"))
    assert after["S1"] == before["S1"]
    assert after["S2"] > before["S2"]


def test_null_overwrites_what_salesforce_owns_but_not_what_it_owns_only_when_filled(published: World) -> None:
    published.build(
        "schools",
        """
        salesforce_id | name  | level | seats | salesforce_district_id | district_id
        S1            | Alder |       |       | D1                     | D1
        S2            | Birch | High  | 200   | D2                     | D2
        S3            | Cedar |       |       |                        |
        """,
    )
    assert counts(published.publish(), "schools") == (0, 2, 0, 1)
    published.expect(
        "app.schools",
        """
        salesforce_id | level | seats
        S1            | High  |
        S2            | High  | 200
        S3            |       |
        """,
    )
    assert counts(published.publish(), "schools") == (0, 0, 0, 3)


@pytest.mark.fault("F64", "A row that is deleted, published")
@pytest.mark.fault("F65", "And one that comes back, published")
def test_deleted_at_is_set_and_cleared_again(published: World) -> None:
    gone = """
        salesforce_id | name  | deleted_at
        D1            | North | 2026-01-02 03:04:05+00
        D2            | South |
    """
    published.build("districts", gone)
    assert counts(published.publish(), "districts") == (0, 0, 1, 1)
    published.expect("app.districts", gone)

    published.build("districts", gone.replace("2026-01-02 03:04:05+00", ""))
    assert counts(published.publish(), "districts") == (0, 1, 0, 1)
    published.expect("app.districts", gone.replace("2026-01-02 03:04:05+00", ""))


def test_a_row_that_left_the_build_gets_deleted_at_and_comes_back_when_it_returns(published: World) -> None:
    published.build("districts", "salesforce_id | name\n D2 | South")
    result = published.publish()
    assert counts(result, "districts") == (0, 0, 1, 1)
    assert next(one.left_build for one in result.tables if one.table_name == "districts") == 1
    assert published.rows("select name, deleted_at is not null from app.districts order by name") == [
        ("North", True),
        ("South", False),
    ]
    assert counts(published.publish(), "districts") == (0, 0, 0, 2)

    published.build("districts", "salesforce_id | name\n D1 | North\n D2 | South")
    assert counts(published.publish(), "districts") == (0, 1, 0, 1)
    assert published.rows("select count(*) from app.districts where deleted_at is not null") == [(0,)]


def test_the_applications_own_rows_are_never_touched(published: World) -> None:
    published.execute(
        "insert into app.schools (name, nickname, district_id) values ('Our own', 'mine', cast(? as uuid))",
        key_of("D1"),
    )
    before = published.rows("select * from app.schools where salesforce_id is null")
    published.build("schools", NO_ROWS)
    published.publish()
    assert published.rows("select * from app.schools where salesforce_id is null") == before
    assert before[0][0] is not None


def test_the_applications_own_columns_are_never_written(published: World) -> None:
    published.execute("update app.schools set nickname = 'Ald' where salesforce_id = 'S1'")
    published.execute("update build.schools set nickname = 'from a model', name = 'Alder Hall'")
    published.publish()
    published.expect(
        "app.schools",
        """
        salesforce_id | name       | nickname
        S1            | Alder Hall | Ald
        S2            | Alder Hall |
        S3            | Alder Hall |
        """,
    )


def test_an_edit_of_a_column_that_salesforce_owns_is_put_right(published: World) -> None:
    published.execute("update app.schools set name = 'Vandal' where salesforce_id = 'S1'")
    assert counts(published.publish(), "schools") == (0, 1, 0, 2)
    published.expect("app.schools", "salesforce_id | name\nS1 | Alder\nS2 | Birch\nS3 | Cedar")


def test_two_rows_may_swap_a_value_that_has_to_be_unique(world: World) -> None:
    world.declare(model("districts", DISTRICTS, unique=["name"]))
    world.build("districts", "salesforce_id | name\nD1 | North\nD2 | South")
    world.publish()
    world.build("districts", "salesforce_id | name\nD1 | South\nD2 | North")
    assert counts(world.publish(), "districts") == (0, 2, 0, 0)
    world.build("districts", "salesforce_id | name\nD1 | Other\nD2 | North\nD3 | South")
    assert counts(world.publish(), "districts") == (1, 1, 0, 1)
    world.expect("app.districts", "salesforce_id | name\nD1 | Other\nD2 | North\nD3 | South")


def test_tables_and_rows_may_refer_to_each_other_in_a_circle(world: World) -> None:
    circle = {**DISTRICTS, "parent_id": ("uuid", {"owner": "salesforce", "references": "districts"})}
    circle["school_id"] = ("uuid", {"owner": "salesforce", "references": "schools"})
    world.declare(model("districts", circle))
    world.build("districts", "salesforce_id | parent_id | school_id\nD1 | D2 | S1\nD2 | D1 | S1")
    world.build("schools", "salesforce_id | district_id\nS1 | D1")
    assert counts(world.publish(), "districts") == (2, 0, 0, 0)
    world.build("districts", "salesforce_id | parent_id | school_id\nD1 | D1 | S1\nD2 | D3 | S2\nD3 | D2 |")
    world.build("schools", "salesforce_id | district_id\nS1 | D3\nS2 | D2")
    assert counts(world.publish(), "districts") == (1, 2, 0, 0)


def test_a_key_that_points_at_nothing_is_refused_and_nothing_is_kept(published: World) -> None:
    published.build("districts", "salesforce_id | name\nD1 | Changed\nD2 | Changed")
    published.build(
        "schools", "salesforce_id | name | district_id\nS1 | Alder | D1\nS2 | Birch | D9\nS3 | Cedar |"
    )
    with pytest.raises(PublishFailed) as caught:
        published.publish()
    assert "schools" in caught.value.where
    assert "district_id" in caught.value.where
    assert "S2" in caught.value.what
    published.expect("app.districts", "salesforce_id | name\nD1 | North\nD2 | South")


def test_a_contract_that_grows_adds_a_column_and_keeps_the_rest(published: World) -> None:
    published.execute("update app.schools set nickname = 'Ald' where salesforce_id = 'S1'")
    grown = {**SCHOOLS, "opened_on": ("date", {"owner": "salesforce"}), "mascot": ("text", {"owner": "app"})}
    published.declare(model("schools", grown, not_null=["opened_on"]))
    published.build(
        "schools",
        """
        salesforce_id | name  | level  | seats | salesforce_district_id | district_id | opened_on
        S1            | Alder | High   | 100   | D1                     | D1          | 1990-09-01
        S2            | Birch | Middle | 200   | D2                     | D2          |
        S3            | Cedar |        |       |                        |             |
        """,
    )
    assert counts(published.publish(), "schools") == (0, 1, 0, 2)
    published.expect(
        "app.schools",
        """
        salesforce_id | nickname | opened_on  | mascot
        S1            | Ald      | 1990-09-01 |
        S2            |          |            |
        S3            |          |            |
        """,
    )


def test_a_column_that_the_contract_lost_stays_as_it_is(published: World) -> None:
    published.declare(model("schools", {name: spec for name, spec in SCHOOLS.items() if name != "seats"}))
    published.build("schools", "salesforce_id | name\nS1 | Alder\nS2 | New name\nS3 | Cedar")
    published.publish()
    published.expect(
        "app.schools", "salesforce_id | name | seats\nS1 | Alder | 100\nS2 | New name | 200\nS3 | Cedar |"
    )


def test_required_columns_are_required_where_the_applications_own_rows_can_fill_them(world: World) -> None:
    required = ["id", "salesforce_id", "name", "salesforce_district_id", "district_id", "level"]
    world.declare(model("schools", SCHOOLS, not_null=required))
    world.publish()
    world.execute("insert into app.schools (name) values ('Our own')")
    with pytest.raises(Exception, match=r"(?i)not.null"):
        world.execute("insert into app.schools (nickname) values ('nameless')")


def test_the_run_record_says_what_was_published(published: World) -> None:
    assert published.rows(
        "select run_id, table_name, inserted, updated, deleted, unchanged from ops.run_tables order by table_name"
    ) == [("run-1", "districts", 2, 0, 0, 0), ("run-1", "schools", 3, 0, 0, 0)]
    assert published.rows("select published_through from ops.runs") == [("load-9",)]


def test_a_publish_repeated_within_a_run_replaces_its_record(published: World) -> None:
    published.publish(run_id="run-1")
    assert published.rows("select inserted, unchanged from ops.run_tables order by table_name") == [
        (0, 2),
        (0, 3),
    ]


def test_the_points_and_the_progress_are_reported_in_order(published: World) -> None:
    said = [
        fields.get("name") or fields.get("table") for event, fields in published.reported if event != "note"
    ]
    assert said == ["publish.started", "districts", "schools", "publish.merged", "publish.committed"]
