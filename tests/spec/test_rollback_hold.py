"""A rollback holds publishing; what waits is known again when it is over. On both databases."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from extract.database import Database
from extract.errors import PublishFailed
from sync.cli import answer
from sync.pending import read_pending
from sync.rollback.record import find_rollback, release
from tests.spec.publishing import World


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    """Published through load-9 by run-1, which a rollback by run-2 went back to."""
    world = World(database, tmp_path)
    world.build("districts", "salesforce_id | name\nD1 | North")
    world.publish()
    world.execute("create schema raw")
    world.execute("create table raw._landed (object text, load_id text, versions_new bigint)")
    world.execute("insert into raw._landed values ('Account', 'load-9', 1), ('Account', 'load-91', 1)")
    world.publish(rolled_back_to="run-1")
    world.execute(
        "update ops.runs set published_through = 'load-91', started_at = now() where run_id = 'run-1'"
    )
    return world


def test_what_came_after_the_run_waits_again_whatever_was_published_since(world: World) -> None:
    pending = read_pending(world.database)
    assert pending.rollback is not None
    assert (pending.rollback.to, pending.rollback.held) == ("run-1", True)
    assert (pending.published_through, pending.published_with) == ("load-9", None)
    assert pending.loads == {"Account": ("load-91",)}


def test_it_is_over_when_all_tables_are_published_after_its_release(world: World) -> None:
    with world.database.connect() as connection:
        found = find_rollback(connection)
        assert found is not None
        release(connection, found)
    world.publish(only=("districts",))
    after_some = read_pending(world.database).rollback
    assert after_some is not None
    assert not after_some.held

    world.publish()

    assert read_pending(world.database).rollback is None
    assert read_pending(world.database).published_through == "load-91"
    assert world.rows("select state, ended_by from ops.rollbacks") == [("over", "run-4")]


def test_a_second_rollback_takes_the_place_of_the_first(world: World) -> None:
    world.publish(rolled_back_to="run-0")
    found = read_pending(world.database).rollback
    assert found is not None
    assert (found.to, found.held) == ("run-0", True)
    assert world.rows("select count(*) from ops.rollbacks where state = 'held'") == [(1,)]


def test_too_many_rows_of_after_that_run_are_refused_in_its_own_words(world: World) -> None:
    world.build("districts", "salesforce_id | name\n" + "\n".join(f"D{n:03} | N" for n in range(150)))
    world.publish()
    world.build("districts", "salesforce_id | name\nD001 | N")
    (told,) = world.diff(rolled_back_to="run-1").refused
    with pytest.raises(PublishFailed) as caught:
        world.publish(rolled_back_to="run-1")
    assert caught.value.to_dict() == told
    assert "149 of the 150 live rows of app.districts would get deleted_at" in told["what"]
    assert "`landfall rollback --to run-1 --dry-run --all` names them" in told["next_step"]
    assert read_pending(world.database).rollback is None


def test_people_are_told_at_the_command_line(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in os.environ:
        if name.startswith(("LANDFALL_", "SALESFORCE_", "DATABASE_URL")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LANDFALL_ENV_FILE", "")
    monkeypatch.setenv("LANDFALL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DATABASE_URL", world.database.url)

    world.execute(  # as a run of its own has it
        "update ops.runs set started_at = now(), ended_at = now(), command = coalesce(command, 'sync'),"
        " state = coalesce(state, 'published'), exit_code = coalesce(exit_code, 0)"
    )

    assert answer(["publish"]) == 42
    said = capsys.readouterr().err
    assert "The application schema is as of run run-1 since" in said
    assert "`landfall rollback --end`" in said

    assert answer(["rollback", "--to", "run-8"]) == 10
    assert "No run is called run-8." in capsys.readouterr().err
    for wrong in ([], ["--to", "run-1", "--end"], ["--end", "--dry-run"], ["--to", "run-1", "--all"]):
        assert answer(["rollback", *wrong]) == 10
    capsys.readouterr()

    assert answer(["rollback", "--end", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "unchanged"
    assert answer(["status"]) == 0
    assert "the next `landfall sync` publishes again" in capsys.readouterr().out
    assert answer(["publish"]) == 41  # nothing is built by a run of its own here: held no longer
    world.publish()
    recorded = world.rows("select count(*) from ops.runs")
    assert answer(["rollback", "--end"]) == 10
    assert "stands at no earlier run" in capsys.readouterr().err
    assert world.rows("select count(*) from ops.runs") == recorded
