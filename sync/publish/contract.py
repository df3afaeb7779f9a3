"""Holds what the application's tables promise: columns, types, owners and references, in dependency order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from extract.database import quoted

DEFAULT_ROW_KEY = "salesforce_id"
KEPT_COLUMNS = ("created_at", "updated_at")  # of every table, kept by publish


class Owner(StrEnum):
    """Who decides what a column of an application table holds."""

    SALESFORCE = "salesforce"  # Salesforce wins, with null too
    SALESFORCE_IF_NOT_NULL = "salesforce_if_not_null"  # Salesforce wins where it has a value
    APP = "app"  # created for the application, never written by us


@dataclass(frozen=True)
class Vocabulary:
    """A column of a seed: all words that a column of a model may hold."""

    schema: str
    table: str
    column: str

    @property
    def words(self) -> str:
        """The select of all of them."""
        column = quoted(self.column)
        source = f"{quoted(self.schema)}.{quoted(self.table)}"
        return f"select cast({column} as text) from {source} where {column} is not null"


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    owner: Owner = Owner.SALESFORCE
    description: str = ""
    not_null: bool = False
    references: str = ""  # the application table whose id this column holds
    source_id: str = ""  # the column beside it with the raw Salesforce id
    missing_object: str = ""  # the object that the missing record would be
    accepted_values: tuple[str, ...] = ()  # all that a test of the model lets through; empty: anything
    vocabulary: Vocabulary | None = None  # the same, where the test compares with a seed
    raw_value: str = ""  # the column beside it with what Salesforce says in its own words
    default: str | None = None  # what a new row holds, in a column of the application's


@dataclass(frozen=True)
class Table:
    """One application table and the build model that feeds it."""

    name: str
    build_schema: str
    build_name: str
    description: str
    columns: tuple[Column, ...]
    unique: tuple[tuple[str, ...], ...] = ()  # beyond id and the row key
    row_key: str = DEFAULT_ROW_KEY  # the column that says which synced row it is; null: the application's own
    override_sets: tuple[str, ...] = ()  # names under which the models, not publish, read overrides

    @property
    def app(self) -> str:
        return f"{quoted('app')}.{quoted(self.name)}"

    @property
    def build(self) -> str:
        return f"{quoted(self.build_schema)}.{quoted(self.build_name)}"

    @property
    def label(self) -> str:
        """The table as people write it."""
        return f"app.{self.name}"

    @property
    def built(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.owner is not Owner.APP)

    @property
    def synced(self) -> tuple[Column, ...]:
        """The columns that a publish writes, besides the two that say which row it is."""
        keys = ("id", self.row_key)
        return tuple(column for column in self.built if column.name not in keys)

    @property
    def key(self) -> str:
        """The row key as SQL names it."""
        return quoted(self.row_key)

    @property
    def referring(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.references)


def can_be_required(table: Table, column: Column) -> bool:
    """A row of the application's own has no Salesforce ids and perhaps no parent, so those stay optional."""
    holds_salesforce_id = column.name in {other.source_id for other in table.columns}
    return (
        column.not_null
        and column.owner is Owner.SALESFORCE
        and not (column.references or holds_salesforce_id)
    )


def in_dependency_order(tables: Mapping[str, Table]) -> tuple[Table, ...]:
    """Parents before children. Tables that refer to each other in a circle stand in alphabetical order.

    A circle is legal (an account has a parent account): the keys are checked when all tables are merged.
    """
    ordered: dict[str, Table] = {}
    entered: set[str] = set()

    def visit(name: str) -> None:
        if name in entered:
            return
        entered.add(name)
        for parent in sorted({column.references for column in tables[name].referring}):
            visit(parent)
        ordered[name] = tables[name]

    for name in sorted(tables):
        visit(name)
    return tuple(ordered.values())


def with_referenced(contract: Sequence[Table], names: Iterable[str]) -> tuple[Table, ...]:
    """These tables and all that they refer to, over however many steps, in the contract's order."""
    tables = {table.name: table for table in contract}
    reached: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += [column.references for column in tables[name].referring]
    return tuple(table for table in contract if table.name in reached)
