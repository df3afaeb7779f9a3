"""Every rule about what was built: rows that pass and rows that fail, the same on both databases.

The check counts with our own SQL; here Great Expectations counts the same tables, and says the same of every rule.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from expectations.batch import Batch
from expectations.built_batch import make_built_batch
from expectations.checkpoint import identify_run, open_context, run_checkpoint
from expectations.counting import count_rules
from expectations.data_docs.pages import Folders
from expectations.predicates import breaking_rows
from expectations.quarantine import make_tables
from expectations.rules import Rule, RuleOutcome
from expectations.table_suites import load_table_suites
from extract.database import Connection, Database
from tests.spec.built import as_uuid, make_built

EXAMPLES = Path(__file__).parent / "examples" / "application"
MODELS = Path(__file__).resolve().parents[2] / "dbt_project" / "models" / "application"
SUITES = load_table_suites()
TABLE_OF_SHARED_RULES = "skills"  # the shared rules are proven once
Row = dict[str, Any]


@dataclass(frozen=True)
class Examples:
    """The examples of one table: its columns, and the rows of each example by (rule, passes|fails)."""

    columns: Mapping[str, str]
    rows: Mapping[tuple[str, str], Sequence[Row]]

    @property
    def row_key(self) -> str:
        return "source_key" if "source_key" in self.columns else "salesforce_id"

    @property
    def rules(self) -> set[str]:
        return {rule for rule, kind in self.rows if kind == "fails"}


def _examples(table: str) -> Examples:
    own = _read(table)
    shared = _read("shared")["rules"] if table == TABLE_OF_SHARED_RULES else {}
    columns = {column: next(iter(kind)) for column, kind in own["columns"].items()}
    base = {column: next(iter(kind.values())) for column, kind in own["columns"].items()}
    numbers = itertools.count(100)
    rows = {
        (rule, kind): [each for row in _list(found) for each in _rows(base, row, numbers)]
        for rule, example in {**shared, **own["rules"]}.items()
        for kind, found in example.items()
    }
    # what the rules of other tables want to find here
    asked = [row for other in SUITES for row in _list(_read(other).get("beside", {}).get(table, []))]
    return Examples(
        columns, {**rows, ("beside", "passes"): [_filled_row(base, row, "000000") for row in asked]}
    )


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((EXAMPLES / f"{name}.yml").read_text())
    return content


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _rows(base: Row, own: Row, numbers: Iterator[int]) -> Iterator[Row]:
    """`{n}` stands for a number of this row alone, `times: 3` for three rows, `deleted: true` for a deleted one."""
    own = dict(own)
    deleted = {"deleted_at": "2026-01-01 00:00:00+00"} if own.pop("deleted", False) else {}
    for _ in range(own.pop("times", 1)):
        yield _filled_row(base, {**own, **deleted}, f"{next(numbers):06d}")


def _filled_row(base: Row, own: Row, number: str) -> Row:
    whole = {"id": f"row {number}", **base, **own}
    return {column: _filled(value, number) for column, value in whole.items()}


def _filled(value: Any, number: str) -> Any:
    if not isinstance(value, str):
        return value
    counted = re.fullmatch(r"(\d+) characters", value)
    return "x" * int(counted[1]) if counted else value.replace("{n}", number)


def _named(connection: Connection, batch: Batch, rule: Rule) -> set[str]:
    """The ids of the rows that break a rule; a query of its own names their records, and here their ids."""
    query = str(rule.kwargs.get("unexpected_rows_query", ""))
    by_id = replace(rule, kwargs={**rule.kwargs, "unexpected_rows_query": query.replace("_record", "id", 1)})
    named = breaking_rows(by_id if query else rule, batch.sql, connection.kind, ("id",))
    return {str(found) for (found,) in connection.rows(named)}


def _wrongly_named(connection: Connection, batch: Batch, examples: Examples) -> list[tuple[str, str]]:
    """The examples whose rows a rule names though they are right, or does not name though they are wrong."""
    wrong = []
    for rule in batch.suite.rules:
        if rule.name in examples.rules:
            named = _named(connection, batch, rule)
            passes = {as_uuid(row["id"]) for row in examples.rows[rule.name, "passes"]}
            fails = {as_uuid(row["id"]) for row in examples.rows[rule.name, "fails"]}
            wrong += [(batch.object, f"{rule.name}: a right row is named")] if passes & named else []
            wrong += [(batch.object, f"{rule.name}: a wrong row is not named")] if fails - named else []
    return wrong


def _said(outcome: RuleOutcome) -> tuple[str, int, int, str]:
    return outcome.rule.name, outcome.rows_checked, outcome.rows_failed, outcome.outcome


def test_every_application_table_has_a_suite() -> None:
    assert set(SUITES) == {path.stem for path in MODELS.glob("*.sql")}


@pytest.mark.parametrize("table", SUITES)
def test_every_rule_has_examples(table: str) -> None:
    shared = {rule.name for rule in SUITES[table].rules if rule.where.startswith("application/shared.yml")}
    own = {rule.name for rule in SUITES[table].rules} - shared
    proven_here = (
        shared - {"row_count_is_near_the_published_one"} if table == TABLE_OF_SHARED_RULES else set()
    )

    assert _examples(table).rules == own | proven_here


def test_wrong_rows_are_named_and_counted_as_great_expectations_counts_them(
    database: Database, tmp_path: Path
) -> None:
    with database.connect() as connection:
        make_tables(connection)
        examples = {table: _examples(table) for table in SUITES}
        for table, example in examples.items():
            make_built(
                connection, table, example.columns, [row for rows in example.rows.values() for row in rows]
            )
        batches = [
            make_built_batch(connection, SUITES[table], table, example.row_key)
            for table, example in examples.items()
        ]
        wrongly_named = [
            wrong
            for batch, example in zip(batches, examples.values(), strict=True)
            for wrong in _wrongly_named(connection, batch, example)
        ]
        ours = {
            batch.object: [_said(each.outcome) for each in count_rules(connection, batch)]
            for batch in batches
        }
    suites = {batch.object: batch.suite for batch in batches}
    with open_context(database, Folders(tmp_path / "docs", tmp_path / "results"), suites) as context:
        run = identify_run("run-1")
        theirs = {
            batch.object: [_said(each) for each in run_checkpoint(context, batch, run).outcomes]
            for batch in batches
        }

    assert wrongly_named == []
    assert ours == theirs
    assert all(checked for outcomes in ours.values() for _, checked, _, _ in outcomes)
