"""Puts rows into build.<table> as the transform stage would leave them, for the tests of the check."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from extract.database import Connection, quoted

BOOKKEEPING = {"id": "uuid", "deleted_at": "timestamptz"}


def make_built(
    connection: Connection, table: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]
) -> None:
    """build.<table> anew, with these rows; a text for a uuid stands for one of its own."""
    every = {**BOOKKEEPING, **columns}
    target = f"build.{quoted(table)}"
    connection.execute("create schema if not exists build")
    connection.execute(f"drop table if exists {target}")
    connection.execute(f"create table {target} ({', '.join(f'{quoted(c)} {t}' for c, t in every.items())})")
    for row in rows:
        values = [as_uuid(value) if every[column] == "uuid" else value for column, value in row.items()]
        names, marks = ", ".join(map(quoted, row)), ", ".join("?" for _ in row)
        connection.execute(f"insert into {target} ({names}) values ({marks})", values)


def as_uuid(value: str | None) -> str | None:
    return None if value is None else str(uuid.UUID(hashlib.md5(value.encode()).hexdigest()))
