"""Makes the batch of one object: the rows that landed and were not validated yet, as a table of their own.

A table, because typed.<object> is a view whose casts would be evaluated again by every rule; and only the columns
that the rules read. It holds records' values, so it is dropped at the end of the stage.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from expectations.blanks import without_blanks_around
from expectations.predicates import columns_read, literal
from expectations.rules import FOLDED, LIVE, Suite
from extract.database import Connection, Kind, quoted
from extract.errors import LandfallError

SCHEMA = "quality"
# Versions of a record are ordered as staging orders them.
NEWEST_FIRST = "systemmodstamp desc nulls last, _extracted_at desc nulls last, _version desc"
TEXTS = ("text", "varchar", "character varying")
OF_TEXTS = (
    "expect_column_values_to_match_regex",
    "expect_column_values_to_not_match_regex",
    "expect_column_value_lengths_to_be_between",
)
KEYS = ("id", "_version", "systemmodstamp", "_extracted_at")


@dataclass(frozen=True)
class Batch:
    """A table of rows to validate. `columns` are those it has; `live_rows` are not deleted in Salesforce.

    `names` are the columns that name a row; `published` is how many live rows are published, of a built table.
    """

    object: str
    suite: Suite
    table: str
    columns: frozenset[str]
    rows: int
    live_rows: int
    names: tuple[str, ...] = ("id", "_version")
    published: int | None = None
    schema: str = SCHEMA

    @property
    def sql(self) -> str:
        return f"{self.schema}.{quoted(self.table)}"


def make_batch(
    connection: Connection, suite: Suite, load_ids: Sequence[str], *, set_aside_too: bool = False
) -> Batch:
    """Copy what these loads landed, and with `set_aside_too` every version in quarantine.

    A batch left by a run that was killed is replaced.
    """
    source, table = suite.object.lower(), f"_batch_{suite.object.lower()}"
    types = columns_of(connection, "typed", source)
    known = set(types)
    if not known:
        raise LandfallError(
            f"{suite.object} landed but has no typed view.", f"typed.{source}", "Run the extract stage again."
        )
    suite = for_org(suite, known)
    columns = columns_needed(suite, known) | (set(KEYS) & known)
    live = "not coalesce(isdeleted, false)" if "isdeleted" in known else "true"
    chosen = select_list(suite, columns, types, connection.kind)
    target = f"{SCHEMA}.{quoted(table)}"
    connection.execute(f"drop table if exists {target}")
    connection.execute(
        f"create {'unlogged ' if connection.kind == 'postgres' else ''}table {target} as "
        f"select {chosen}, {live} as {LIVE} from typed.{quoted(source)} "
        f"where {_chosen(suite.object, load_ids, set_aside_too)}"
    )
    ((rows, live_rows),) = connection.rows(f"select count(*), count(*) filter (where {LIVE}) from {target}")
    return Batch(suite.object, suite, table, frozenset(columns), rows, live_rows)


def _chosen(name: str, load_ids: Sequence[str], set_aside_too: bool) -> str:
    landed = f"_dlt_load_id in ({', '.join(map(literal, load_ids))})" if load_ids else "false"
    if not set_aside_too:
        return landed
    held = f"select record_id, version from {SCHEMA}.quarantine where object = {literal(name)} and resolved_at is null"
    return f"({landed} or (id, _version) in ({held}))"


def for_org(suite: Suite, known: Collection[str]) -> Suite:
    """The suite as it guards in an org with these columns: a rule about an optional one that it lacks only warns."""
    lacked = {*suite.optional} - {*known}
    rules = (
        replace(rule, severity="warn") if lacked & columns_read(rule, lacked) else rule
        for rule in suite.rules
    )
    return replace(suite, rules=tuple(rules)) if lacked else suite


def columns_needed(suite: Suite, known: set[str]) -> set[str]:
    """Those the rules name and the object has, the folded ones too."""
    every = known | {FOLDED + column for column in known}
    return every & set().union(*(columns_read(rule, every) for rule in suite.rules))


def select_list(suite: Suite, columns: Collection[str], types: Mapping[str, str], kind: Kind) -> str:
    """The columns of `typed` as a batch holds them: as text those that rules read so, whatever the org says they are."""
    texts = {rule.kwargs["column"] for rule in suite.rules if rule.type in OF_TEXTS}
    return ", ".join(
        f"{_as_text(column, types[column])} as {quoted(column)}"
        if column in texts and types.get(column, "text") not in TEXTS
        else selected(column, kind)
        for column in sorted(columns)
    )


def _as_text(column: str, type_: str) -> str:
    text = f"cast({quoted(column)} as text)"
    if not type_.startswith(("numeric", "decimal")):
        return text
    return f"case when {text} like '%.%' then rtrim(rtrim({text}, '0'), '.') else {text} end"


def selected(column: str, kind: Kind) -> str:
    """A column as a batch's query selects it."""
    if not column.startswith(FOLDED):
        return quoted(column)
    said = f"cast({quoted(column.removeprefix(FOLDED))} as text)"  # some org has a number there
    text = without_blanks_around(said, kind)
    return f"lower({text}) as {quoted(column)}"


def drop_batches(connection: Connection) -> None:
    """Drop every batch, those of killed runs too."""
    found = connection.rows(
        "select table_name, table_type from information_schema.tables where table_schema = ? and table_name like ?",
        (SCHEMA, "\\_batch\\_%" if connection.kind == "postgres" else "_batch_%"),
    )
    for table, kind in found:
        connection.execute(f"drop {'view' if kind == 'VIEW' else 'table'} {SCHEMA}.{quoted(table)}")


def columns_of(connection: Connection, schema: str, table: str) -> dict[str, str]:
    """The columns of a table and their types; none when there is no such table."""
    rows = connection.rows(
        "select column_name, lower(data_type) from information_schema.columns "
        "where table_schema = ? and table_name = ? order by ordinal_position",
        (schema, table),
    )
    return dict(rows)
