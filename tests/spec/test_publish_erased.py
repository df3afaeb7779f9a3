"""Specifies what a publish removes for an erasure: the person's rows, physically, and nothing else; or nothing at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.database import Database
from extract.errors import PublishFailed
from extract.landing.erasure import LIST
from sync.erasing.plan import refuse_what_is_held
from tests.spec.publishing import DISTRICTS, EMAILS, World, counts, model

SKILLS = {**{name: EMAILS[name] for name in ("id", "source_key", "deleted_at")}, "name": DISTRICTS["name"]}
WANTED = {
    **EMAILS,
    "skill_id": ("uuid", {"owner": "salesforce", "references": "skills"}),
}


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    world = World(database, tmp_path)
    world.declare(model("emails", EMAILS, meta={"row_key": "source_key"}))
    world.build("districts", "salesforce_id | name\nD1 | Zzmarker\nD2 | South")
    world.build(
        "schools",
        "salesforce_id | name | salesforce_district_id | district_id\nS1 | Alder | D1 | D1\nS2 | Birch | D2 | D2",
    )
    world.build(
        "emails",
        "source_key | email | salesforce_district_id | district_id\n"
        "D1|old | old@zzmarker | D1 | D1\nD1|a | a@zzmarker | D1 | D1\nD2|b | b@south | D2 | D2".replace(
            "D1|", "D1/"
        ).replace("D2|", "D2/"),
    )
    world.execute("update build.emails set source_key = replace(source_key, '/', '|')")
    world.publish()
    world.execute("delete from build.emails where source_key = 'D1|old'")
    world.publish()  # the old address left the build: deleted_at is set, and what it says is still there
    return world


def erase(world: World, *ids: str) -> None:
    """What raw, staging and build are after `landfall erase` has been at work there."""
    listed = ", ".join(f"'{each}'" for each in ids)
    rows = ", ".join(f"('{each}')" for each in ids)
    world.execute_all(
        [
            "insert into ops.erasures (object, record_id, asked_for, kept_out, run_id)"
            f" select 'Account', id, id, true, 'run-1' from (values {rows}) as asked(id)",
            f"delete from build.districts where salesforce_id in ({listed})",
            f"delete from build.emails where salesforce_district_id in ({listed})",
            f"update build.schools set district_id = null where salesforce_district_id in ({listed})",
        ]
    )


def test_some_tables_alone_are_not_published_while_an_erasure_is_open(world: World) -> None:
    """Schools refer to districts: their keys would point at a row that is gone."""
    erase(world, "D1")
    with pytest.raises(PublishFailed) as caught:
        world.publish(only=("districts",))
    assert caught.value.what.startswith("An erasure of 1 record was cut short")
    assert "landfall sync" in caught.value.next_step
    assert world.rows("select count(*) from app.districts where salesforce_id = 'D1'") == [(1,)]
    world.execute("update ops.erasures set finished_at = now()")
    world.publish(only=("districts",))


def test_the_rows_of_an_erased_record_go_and_no_others(world: World) -> None:
    erase(world, "D1")

    result = world.publish()

    world.expect("app.districts", "salesforce_id | name\nD2 | South")
    assert world.rows("select source_key from app.emails") == [("D2|b",)]
    world.expect("app.schools", "salesforce_id | name | district_id\nS1 | Alder |\nS2 | Birch | D2")
    assert counts(result, "districts") == (0, 0, 0, 1)
    assert {each.table_name: each.erased for each in result.tables} == {
        "districts": 1,
        "schools": 0,
        "emails": 2,
    }
    assert sorted(world.rows("select table_name, rows_removed from ops.erased_rows")) == [
        ("app.districts", 1),
        ("app.emails", 2),
    ]
    assert result.unresolved == 0  # the school names a record that nobody waits for
    again = world.publish()
    assert {each.erased for each in again.tables} == {0}


def test_a_finished_erasure_removes_nothing_more(world: World) -> None:
    erase(world, "D1")
    world.execute("update ops.erasures set finished_at = now()")
    world.publish()
    assert world.rows("select count(*) from app.districts where deleted_at is not null") == [(1,)]


def test_many_erased_rows_are_no_mass_delete(world: World) -> None:
    ids = [f"E{number:03d}" for number in range(130)]
    listed = "\n".join(f"{each} | Zzmarker" for each in ids)
    world.build("districts", f"salesforce_id | name\nD1 | North\nD2 | South\n{listed}")
    world.publish()
    erase(world, *ids)
    result = world.publish()
    assert counts(result, "districts") == (0, 0, 0, 2)


def test_rows_of_the_applications_own_stand_in_the_way_and_nothing_is_published(world: World) -> None:
    world.execute(
        "insert into app.schools (name, district_id) select 'Own', id from app.districts where salesforce_id = 'D1'"
    )
    erase(world, "D1")
    with pytest.raises(PublishFailed) as refused:
        world.publish()
    assert "1 of the application's own rows" in refused.value.what
    assert "app.schools.district_id" in refused.value.where
    assert world.rows("select count(*) from app.districts") == [(2,)]
    assert world.rows("select count(*) from app.emails") == [(3,)]


@pytest.mark.parametrize("own", ["a row of a synced table", "a table of its own"])
def test_what_stands_in_the_way_is_told_before_anything_is_touched(world: World, own: str) -> None:
    if own == "a table of its own":
        world.execute("create table app.notes (district_id uuid references app.districts (id), said text)")
        world.execute(
            "insert into app.notes select id, 'Zzmarker' from app.districts where salesforce_id = 'D1'"
        )
    else:
        world.execute(
            "insert into app.schools (name, district_id) select 'Own', id from app.districts where salesforce_id = 'D1'"
        )
    with world.database.connect() as connection:
        connection.execute(f"create temporary table {LIST} (record_id text, kept_out boolean)")
        connection.execute(f"insert into {LIST} values ('D2', true)")
        refuse_what_is_held(connection, world.manifest)
        connection.execute(f"insert into {LIST} values ('D1', true)")
        with pytest.raises(PublishFailed) as refused:
            refuse_what_is_held(connection, world.manifest)
    assert "district_id" in refused.value.where
    assert "Zzmarker" not in str(refused.value.to_dict())


def test_words_that_nobody_says_any_more_go_and_words_of_others_stay(world: World) -> None:
    world.declare(model("skills", SKILLS, meta={"row_key": "source_key"}))
    world.declare(model("wanted", WANTED, meta={"row_key": "source_key"}))
    world.execute("delete from build.emails where source_key = 'D1|a'")
    world.build("skills", "source_key | name\nzzmarker | Zzmarker\nchess | Chess\nboth | Both")
    world.build(
        "wanted",
        "source_key | skill_id\nD1 | zzmarker\nD2 | both\nD3 | chess",
    )
    world.publish()
    world.execute("delete from build.wanted where source_key in ('D1', 'D2')")
    world.execute("delete from build.skills where source_key in ('zzmarker', 'both')")
    erase(world, "D1")

    world.publish()

    # the row of D2 has left the build for a reason of its own; it stays, deleted, and with it the word it says
    assert sorted(world.rows("select source_key, deleted_at is null from app.skills")) == [
        ("both", False),
        ("chess", True),
    ]
    assert sorted(world.rows("select source_key from app.wanted")) == [("D2",), ("D3",)]
