"""Makes a batch of all that is held of an object: the newest version of each record, set aside or not.

For somebody at work on a suite. It lasts as long as the connection, and a run at work does not see it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from expectations.batch import KEYS, NEWEST_FIRST, Batch, columns_needed, columns_of, for_org, select_list
from expectations.predicates import columns_read
from expectations.rules import FOLDED, LIVE, Rule, Suite
from extract.database import Connection, quoted
from extract.errors import SettingsError

NAME = "_held_batch"


def make_held_batch(connection: Connection, suite: Suite) -> Batch:
    """Raises SettingsError when nothing of the object has landed."""
    source = suite.object.lower()
    types = columns_of_object(connection, suite)
    known = set(types)
    suite = for_org(suite, known)
    columns = columns_needed(suite, known) | (set(KEYS) & known)
    live = "not coalesce(isdeleted, false)" if "isdeleted" in known else "true"
    chosen = select_list(suite, columns, types, connection.kind)
    schema = "temp" if connection.kind == "duckdb" else "pg_temp"
    newest = f"select *, row_number() over (partition by id order by {NEWEST_FIRST}) as _newness from typed.{quoted(source)}"
    connection.execute(
        f"create temporary table {NAME} as select {chosen}, {live} as {LIVE} "
        f"from ({newest}) as versions where _newness = 1"
    )
    sql = f"{schema}.{quoted(NAME)}"
    ((rows, live_rows),) = connection.rows(f"select count(*), count(*) filter (where {LIVE}) from {sql}")
    return Batch(suite.object, suite, NAME, frozenset(columns), rows, live_rows, schema=schema)


def columns_of_object(connection: Connection, suite: Suite) -> dict[str, str]:
    """Every column that landed, with its type."""
    known = columns_of(connection, "typed", suite.object.lower())
    if not known:
        raise SettingsError(
            f"Nothing of {suite.object} has landed yet.",
            f"typed.{suite.object.lower()}",
            f"Run `landfall extract --only {suite.object}` first.",
        )
    return known


def check_columns(suite: Suite, known: set[str]) -> None:
    """Raises SettingsError for the first rule that guards and names a column which the object does not have.

    A rule that only warns is judged as in a run: it could not run, and is told so.
    """
    for rule in suite.rules:
        missing = absent_columns(rule, known)
        if missing and rule.severity != "warn":
            close = difflib.get_close_matches(missing[0], known, n=3, cutoff=0.6)
            hint = f"Did you mean {', '.join(close)}? " if close else ""
            raise SettingsError(
                f"{suite.object} has no column {missing[0]}, which the rule {rule.name} names.",
                f"expectations/suites/{rule.where}",
                f"{hint}Known columns: {', '.join(sorted(_plain(known)))}.",
            )


def absent_columns(rule: Rule, known: set[str]) -> list[str]:
    named = {column.removeprefix(FOLDED) for column in columns_read(rule, set())} - {LIVE}
    return sorted(named - known)


def _plain(columns: Iterable[str]) -> list[str]:
    return [column for column in columns if not column.startswith("_")]
