"""Puts rows into build.<table> as the transform stage would leave them, for the tests of the check."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from extract.database import Connection, quoted

BOOKKEEPING = {"id": "uuid", "deleted_at": "timestamptz"}


def make_built(
    connection: Connection,
    table: str,
    columns: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
    schema: str = "build",
) -> None:
    """build.<table> anew, with these rows; a text for a uuid stands for one of its own."""
    every = {**BOOKKEEPING, **columns}
    target = f"{schema}.{quoted(table)}"
    connection.execute(f"create schema if not exists {schema}")
    connection.execute(f"drop table if exists {target}")
    connection.execute(f"create table {target} ({', '.join(f'{quoted(c)} {t}' for c, t in every.items())})")
    names = list(every)
    marks = f"({', '.join('?' for _ in names)})"
    for start in range(0, len(rows), 200):
        chunk = [_values(row, every) for row in rows[start : start + 200]]
        connection.execute(
            f"insert into {target} ({', '.join(map(quoted, names))}) values {', '.join([marks] * len(chunk))}",
            [value for values in chunk for value in values],
        )


def _values(row: Mapping[str, Any], every: Mapping[str, str]) -> list[Any]:
    return [as_uuid(row.get(column)) if kind == "uuid" else row.get(column) for column, kind in every.items()]


def as_uuid(value: str | None) -> str | None:
    return None if value is None else str(uuid.UUID(hashlib.md5(value.encode()).hexdigest()))
