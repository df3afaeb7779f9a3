"""Reads the suites and checks every line of them before any data is looked at.

Great Expectations only logs a type it does not know and goes on without the rule; a suite that loads here is a
suite whose every rule runs. An error names the file, the line, and what is known instead.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from expectations.predicates import PREDICATES
from expectations.rules import SEVERITIES, Rule, Suite
from extract.errors import SettingsError

FOLDER = Path(__file__).resolve().parent / "suites"
SHARED = "shared.yml"

SUITE_KEYS = ("object", "key_prefix", "is_deleted", "expectations")
RULE_KEYS = ("type", "kwargs", "severity", "meta", "rows", "needs", "columns", "any_of")
META_KEYS = ("rule", "meaning", "owner")
NAME = re.compile(r"[a-z][a-z0-9_]*")
KEY_PREFIX = "<key_prefix>"  # in shared.yml: the first characters of this object's ids
COLUMN = "<column>"  # in a rule that lists `columns`: the one it is made for
# in the query of a rule that lists `any_of`: what is asked of each of them, joined by "or"
ANY = re.compile(r"(?s)<any>(.*?)</any>")
CONDITIONS = ("comparison", "nullity", "and")
OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "IN", "NOT_IN")


LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast where the C library is


@dataclass(frozen=True)
class _Entry:
    """One rule as written, and where."""

    data: dict[str, Any]
    where: str


def load_suites(folder: Path = FOLDER) -> dict[str, Suite]:
    """The suite of each object, by the object's API name. Raises SettingsError at the first mistake."""
    shared = _entries(folder / SHARED, _document(folder / SHARED, ("expectations",)))
    suites: dict[str, Suite] = {}
    for path in sorted(folder.glob("*.yml")):
        if path.name == SHARED:
            continue
        suite = _suite(path, shared)
        if suite.object in suites:
            raise _error(f"{suite.object} has two suites.", path.name, "Keep one file for each object.")
        suites[suite.object] = suite
    return suites


def _suite(path: Path, shared: list[_Entry]) -> Suite:
    document = _document(path, SUITE_KEYS)
    for key in SUITE_KEYS:
        if key not in document.data:
            raise _error(f"The suite has no {key!r}.", document.where, f"A suite has: {_known(SUITE_KEYS)}.")
    composed = [
        entry for entry in shared if entry.data.get("needs") is None or document.data[entry.data["needs"]]
    ]
    prefix = str(document.data["key_prefix"])
    rules = [_rule(entry, prefix, "all") for entry in composed]
    rules += [_rule(entry, prefix, "live") for entry in _entries(path, document)]
    _check_names(rules)
    return Suite(path.stem, str(document.data["object"]), tuple(rules))


def _rule(entry: _Entry, key_prefix: str, default_rows: str) -> Rule:
    data, where = entry.data, entry.where
    meta = _check_meta(data.get("meta"), where)
    kind = _check_type(data.get("type"), where)
    severity = data.get("severity")
    if severity not in SEVERITIES:
        raise _error(f"The severity is {severity!r}.", where, f"Known severities: {_known(SEVERITIES)}.")
    rows = data.get("rows", default_rows)
    if rows not in ("live", "all"):
        raise _error(f"'rows' is {rows!r}.", where, "Use live (not deleted in Salesforce) or all.")
    kwargs = _check_kwargs(kind, data.get("kwargs"), where)
    if severity == "quarantine" and "mostly" in kwargs:
        raise _error(
            "A quarantine rule sets each failing row aside, so 'mostly' has no meaning.",
            where,
            "Leave 'mostly' out, or make the rule's severity warn or refuse.",
        )
    kwargs = {key: _plain(value, key_prefix) for key, value in kwargs.items()}
    return Rule(meta["rule"], kind, kwargs, severity, meta["meaning"], meta["owner"], rows, where)


def _check_meta(meta: Any, where: str) -> dict[str, str]:
    if not isinstance(meta, dict):
        raise _error("The rule has no 'meta'.", where, f"Give it meta with {_known(META_KEYS)}.")
    _check_keys(meta, META_KEYS, where)
    for key in META_KEYS:
        if not isinstance(meta.get(key), str) or not meta[key].strip():
            raise _error(f"The rule's meta has no {key!r}.", where, f"Give it meta with {_known(META_KEYS)}.")
    if not NAME.fullmatch(meta["rule"]):
        raise _error(
            f"The rule's name {meta['rule']!r} is not plain.",
            where,
            "Use small letters, digits and underscores.",
        )
    if "\n" in meta["meaning"].strip() or not meta["meaning"].strip().endswith("."):
        raise _error(
            "The rule's meaning is not one sentence.", where, "Write one line that ends with a full stop."
        )
    return {key: value.strip() for key, value in meta.items()}


def _check_type(kind: Any, where: str) -> str:
    if kind in PREDICATES:
        return str(kind)
    raise _error(
        f"{kind!r} is not a type of rule that Landfall runs: it could not name the rows that break it.",
        where,
        f"Known types: {_known(sorted(PREDICATES))}.",
    )


def _check_kwargs(kind: str, kwargs: Any, where: str) -> dict[str, Any]:
    if not isinstance(kwargs, dict):
        raise _error(
            "The rule has no 'kwargs'.", where, f"{kind} needs {_known(sorted(PREDICATES[kind].required))}."
        )
    predicate = PREDICATES[kind]
    _check_keys(kwargs, sorted(predicate.kwargs), where)
    missing = sorted(predicate.required - kwargs.keys())
    if missing:
        raise _error(
            f"{kind} has no {missing[0]!r}.", where, f"It needs {_known(sorted(predicate.required))}."
        )
    if "$PARAMETER" in _keys_within(kwargs):
        raise _error(
            "A $PARAMETER would carry data of a run into the pages.",
            where,
            "Write the value itself into the rule.",
        )
    if (
        "min_value" in predicate.kwargs
        and kwargs.get("min_value") is None
        and kwargs.get("max_value") is None
    ):
        raise _error("The range has no bound.", where, "Give it min_value, max_value, or both.")
    _check_values(kwargs, where)
    return kwargs


def _check_values(kwargs: dict[str, Any], where: str) -> None:
    if "row_condition" in kwargs:
        _check_condition(kwargs["row_condition"], where)
    if "regex" in kwargs:
        _check_regex(kwargs["regex"], where)
    if not isinstance(kwargs.get("value_set", ["x"]), list) or not kwargs.get("value_set", ["x"]):
        raise _error("'value_set' is not a list of values.", where, "Write it as [one, two].")
    query = kwargs.get("unexpected_rows_query")
    if query is not None and not re.match(r"(?s)\s*select\s+id,\s*_version\s+from\b.*\{batch\}", str(query)):
        raise _error(
            "The query does not name its rows.",
            where,
            "Begin it with: select id, _version from … and read {batch}.",
        )
    if kwargs.get("ignore_row_if", "either_value_is_missing") != "either_value_is_missing":
        raise _error("'ignore_row_if' has another value.", where, "Known: either_value_is_missing.")


def _check_condition(condition: Any, where: str) -> None:
    if not isinstance(condition, dict) or condition.get("type") not in CONDITIONS:
        raise _error(
            "The row condition is not in Great Expectations' structured form.",
            where,
            f"Write type ({_known(CONDITIONS)}), column and operator; conditions with 'or' are two rules.",
        )
    if condition["type"] == "and":
        for part in condition.get("conditions", []):
            _check_condition(part, where)
        return
    wanted = {"column", "is_null"} if condition["type"] == "nullity" else {"column", "operator", "parameter"}
    if condition.keys() != wanted | {"type"} or not isinstance(condition["column"], dict):
        raise _error("The row condition is not complete.", where, f"It has: type, {_known(sorted(wanted))}.")
    if condition.get("operator", "==") not in OPERATORS:
        raise _error("The row condition's operator is not known.", where, f"Known: {_known(OPERATORS)}.")


def _check_regex(regex: Any, where: str) -> None:
    try:
        re.compile(str(regex))
    except re.error as error:
        raise _error(f"The regular expression cannot be read: {error}.", where, "Correct it.") from error


def _check_names(rules: list[Rule]) -> None:
    seen: dict[str, str] = {}
    for rule in rules:
        if rule.name in seen:
            raise _error(
                f"Two rules are named {rule.name!r}.", rule.where, f"The other is at {seen[rule.name]}."
            )
        seen[rule.name] = rule.where


def _check_keys(data: Mapping[str, Any], known: tuple[str, ...] | list[str], where: str) -> None:
    for key in data:
        if key not in known:
            raise _error(f"{key!r} is not known here.", where, f"Known: {_known(known)}.")


def _plain(value: Any, key_prefix: str) -> Any:
    """A value without YAML's dates, and with the object's key prefix filled in."""
    if isinstance(value, str):
        return value.replace(KEY_PREFIX, key_prefix)
    if isinstance(value, list):
        return [_plain(item, key_prefix) for item in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def _document(path: Path, known: tuple[str, ...]) -> _Entry:
    """The file as a mapping. A key that is written twice is an error; YAML would keep the last."""
    try:
        text = path.read_text(encoding="utf-8")
        tree = yaml.compose(text, Loader=LOADER)
        data = yaml.load(text, Loader=LOADER)
    except OSError as error:
        raise _error(
            f"The suite cannot be read: {error.strerror}.", str(path), "Put the file there."
        ) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise _error("The suite is not YAML.", path.name + line, "Correct the line.") from error
    if not isinstance(data, dict):
        raise _error("The suite is not a mapping.", path.name, f"A suite has: {_known(known)}.")
    for name, number in _repeated_keys(tree):
        raise _error(f"{name!r} is written twice.", f"{path.name}:{number}", "Keep one.")
    _check_keys(data, known, f"{path.name}:1")
    return _Entry(data, f"{path.name}:1")


def _entries(path: Path, document: _Entry) -> list[_Entry]:
    """The rules of a file, each with its line."""
    rules = document.data.get("expectations")
    if not isinstance(rules, list) or not rules:
        raise _error("The suite has no rules.", document.where, "List them under 'expectations'.")
    tree: Any = yaml.compose(path.read_text(encoding="utf-8"), Loader=LOADER)
    nodes = next(value for key, value in tree.value if key.value == "expectations").value
    entries = []
    for rule, node in zip(rules, nodes, strict=True):
        where = f"{path.name}:{node.start_mark.line + 1}"
        if not isinstance(rule, dict):
            raise _error("The rule is not a mapping.", where, f"A rule has: {_known(RULE_KEYS)}.")
        _check_keys(rule, RULE_KEYS, where)
        entries += [_Entry(each, where) for each in _one_for_each_column(rule, where)]
    return entries


def _one_for_each_column(rule: dict[str, Any], where: str) -> list[dict[str, Any]]:
    """A rule that lists `columns` is one rule for each of them; <column> stands for the column's name."""
    own = {key: value for key, value in rule.items() if key not in ("columns", "any_of")}
    if "any_of" in rule:
        own = {
            **own,
            "kwargs": _asked_of_each(own.get("kwargs"), _column_names(rule, "any_of", where), where),
        }
    if "columns" not in rule:
        return [own]
    if COLUMN not in str((rule.get("meta") or {}).get("rule")):
        raise _error(
            "The rules for several columns would have one name.",
            where,
            f"Put {COLUMN} into the rule's name and meaning.",
        )
    return [filled(own, column) for column in _column_names(rule, "columns", where)]


def _column_names(rule: Mapping[str, Any], key: str, where: str) -> list[str]:
    columns = rule[key]
    if not isinstance(columns, list) or not columns or not all(isinstance(each, str) for each in columns):
        raise _error(f"{key!r} is not a list of columns.", where, "Write it as [one, two].")
    return columns


def _asked_of_each(kwargs: Any, columns: list[str], where: str) -> dict[str, Any]:
    query = str((kwargs if isinstance(kwargs, dict) else {}).get("unexpected_rows_query", ""))
    if not ANY.search(query):
        raise _error(
            "A rule with 'any_of' asks nothing of its columns.",
            where,
            f"Write <any>a condition on {COLUMN}</any> into its unexpected_rows_query.",
        )
    asked = ANY.sub(
        lambda found: "(" + " or ".join(filled(found[1].strip(), each) for each in columns) + ")", query
    )
    return {**kwargs, "unexpected_rows_query": asked}


def filled(value: Any, column: str) -> Any:
    """The same with the column's name for <column>, keys too."""
    if isinstance(value, dict):
        return {filled(key, column): filled(item, column) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, column) for item in value]
    return value.replace(COLUMN, column) if isinstance(value, str) else value


def _repeated_keys(node: Any) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                yield str(key.value), key.start_mark.line + 1
            seen.add(key.value)
            yield from _repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated_keys(item)


def _keys_within(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(_keys_within(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(_keys_within(item) for item in value))
    return set()


def _known(names: Any) -> str:
    return ", ".join(names)


def _error(what: str, where: str, next_step: str) -> SettingsError:
    place = where if where.startswith("/") else f"expectations/suites/{where}"
    return SettingsError(what, place, next_step)
