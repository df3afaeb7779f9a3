"""Puts rows into typed.<object> as the extract stage would show them, for the tests of the validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from extract.database import Connection, quoted

KEYS = {
    "id": "text",
    "systemmodstamp": "timestamptz",
    "_extracted_at": "timestamptz",
    "_version": "text",
    "_dlt_load_id": "text",
    "_uncast": "text",
}
EVERY_ROW = {
    "systemmodstamp": "2026-02-02 11:00:00+00",
    "_extracted_at": "2026-02-02 12:00:00+00",
    "_dlt_load_id": "load-1",
    "_uncast": None,
    "isdeleted": False,
}


def make_typed(
    connection: Connection, name: str, columns: Mapping[str, str], *, deletes: bool = True
) -> None:
    """An empty typed.<object>; a table here, where the extract stage makes a view."""
    every = {**columns, **KEYS, **({"isdeleted": "boolean"} if deletes else {})}
    connection.execute("create schema if not exists typed")
    connection.execute(f"drop table if exists typed.{quoted(name.lower())}")
    defined = ", ".join(f"{quoted(column)} {kind}" for column, kind in every.items())
    connection.execute(f"create table typed.{quoted(name.lower())} ({defined})")


def land(
    connection: Connection, name: str, rows: Sequence[Mapping[str, Any]], *, deletes: bool = True
) -> None:
    """Rows with what every row has, unless they say otherwise."""
    for row in rows:
        whole = {**{k: v for k, v in EVERY_ROW.items() if deletes or k != "isdeleted"}, **row}
        names = ", ".join(quoted(column) for column in whole)
        marks = ", ".join("?" for _ in whole)
        connection.execute(
            f"insert into typed.{quoted(name.lower())} ({names}) values ({marks})", tuple(whole.values())
        )
