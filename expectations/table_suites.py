"""Reads the suites of what was built: one for each application table, made of the shared rules and its own.

Nothing is set aside here: a rule refuses the publish or warns. Their rows are named by the Salesforce id they belong to.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from expectations.predicates import TABLE_PREDICATES
from expectations.rule_checks import Ground, Placeholder, check_names, make_rule
from expectations.rules import Suite
from expectations.suite_files import Entry, error, known, read_document, read_entries
from expectations.suites import FOLDER, SHARED

TABLES_FOLDER = FOLDER / "application"
SUITE_KEYS = ("table", "tolerance", "expectations")
RECORD = "_record"  # the first 18 characters of a row's key: the Salesforce record it is, or belongs to
BUILT = Ground(TABLE_PREDICATES, ("refuse", "warn"), (RECORD,))
TOLERANCE = 0.05  # of the live rows published: how many more or fewer there may be
PREFIX = "build."  # before the table's name, where an object's name stands in results


def load_table_suites(folder: Path = TABLES_FOLDER) -> dict[str, Suite]:
    """The suite of each table, by the table's name. Raises SettingsError at the first mistake."""
    if not folder.is_dir():
        return {}
    shared = _shared(folder)
    suites: dict[str, Suite] = {}
    for path in sorted(folder.glob("*.yml")):
        if path.name != SHARED:
            document = read_document(path, SUITE_KEYS)
            table = str(document.data.get("table"))
            if table != path.stem:
                raise error(
                    f"The suite is about the table {table!r}.", document.where, f"Write table: {path.stem}."
                )
            own = read_entries(path, document) if "expectations" in document.data else []
            suites[table] = _suite(table, _tolerance(document), shared, own)
    return suites


def suites_of(tables: Iterable[str], folder: Path = TABLES_FOLDER) -> dict[str, Suite]:
    """The suite of each of these tables; one without a file has the shared rules alone."""
    written, names, shared = load_table_suites(folder), sorted(tables), _shared(folder)
    for table in sorted(written.keys() - set(names)):
        raise error(
            f"There is a suite and no application table {table!r}.",
            f"application/{table}.yml",
            f"Delete it, or give dbt a model of that name. Application tables: {known(names)}.",
        )
    return {table: written.get(table) or _suite(table, TOLERANCE, shared, []) for table in names}


def _shared(folder: Path) -> list[Entry]:
    return read_entries(folder / SHARED, read_document(folder / SHARED, ("expectations",)))


def _suite(table: str, tolerance: float, shared: list[Entry], own: list[Entry]) -> Suite:
    placeholders = (
        Placeholder("<table>", table),
        Placeholder("<tolerance>", str(tolerance)),
        Placeholder("<percent>", f"{tolerance:.0%}".replace("%", " %")),
    )
    rules = [make_rule(entry, BUILT, "live", *placeholders) for entry in [*shared, *own]]
    check_names(rules)
    return Suite(f"build_{table}", PREFIX + table, tuple(rules))


def _tolerance(document: Entry) -> float:
    tolerance = document.data.get("tolerance", TOLERANCE)
    if not isinstance(tolerance, int | float) or not 0 <= tolerance <= 1:
        raise error("'tolerance' is not a share.", document.where, "Write it as 0.05 for 5 %.")
    return float(tolerance)
