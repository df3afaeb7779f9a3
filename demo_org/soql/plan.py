"""A statement whose names are looked up: what to select, and the DuckDB SQL that finds the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from demo_org.metadata.sobjects import SObject


@dataclass(frozen=True)
class Column:
    """One field to be answered: the path to it in API names, and the expression that gives its value."""

    path: tuple[str, ...]
    type: str
    sql: str
    components: tuple[Column, ...] = ()  # of an address or a location, which has no value of its own

    @property
    def label(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True)
class Parent:
    """A parent record that is answered inside its child: where, which object, and its Id."""

    path: tuple[str, ...]
    type_sql: str
    id_sql: str


@dataclass(frozen=True)
class Plan:
    """Everything an answer needs; `source` is what follows FROM, with a `?` for each parameter."""

    soql: str
    sobject: SObject
    columns: tuple[Column, ...]
    parents: tuple[Parent, ...]
    aggregates: tuple[tuple[str, Column], ...]
    is_count: bool  # SELECT COUNT(): the answer is a number, not rows
    joins: str
    where: str
    parameters: tuple[Any, ...]
    order: str
    limit: int | None
    offset: int

    def rows(self, select: str) -> str:
        """The SQL that gives `select` for the rows that are asked for, in their order."""
        limit = "" if self.limit is None else f" LIMIT {self.limit}"
        offset = f" OFFSET {self.offset}" if self.offset else ""
        return f"SELECT {select} FROM {self.joins}{self.where}{self.order}{limit}{offset}"

    def count(self) -> str:
        """The SQL that counts those rows."""
        if self.limit is None and not self.offset:
            return f"SELECT count(*) FROM {self.joins}{self.where}"
        return f"SELECT count(*) FROM ({self.rows('1')})"

    def rows_of(self, select: str) -> str:
        """The SQL that gives `select` for a list of Ids (its one parameter), in that list's order."""
        asked = "(SELECT unnest(ids) AS id, generate_subscripts(ids, 1) AS place FROM (SELECT ? AS ids))"
        return f'SELECT {select} FROM {self.joins} JOIN {asked} AS asked ON asked.id = t."Id" ORDER BY asked.place'
