"""Reads the files of suites: YAML in which every rule knows its line, and one rule may stand for several columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from extract.errors import SettingsError

RULE_KEYS = ("type", "kwargs", "severity", "meta", "rows", "needs", "columns", "any_of")
COLUMN = "<column>"  # in a rule that lists `columns`: the one it is made for
# in the query of a rule that lists `any_of`: what is asked of each of them, joined by "or"
ANY = re.compile(r"(?s)<any>(.*?)</any>")
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast where the C library is


@dataclass(frozen=True)
class Entry:
    """One rule as written, and where."""

    data: dict[str, Any]
    where: str


def read_document(path: Path, allowed: tuple[str, ...]) -> Entry:
    """The file as a mapping. A key that is written twice is an error; YAML would keep the last."""
    try:
        text = path.read_text(encoding="utf-8")
        tree = yaml.compose(text, Loader=LOADER)
        data = yaml.load(text, Loader=LOADER)
    except OSError as problem:
        raise error(
            f"The suite cannot be read: {problem.strerror}.", str(path), "Put the file there."
        ) from problem
    except UnicodeDecodeError as problem:
        number = problem.object[: problem.start].count(b"\n") + 1
        raise error(
            "The suite is not UTF-8 text.", f"{_name(path)}:{number}", "Save the file as UTF-8."
        ) from problem
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise error("The suite is not YAML.", _name(path) + line, "Correct the line.") from problem
    if not isinstance(data, dict):
        raise error("The suite is not a mapping.", _name(path), f"A suite has: {known(allowed)}.")
    for name, number in _repeated_keys(tree):
        raise error(f"{name!r} is written twice.", f"{_name(path)}:{number}", "Keep one.")
    check_keys(data, allowed, f"{_name(path)}:1")
    return Entry(data, f"{_name(path)}:1")


def _name(path: Path) -> str:
    """The file as messages name it."""
    return f"application/{path.name}" if path.parent.name == "application" else path.name


def read_entries(path: Path, document: Entry, listed: str = "expectations") -> list[Entry]:
    """The rules of a file that are listed under this key, each with its line."""
    rules = document.data.get(listed)
    if not isinstance(rules, list) or not rules:
        raise error("The suite has no rules.", document.where, f"List them under {listed!r}.")
    tree: Any = yaml.compose(path.read_text(encoding="utf-8"), Loader=LOADER)
    nodes = next(value for key, value in tree.value if key.value == listed).value
    entries = []
    for rule, node in zip(rules, nodes, strict=True):
        where = f"{_name(path)}:{node.start_mark.line + 1}"
        if not isinstance(rule, dict):
            raise error("The rule is not a mapping.", where, f"A rule has: {known(RULE_KEYS)}.")
        check_keys(rule, RULE_KEYS, where)
        entries += [Entry(each, where) for each in _one_for_each_column(rule, where)]
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
        raise error(
            "The rules for several columns would have one name.",
            where,
            f"Put {COLUMN} into the rule's name and meaning.",
        )
    return [filled(own, column) for column in _column_names(rule, "columns", where)]


def _column_names(rule: Mapping[str, Any], key: str, where: str) -> list[str]:
    columns = rule[key]
    if not isinstance(columns, list) or not columns or not all(isinstance(each, str) for each in columns):
        raise error(f"{key!r} is not a list of columns.", where, "Write it as [one, two].")
    return columns


def _asked_of_each(kwargs: Any, columns: list[str], where: str) -> dict[str, Any]:
    query = str((kwargs if isinstance(kwargs, dict) else {}).get("unexpected_rows_query", ""))
    if not ANY.search(query):
        raise error(
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


def line_of(path: Path, key: str) -> str:
    """Where the file says this, for messages."""
    tree: Any = yaml.compose(path.read_text(encoding="utf-8"), Loader=LOADER)
    number = next((name.start_mark.line + 1 for name, _ in tree.value if name.value == key), 1)
    return f"{_name(path)}:{number}"


def with_owner(entry: Entry, owner: str | None) -> Entry:
    """The rule with its suite's owner, where it names none itself."""
    meta = entry.data.get("meta")
    if owner is None or not isinstance(meta, dict) or "owner" in meta:
        return entry
    return Entry({**entry.data, "meta": {**meta, "owner": owner}}, entry.where)


def check_keys(data: Mapping[str, Any], allowed: tuple[str, ...] | list[str], where: str) -> None:
    for key in data:
        if key not in allowed:
            raise error(f"{key!r} is not known here.", where, f"Known: {known(allowed)}.")


def known(names: Any) -> str:
    return ", ".join(names)


def error(what: str, where: str, next_step: str) -> SettingsError:
    place = where if where.startswith("/") else f"expectations/suites/{where}"
    return SettingsError(what, place, next_step)
