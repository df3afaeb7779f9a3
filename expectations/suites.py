"""Reads the suites of what landed: one for each object, made of the shared rules and its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expectations.predicates import HELD_PREDICATES, PREDICATES, columns_read
from expectations.rule_checks import Ground, Placeholder, check_names, make_rule
from expectations.rules import SEVERITIES, Rule, Suite
from expectations.suite_files import Entry, error, known, line_of, read_document, read_entries, with_owner

FOLDER = Path(__file__).resolve().parent / "suites"
SHARED = "shared.yml"
SUITE_KEYS = ("object", "key_prefix", "is_deleted", "expectations")
# what a suite may say about all of its rules, or about all that is held of its object
MORE_KEYS = ("owner", "tolerance", "fresh_within_days", "quarantine_limit", "optional")
KEY_PREFIX = "<key_prefix>"  # in shared.yml: the first characters of this object's ids
TOLERANCE = 0.10  # of the records held in recent runs: how many more or fewer there may be
LANDED = Ground(PREDICATES, SEVERITIES, ("id", "_version"), by_batch=True)
HELD = Ground(HELD_PREDICATES, ("refuse", "warn"), ())


@dataclass(frozen=True)
class Shared:
    """The rules of shared.yml: about rows that landed, and about all that is held of an object."""

    landed: list[Entry]
    held: list[Entry]


def load_suites(folder: Path = FOLDER) -> dict[str, Suite]:
    """The suite of each object, by the object's API name. Raises SettingsError at the first mistake."""
    shared = _shared(folder / SHARED)
    suites: dict[str, Suite] = {}
    for path in sorted(folder.glob("*.yml")):
        if path.name == SHARED:
            continue
        suite = _suite(path, shared)
        if suite.object in suites:
            raise error(
                f"{suite.object} has two suites.",
                line_of(path, "object"),
                f"Keep one file for each object: {suites[suite.object].name}.yml is the other.",
            )
        suites[suite.object] = suite
    return suites


def _shared(path: Path) -> Shared:
    document = read_document(path, ("expectations", "held"))
    held = read_entries(path, document, "held") if "held" in document.data else []
    return Shared(read_entries(path, document), held)


def _suite(path: Path, shared: Shared) -> Suite:
    document = read_document(path, (*SUITE_KEYS, *MORE_KEYS))
    data = document.data
    for key in SUITE_KEYS:
        if key not in data:
            raise error(f"The suite has no {key!r}.", document.where, f"A suite has: {known(SUITE_KEYS)}.")
    owner = _owner(path, data)
    prefix = Placeholder(KEY_PREFIX, str(data["key_prefix"]))
    own = [with_owner(entry, owner) for entry in read_entries(path, document)]
    rules = [make_rule(entry, LANDED, "all", prefix) for entry in _needed(shared.landed, data)]
    rules += [make_rule(entry, LANDED, "live", prefix) for entry in own]
    check_names(rules)
    tolerance, days = _share(path, data, "tolerance", TOLERANCE), _days(path, data)
    placeholders = (
        Placeholder("<object>", str(data["object"])),
        Placeholder("<tolerance>", str(tolerance)),
        Placeholder("<percent>", f"{tolerance:.0%}".replace("%", " %")),
        Placeholder("<days>", str(days)),
    )
    held = tuple(make_rule(entry, HELD, "live", *placeholders) for entry in _needed(shared.held, data))
    limit = _share(path, data, "quarantine_limit", None)
    optional = _optional(path, data, rules)
    return Suite(path.stem, str(data["object"]), tuple(rules), held, limit, optional)


def _optional(path: Path, data: dict[str, Any], rules: list[Rule]) -> frozenset[str]:
    """The columns that an org may lack; each is one that a guarding rule reads, or it would say nothing."""
    columns = data.get("optional", [])
    if not isinstance(columns, list) or not all(isinstance(each, str) for each in columns):
        raise error(
            "'optional' is not a list of columns.", line_of(path, "optional"), "Write it as [one, two]."
        )
    guards = [rule for rule in rules if rule.severity != "warn"]
    for column in columns:
        if not any(column in columns_read(rule, {column}) for rule in guards):
            raise error(
                f"No rule that guards reads the optional column {column!r}.",
                line_of(path, "optional"),
                "Take it out: a rule that only warns lets the run go on by itself.",
            )
    return frozenset(columns)


def _needed(entries: list[Entry], data: dict[str, Any]) -> list[Entry]:
    """Without the rules that need what the suite does not have."""
    return [entry for entry in entries if entry.data.get("needs") is None or data.get(entry.data["needs"])]


def _owner(path: Path, data: dict[str, Any]) -> str | None:
    owner = data.get("owner")
    if "owner" in data and (not isinstance(owner, str) or not owner.strip()):
        raise error("'owner' is not a name.", line_of(path, "owner"), "Name who answers for these rules.")
    return owner


def _share(path: Path, data: dict[str, Any], key: str, default: Any) -> Any:
    share = data.get(key, default)
    if key in data and (isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1):
        raise error(f"{key!r} is not a share.", line_of(path, key), "Write it as 0.05 for 5 %.")
    return share


def _days(path: Path, data: dict[str, Any]) -> int | None:
    days = data.get("fresh_within_days")
    if days is not None and (isinstance(days, bool) or not isinstance(days, int) or days < 1):
        raise error(
            "'fresh_within_days' is not a number of days.",
            line_of(path, "fresh_within_days"),
            "Write it as 30, or leave it out: then nothing is asked.",
        )
    return days
