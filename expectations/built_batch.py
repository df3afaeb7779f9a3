"""Makes the batch of one built table: a view that names each row's record, says which rows live, and finds words for
nothing.

A view, because a built table is plain columns: nothing is computed twice, and nothing is copied.
"""

from __future__ import annotations

from dataclasses import replace

from expectations.batch import SCHEMA, TEXTS, Batch, columns_needed, selected
from expectations.batch import columns_of as columns_of_table
from expectations.blanks import without_blanks_around
from expectations.predicates import ROW_COUNT, literal
from expectations.rules import LIVE, Rule, Suite
from expectations.table_suites import RECORD
from extract.database import Connection, Kind, quoted
from extract.errors import TransformFailed

KEY = "_key"  # the row's key, whatever the table calls it
NOTHING = (
    "_says_nothing"  # the first text column that holds a program's word for nothing; null when none does
)
WORDS = ("None", "none", "NONE", "nan", "NaN", "NAN", "null", "NULL", "undefined", "AggregateResult")
ROWS_ALWAYS_TOLERATED = 20  # below, a share would be a few rows


def make_built_batch(
    connection: Connection, suite: Suite, table: str, row_key: str, schema: str = "build"
) -> Batch:
    """A view of <schema>.<table>. A view left by a run that was killed is replaced."""
    known = columns_of_table(connection, schema, table)
    if row_key not in known:
        raise TransformFailed(
            f"The table {table} was not built{f' with the column {row_key}' if known else ''}.",
            f"{schema}.{table}",
            "Run `landfall transform`, or `landfall sync`, which does all stages.",
        )
    derived = {
        RECORD: f"substr({quoted(row_key)}, 1, 18)",
        KEY: quoted(row_key),
        LIVE: "deleted_at is null" if "deleted_at" in known else "true",
        NOTHING: _says_nothing(known, row_key, connection.kind),
    }
    needed = columns_needed(suite, known.keys() | derived.keys()) | {"id", RECORD, LIVE}
    chosen = [
        f"{derived[each]} as {each}" if each in derived else selected(each, connection.kind)
        for each in sorted(needed)
    ]
    name = f"_batch_build_{table}"
    view = f"{SCHEMA}.{quoted(name)}"
    connection.execute(f"drop view if exists {view}")
    connection.execute(
        f"create view {view} as select {', '.join(chosen)} from {quoted(schema)}.{quoted(table)}"
    )
    ((rows, live_rows),) = connection.rows(f"select count(*), count(*) filter (where {LIVE}) from {view}")
    published = _published(connection, table, row_key)
    columns = frozenset(needed)
    bounded = replace(suite, rules=tuple(_bounded(rule, published) for rule in suite.rules))
    return Batch(suite.object, bounded, name, columns, rows, live_rows, (RECORD,), published)


def _says_nothing(known: dict[str, str], row_key: str, kind: Kind) -> str:
    """Raw columns say what Salesforce says; all others are ours to keep clean."""
    words = ", ".join(map(literal, WORDS))
    texts = [
        name
        for name, column_type in known.items()
        if column_type in TEXTS and name != row_key and not name.startswith("salesforce_")
    ]
    cases = [
        f"when {without_blanks_around(quoted(name), kind)} in ({words}) then {literal(name)}"
        for name in texts
    ]
    return f"case {' '.join(cases)} end" if cases else "cast(null as text)"


def _published(connection: Connection, table: str, row_key: str) -> int | None:
    """The live rows that came from Salesforce; None when the table was never published."""
    known = columns_of_table(connection, "app", table)
    if not {row_key, "deleted_at"} <= known.keys():
        return None
    counted = (
        f"select count(*) from app.{quoted(table)} where deleted_at is null and {quoted(row_key)} is not null"
    )
    return int(connection.value(counted)) or None


def _bounded(rule: Rule, published: int | None) -> Rule:
    """The rule about the number of rows, with the numbers of this run."""
    if rule.type != ROW_COUNT:
        return rule
    if published is None:
        return replace(rule, kwargs={"min_value": 0})
    slack = max(int(published * float(rule.kwargs["tolerance"])), ROWS_ALWAYS_TOLERATED)
    return replace(rule, kwargs={"min_value": max(published - slack, 0), "max_value": published + slack})
