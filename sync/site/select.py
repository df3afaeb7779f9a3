"""Reads rows of `ops` and `quality` as objects with names."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

from extract.database import Connection


def select(
    connection: Connection, names: str, sql: str, parameters: Sequence[object] = ()
) -> list[SimpleNamespace]:
    """The rows of a query whose select list has the columns `names`, in that order."""
    keys = names.split()
    return [SimpleNamespace(**dict(zip(keys, row, strict=True))) for row in connection.rows(sql, parameters)]
