"""Checks every line of a rule before any data is looked at.

Great Expectations only logs a type it does not know and goes on without the rule; a rule that is made here is a
rule that runs. An error names the file, the line, and what is known instead.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from expectations.blanks import IN_BRACKETS
from expectations.predicates import Predicate
from expectations.rules import Rule
from expectations.suite_files import Entry, check_keys, error, known
from expectations.value_checks import check_query, check_values

META_KEYS = ("rule", "meaning", "owner")
NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Ground:
    """What the rules of a suite may be and say: about what landed, or about what was built."""

    types: Mapping[str, Predicate]
    severities: tuple[str, ...]
    keys: tuple[str, ...]  # the columns that name a row; a query begins with them
    by_batch: bool = False  # a run looks at what landed alone, be it one row


@dataclass(frozen=True)
class Placeholder:
    """What a rule leaves open: a <word> in its texts, and what stands for it."""

    word: str
    value: str


BLANKS = Placeholder("<blanks>", IN_BRACKETS)


def make_rule(entry: Entry, ground: Ground, default_rows: str, *placeholders: Placeholder) -> Rule:
    """The rule that is written there. Raises SettingsError when it could not run as it is meant."""
    data, where = _plain(entry.data, (*placeholders, BLANKS)), entry.where
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
    if isinstance(kind, str) and kind in ground.types:
        return kind
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
    check_values(kind, kwargs, where)
    check_query(kwargs.get("unexpected_rows_query"), ground.keys, where)
    return kwargs


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
