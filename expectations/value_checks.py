"""Checks the values that a rule is written with: what has another kind would only fail in the run, without a line."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from expectations.suite_files import error, known

CONDITIONS = ("comparison", "nullity", "and")
OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "IN", "NOT_IN")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1


def _is_bound(value: Any) -> bool:
    """A number or a moment: Great Expectations compares with no other text."""
    if isinstance(value, str):
        return re.match(r"\d{4}-\d\d-\d\d", value) is not None and _is_moment(value)
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _is_moment(text: str) -> bool:
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_length(value: Any) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_value(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _are_values(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_value, value))


def _are_alike(values: Any) -> bool:
    """Great Expectations takes no list of texts and numbers in a row condition."""
    return _are_values(values) and (
        all(isinstance(each, str) for each in values) or not any(isinstance(each, str) for each in values)
    )


def _are_columns(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 1 and all(_is_text(each) for each in value)


def _is_number(value: Any) -> bool:
    """Also as text, which is what a placeholder leaves."""
    return re.fullmatch(r"\d+(\.\d+)?", str(value)) is not None


def _is_anything(value: Any) -> bool:
    return True


# what a value has to be, in words, and how that is seen; Great Expectations would only fail over it, without a line
KINDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "column": ("the name of a column", _is_text),
    "column_A": ("the name of a column", _is_text),
    "column_B": ("the name of a column", _is_text),
    "column_list": ("a list of columns, as [one, two]", _are_columns),
    "regex": ("a regular expression in quotes", _is_text),
    "mostly": ("a share above 0, as 0.95 for 95 %", _is_share),
    "min_value": ("a number, or a date as 2026-01-31", _is_bound),
    "max_value": ("a number, or a date as 2026-01-31", _is_bound),
    "strict_min": ("true or false", _is_bool),
    "strict_max": ("true or false", _is_bool),
    "or_equal": ("true or false", _is_bool),
    "value_set": ("a list of values, as [one, two]; a missing value breaks no such rule", _are_values),
    "tolerance": ("a share, as 0.05 for 5 %", _is_number),
    "max_age_days": ("a number of days", _is_number),
}
# of the rules about lengths
LENGTHS = dict.fromkeys(("min_value", "max_value"), ("a whole number", _is_length))
# what Great Expectations reads in a query before the database does: {placeholders} and :parameters
READ_AS_ITS_OWN = re.compile(r"\{(?!batch\})|(?<!\{batch)\}|\\:|(?<![:\w\\]):\w+(?!:)")

BLANK_OF_A_DATABASE = re.compile(r"(?<!\\)(?:\\\\)*(\\[sS])")


def check_values(kind: str, kwargs: Mapping[str, Any], where: str) -> None:
    kinds = {**KINDS, **LENGTHS} if "lengths" in kind else KINDS
    for key, value in kwargs.items():
        words, is_kind = kinds.get(key, ("", _is_anything))
        if not is_kind(value):
            raise error(f"{key!r} is not {words}.", where, f"Write {key} as {words}.")
    if "row_condition" in kwargs:
        _check_condition(kwargs["row_condition"], where)
    if "regex" in kwargs:
        _check_regex(kwargs["regex"], where)
    if kwargs.get("ignore_row_if", "either_value_is_missing") != "either_value_is_missing":
        raise error("'ignore_row_if' has another value.", where, "Known: either_value_is_missing.")


def check_query(query: Any, keys: Sequence[str], where: str) -> None:
    begins = r",\s*".join(keys)
    if query is None:
        return
    if not re.match(rf"(?s)\s*select\s+{begins}\s+from\b.*\{{batch\}}", str(query)):
        raise error(
            "The query does not name its rows.",
            where,
            f"Begin it with: select {known(keys)} from … and read {{batch}}.",
        )
    if found := READ_AS_ITS_OWN.search(str(query)):
        raise error(
            f"The query has {found[0]!r}, which Great Expectations would read as a place for a value.",
            where,
            "Write it without braces other than {batch} and without a colon before a word, as [0-9][0-9] for [0-9]{2} "
            "and (a|e) for (?:a|e).",
        )


def _check_condition(condition: Any, where: str) -> None:
    if not isinstance(condition, dict) or condition.get("type") not in CONDITIONS:
        raise error(
            "The row condition is not in Great Expectations' structured form.",
            where,
            f"Write type ({known(CONDITIONS)}), column and operator; conditions with 'or' are two rules.",
        )
    if condition["type"] == "and":
        parts = condition.get("conditions")
        if condition.keys() != {"type", "conditions"} or not isinstance(parts, list) or not parts:
            raise error(
                "The row condition 'and' has no list of conditions.", where, "It has: type, conditions."
            )
        for part in parts:
            _check_condition(part, where)
        return
    wanted = {"column", "is_null"} if condition["type"] == "nullity" else {"column", "operator", "parameter"}
    if condition.keys() != wanted | {"type"}:
        raise error("The row condition is not complete.", where, f"It has: type, {known(sorted(wanted))}.")
    column = condition["column"]
    if not isinstance(column, dict) or column.keys() != {"name"} or not _is_text(column["name"]):
        raise error("The row condition names no column.", where, "Write column: {name: status__c}.")
    if not _is_bool(condition.get("is_null", True)):
        raise error("'is_null' is not true or false.", where, "Write is_null: true or is_null: false.")
    if condition["type"] == "comparison":
        _check_comparison(condition["operator"], condition["parameter"], where)


def _check_comparison(operator: Any, value: Any, where: str) -> None:
    if operator not in OPERATORS:
        raise error("The row condition's operator is not known.", where, f"Known: {known(OPERATORS)}.")
    if operator in ("IN", "NOT_IN"):
        if not _are_alike(value):
            raise error(
                f"The parameter of {operator} is not a list of texts or of numbers.",
                where,
                "Write it as [one, two]; whether a value is missing asks the type nullity.",
            )
    elif not _is_value(value):
        raise error(
            f"The parameter of {operator} is not one value.",
            where,
            "Write one text or number; IN takes a list, and whether a value is missing asks the type nullity.",
        )


def _check_regex(regex: Any, where: str) -> None:
    try:
        re.compile(str(regex))
    except re.error as problem:
        raise error(f"The regular expression cannot be read: {problem}.", where, "Correct it.") from problem
    if found := BLANK_OF_A_DATABASE.search(str(regex)):
        raise error(
            f"The regular expression has {found[1]}, for which each database takes other blanks.",
            where,
            r"Write [<blanks>] for \s and [^<blanks>] for \S.",
        )
