"""Names the rows that break a rule, in SQL of our own, one predicate for each type of expectation we permit.

Great Expectations counts the rows but its own query for them is text for people: on dates, apostrophes and some
regular expressions it is broken or, worse, finds other rows. So a rule may only use a type that has a
predicate here, and the two counts are compared in every run.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from expectations.rules import Rule
from extract.database import Kind, quoted

Kwargs = Mapping[str, Any]
COMMON = frozenset({"row_condition", "mostly"})


@dataclass(frozen=True)
class Predicate:
    """How one type of expectation names its rows: either a condition on a row, or keys that must be unique."""

    kwargs: frozenset[str]
    required: frozenset[str]
    breaks: Callable[[Kwargs, Kind], str] | None = None
    unique_over: Callable[[Kwargs], tuple[list[str], str]] | None = None


def breaking_rows(rule: Rule, batch: str, kind: Kind, names: Sequence[str] = ("id", "_version")) -> str:
    """A query for what names each row of the batch that breaks the rule."""
    predicate, named = PREDICATES[rule.type], ", ".join(names)
    rows = f"select * from {batch} where {condition_sql(rule.condition)}"
    if rule.type == "unexpected_rows_expectation":
        return f"select {named} from ({query_of(rule, batch)}) as found"
    if predicate.unique_over:
        columns, considered = predicate.unique_over(rule.kwargs)
        keys = ", ".join(quoted(column) for column in columns)
        counted = f"select {named}, count(*) over (partition by {keys}) as _copies from ({rows}) as batch"
        return f"select {named} from ({counted} where {considered}) as keyed where _copies > 1"
    assert predicate.breaks is not None
    return f"select {named} from ({rows}) as batch where {predicate.breaks(rule.kwargs, kind)}"


def query_of(rule: Rule, batch: str) -> str:
    """The query of a rule that is one, over the rows of `batch` that the rule looks at."""
    query = str(rule.kwargs["unexpected_rows_query"]).rstrip("; \n")
    return query.replace("{batch}", f"(select * from {batch} where {condition_sql(rule.condition)}) as batch")


def columns_read(rule: Rule, known: set[str]) -> set[str]:
    """The columns a rule names; for a rule that is a query, those of `known` whose names stand in it."""
    named = {str(rule.kwargs[key]) for key in ("column", "column_A", "column_B") if key in rule.kwargs}
    named.update(rule.kwargs.get("column_list", ()))
    words = "".join(
        c if c.isalnum() or c == "_" else " " for c in rule.kwargs.get("unexpected_rows_query", "")
    )
    return named | (known & set(words.lower().split())) | _columns_of(rule.kwargs.get("row_condition"))


def condition_sql(condition: Mapping[str, Any] | None) -> str:
    """Great Expectations' structured row condition as SQL."""
    if not condition:
        return "true"
    if condition["type"] == "and":
        return "(" + " and ".join(condition_sql(part) for part in condition["conditions"]) + ")"
    column = quoted(condition["column"]["name"])
    if condition["type"] == "nullity":
        return f"{column} is {'' if condition['is_null'] else 'not '}null"
    operator, value = condition["operator"], condition["parameter"]
    if operator in ("IN", "NOT_IN"):
        return f"{column} {operator.replace('_', ' ').lower()} ({_list(value)})"
    return f"{column} {operator.replace('==', '=')} {literal(value)}"


def literal(value: object) -> str:
    """A value that a person wrote in a suite, as an SQL literal both databases read alike."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dt.date):
        value = value.isoformat()
    return "'" + str(value).replace("'", "''") + "'"


def _list(values: list[object]) -> str:
    return ", ".join(literal(value) for value in values)


def _columns_of(condition: Mapping[str, Any] | None) -> set[str]:
    if not condition:
        return set()
    if condition["type"] == "and":
        return set().union(*(_columns_of(part) for part in condition["conditions"]))
    return {condition["column"]["name"]}


def _is_null(kwargs: Kwargs, kind: Kind) -> str:
    return f"{quoted(kwargs['column'])} is null"


def _is_not_null(kwargs: Kwargs, kind: Kind) -> str:
    return f"{quoted(kwargs['column'])} is not null"


def _matches(kwargs: Kwargs, kind: Kind) -> str:
    column, regex = quoted(kwargs["column"]), literal(kwargs["regex"])
    return f"regexp_matches({column}, {regex})" if kind == "duckdb" else f"({column} ~ {regex})"


def _does_not_match(kwargs: Kwargs, kind: Kind) -> str:
    return f"not {_matches(kwargs, kind)}"


def _is_in_set(kwargs: Kwargs, kind: Kind) -> str:
    return f"{quoted(kwargs['column'])} in ({_list(kwargs['value_set'])})"


def _is_not_in_set(kwargs: Kwargs, kind: Kind) -> str:
    return f"{quoted(kwargs['column'])} not in ({_list(kwargs['value_set'])})"


def _is_outside(kwargs: Kwargs, kind: Kind) -> str:
    return _outside(quoted(kwargs["column"]), kwargs)


def _has_length_outside(kwargs: Kwargs, kind: Kind) -> str:
    return _outside(f"length({quoted(kwargs['column'])})", kwargs)


def _outside(expression: str, kwargs: Kwargs) -> str:
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    below = (
        [f"{expression} {'<=' if kwargs.get('strict_min') else '<'} {literal(low)}"]
        if low is not None
        else []
    )
    above = (
        [f"{expression} {'>=' if kwargs.get('strict_max') else '>'} {literal(high)}"]
        if high is not None
        else []
    )
    return "(" + " or ".join(below + above) + ")"


def _a_is_not_greater(kwargs: Kwargs, kind: Kind) -> str:
    a, b = quoted(kwargs["column_A"]), quoted(kwargs["column_B"])
    return f"not {a} {'>=' if kwargs.get('or_equal') else '>'} {b}"  # a missing value breaks nothing


def _one_column(kwargs: Kwargs) -> tuple[list[str], str]:
    return [kwargs["column"]], f"{quoted(kwargs['column'])} is not null"


def _several_columns(kwargs: Kwargs) -> tuple[list[str], str]:
    columns = list(kwargs["column_list"])  # a row with a missing value is equal to no other
    return columns, " and ".join(f"{quoted(column)} is not null" for column in columns)


def _for_column(
    breaks: Callable[[Kwargs, Kind], str], *more: str, optional: tuple[str, ...] = ()
) -> Predicate:
    required = frozenset({"column", *more})
    return Predicate(required | COMMON | set(optional), required, breaks=breaks)


RANGE = ("min_value", "max_value", "strict_min", "strict_max")

PREDICATES: dict[str, Predicate] = {
    "expect_column_values_to_not_be_null": _for_column(_is_null),
    "expect_column_values_to_be_null": _for_column(_is_not_null),
    "expect_column_values_to_match_regex": _for_column(_does_not_match, "regex"),
    "expect_column_values_to_not_match_regex": _for_column(_matches, "regex"),
    "expect_column_values_to_be_in_set": _for_column(_is_not_in_set, "value_set"),
    "expect_column_values_to_not_be_in_set": _for_column(_is_in_set, "value_set"),
    "expect_column_values_to_be_between": _for_column(_is_outside, optional=RANGE),
    "expect_column_value_lengths_to_be_between": _for_column(_has_length_outside, optional=RANGE),
    "expect_column_values_to_be_unique": Predicate(
        frozenset({"column"}) | COMMON, frozenset({"column"}), unique_over=_one_column
    ),
    "expect_compound_columns_to_be_unique": Predicate(
        frozenset({"column_list"}) | COMMON, frozenset({"column_list"}), unique_over=_several_columns
    ),
    "expect_column_pair_values_a_to_be_greater_than_b": Predicate(
        frozenset({"column_A", "column_B", "or_equal", "ignore_row_if"}) | COMMON,
        frozenset({"column_A", "column_B"}),
        breaks=_a_is_not_greater,
    ),
    "unexpected_rows_expectation": Predicate(
        frozenset({"unexpected_rows_query"}), frozenset({"unexpected_rows_query"})
    ),
}

# What may be asked about all that is held of an object: how many records there are beside recent runs, and how old the
# newest change is. They name no rows.
NEWEST = "expect_column_max_to_be_between"
# What only the suites of built tables may ask: how many live rows there are, beside those published. It names none.
ROW_COUNT = "expect_table_row_count_to_be_between"
TABLE_PREDICATES: dict[str, Predicate] = {
    **PREDICATES,
    ROW_COUNT: Predicate(frozenset({"tolerance"}), frozenset({"tolerance"})),
}
HELD_PREDICATES: dict[str, Predicate] = {
    ROW_COUNT: TABLE_PREDICATES[ROW_COUNT],
    NEWEST: Predicate(frozenset({"column", "max_age_days"}), frozenset({"column", "max_age_days"})),
}
