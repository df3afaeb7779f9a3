"""Every rule of every suite: a row that passes and a row that fails, the same on both databases."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from expectations.batch import Batch, drop_batches, make_batch
from expectations.checkpoint import identify_run, open_context, run_checkpoint
from expectations.data_docs.pages import Folders
from expectations.predicates import breaking_rows
from expectations.quarantine import make_tables
from expectations.rules import Suite
from expectations.suite_files import COLUMN, filled
from expectations.suites import load_suites
from extract.database import Database
from tests.spec.landed import land, make_typed

EXAMPLES = Path(__file__).parent / "examples"
SUITES = {suite.name: suite for suite in load_suites().values()}
OBJECTS = [
    "Account",
    "Contact",
    "npe5__Affiliation__c",
    "Class__c",
    "Session__c",
    "Session_Participant__c",
    "Task",
    "EmailMessage",
    "Case",
    "Pathway__c",
    "Pathway_Session__c",
    "Pathway_Participant__c",
    "User",
    "RecordType",
    "Organization",
]


@dataclass(frozen=True)
class Examples:
    """The examples of one suite, the shared rules' too: rows by rule, each with a version that names it."""

    columns: Mapping[str, str]
    deletes: bool
    passes: Mapping[str, Sequence[Mapping[str, Any]]]
    fails: Mapping[str, Sequence[Mapping[str, Any]]]


def _examples(suite: Suite) -> Examples:
    own = yaml.safe_load((EXAMPLES / f"{suite.name}.yml").read_text())
    shared = yaml.safe_load((EXAMPLES / "shared.yml").read_text())["rules"]
    deletes = any(rule.name == "is_deleted_is_known" for rule in suite.rules)
    if not deletes:
        shared = {name: example for name, example in shared.items() if name != "is_deleted_is_known"}
    written = {**shared, **_one_for_each_rule(own["rules"], suite, own["base"])}
    count = iter(range(100, 100_000))

    def rows(rule: str, kind: str) -> list[dict[str, Any]]:
        found = written[rule][kind]
        made = [
            _row(own["base"], row, next(count)) for row in (found if isinstance(found, list) else [found])
        ]
        return [{"_version": f"{rule}/{kind}/{n}", **row} for n, row in enumerate(made)]

    columns = {column: own["columns"].get(column, "text") for column in own["base"]}
    return Examples(
        columns,
        deletes,
        {rule: rows(rule, "passes") for rule in written},
        {r: rows(r, "fails") for r in written},
    )


def _one_for_each_rule(
    written: Mapping[str, Any], suite: Suite, columns: Mapping[str, Any]
) -> dict[str, Any]:
    """An example of <column>_… is one of each rule of that name that has none of its own."""
    found = {name: example for name, example in written.items() if COLUMN not in name}
    for name, example in written.items():
        pattern = re.compile(re.escape(name).replace(re.escape(COLUMN), "(.+)"))
        for rule in suite.rules:
            named = pattern.fullmatch(rule.name)
            if COLUMN in name and named and named[1] in columns and rule.name not in found:
                found[rule.name] = filled(example, named[1])
    return found


def _row(base: Mapping[str, Any], own: Mapping[str, Any], number: int) -> dict[str, Any]:
    """`{n}` stands for a number of this row alone, `id: same` for one id, `256 characters` for such a text."""
    if own.get("id") == "same":
        own, number = {**own, "id": base["id"]}, 0
    filled = {
        k: v.replace("{n}", f"{number:06d}") if isinstance(v, str) else v for k, v in {**base, **own}.items()
    }
    return {key: _long(value) for key, value in filled.items()}


def _long(value: Any) -> Any:
    counted = re.fullmatch(r"(\d+) characters", value) if isinstance(value, str) else None
    return "x" * int(counted.group(1)) if counted else value


def _land(database: Database, suite: Suite, examples: Examples, rows: Sequence[Mapping[str, Any]]) -> Batch:
    with database.connect() as connection:
        make_tables(connection)
        make_typed(connection, suite.object, examples.columns, deletes=examples.deletes)
        land(connection, suite.object, rows, deletes=examples.deletes)
        return make_batch(connection, suite, ["load-1"])


def _named(database: Database, batch: Batch) -> dict[str, list[str]]:
    with database.connect() as connection:
        named = {
            rule.name: [v for _, v in connection.rows(breaking_rows(rule, batch.sql, connection.kind))]
            for rule in batch.suite.rules
        }
        drop_batches(connection)
    return named


def test_every_landed_object_has_a_suite() -> None:
    assert {suite.object for suite in SUITES.values()} == set(OBJECTS)


@pytest.mark.parametrize("name", SUITES)
def test_every_rule_has_examples(name: str) -> None:
    examples = _examples(SUITES[name])

    assert set(examples.passes) == {rule.name for rule in SUITES[name].rules}
    assert all(rows for rows in [*examples.passes.values(), *examples.fails.values()])


@pytest.mark.parametrize("name", SUITES)
def test_rows_that_are_right_pass_every_rule(database: Database, name: str) -> None:
    suite, examples = SUITES[name], _examples(SUITES[name])

    batch = _land(database, suite, examples, [row for rows in examples.passes.values() for row in rows])

    assert {rule: versions for rule, versions in _named(database, batch).items() if versions} == {}


@pytest.mark.parametrize("name", SUITES)
def test_a_row_that_is_wrong_fails_its_rule_and_can_be_named(
    database: Database, name: str, tmp_path: Path
) -> None:
    suite, examples = SUITES[name], _examples(SUITES[name])
    rows = [row for rows in [*examples.passes.values(), *examples.fails.values()] for row in rows]

    batch = _land(database, suite, examples, rows)
    with open_context(
        database, Folders(tmp_path / "docs", tmp_path / "results"), {suite.object: suite}
    ) as context:
        found = run_checkpoint(context, batch, identify_run("run-1")).outcomes
    outcomes, named = {outcome.rule.name: outcome for outcome in found}, _named(database, batch)

    assert {rule: outcome.outcome for rule, outcome in outcomes.items()} == dict.fromkeys(
        examples.fails, "failed"
    )
    for rule, wrong in examples.fails.items():
        assert {row["_version"] for row in wrong} <= set(named[rule]), rule
        # Great Expectations sees as many
        assert outcomes[rule].rows_failed == len(named[rule]), rule
        assert outcomes[rule].rows_checked > 0, rule
