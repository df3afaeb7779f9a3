"""Great Expectations finds the target wherever it lies, and what only it can refuse is a message about the suite."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from expectations.batch import Batch
from expectations.checkpoint import identify_run, open_context, run_checkpoint, store_result
from expectations.data_docs.pages import Folders
from expectations.rules import Rule, Suite
from extract.database import Database
from extract.errors import SettingsError

# What a path may hold and an address may not, and what somebody on the way reads as a sign of its own.
ODD = ('dä ta q\'x "b" [1] c:x {x}', "$x ${x} 50% a%20b a&b=c+d@e")


@pytest.mark.parametrize("name", ODD)
def test_a_file_and_pages_in_a_folder_with_an_odd_name_are_found(tmp_path: Path, name: str) -> None:
    database = Database(f"duckdb:///{quote(str(tmp_path / name / 'x.duckdb'))}")
    with database.connect() as connection:
        connection.execute("create schema quality")
        connection.execute("create table quality.thing as select 'x' as name, true as _live")
    rule = Rule(
        "r",
        "expect_column_values_to_not_be_null",
        {"column": "name"},
        "warn",
        "So.",
        "o",
        "live",
        "thing.yml:1",
    )
    suite = Suite("thing", "Thing__c", (rule,))
    folders = Folders(tmp_path / name / "docs", tmp_path / name / "results")
    batch = Batch(
        object="Thing__c", suite=suite, table="thing", columns=frozenset({"name"}), rows=1, live_rows=1
    )

    with open_context(database, folders, {"Thing__c": suite}) as context:
        checks = run_checkpoint(context, batch, identify_run("run"))
        store_result(context, checks, {})

    assert [outcome.outcome for outcome in checks.outcomes] == ["passed"]
    assert list((tmp_path / name / "results").rglob("*.json"))


@pytest.mark.parametrize(
    "kwargs",
    [
        {"column": "name", "mostly": "many"},
        {"column": "name", "mostly": 7},
        {"column": ["name"]},
    ],
)
def test_a_value_of_the_wrong_kind_names_the_rule_s_line(
    duckdb_database: Database, tmp_path: Path, kwargs: dict[str, Any]
) -> None:
    rule = Rule("r", "expect_column_values_to_not_be_null", kwargs, "warn", "So.", "o", "live", "thing.yml:1")
    suites = {"Thing__c": Suite("thing", "Thing__c", (rule,))}

    with (
        pytest.raises(SettingsError) as caught,
        open_context(duckdb_database, Folders(tmp_path / "d", tmp_path / "r"), suites),
    ):
        pass

    assert caught.value.where == "expectations/suites/thing.yml:1"
