"""What a rule is written with is checked before a run: what would only fail there is told with its line."""

from __future__ import annotations

from typing import Any

import pytest

from expectations.value_checks import check_query, check_values
from extract.errors import SettingsError

BETWEEN, LENGTHS = "expect_column_values_to_be_between", "expect_column_value_lengths_to_be_between"
IN_SET = "expect_column_values_to_be_in_set"


def _when(operator: str, parameter: Any, **column: str) -> dict[str, Any]:
    named = column or {"name": "kind__c"}
    compared = {"type": "comparison", "column": named, "operator": operator, "parameter": parameter}
    return {"column": "kind__c", "row_condition": compared}


GOOD: list[tuple[str, dict[str, Any]]] = [
    (BETWEEN, {"min_value": 0, "max_value": 1.5, "strict_min": True}),
    (BETWEEN, {"min_value": "1990-01-01", "max_value": "2026-01-01T00:00:00+00:00"}),
    (LENGTHS, {"min_value": None, "max_value": 10}),
    (IN_SET, {"value_set": ["a", 1, True]}),
    (IN_SET, _when("IN", ["a", "b"])),
    (IN_SET, _when("NOT_IN", [1, 2.5])),
    (IN_SET, _when("==", True)),
]


@pytest.mark.parametrize(("kind", "kwargs"), GOOD)
def test_what_a_run_takes_is_good(kind: str, kwargs: dict[str, Any]) -> None:
    check_values(kind, kwargs, "thing.yml:6")


BAD: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "a letter as a bound": (BETWEEN, {"min_value": "A"}, "'min_value' is not a number", "2026-01-31"),
    "no day as a bound": (BETWEEN, {"max_value": "2026-02-30"}, "'max_value' is not a number", "2026-01-31"),
    "a broken length": (LENGTHS, {"min_value": 1.5}, "'min_value' is not a whole number", "whole number"),
    "a day as a length": (LENGTHS, {"max_value": "2026-01-01"}, "'max_value' is not a whole", "whole number"),
    "a word for true": (BETWEEN, {"min_value": 1, "strict_min": "x"}, "'strict_min' is not", "true or false"),
    "nothing in a set": (IN_SET, {"value_set": [None, "School"]}, "'value_set' is not a list", "missing"),
    "a list in a set": (IN_SET, {"value_set": [["School"]]}, "'value_set' is not a list", "[one, two]"),
    "IN of one value": (IN_SET, _when("IN", "School"), "of IN is not a list", "[one, two]"),
    "IN of nothing": (IN_SET, _when("IN", []), "of IN is not a list", "[one, two]"),
    "IN with a missing value": (IN_SET, _when("NOT_IN", ["a", None]), "of NOT_IN is not a list", "nullity"),
    "IN of texts and numbers": (IN_SET, _when("IN", ["a", 1]), "of IN is not a list", "[one, two]"),
    "a list for one value": (IN_SET, _when("==", ["a"]), "of == is not one value", "IN takes a list"),
    "a missing value": (IN_SET, _when("!=", None), "of != is not one value", "nullity"),
    "a misspelt name": (IN_SET, _when("==", "a", nme="kind__c"), "names no column", "{name: status__c}"),
    "and of nothing": (IN_SET, {"row_condition": {"type": "and"}}, "no list of conditions", "conditions"),
    "and of no list": (
        IN_SET,
        {"row_condition": {"type": "and", "conditions": {"type": "nullity"}}},
        "no list of conditions",
        "conditions",
    ),
    "perhaps null": (
        IN_SET,
        {"row_condition": {"type": "nullity", "column": {"name": "a"}, "is_null": "perhaps"}},
        "'is_null' is not true or false",
        "is_null: true",
    ),
}


@pytest.mark.parametrize(("kind", "kwargs", "what", "next_step"), BAD.values(), ids=BAD)
def test_what_a_run_would_fail_over_is_told_with_its_line(
    kind: str, kwargs: dict[str, Any], what: str, next_step: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        check_values(kind, kwargs, "thing.yml:6")

    assert what in caught.value.what
    assert caught.value.where == "expectations/suites/thing.yml:6"
    assert next_step in caught.value.next_step


@pytest.mark.parametrize(
    ("regex", "is_good"),
    [("^[ a]$", True), (r"^\\s$", True), (r"^\s$", False), (r"^[^\s]$", False), (r"\\\S", False)],
)
def test_a_blank_is_not_left_to_the_database(regex: str, is_good: bool) -> None:
    kind, kwargs = "expect_column_values_to_match_regex", {"column": "name", "regex": regex}
    if is_good:
        check_values(kind, kwargs, "thing.yml:6")
        return
    with pytest.raises(SettingsError, match="each database takes other blanks") as caught:
        check_values(kind, kwargs, "thing.yml:6")
    assert "[<blanks>]" in caught.value.next_step


@pytest.mark.parametrize(
    ("condition", "is_good"),
    [
        ("zip ~ '[0-9][0-9]' and at::text > '12:30' and note <> ': '", True),
        ("zip ~ '[0-9]{2}'", False),
        ("zip ~ '(?:a|e)'", False),
        ("zip ~ '[[:alpha:]]'", False),
        ("zip = '}'", False),
        (r"zip = '\:'", False),
        ("zip = :zip", False),
    ],
)
def test_a_query_has_nothing_that_is_read_as_a_place_for_a_value(condition: str, is_good: bool) -> None:
    query = f"select id, _version from {{batch}} where {condition}"
    if is_good:
        check_query(query, ("id", "_version"), "thing.yml:6")
        return
    with pytest.raises(SettingsError, match="as a place for a value") as caught:
        check_query(query, ("id", "_version"), "thing.yml:6")
    assert (caught.value.where, "(a|e)" in caught.value.next_step) == (
        "expectations/suites/thing.yml:6",
        True,
    )
