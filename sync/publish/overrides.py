"""Takes one picture of staff's overrides at the start of a publish, and finds those that cannot be applied.

A mistake of staff's does not hold back a publish: the override is left out, with the reason in ops.conflicts. The
picture is the temporary table PICTURE; `kind` and `reason` are empty where the override can be applied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from extract.database import Connection
from extract.errors import PublishFailed
from sync.fingerprint import Override, read_overrides
from sync.publish.contract import KEPT_COLUMNS, Column, Owner, Table, can_be_required
from sync.publish.existing import columns_of
from sync.publish.values import WrongValue, read_value

OVERRIDES = "app.overrides"
PICTURE = "landfall_overrides"
COLUMNS = {
    "table_name": "text not null",
    "row_key": "text not null",
    "column_name": "text not null",
    "value": "text",
    "who": "text not null",
    "why": "text not null",
    "created_at": "timestamptz not null default now()",
}
KEY = ("table_name", "row_key", "column_name")
ROWS_AT_ONCE = 200
NOT_ACCEPTED = "the value is none of those that the column accepts"
Judged = tuple[str, str, str, str | None, str, str | None, str | None]


def create_overrides_sql() -> str:
    """The table that the application fills and only publish and the models read."""
    listed = ", ".join(f"{name} {definition}" for name, definition in COLUMNS.items())
    return f"create table {OVERRIDES} ({listed}, primary key ({', '.join(KEY)}))"


def check_overrides_table(connection: Connection) -> bool:
    """Whether the table is there. Raises PublishFailed when it is another one of that name."""
    found = columns_of(connection, "app", "overrides")
    missing = [name for name in COLUMNS if name not in found]
    if found and missing:
        raise PublishFailed(
            f"{OVERRIDES} exists but has no column {missing[0]}, so it was not made by a publish.",
            f"{connection.name}, {OVERRIDES}",
            "Rename the table; publish makes its own. Nothing was published.",
        )
    return bool(found)


def take_picture(connection: Connection, tables: Sequence[Table]) -> None:
    """Read the overrides once, so that all of a publish works with the same, and judge each by the contract."""
    connection.execute(
        f"create temporary table {PICTURE} (table_name text, row_key text, column_name text, value text,"
        " who text, kind text, reason text)"
    )
    known = {table.name: table for table in tables}
    judged = [row for override in read_overrides(connection) if (row := _judged(known, override))]
    for first in range(0, len(judged), ROWS_AT_ONCE):
        part = judged[first : first + ROWS_AT_ONCE]
        marks = ", ".join("(?, ?, ?, ?, ?, ?, ?)" for _ in part)
        connection.execute(f"insert into {PICTURE} values {marks}", [cell for row in part for cell in row])


def _judged(tables: Mapping[str, Table], override: Override) -> Judged | None:
    """The row of the picture; None for a correction that the models read, not publish."""
    name, row_key, column, value, who = override
    table = tables.get(name)
    if table is not None and column in table.override_sets:
        return None
    try:
        return name, row_key, column, _readable_value(table, column, value or None), who, None, None
    except WrongValue as error:
        return name, row_key, column, None, who, "invalid", str(error)


def _readable_value(table: Table | None, name: str, value: str | None) -> str | None:
    """The value in the spelling that both databases cast alike. Raises WrongValue with the reason against it."""
    if table is None:
        raise WrongValue("no model makes such a table")
    column = overridable_column(table, name)
    if value is None:
        if can_be_required(table, column):
            raise WrongValue("the column needs a value")
        return None
    if column.references:
        return value.strip()
    readable = read_value(value, column.type)
    if column.accepted_values and readable not in column.accepted_values:
        raise WrongValue(NOT_ACCEPTED)
    return readable


def overridable_column(table: Table, name: str) -> Column:
    """The column, when an override of it can be applied. Raises WrongValue with the reason against it."""
    if name in ("id", table.row_key):
        raise WrongValue("the column says which row it is")
    if name in KEPT_COLUMNS:
        raise WrongValue("publish keeps the column itself")
    column = next((column for column in table.columns if column.name == name), None)
    if column is None:
        raise WrongValue("the table has no such column")
    if column.owner is Owner.APP:
        raise WrongValue("the application owns the column: write it there")
    for other in table.referring:
        if other.source_id == name:
            raise WrongValue(f"the column keeps what Salesforce says: override {other.name}")
    if any(name in key for key in table.unique):
        raise WrongValue("the column has to be unique: correct it in Salesforce")
    return column
