"""What only Great Expectations can refuse is still a message about the suite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from expectations.checkpoint import open_context
from expectations.data_docs.pages import Folders
from expectations.rules import Rule, Suite
from extract.database import Database
from extract.errors import SettingsError


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
