"""Keeps the Ids a paged REST query goes through: the pages are stable, the records are read when asked for.

The Ids lie in a file, nineteen bytes each, so that a cursor over millions of records takes no memory.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from pathlib import Path

import duckdb

from demo_org.refusals import Refused
from demo_org.soql import Plan

KEPT = 200  # cursors; the oldest expire
LINE = 19  # an Id and its line break


@dataclass(frozen=True)
class QueryCursor:
    """One query that has more than a page of rows."""

    id: str
    plan: Plan
    path: Path
    total: int

    def ids(self, first: int, count: int) -> list[str]:
        with self.path.open("rb") as file:
            file.seek(first * LINE)
            return file.read(count * LINE).decode("ascii").split()


class QueryCursors:
    """The open cursors, oldest first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, QueryCursor] = {}
        self._lock = threading.Lock()

    def start(self, connection: duckdb.DuckDBPyConnection, plan: Plan, total: int) -> QueryCursor:
        """Write down the Ids of all rows of a query."""
        name = "01g" + secrets.token_hex(8)[:15]
        path = self._folder / f"{name}.ids"
        target = str(path).replace("'", "''")
        ids = plan.rows('t."Id"')
        connection.execute(f"COPY ({ids}) TO '{target}' (FORMAT csv, HEADER false)", plan.parameters)
        cursor = QueryCursor(name, plan, path, total)
        with self._lock:
            self._open[name] = cursor
            expired = [self._open.pop(old) for old in list(self._open)[:-KEPT]]
        for old in expired:
            old.path.unlink(missing_ok=True)
        return cursor

    def get(self, name: str) -> QueryCursor:
        with self._lock:
            found = self._open.get(name)
        if found is None:
            raise Refused(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return found

    def soql_of(self, name: str) -> str:
        """The query of a cursor; "" when there is no such cursor."""
        with self._lock:
            return self._open[name].plan.soql if name in self._open else ""

    def expire_all(self) -> None:
        with self._lock:
            expired = list(self._open.values())
            self._open.clear()
        for cursor in expired:
            cursor.path.unlink(missing_ok=True)
