"""`landfall diff` as somebody runs it: beside what is built, with the lock, without an org and without a trace."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from extract.database import Database
from sync.cli import answer
from sync.fingerprint import take_fingerprint
from sync.lock import hold_lock
from sync.record import RunRecord
from sync.settings import ROOT, load_settings
from tests.spec.publishing import World

CANARY = "Quillfeather"


@pytest.fixture(autouse=True)
def no_org_configured(monkeypatch: pytest.MonkeyPatch, database: Database, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith(("LANDFALL_", "SALESFORCE_", "DATABASE_URL")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LANDFALL_ENV_FILE", "")
    monkeypatch.setenv("LANDFALL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DATABASE_URL", database.url)


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    """Twelve districts, built and never published."""
    folder = tmp_path / "data" / "dbt" / "target"
    folder.mkdir(parents=True)
    world = World(database, folder)
    world.build("districts", "salesforce_id | name\n" + "\n".join(f"D{n:02} | {CANARY}" for n in range(12)))
    record = RunRecord(database, world.open_run())
    record.note(fingerprint=str(take_fingerprint(ROOT, load_settings().for_models)), state="unchanged")
    record.start_stage("transform")
    record.end_stage("transform", "passed", 1.0, 1.0, "10.1")
    return world


def diff(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit code, and what was printed as the result."""
    code = answer(["diff", *arguments])
    shown = capsys.readouterr()
    assert CANARY not in shown.out + shown.err
    assert "Traceback" not in shown.err
    return code, shown.out


def test_it_tells_what_publish_would_write_and_leaves_no_trace(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    before = _runs(world)
    code, shown = diff(capsys, "--exit-code")
    assert code == 4
    assert "districts        12        0        0          0" in shown
    assert "D09" in shown
    assert "D10" not in shown
    assert "and 2 rows more: --all tells them" in shown
    assert "Publish would write 12 rows of 1 table. Nothing was changed." in shown
    assert _runs(world) == before
    assert world.rows("select count(*) from information_schema.tables where table_schema = 'app'") == [(0,)]

    world.publish()
    code, shown = diff(capsys, "--exit-code")
    assert (code, shown.splitlines()[-1]) == (0, "Publish would change no row.")


def test_machines_get_every_row_and_a_scheduler_no_error(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    with world.database.connect() as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw._landed (object text, load_id text, versions_new bigint)")
        connection.execute("insert into raw._landed values ('Account', '10.1', 5), ('Account', '10.2', 5)")
    code, shown = diff(capsys, "--json")
    found: dict[str, Any] = json.loads(shown)
    assert code == 0
    assert (found["changes"], found["refused"], found["built_through"]) == (12, [], "10.1")
    assert [row["record"] for row in found["tables"][0]["rows"]] == [f"D{n:02}" for n in range(12)]
    assert ["1 load landed since the build" in note for note in found["notes"]] == [True]


def test_chosen_tables_are_told_and_unknown_ones_refused(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert json.loads(diff(capsys, "--json", "--table", "schools")[1])["changes"] == 0
    for command in (["diff", "--table"], ["publish", "--only"]):
        assert answer([*command, "schools,district"]) == 10
        shown = capsys.readouterr().err
        assert "district: no application table has this name" in shown
        assert "districts, schools" in shown
        assert answer([*command, ""]) == 10


def test_what_publish_would_refuse_is_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    many = "salesforce_id | name\n" + "\n".join(f"D{n:03} | {CANARY}" for n in range(150))
    world.build("districts", many)
    world.publish()
    world.build("districts", "")
    code, shown = diff(capsys, "--exit-code")
    assert code == 41
    assert (
        "Publish would refuse: The build table of app.districts is empty. 150 of the 150 live rows" in shown
    )
    assert diff(capsys)[0] == 0


def test_it_waits_for_no_other_run(world: World, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with hold_lock(world.database, tmp_path / "data", "another"):
        assert answer(["diff"]) == 50
    assert "another" in capsys.readouterr().err


def test_before_anything_was_built_it_says_what_to_do(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["diff"]) == 41
    shown = capsys.readouterr().err
    assert "Nothing has been built yet." in shown
    assert "next:  Run `landfall" in shown
    assert database.kind == "postgres" or not database.path.exists()


def _runs(world: World) -> list[tuple[Any, ...]]:
    return world.rows("select * from ops.runs order by run_id")
