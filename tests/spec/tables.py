"""Reads small tables out of the text of a test, and shows tables of a database the same way.

    id | name  | deleted_at
    1  | Alpha |
    2  | Beta  | 2026-01-02 00:00:00+00

An empty cell is null. Everything is text, so the same table can be expected of both databases.
"""

from __future__ import annotations

from collections.abc import Sequence

from extract.database import Connection, quoted

Row = dict[str, str | None]


def table(text: str) -> list[Row]:
    """The rows of a table written as text; the first line names the columns."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    header, *rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    for row in rows:
        assert len(row) == len(header), f"{row} has not as many cells as {header}"
    return [{name: cell or None for name, cell in zip(header, row, strict=True)} for row in rows]


def stored(connection: Connection, relation: str, columns: Sequence[str]) -> list[Row]:
    """All rows of a table of the database as text, in the order of their columns."""
    cells = ", ".join(f"cast({quoted(column)} as varchar)" for column in columns)
    order = ", ".join(f"{position + 1} nulls first" for position in range(len(columns)))
    found = connection.rows(f"select {cells} from {relation} order by {order}")
    return [dict(zip(columns, row, strict=True)) for row in found]


def columns_of(rows: Sequence[Row]) -> list[str]:
    return list(rows[0]) if rows else []
