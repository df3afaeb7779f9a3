"""Pages are kept for the last runs, and a page that cannot be rendered is an error."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import shutil
import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from expectations.batch import Batch
from expectations.counting import RuleCount
from expectations.data_docs.results import write_result
from expectations.data_docs.safe_result import COULD_NOT_RUN
from expectations.rules import RuleOutcome, Suite
from expectations.suites import FOLDER, load_suites
from expectations.validate import ValidationOptions, validate_landing
from extract.database import Database
from extract.errors import LandfallError
from tests.largest_file import largest_file
from tests.spec.landed import land, make_typed


def _validate(database: Database, folder: Path, run: str, runs_kept: int = 30) -> None:
    loads = {"Pathway__c": ("load-1",)}
    options = ValidationOptions(database, run, loads, folder / "docs", folder / "results", 0.1)
    validate_landing(dataclasses.replace(options, runs_kept=runs_kept), lambda *_, **__: None)


@pytest.fixture
def landed(duckdb_database: Database) -> Database:
    with duckdb_database.connect() as connection:
        make_typed(connection, "Pathway__c", {"name": "text"})
        land(connection, "Pathway__c", [{"id": "a0Y000000000001AAA", "_version": "v", "name": "Health"}])
    return duckdb_database


def test_old_runs_are_forgotten_with_their_pages_and_folders(landed: Database, tmp_path: Path) -> None:
    for run in ("run-1", "run-2", "run-3"):
        _validate(landed, tmp_path, run, runs_kept=2)

    results = {path.name for path in (tmp_path / "results" / "pathway").iterdir()}
    shown = {path.name for path in (tmp_path / "docs" / "validations" / "pathway").iterdir()}
    assert results == shown == {"run-2", "run-3"}
    assert "run-1" not in (tmp_path / "docs" / "index.html").read_text()


def test_pages_of_objects_without_new_rows_stay(landed: Database, tmp_path: Path) -> None:
    _validate(landed, tmp_path, "run-1")
    with landed.connect() as connection:
        make_typed(
            connection, "Class__c", {"name": "text", "school__c": "text", "class_year_number__c": "numeric"}
        )
        land(connection, "Class__c", [{"id": "a1C000000000001AAA", "_version": "v"}])
    loads = {"Class__c": ("load-1",)}
    options = ValidationOptions(landed, "run-2", loads, tmp_path / "docs", tmp_path / "results", 0.1)
    validate_landing(options, lambda *_, **__: None)

    assert len(list((tmp_path / "docs" / "validations" / "pathway").rglob("*.html"))) == 1
    names = [path.name for path in (tmp_path / "docs" / "expectations").glob("*.html")]
    of_tables = [name for name in names if name.startswith("build_")]
    # one for each object and one about what is held of all, and one for each table
    assert (len(names) - len(of_tables), len(of_tables)) == (15 + 1, 24)


def test_a_page_that_cannot_be_made_is_an_error_and_the_index_stays(
    landed: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _validate(landed, tmp_path, "run-1")
    before = (tmp_path / "docs" / "index.html").read_bytes()

    def refuse(*_: Any) -> str:
        raise ValueError("an address moved")

    monkeypatch.setattr("expectations.data_docs.site.localise", refuse)
    with pytest.raises(LandfallError, match="could not be rendered"):
        _validate(landed, tmp_path, "run-2")

    assert (tmp_path / "docs" / "index.html").read_bytes() == before


@pytest.mark.parametrize("share", [0, 0.5])
def test_a_result_that_was_cut_short_costs_its_own_page_alone(
    landed: Database, tmp_path: Path, share: float
) -> None:
    """Its counts are in the database; only its page is made from the file."""
    _validate(landed, tmp_path, "run-1")
    (result,) = (tmp_path / "results").rglob("*.json")
    (page,) = (tmp_path / "docs" / "validations").rglob("*.html")
    page.unlink()
    result.write_bytes(result.read_bytes()[: int(result.stat().st_size * share)])

    _validate(landed, tmp_path, "run-2")

    assert {path.name for path in (tmp_path / "results" / "pathway").iterdir()} == {"run-2"}
    assert {path.name for path in (tmp_path / "docs" / "validations" / "pathway").iterdir()} == {"run-2"}


def test_what_a_killed_process_was_writing_is_swept_away(landed: Database, tmp_path: Path) -> None:
    _validate(landed, tmp_path, "run-1")
    for file in [*(tmp_path / "results").rglob("*.json"), *(tmp_path / "docs").rglob("*.html")]:
        file.with_name(f"{file.name}.new").write_text("half a")

    _validate(landed, tmp_path, "run-2")

    assert list(tmp_path.rglob("*.new")) == []


@pytest.mark.parametrize("room", [2_000, 20_000])
def test_no_half_of_a_result_or_page_is_left(landed: Database, tmp_path: Path, room: int) -> None:
    """No file may be larger than the room: of the results or of the pages, whichever is reached first."""
    _validate(landed, tmp_path, "run-1")
    before = _contents(tmp_path)

    with largest_file(room), pytest.raises((OSError, LandfallError)):
        _validate(landed, tmp_path, "run-2")

    after = _contents(tmp_path)
    assert {path: after[path] for path in before} == before
    for path in after.keys() - before.keys():
        assert (
            json.loads(after[path]) if path.suffix == ".json" else after[path].rstrip().endswith(b"</html>")
        )


def test_after_two_hundred_runs_there_is_no_more_on_disk_than_the_setting_keeps(
    landed: Database, tmp_path: Path
) -> None:
    """The results of 200 runs are there, as if their pages had never been cleared: one build makes up for it."""
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    for number in range(200):
        _result_of_a_run(tmp_path, f"run-{number:03}", start + dt.timedelta(hours=number))

    _validate(landed, tmp_path, "run-200", runs_kept=5)

    kept = {f"run-{number:03}" for number in range(196, 201)}
    assert {path.name for path in (tmp_path / "results" / "pathway").iterdir()} == kept
    assert {path.name for path in (tmp_path / "docs" / "validations" / "pathway").iterdir()} == kept
    before = _files(tmp_path)
    _validate(landed, tmp_path, "run-201", runs_kept=5)
    assert _files(tmp_path) == before


@pytest.mark.slow
def test_the_two_hundredth_run_takes_as_long_as_the_fortieth(landed: Database, tmp_path: Path) -> None:
    seconds, files = [], []
    for number in range(200):
        started = time.process_time()
        _validate(landed, tmp_path, f"run-{number:03}")
        seconds.append(time.process_time() - started)
        files.append(_files(tmp_path))

    assert len(set(files[40:])) == 1
    assert sum(seconds[-20:]) < 1.25 * sum(seconds[40:60]), (sum(seconds[40:60]), sum(seconds[-20:]))


def test_a_rule_that_could_not_run_is_seen_as_such_on_its_page(landed: Database, tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "suites")
    suite = tmp_path / "suites" / "pathway.yml"
    warns = (
        "  - type: expect_column_values_to_not_be_null\n    kwargs: {column: gone__c}\n    severity: warn\n"
        "    meta: {rule: gone_is_there, meaning: It is there., owner: Data team}\n"
    )
    suite.write_text(suite.read_text().rstrip("\n") + "\n" + warns)
    loads = {"Pathway__c": ("load-1",)}
    options = ValidationOptions(landed, "run-1", loads, tmp_path / "docs", tmp_path / "results", 0.1)

    result = validate_landing(
        dataclasses.replace(options, suites_dir=tmp_path / "suites"), lambda *_, **__: None
    )

    assert (result.verdict, result.objects[0].could_not_run) == ("passed", 1)
    (page,) = (tmp_path / "docs" / "validations" / "pathway").rglob("*.html")
    assert COULD_NOT_RUN in page.read_text()
    assert "gone_is_there" in page.read_text()


def test_the_rules_about_what_is_held_have_a_page_in_every_run(landed: Database, tmp_path: Path) -> None:
    with landed.connect() as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw._cursors as select 'Pathway__c' as object, 100 as records_held")
    _validate(landed, tmp_path, "run-1")
    with landed.connect() as connection:
        connection.execute("update raw._cursors set records_held = 10")
        connection.execute("update typed.pathway__c set systemmodstamp = '2020-02-03'")
    _validate(landed, tmp_path, "run-2")

    for run, is_near in (("run-1", True), ("run-2", False)):
        (page,) = (tmp_path / "docs" / "validations" / "all_that_is_held" / run).rglob("*.html")
        (result,) = (tmp_path / "results" / "all_that_is_held" / run).rglob("*.json")
        assert "The number of records of Pathway__c is within" in page.read_text()
        told = json.loads(result.read_text())["results"][0]
        assert (told["success"], told["result"]["observed_value"]) == (is_near, 100 if is_near else 10)
        bounds = told["expectation_config"]["kwargs"]
        assert (bounds["min_value"], bounds["max_value"]) == (80, 120)  # 20 records are always tolerated
        assert "2020" not in page.read_text()
    suite = (tmp_path / "docs" / "expectations" / "all_that_is_held.html").read_text()
    assert all(suite_of.object in suite for suite_of in load_suites().values())


def test_a_run_is_one_run_though_its_results_have_several_times(landed: Database, tmp_path: Path) -> None:
    for number, run in enumerate(("run-1", "run-2", "run-3")):
        _result_of_a_run(tmp_path, run, dt.datetime(2026, 1, 1 + number, 6, tzinfo=dt.UTC))
        _result_of_a_run(tmp_path, run, dt.datetime(2026, 1, 1 + number, 7, tzinfo=dt.UTC))

    _validate(landed, tmp_path, "run-4", runs_kept=3)

    assert {path.name for path in (tmp_path / "results" / "pathway").iterdir()} == {"run-2", "run-3", "run-4"}


def _result_of_a_run(folder: Path, run: str, moment: dt.datetime) -> None:
    suite = _pathway()
    batch = Batch("Pathway__c", suite, "_batch", frozenset(), 1, 1)
    counts = [RuleCount(RuleOutcome("Pathway__c", rule, 1, 0, "passed"), 1, 0, 0) for rule in suite.rules]
    write_result(folder / "results", run, moment, batch, counts)


@cache
def _pathway() -> Suite:
    return load_suites()["Pathway__c"]


def _contents(folder: Path) -> dict[Path, bytes]:
    return {
        path: path.read_bytes()
        for name in ("docs", "results")
        for path in (folder / name).rglob("*")
        if path.is_file()
    }


def _files(folder: Path) -> int:
    return sum(path.is_file() for name in ("docs", "results") for path in (folder / name).rglob("*"))
