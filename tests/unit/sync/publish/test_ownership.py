"""Holds the models' contracts to the table of docs/explanation/application-tables.md that says who keeps what."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from extract.database import quoted
from sync.publish.contract import Owner, Table
from sync.publish.effective import Effective
from sync.publish.manifest import read_contract
from sync.publish.merge import merge_sql
from sync.publish.overrides import overridable_column

ROOT = Path(__file__).resolve().parents[4]
DOCUMENT = ROOT / "docs/explanation/application-tables.md"
MODELS = ROOT / "dbt_project/models/application"
SEEDS = ROOT / "dbt_project/seeds"
KINDS = {"app column", "override", "override set", "own rows", "own table", "Salesforce"}


def rows() -> list[tuple[str, list[str], str]]:
    """What, the columns or tables here, and how it is kept."""
    text = DOCUMENT.read_text(encoding="utf-8").partition("## Who keeps what")[2].partition("\n## ")[0]
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if "|" in line
    ]
    return [(what, re.findall(r"`([^`]+)`", here), kept) for what, here, kept in cells[2:]]


def kept(kind: str) -> Iterator[tuple[str, str]]:
    for _, names, found in rows():
        for name in names if found == kind else ():
            table, _, column = name.partition(".")
            yield table, column


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Table]:
    """The contracts as the models' YAML has them; dbt would bring them by way of its manifest."""
    nodes: dict[str, Any] = {}
    for file in sorted(MODELS.glob("*.yml")):
        for described in yaml.safe_load(file.read_text(encoding="utf-8"))["models"]:
            nodes[described["name"]] = _node(described)
    manifest = tmp_path_factory.mktemp("manifest") / "manifest.json"
    manifest.write_text(json.dumps({"nodes": nodes}))
    return {table.name: table for table in read_contract(manifest)}


def _node(described: Mapping[str, Any]) -> dict[str, Any]:
    meta = {"app_table": True, **described.get("config", {}).get("meta", {})}
    return {
        "resource_type": "model",
        "schema": "build",
        "original_file_path": f"models/application/{described['name']}.sql",
        **described,
        "config": {"meta": meta},
        "columns": {column["name"]: column for column in described["columns"]},
    }


def test_the_table_says_of_everything_how_it_is_kept() -> None:
    assert {found for _, _, found in rows()} == KINDS
    assert len(rows()) > 30


def test_what_the_application_keeps_in_a_column_is_made_for_it_and_never_written(
    tables: dict[str, Table],
) -> None:
    documented = set(kept("app column"))
    for name, column in documented:
        owners = {each.name: each.owner for each in tables[name].columns}
        assert owners.get(column) is Owner.APP, f"{name}.{column} is no app_column"
        assert quoted(column) not in merge_sql(Effective(tables[name]), "changes"), f"{name}.{column}"
    made = {
        (table.name, column.name)
        for table in tables.values()
        for column in table.columns
        if column.owner is Owner.APP
    }
    assert made == documented, "an app_column that the document does not name"


def test_what_staff_corrects_can_be_overridden(tables: dict[str, Table]) -> None:
    for name, column in kept("override"):
        assert overridable_column(tables[name], column).owner is not Owner.APP
    for name, column in kept("override set"):
        assert column in tables[name].override_sets, f"{name}.{column}"


def test_own_rows_have_a_table_to_stand_in_and_salesforces_columns_are_written(
    tables: dict[str, Table],
) -> None:
    for name, _ in kept("own rows"):
        assert name in tables
    for name, column in kept("Salesforce"):
        assert quoted(column) in merge_sql(Effective(tables[name]), "changes"), f"{name}.{column}"


def test_the_words_of_the_how_to_are_words_of_their_seeds() -> None:
    guide = (ROOT / "docs/how-to/correct-what-salesforce-says.md").read_text(encoding="utf-8")
    corrections = re.findall(r"\('(\w+)', '\w+', '(\w+)', '([^']*)'", guide)
    checked = [
        value in words_of(*seed) for name, column, value in corrections if (seed := seed_of(name, column))
    ]
    assert checked == [True]


def seed_of(table: str, column: str) -> tuple[str, str] | None:
    """The seed, and its column, that a test of the model compares the column with."""
    described = yaml.safe_load((MODELS / f"{table}.yml").read_text(encoding="utf-8"))["models"][0]["columns"]
    tests = [test for each in described if each["name"] == column for test in each.get("data_tests", [])]
    for test in tests:
        if isinstance(test, dict) and "relationships" in test:
            arguments = test["relationships"]["arguments"]
            name = arguments["to"].removeprefix("ref('").removesuffix("')")
            if (SEEDS / f"{name}.csv").exists():
                return name, arguments["field"]
    return None


def words_of(seed: str, column: str) -> set[str]:
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as lines:
        return {row[column] for row in csv.DictReader(lines)}
