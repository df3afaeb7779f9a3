"""Checks every line of a rule before any data is looked at.

Great Expectations only logs a type it does not know and goes on without the rule; a rule that is made here is a
rule that runs. An error names the file, the line, and what is known instead.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from expectations.predicates import Predicate
from expectations.rules import Rule
from expectations.suite_files import Entry, check_keys, error, known

META_KEYS = ("rule", "meaning", "owner")
NAME = re.compile(r"[a-z][a-z0-9_]*")
CONDITIONS = ("comparison", "nullity", "and")
OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "IN", "NOT_IN")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1


def _is_bound(value: Any) -> bool:
    return value is None or (isinstance(value, int | float | str) and not isinstance(value, bool))


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
    "min_value": ("a number, a text or a date", _is_bound),
    "max_value": ("a number, a text or a date", _is_bound),
    "tolerance": ("a share, as 0.05 for 5 %", _is_number),
    "max_age_days": ("a number of days", _is_number),
}


@dataclass(frozen=True)
class Ground:
    """What the rules of a suite may be and say: about what landed, or about what was built."""

    types: Mapping[str, Predicate]
    severities: tuple[str, ...]
    keys: tuple[str, ...]  # the columns that name a row; a query begins with them
    by_batch: bool = False  # a run looks at what landed alone, be it one row


@dataclass(frozen=True)
class Placeholder:
    """What a shared rule leaves open: a <word> in its texts, and what this suite has for it."""

    word: str
    value: str


def make_rule(entry: Entry, ground: Ground, default_rows: str, *placeholders: Placeholder) -> Rule:
    """The rule that is written there. Raises SettingsError when it could not run as it is meant."""
    data, where = _plain(entry.data, placeholders), entry.where
    meta = _check_meta(data.get("meta"), where)
    kind = _check_type(data.get("type"), ground, where)
    severity = data.get("severity")
    if severity not in ground.severities:
        raise error(f"The severity is {severity!r}.", where, f"Known severities: {known(ground.severities)}.")
    rows = data.get("rows", default_rows)
    if rows not in ("live", "all"):
        raise error(f"'rows' is {rows!r}.", where, "Use live (not deleted in Salesforce) or all.")
    kwargs = _check_kwargs(kind, data.get("kwargs"), ground, where)
    if severity == "quarantine" and "mostly" in kwargs:
        raise error(
            "A quarantine rule sets each failing row aside, so 'mostly' has no meaning.",
            where,
            "Leave 'mostly' out, or make the rule's severity warn.",
        )
    if severity == "refuse" and "mostly" in kwargs and ground.by_batch:
        raise error(
            "A refuse rule of what landed has 'mostly': one row that lands alone is 100 % of its run.",
            where,
            "Leave 'mostly' out, make the rule's severity warn, or ask the built table: suites/application.",
        )
    return Rule(meta["rule"], kind, kwargs, severity, meta["meaning"], meta["owner"], rows, where)


def _check_meta(meta: Any, where: str) -> dict[str, str]:
    if not isinstance(meta, dict):
        raise error("The rule has no 'meta'.", where, f"Give it meta with {known(META_KEYS)}.")
    check_keys(meta, META_KEYS, where)
    for key in META_KEYS:
        if not isinstance(meta.get(key), str) or not meta[key].strip():
            raise error(f"The rule's meta has no {key!r}.", where, f"Give it meta with {known(META_KEYS)}.")
    if not NAME.fullmatch(meta["rule"]):
        raise error(
            f"The rule's name {meta['rule']!r} is not plain.",
            where,
            "Use small letters, digits and underscores.",
        )
    if "\n" in meta["meaning"].strip() or not meta["meaning"].strip().endswith("."):
        raise error(
            "The rule's meaning is not one sentence.", where, "Write one line that ends with a full stop."
        )
    return {key: value.strip() for key, value in meta.items()}


def _check_type(kind: Any, ground: Ground, where: str) -> str:
    if kind in ground.types:
        return str(kind)
    raise error(
        f"{kind!r} is not a type of rule that Landfall runs: it could not name the rows that break it.",
        where,
        f"Known types: {known(sorted(ground.types))}.",
    )


def _check_kwargs(kind: str, kwargs: Any, ground: Ground, where: str) -> dict[str, Any]:
    predicate = ground.types[kind]
    if not isinstance(kwargs, dict):
        raise error("The rule has no 'kwargs'.", where, f"{kind} needs {known(sorted(predicate.required))}.")
    check_keys(kwargs, sorted(predicate.kwargs), where)
    missing = sorted(predicate.required - kwargs.keys())
    if missing:
        raise error(f"{kind} has no {missing[0]!r}.", where, f"It needs {known(sorted(predicate.required))}.")
    if "$PARAMETER" in _keys_within(kwargs):
        raise error(
            "A $PARAMETER would carry data of a run into the pages.",
            where,
            "Write the value itself into the rule.",
        )
    if (
        "min_value" in predicate.kwargs
        and kwargs.get("min_value") is None
        and kwargs.get("max_value") is None
    ):
        raise error("The range has no bound.", where, "Give it min_value, max_value, or both.")
    _check_values(kwargs, where)
    _check_query(kwargs.get("unexpected_rows_query"), ground, where)
    return kwargs


def _check_values(kwargs: dict[str, Any], where: str) -> None:
    for key, value in kwargs.items():
        kind, is_kind = KINDS.get(key, ("", _is_anything))
        if not is_kind(value):
            raise error(f"{key!r} is not {kind}.", where, f"Write {key} as {kind}.")
    if "row_condition" in kwargs:
        _check_condition(kwargs["row_condition"], where)
    if "regex" in kwargs:
        _check_regex(kwargs["regex"], where)
    if not isinstance(kwargs.get("value_set", ["x"]), list) or not kwargs.get("value_set", ["x"]):
        raise error("'value_set' is not a list of values.", where, "Write it as [one, two].")
    if kwargs.get("ignore_row_if", "either_value_is_missing") != "either_value_is_missing":
        raise error("'ignore_row_if' has another value.", where, "Known: either_value_is_missing.")


def _check_query(query: Any, ground: Ground, where: str) -> None:
    begins = r",\s*".join(ground.keys)
    if query is not None and not re.match(rf"(?s)\s*select\s+{begins}\s+from\b.*\{{batch\}}", str(query)):
        raise error(
            "The query does not name its rows.",
            where,
            f"Begin it with: select {known(ground.keys)} from … and read {{batch}}.",
        )


def _check_condition(condition: Any, where: str) -> None:
    if not isinstance(condition, dict) or condition.get("type") not in CONDITIONS:
        raise error(
            "The row condition is not in Great Expectations' structured form.",
            where,
            f"Write type ({known(CONDITIONS)}), column and operator; conditions with 'or' are two rules.",
        )
    if condition["type"] == "and":
        for part in condition.get("conditions", []):
            _check_condition(part, where)
        return
    wanted = {"column", "is_null"} if condition["type"] == "nullity" else {"column", "operator", "parameter"}
    if condition.keys() != wanted | {"type"} or not isinstance(condition["column"], dict):
        raise error("The row condition is not complete.", where, f"It has: type, {known(sorted(wanted))}.")
    if condition.get("operator", "==") not in OPERATORS:
        raise error("The row condition's operator is not known.", where, f"Known: {known(OPERATORS)}.")


def _check_regex(regex: Any, where: str) -> None:
    try:
        re.compile(str(regex))
    except re.error as problem:
        raise error(f"The regular expression cannot be read: {problem}.", where, "Correct it.") from problem


def check_names(rules: list[Rule]) -> None:
    seen: dict[str, str] = {}
    for rule in rules:
        if rule.name in seen:
            raise error(
                f"Two rules are named {rule.name!r}.", rule.where, f"The other is at {seen[rule.name]}."
            )
        seen[rule.name] = rule.where


def _plain(value: Any, placeholders: tuple[Placeholder, ...]) -> Any:
    """A value without YAML's dates, and with what the suite has for each placeholder."""
    if isinstance(value, dict):
        return {key: _plain(item, placeholders) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, placeholders) for item in value]
    if isinstance(value, str):
        for each in placeholders:
            value = value.replace(each.word, each.value)
        return value
    return value.isoformat() if isinstance(value, dt.date) else value


def _keys_within(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(_keys_within(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(_keys_within(item) for item in value))
    return set()
