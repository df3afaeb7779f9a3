"""Specifies that a diff tells what a publish then does, row by row, and changes nothing itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from extract.database import Database
from extract.errors import PublishFailed
from sync.publish import DiffResult
from tests.spec.publishing import EMAILS, NO_ROWS, SCHOOLS, World, counts, key_of, model

CANARY = "Quillfeather"
DISTRICTS_BUILT = "salesforce_id | name\nD1 | North\nD2 | South"
SCHOOLS_BUILT = (
    "salesforce_id | name | level | seats | salesforce_district_id | district_id | deleted_at\n"
    "S1 | Alder | High | 100 | D1 | D1 |\n"
    "S2 | Birch | Middle | 200 | D2 | D2 |\n"
    "S3 | Cedar | | | | |\n"
    "S4 | Date | | | | | 2026-01-02 00:00:00+00"
)
Told = dict[str, dict[str, Any]]  # kind of change → record → columns that differ


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    world = World(database, tmp_path)
    world.build("districts", DISTRICTS_BUILT)
    world.build("schools", SCHOOLS_BUILT)
    return world


@pytest.fixture
def published(world: World) -> World:
    world.publish()
    return world


def told(found: DiffResult, name: str) -> Told:
    rows: Told = {}
    for row in next(one for one in found.tables if one.table_name == name).rows:
        rows.setdefault(row.change, {})[row.record] = set(row.columns)
    return rows


def test_every_kind_of_change_is_told_with_its_rows_and_publish_then_does_just_that(published: World) -> None:
    published.execute("insert into app.schools (name) values ('Our own')")
    published.execute("update app.schools set nickname = 'ours' where salesforce_id = 'S1'")
    published.build("districts", "salesforce_id | name\nD1 | North\nD2 | South\nD3 | West")
    published.build(
        "schools",
        "salesforce_id | name | level | seats | salesforce_district_id | district_id | deleted_at\n"
        "S1 | Alder | | 100 | D1 | D1 |\n"  # salesforce_if_not_null: an empty level changes nothing
        "S2 | Birches | Middle | | D3 | D3 |\n"
        "S3 | Cedar | | | | | 2026-02-03 00:00:00+00\n"
        "S5 | Elder | | | | |",
    )
    before = everything(published)
    found = published.diff()
    assert everything(published) == before
    assert told(found, "districts") == {"inserted": {"D3": set()}}
    assert told(found, "schools") == {
        "inserted": {"S5": set()},
        "updated": {"S2": {"name", "seats", "salesforce_district_id", "district_id"}},
        "deleted": {"S3": set()},
    }
    assert {row.id for one in found.tables for row in one.rows} == {
        key_of(i) for i in ("D3", "S5", "S2", "S3")
    }
    published.expect_publish_of(found)
    assert counts(published.publish(), "schools") == (0, 0, 0, 5)
    assert published.diff().changes == 0


def test_rows_that_leave_the_build_and_come_back_are_told(published: World) -> None:
    published.build("schools", "salesforce_id | name\nS1 | Alder\nS2 | Birch\nS4 | Date")
    found = published.diff()
    assert told(found, "schools")["left build"] == {"S3": set()}
    assert told(found, "schools")["updated"]["S4"] == {"deleted_at"}
    published.expect_publish_of(found)
    published.build("schools", SCHOOLS_BUILT)
    found = published.diff()
    assert told(found, "schools")["updated"]["S3"] == {"deleted_at"}
    published.expect_publish_of(found)


def test_before_the_first_publish_every_row_is_new_and_no_table_is_made(world: World) -> None:
    found = world.diff()
    assert [(one.table_name, one.is_new, one.inserted) for one in found.tables] == [
        ("districts", True, 2),
        ("schools", True, 4),
    ]
    assert world.rows("select table_name from information_schema.tables where table_schema = 'app'") == []
    world.expect_publish_of(found)


def test_a_column_that_the_contract_gained_is_told_and_not_added(published: World) -> None:
    published.declare(model("schools", {**SCHOOLS, "opened_on": ("date", {"owner": "salesforce"})}))
    published.build("schools", "salesforce_id | name | opened_on\nS1 | Alder | 1990-09-01")
    found = published.diff()
    assert [one.new_columns for one in found.tables] == [(), ("opened_on",)]
    assert "opened_on" in told(found, "schools")["updated"]["S1"]
    assert published.rows(
        "select count(*) from information_schema.columns where table_schema = 'app' and column_name = 'opened_on'"
    ) == [(0,)]
    published.expect_publish_of(found)


def test_overrides_are_part_of_what_would_be_published(published: World) -> None:
    published.override("schools", "S1", "seats", "7")
    published.override("schools", "S2", "district_id", "D1")
    published.override("schools", "S3", "seats", "many")
    found = published.diff()
    assert told(found, "schools") == {"updated": {"S1": {"seats"}, "S2": {"district_id"}}}
    assert found.invalid_overrides == 1
    assert published.is_empty("ops.conflicts")
    published.expect_publish_of(found)


def test_a_mass_delete_that_publish_would_refuse_is_told_with_all_its_rows(published: World) -> None:
    many = "salesforce_id | name\n" + "\n".join(f"D{n} | Name {n}" for n in range(250))
    published.build("districts", many)
    published.publish()
    published.build("districts", NO_ROWS)
    found = published.diff()
    assert (found.changes, len(told(found, "districts")["left build"])) == (250, 250)
    assert "250 of the 250 live rows of app.districts" in found.refused[0]["what"]
    with pytest.raises(PublishFailed) as caught:
        published.publish()
    assert caught.value.to_dict() == found.refused[0]
    assert published.diff(allow_mass_delete=True).refused == ()


def test_the_rows_told_are_the_first_of_each_kind_and_the_counts_are_whole(published: World) -> None:
    published.build("schools", "salesforce_id | name\n" + "\n".join(f"N{n} | New" for n in range(5)))
    found = published.diff(rows_told=2)
    assert {kind: sorted(rows) for kind, rows in told(found, "schools").items()} == {
        "inserted": ["N0", "N1"],
        "left build": ["S1", "S2"],
    }
    assert (found.tables[1].inserted, found.tables[1].deleted, found.tables[1].unchanged) == (5, 3, 1)


def test_chosen_tables_are_told_alone_and_a_refusal_of_another_all_the_same(published: World) -> None:
    published.build("districts", "salesforce_id | name\n" + "\n".join(f"D{n} | Name" for n in range(250)))
    published.publish()
    published.build("districts", DISTRICTS_BUILT)
    found = published.diff(told=("schools",))
    assert [one.table_name for one in found.tables] == ["schools"]
    assert [each["where"].rpartition(", ")[2] for each in found.refused] == ["app.districts"]


def test_no_value_is_told_nor_what_follows_the_record_in_a_source_key(world: World) -> None:
    world.declare(model("emails", EMAILS, meta={"row_key": "source_key"}))
    world.build("emails", f"source_key | email\nD1/{CANARY} | {CANARY}")
    world.execute("update build.emails set source_key = replace(source_key, '/', '|')")
    found = world.diff()
    assert told(found, "emails") == {"inserted": {"D1": set()}}
    assert CANARY not in repr(found)


def test_what_publish_could_not_begin_with_is_an_error(published: World) -> None:
    published.execute("alter table build.schools drop column seats")
    with pytest.raises(PublishFailed) as caught:
        published.diff()
    assert "no column seats" in caught.value.what
    assert "landfall transform" in caught.value.next_step


def everything(world: World) -> list[Any]:
    """All rows of app and ops, and when they were written."""
    tables = world.rows(
        "select table_schema, table_name from information_schema.tables"
        " where table_schema in ('app', 'ops', 'build') order by 1, 2"
    )
    return [
        (schema, name, sorted(map(repr, world.rows(f"select * from {schema}.{name}"))))
        for schema, name in tables
    ]
