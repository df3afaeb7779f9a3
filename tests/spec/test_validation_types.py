"""Every type of expectation that suites may use: Great Expectations and our predicate see the same rows, on both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from expectations.batch import make_batch
from expectations.checkpoint import identify_run, open_context, run_checkpoint
from expectations.data_docs.pages import Folders
from expectations.predicates import PREDICATES, breaking_rows
from expectations.quarantine import make_tables
from expectations.rules import Rule, Suite
from extract.database import Database
from tests.spec.landed import land, make_typed

COLUMNS = {
    "t": "text",
    "u": "text",
    "n": "numeric",
    "m": "numeric",
    "d": "date",
    "s": "timestamptz",
    "b": "boolean",
}
ROWS: list[dict[str, Any]] = [
    {"t": "Alpha", "u": "x", "n": 1, "m": 2, "d": "2026-01-01", "s": "2026-01-01 00:00:00+00", "b": True},
    {"t": "O'Neil", "u": "x", "n": 2, "m": 1, "d": "2026-02-01", "s": "2026-02-01 00:00:00+00", "b": False},
    {
        "t": "50% :x \\ y?",
        "u": "y",
        "n": 3,
        "m": 3,
        "d": "2026-03-01",
        "s": "2026-03-01 00:00:00+00",
        "b": None,
    },
    {"t": None, "u": None, "n": None, "m": 1, "d": None, "s": None, "b": None},
    {"t": "", "u": None, "n": 4.5, "m": None, "d": "1911-11-11", "s": "1911-11-11 11:11:11+00", "b": True},
    {
        "t": "naïve Zoë 😀",
        "u": "z",
        "n": -7,
        "m": -8,
        "d": "2026-04-01",
        "s": "2026-04-01 00:00:00+00",
        "b": True,
    },
    {"t": "deleted", "u": "x", "n": 99, "m": None, "d": None, "s": None, "b": None, "isdeleted": True},
]


def _when(column: str, operator: str, parameter: object) -> dict[str, Any]:
    return {"type": "comparison", "column": {"name": column}, "operator": operator, "parameter": parameter}


# (type, kwargs, the rows that break it, by their place above)
CASES: list[tuple[str, dict[str, Any], list[int]]] = [
    ("expect_column_values_to_not_be_null", {"column": "t"}, [3]),
    ("expect_column_values_to_be_null", {"column": "u"}, [0, 1, 2, 5]),
    ("expect_column_values_to_match_regex", {"column": "t", "regex": r"^[A-Z][a-z']+"}, [2, 4, 5]),
    ("expect_column_values_to_match_regex", {"column": "t", "regex": "^[^']*$"}, [1]),
    ("expect_column_values_to_match_regex", {"column": "t", "regex": r"^\w* *[^\\]*$"}, [2]),
    ("expect_column_values_to_not_match_regex", {"column": "t", "regex": r"\?$"}, [2]),
    ("expect_column_values_to_not_match_regex", {"column": "t", "regex": "p"}, [0]),
    ("expect_column_values_to_be_in_set", {"column": "t", "value_set": ["Alpha", "O'Neil", ""]}, [2, 5]),
    ("expect_column_values_to_be_in_set", {"column": "n", "value_set": [1, 2, 4.5]}, [2, 5]),
    ("expect_column_values_to_be_in_set", {"column": "b", "value_set": [True]}, [1]),
    (
        "expect_column_values_to_not_be_in_set",
        {"column": "t", "value_set": ["50% :x \\ y?", "", "other"]},
        [2, 4],
    ),
    ("expect_column_values_to_be_between", {"column": "n", "min_value": 0, "max_value": 3}, [4, 5]),
    ("expect_column_values_to_be_between", {"column": "n", "min_value": 1, "strict_min": True}, [0, 5]),
    ("expect_column_values_to_be_between", {"column": "n", "max_value": 3, "strict_max": True}, [2, 4]),
    ("expect_column_values_to_be_between", {"column": "d", "min_value": "1950-01-01"}, [4]),
    (
        "expect_column_values_to_be_between",
        {"column": "s", "max_value": "2026-01-01T00:00:00+00:00"},
        [1, 2, 5],
    ),
    (
        "expect_column_value_lengths_to_be_between",
        {"column": "t", "min_value": 1, "max_value": 10},
        [2, 4, 5],
    ),
    (
        "expect_column_value_lengths_to_be_between",
        {"column": "t", "min_value": 11, "max_value": 11},
        [0, 1, 4],
    ),
    ("expect_column_values_to_be_unique", {"column": "u"}, [0, 1]),
    ("expect_compound_columns_to_be_unique", {"column_list": ["u", "b"]}, []),
    ("expect_compound_columns_to_be_unique", {"column_list": ["u", "isdeleted"]}, [0, 1]),
    (
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "n", "column_B": "m", "ignore_row_if": "either_value_is_missing"},
        [0, 2],
    ),
    (
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "n", "column_B": "m", "or_equal": True, "ignore_row_if": "either_value_is_missing"},
        [0],
    ),
    (
        "unexpected_rows_expectation",
        {"unexpected_rows_query": "select id, _version from {batch} where n > 4 or t = 'O''Neil';"},
        [1, 4],
    ),
    # row conditions
    ("expect_column_values_to_not_be_null", {"column": "u", "row_condition": _when("n", ">", 3)}, [4]),
    ("expect_column_values_to_be_null", {"column": "u", "row_condition": _when("t", "==", "O'Neil")}, [1]),
    (
        "expect_column_values_to_be_null",
        {"column": "u", "row_condition": _when("t", "!=", "O'Neil")},
        [0, 2, 5],
    ),
    (
        "expect_column_values_to_be_null",
        {"column": "u", "row_condition": _when("t", "IN", ["Alpha", "", "\\"])},
        [0],
    ),
    (
        "expect_column_values_to_be_null",
        {"column": "u", "row_condition": _when("n", "NOT_IN", [1, 2])},
        [2, 5],
    ),
    ("expect_column_values_to_be_unique", {"column": "u", "row_condition": _when("n", "<=", 1)}, []),
    (
        "expect_column_values_to_not_be_null",
        {
            "column": "t",
            "row_condition": {
                "type": "and",
                "conditions": [
                    {"type": "nullity", "column": {"name": "m"}, "is_null": False},
                    _when("m", "<", 2),
                ],
            },
        },
        [3],
    ),
]
SUITE = Suite(
    "thing",
    "Thing__c",
    tuple(
        Rule(f"rule_{n}", kind, kwargs, "quarantine", "So.", "o", "live", "x:1")
        for n, (kind, kwargs, _) in enumerate(CASES)
    ),
)


def test_every_permitted_type_has_a_case() -> None:
    assert {kind for kind, _, _ in CASES} == set(PREDICATES)


def test_great_expectations_and_our_predicate_see_the_same_rows(database: Database, tmp_path: Path) -> None:
    with database.connect() as connection:
        make_tables(connection)
        make_typed(connection, "Thing__c", COLUMNS)
        land(
            connection,
            "Thing__c",
            [{"id": f"id-{n}", "_version": str(n), **row} for n, row in enumerate(ROWS)],
        )
        batch = make_batch(connection, SUITE, ["load-1"])
    with open_context(
        database, Folders(tmp_path / "docs", tmp_path / "results"), {"Thing__c": SUITE}
    ) as context:
        outcomes = run_checkpoint(context, batch, identify_run("run-1")).outcomes

    with database.connect() as connection:
        for outcome, (kind, kwargs, breaking) in zip(outcomes, CASES, strict=True):
            found = connection.rows(breaking_rows(outcome.rule, batch.sql, connection.kind))
            case = f"{kind} {kwargs}"
            assert sorted(int(version) for _, version in found) == breaking, case
            assert outcome.rows_failed == len(breaking), case
            assert outcome.outcome == ("failed" if breaking else "passed"), case


def test_a_rule_holds_when_mostly_rows_pass(database: Database, tmp_path: Path) -> None:
    kwargs = {"column": "n", "min_value": 0}
    rules = tuple(
        Rule(
            f"r{share}",
            "expect_column_values_to_be_between",
            {**kwargs, "mostly": share},
            "warn",
            "So.",
            "o",
            "live",
            "",
        )
        for share in (0.5, 0.9)
    )
    suite = Suite("thing", "Thing__c", rules)
    with database.connect() as connection:
        make_tables(connection)
        make_typed(connection, "Thing__c", COLUMNS)
        land(
            connection,
            "Thing__c",
            [{"id": f"id-{n}", "_version": str(n), **row} for n, row in enumerate(ROWS)],
        )
        batch = make_batch(connection, suite, ["load-1"])
    with open_context(
        database, Folders(tmp_path / "docs", tmp_path / "results"), {"Thing__c": suite}
    ) as context:
        half, most = run_checkpoint(context, batch, identify_run("run-1")).outcomes

    assert (half.outcome, half.rows_failed) == ("passed", 1)
    assert (most.outcome, most.rows_failed) == ("failed", 1)


@pytest.mark.parametrize("severity", ["refuse", "quarantine", "warn"])
def test_a_rule_about_a_column_that_did_not_land_could_not_run(
    database: Database, tmp_path: Path, severity: Any
) -> None:
    rules = (
        Rule(
            "absent",
            "expect_column_values_to_not_be_null",
            {"column": "gone__c"},
            severity,
            "So.",
            "o",
            "live",
            "",
        ),
        Rule(
            "absent_in_query",
            "unexpected_rows_expectation",
            {"unexpected_rows_query": "select id, _version from {batch} where gone__c is null"},
            severity,
            "So.",
            "o",
            "live",
            "",
        ),
        Rule(
            "there", "expect_column_values_to_not_be_null", {"column": "id"}, severity, "So.", "o", "live", ""
        ),
    )
    suite = Suite("thing", "Thing__c", rules)
    with database.connect() as connection:
        make_tables(connection)
        make_typed(connection, "Thing__c", COLUMNS)
        land(
            connection,
            "Thing__c",
            [{"id": f"id-{n}", "_version": str(n), **row} for n, row in enumerate(ROWS)],
        )
        batch = make_batch(connection, suite, ["load-1"])
    with open_context(
        database, Folders(tmp_path / "docs", tmp_path / "results"), {"Thing__c": suite}
    ) as context:
        absent, query, there = run_checkpoint(context, batch, identify_run("run-1")).outcomes

    assert (absent.outcome, absent.detail) == ("could_not_run", "Thing__c has no column gone__c")
    # the kind of the database's error and none of its words, which may quote a value
    kind = "_duckdb.BinderException" if database.kind == "duckdb" else "psycopg2.errors.UndefinedColumn"
    assert (query.outcome, query.detail) == ("could_not_run", f"the database could not evaluate it ({kind})")
    assert there.outcome == "passed"


def test_a_batch_of_deleted_rows_alone_passes_every_rule_about_live_ones(
    database: Database, tmp_path: Path
) -> None:
    with database.connect() as connection:
        make_tables(connection)
        make_typed(connection, "Thing__c", COLUMNS)
        land(connection, "Thing__c", [{"id": "id-1", "_version": "1", **ROWS[-1]}])
        batch = make_batch(connection, SUITE, ["load-1"])
    with open_context(
        database, Folders(tmp_path / "docs", tmp_path / "results"), {"Thing__c": SUITE}
    ) as context:
        outcomes = run_checkpoint(context, batch, identify_run("run-1")).outcomes

    assert {outcome.outcome for outcome in outcomes} == {"passed"}
    assert {outcome.rows_checked for outcome in outcomes} == {0}
