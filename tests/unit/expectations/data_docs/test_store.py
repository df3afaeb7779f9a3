"""What is stored is an allow-list: nothing that a rule saw passes, whatever shape a later version gives it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from great_expectations.expectations.registry import list_registered_expectation_implementations

from expectations.data_docs.safe_result import COULD_NOT_RUN, raised, without_values

KEYS = (
    "observed_value",
    "details",
    "unexpected_list",
    "unexpected_rows",
    "partial_unexpected_list",
    "partial_unexpected_counts",
    "unexpected_index_list",
    "unexpected_index_query",
    "element_count",
    "unexpected_count",
    "record_ids",
    "something_new",
)
LEAKS = ("LEAK", ["LEAK"], {"a": "LEAK"}, [{"id": "001000000000001AAA", "email": "LEAK"}])


def _result(kind: str, found: dict[str, Any], **more: Any) -> dict[str, Any]:
    rule = {
        "success": False,
        "expectation_config": {"type": kind, "kwargs": {"column": "c"}},
        "result": found,
        **more,
    }
    return {"success": False, "suite_name": "s", "results": [rule]}


@pytest.mark.parametrize("leak", LEAKS, ids=["text", "list", "mapping", "records"])
def test_no_type_of_expectation_leaks_through_any_key(leak: Any) -> None:
    kinds = list_registered_expectation_implementations()
    assert len(kinds) > 40
    for kind in kinds:
        for info in (
            {"raised_exception": False},
            {"('m',)": {"raised_exception": True, "exception_message": leak}},
        ):
            whole = _result(
                kind, dict.fromkeys(KEYS, leak), exception_info=info, meta={"m": leak}, rendered_content=leak
            )
            whole |= {"suite_parameters": {"p": leak}, "statistics": {"success_percent": leak, "x": leak}}
            whole |= {
                "meta": {"batch_spec": leak, "batch_parameters": leak, "active_batch_definition": {"x": leak}}
            }
            assert "LEAK" not in json.dumps(without_values(whole)), kind


def test_a_number_is_kept_only_where_it_is_a_count_of_rows() -> None:
    kinds = list_registered_expectation_implementations()
    kept = {
        kind
        for kind in kinds
        if "observed_value"
        in without_values(_result(kind, {"observed_value": 918273645}))["results"][0]["result"]
    }

    assert kept == {"unexpected_rows_expectation", "expect_table_row_count_to_be_between"}


def test_counts_and_rules_are_kept() -> None:
    counts = {"element_count": 9, "unexpected_count": 1, "unexpected_percent": 11.1, "unexpected_list": ["x"]}

    kept = without_values(_result("expect_column_values_to_not_be_null", counts))["results"][0]

    assert kept["result"] == {"element_count": 9, "unexpected_count": 1, "unexpected_percent": 11.1}
    assert kept["expectation_config"]["kwargs"] == {"column": "c"}


def test_only_what_has_the_shape_of_an_id_is_told_of_the_rows_that_break_a_rule() -> None:
    ids = ["001000000000001AAA", "001000000000002", "LEAK@example.org", "Émile Zoläääää", "", None, 7]

    kept = without_values(_result("expect_column_values_to_not_be_null", {"record_ids": ids}))["results"][0]

    assert kept["result"] == {"partial_unexpected_list": ids[:2]}


def test_a_rule_that_could_not_run_says_so_in_our_words() -> None:
    info = {
        "exception_message": "invalid input: 'LEAK'",
        "raised_exception": True,
        "exception_traceback": "LEAK",
    }

    kept = without_values(_result("unexpected_rows_expectation", {}, exception_info=info))["results"][0]

    assert kept["exception_info"]["exception_message"] == COULD_NOT_RUN


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        (None, False),
        ({}, False),
        ({"raised_exception": False}, False),
        ({"raised_exception": True}, True),
        ({"('metric',)": {"raised_exception": True}}, True),
        ({"('metric',)": {"raised_exception": False}}, False),
    ],
)
def test_both_shapes_of_an_exception_are_understood(info: Any, expected: bool) -> None:
    assert raised(info) is expected
