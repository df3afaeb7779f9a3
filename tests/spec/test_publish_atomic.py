"""Specifies that readers see the old tables or the new ones, whatever interrupts a publish, on both databases."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from extract.database import Database
from extract.errors import DatabaseUnavailable, PublishFailed
from tests.spec.publishing import DISTRICTS, World, counts, model

OLD = "salesforce_id | name\nD1 | North\nD2 | South"
NEW = "salesforce_id | name\nD1 | North\nD2 | Changed\nD3 | New"
HOLDING = """
import json, sys, time
from pathlib import Path
from extract.database import Database
from sync.publish import PublishOptions, publish

url, manifest, run_id, hold_at = sys.argv[1:]

def report(event, **fields):
    if event == "point" and fields["name"] == hold_at:
        print("held", flush=True)
        time.sleep(600)

publish(PublishOptions(Database(url), Path(manifest), run_id, "load-9"), report)
"""


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    world = World(database, tmp_path)
    world.build("districts", OLD)
    world.build("schools", "salesforce_id | name\nS1 | Alder")
    world.publish()
    world.build("districts", NEW)
    world.build("schools", "salesforce_id | name | district_id\nS1 | Alder | D3")
    return world


def is_old(world: World) -> bool:
    world.expect("app.districts", OLD)
    world.expect("app.schools", "salesforce_id | district_id\nS1 |")
    assert world.rows("select distinct run_id from ops.run_tables") == [("run-1",)]
    return True


def is_new(world: World) -> bool:
    world.expect("app.districts", NEW)
    world.expect("app.schools", "salesforce_id | district_id\nS1 | D3")
    return True


def test_readers_see_the_old_rows_until_the_commit_and_the_new_ones_after(world: World) -> None:
    seen: dict[str, bool] = {}

    def look(event: str, **fields: Any) -> None:
        if event == "point":
            seen[fields["name"]] = is_new(world) if fields["name"] == "publish.committed" else is_old(world)

    world.publish(report=look)
    assert seen == {"publish.started": True, "publish.merged": True, "publish.committed": True}


def test_a_failure_before_the_commit_leaves_everything_as_it_was(world: World) -> None:
    def fail(event: str, **fields: Any) -> None:
        if fields.get("name") == "publish.merged":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        world.publish(report=fail)
    assert is_old(world)
    assert counts(world.publish(), "districts") == (1, 1, 0, 1)
    assert is_new(world)


@pytest.mark.parametrize(
    ("hold_at", "is_right"),
    [("publish.started", is_old), ("publish.merged", is_old), ("publish.committed", is_new)],
)
def test_a_publish_that_is_killed_leaves_the_old_rows_or_the_new_ones(
    world: World, hold_at: str, is_right: Any
) -> None:
    arguments = [world.database.url, str(world.manifest), world.open_run(), hold_at]
    child = subprocess.Popen([sys.executable, "-c", HOLDING, *arguments], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert is_right(world)
    world.publish()
    assert is_new(world)


def test_a_failure_in_the_last_table_keeps_the_first_as_it_was(world: World) -> None:
    world.execute("create table holder as select * from build.schools")
    world.execute("insert into build.schools select * from holder")
    with pytest.raises(PublishFailed, match="2 rows with 1 different ids"):
        world.publish()
    assert is_old(world)


def test_a_broken_contract_is_refused_before_anything_is_written(world: World) -> None:
    world.declare(model("zones", DISTRICTS))
    world.execute("drop table build.zones")
    with pytest.raises(PublishFailed, match="build table of zones is missing"):
        world.publish()
    assert is_old(world)
    with world.database.connect() as connection:
        assert not connection.has_table("app", "zones")


def test_a_server_that_goes_away_in_the_middle_publishes_nothing(
    postgres_database: Database, tmp_path: Path
) -> None:
    world = World(postgres_database, tmp_path)
    world.build("districts", OLD)
    world.publish()
    world.build("districts", NEW)

    def cut(event: str, **fields: Any) -> None:
        if fields.get("name") == "publish.merged":
            world.rows(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )

    with pytest.raises(DatabaseUnavailable) as caught:
        world.publish(report=cut)
    assert "app" in caught.value.where
    assert caught.value.next_step
    world.expect("app.districts", OLD)


def test_an_edit_of_the_applications_own_column_during_a_publish_is_kept(
    postgres_database: Database, tmp_path: Path
) -> None:
    world = World(postgres_database, tmp_path)
    world.build("districts", OLD)
    world.build("schools", "salesforce_id | name\nS1 | Alder")
    world.publish()
    world.build("schools", "salesforce_id | name\nS1 | Alder Hall")

    def edit(event: str, **fields: Any) -> None:
        if fields.get("table") == "districts":  # schools come next
            world.execute("update app.schools set nickname = 'Ald', name = 'Mine' where salesforce_id = 'S1'")

    assert counts(world.publish(report=edit), "schools") == (0, 1, 0, 0)
    world.expect("app.schools", "salesforce_id | name | nickname\nS1 | Alder Hall | Ald")


def test_the_applications_triggers_fire_for_changed_rows_only(
    postgres_database: Database, tmp_path: Path
) -> None:
    world = World(postgres_database, tmp_path)
    world.build("districts", OLD)
    world.publish()
    world.execute("create table app.seen (name text)")
    world.execute(
        "create function app.see() returns trigger language plpgsql as"
        " $$ begin insert into app.seen values (new.name); return new; end $$"
    )
    world.execute(
        "create trigger see after insert or update on app.districts for each row execute function app.see()"
    )
    world.publish()
    assert world.is_empty("app.seen")
    world.build("districts", NEW)
    world.publish()
    world.expect("app.seen", "name\nChanged\nNew")


def test_the_record_of_a_run_can_be_read_back_as_json(world: World) -> None:
    from dataclasses import asdict

    result = asdict(world.publish())
    assert json.loads(json.dumps(result))["tables"][0]["table_name"] == "districts"
