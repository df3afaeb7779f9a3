"""Reads the suites of what landed: one for each object, made of the shared rules and its own."""

from __future__ import annotations

from pathlib import Path

from expectations.predicates import PREDICATES
from expectations.rule_checks import Ground, Placeholder, check_names, make_rule
from expectations.rules import SEVERITIES, Suite
from expectations.suite_files import Entry, error, known, read_document, read_entries

FOLDER = Path(__file__).resolve().parent / "suites"
SHARED = "shared.yml"
SUITE_KEYS = ("object", "key_prefix", "is_deleted", "expectations")
KEY_PREFIX = "<key_prefix>"  # in shared.yml: the first characters of this object's ids
LANDED = Ground(PREDICATES, SEVERITIES, ("id", "_version"))


def load_suites(folder: Path = FOLDER) -> dict[str, Suite]:
    """The suite of each object, by the object's API name. Raises SettingsError at the first mistake."""
    shared = read_entries(folder / SHARED, read_document(folder / SHARED, ("expectations",)))
    suites: dict[str, Suite] = {}
    for path in sorted(folder.glob("*.yml")):
        if path.name == SHARED:
            continue
        suite = _suite(path, shared)
        if suite.object in suites:
            raise error(f"{suite.object} has two suites.", path.name, "Keep one file for each object.")
        suites[suite.object] = suite
    return suites


def _suite(path: Path, shared: list[Entry]) -> Suite:
    document = read_document(path, SUITE_KEYS)
    for key in SUITE_KEYS:
        if key not in document.data:
            raise error(f"The suite has no {key!r}.", document.where, f"A suite has: {known(SUITE_KEYS)}.")
    composed = [
        entry for entry in shared if entry.data.get("needs") is None or document.data[entry.data["needs"]]
    ]
    prefix = Placeholder(KEY_PREFIX, str(document.data["key_prefix"]))
    rules = [make_rule(entry, LANDED, "all", prefix) for entry in composed]
    rules += [make_rule(entry, LANDED, "live", prefix) for entry in read_entries(path, document)]
    check_names(rules)
    return Suite(path.stem, str(document.data["object"]), tuple(rules))
