"""Compares the application tables of two databases, row for row and column for column."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from extract.database import Connection, Database, quoted

OWN = ("created_at", "updated_at")  # when each database got the row
HEX = "0123456789abcdef"  # a table is compared by the ids that begin with each of these: a part fits into memory

Row = dict[str, Any]


def differing_rows(one: Database, other: Database) -> dict[str, list[str]]:
    """Ids of the rows that stand on one side only or differ, by table; tables that are equal are left out.

    A deleted row may stand on one side only: where it was once published it stays, with its deleted_at. That of a
    row that left the build is when publish wrote it, so it differs between databases.
    Raises AssertionError when the tables or their columns are not the same."""
    with one.connect(read_only=True) as here, other.connect(read_only=True) as there:
        columns = _columns(here)
        assert columns, "there are no application tables"
        assert columns == _columns(there)
        found = {table: sorted(_differing(here, there, table, names)) for table, names in columns.items()}
    return {table: ids for table, ids in found.items() if ids}


def _differing(here: Connection, there: Connection, table: str, columns: list[str]) -> Iterator[str]:
    for first in HEX:
        mine, theirs = (_rows(each, table, columns, first) for each in (here, there))
        live = {
            row_id for rows in (mine, theirs) for row_id, row in rows.items() if not row.get("deleted_at")
        }
        both = mine.keys() & theirs.keys()
        yield from (row_id for row_id in live | both if mine.get(row_id) != theirs.get(row_id))


def _rows(connection: Connection, table: str, columns: list[str], first: str) -> dict[str, Row]:
    left_build = "deleted_at is not null and deleted_at = updated_at" if "deleted_at" in columns else "false"
    found = connection.rows(
        f"select {left_build}, {', '.join(map(quoted, columns))} from app.{quoted(table)}"
        f" where cast(id as text) like '{first}%'"
    )
    rows: dict[str, Row] = {}
    for has_left, *cells in found:
        row = {name: _alike(value) for name, value in zip(columns, cells, strict=True)}
        rows[row["id"]] = {**row, "deleted_at": "left the build"} if has_left else row
    return rows


def _alike(value: Any) -> Any:
    """The same for the same value, whichever driver read it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return value if isinstance(value, int | float | Decimal) or value is None else str(value)


def _columns(connection: Connection) -> dict[str, list[str]]:
    """The columns of every application table, by table."""
    tables: dict[str, list[str]] = {}
    for table, column in connection.rows(
        "select table_name, column_name from information_schema.columns where table_schema = 'app'"
        " order by table_name, column_name"
    ):
        if column not in OWN:
            tables.setdefault(table, []).append(column)
    return {table: columns for table, columns in tables.items() if "id" in columns}
