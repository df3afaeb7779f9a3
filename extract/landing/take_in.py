"""Takes parts into temporary tables of the target, in canonical text, to be compared with what is held."""

from __future__ import annotations

from collections.abc import Sequence

from extract.database import Connection, quoted
from extract.landing.failures import reading
from extract.landing.load_part import copy_canonical, memory_mb, refuse_short
from extract.landing.parts import Part


def take_in(connection: Connection, parts: Sequence[Part], table: str) -> None:
    """A temporary table of text with the columns of the parts, which all have the same, and `_version`.

    Gone at the end of the transaction. Raises LandfallError when a file cannot be read, or holds fewer records than
    were served.
    """
    columns = [*(column.column for column in parts[0].columns), "_version"]
    empty = ", ".join(f"cast(null as varchar) as {quoted(name)}" for name in columns)
    make_temporary(connection, table, f"select {empty} where 1 = 0")
    if connection.kind == "duckdb":
        connection.execute(f"set memory_limit = '{memory_mb(len(columns))}MB'")
    for part in parts:
        with reading(part):
            if connection.kind == "duckdb":
                rows = connection.execute(f"insert into {table} {part.select}")
            else:
                rows = copy_canonical(connection.native, part, f"copy {table} from stdin with (format csv)")
        refuse_short(part, rows)
    if connection.kind == "postgres":
        connection.execute(f"analyze {table}")


def make_temporary(connection: Connection, table: str, query: str, *, joined: bool = True) -> None:
    """What the query finds, as a temporary table for the length of the transaction; one that is not `joined` is only read."""
    if connection.kind == "duckdb":
        connection.execute(f"create or replace temp table {table} as {query}")
    else:
        connection.execute(f"create temp table {table} on commit drop as {query}")
        if joined:  # nobody else counts temporary tables, and joins of uncounted ones go row by row
            connection.execute(f"analyze {table}")
