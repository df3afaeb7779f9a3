"""Creates the application's tables from the contract when they are missing, and adds columns when it grows.

Nothing else is altered and nothing is dropped. It runs in a transaction before the merge: DuckDB 2.0.0 loses
rows that are merged into a table made in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from extract.database import Connection, quoted
from sync.publish.contract import KEPT_COLUMNS, Column, Table, can_be_required
from sync.publish.existing import Columns, check_app_table, columns_of
from sync.publish.failures import explained
from sync.publish.foreign_keys import foreign_key_sql
from sync.publish.overrides import OVERRIDES, check_overrides_table, create_overrides_sql

Statement = tuple[str, str]  # what it makes, as people write it, and its SQL


def prepare_tables(connection: Connection, tables: Sequence[Table]) -> None:
    """Bring the application schema up to the contract. A second call finds nothing to do."""
    statements = missing_statements(connection, tables)
    if not statements:
        return
    with explained(connection, "app"), connection.transaction():
        run_statements(connection, statements)
    if connection.kind == "duckdb":
        # Until its next checkpoint DuckDB cannot open a file by itself whose altered table has a default that is
        # a function call: the application would be shut out after a crash (extract/duckdb_file.py).
        connection.execute("checkpoint")


def missing_statements(connection: Connection, tables: Sequence[Table]) -> list[Statement]:
    """What brings the application schema up to the contract; nothing when it is. Raises PublishFailed."""
    found = {table.name: columns_of(connection, "app", table.name) for table in tables}
    for table in tables:
        if found[table.name]:
            check_app_table(connection, table, found[table.name])
    statements = [
        (table.label, sql) for table in tables for sql in _missing(connection, table, found[table.name])
    ]
    statements += [
        (table.label, sql) for table in tables for sql in _foreign_keys(connection, table, found[table.name])
    ]
    if not check_overrides_table(connection):
        statements.append((OVERRIDES, create_overrides_sql()))
    return statements


def run_statements(connection: Connection, statements: Sequence[Statement]) -> None:
    """Inside the caller's transaction."""
    # `create schema if not exists` asks for the right to create one even when it is there
    if not connection.value("select count(*) from information_schema.schemata where schema_name = 'app'"):
        connection.execute("create schema app")
    for label, sql in statements:
        with explained(connection, label):
            connection.execute(sql)


def _missing(connection: Connection, table: Table, found: Columns) -> Iterator[str]:
    """The statements that add what a table lacks: the table itself, or some of its columns."""
    if not found:
        yield _create(connection, table)
        if table.description:
            yield f"comment on table {table.app} is {_literal(table.description)}"
    else:
        for column in _new_columns(table, found):
            # nullable: rows that are already there have no value yet, and the application's own never will
            yield f"alter table {table.app} add column {quoted(column.name)} {column.type}{_default(column)}"
        for name in KEPT_COLUMNS:
            if name not in found:
                yield f"alter table {table.app} add column {name} timestamptz default now()"
    for column in _new_columns(table, found):
        if column.description:
            yield f"comment on column {table.app}.{quoted(column.name)} is {_literal(column.description)}"


def _new_columns(table: Table, found: Columns) -> list[Column]:
    return [column for column in table.columns if column.name not in found]


def _create(connection: Connection, table: Table) -> str:
    lines = [_definition(table, column) for column in table.columns]
    lines += [f"{name} timestamptz not null default now()" for name in KEPT_COLUMNS]
    # looked at when the transaction ends, so that two rows may swap a value
    late = " deferrable initially immediate" if connection.kind == "postgres" else ""
    lines += [f"unique ({', '.join(map(quoted, key))}){late}" for key in table.unique]
    return f"create table {table.app} (\n    " + ",\n    ".join(lines) + "\n)"


def _definition(table: Table, column: Column) -> str:
    if column.name == "id":
        return "id uuid primary key default gen_random_uuid()"
    if column.name == table.row_key:
        return f"{table.key} text unique"
    required = " not null" if can_be_required(table, column) else ""
    return f"{quoted(column.name)} {column.type}{required}{_default(column)}"


def _default(column: Column) -> str:
    """Rows that are already there get it too when the column is added."""
    if column.default is None:
        return ""
    return " default '" + column.default.replace("'", "''") + "'"


def _foreign_keys(connection: Connection, table: Table, found: Columns) -> Iterator[str]:
    """For new columns of a table that is there. A new table gets its keys when it is filled."""
    if connection.kind == "postgres" and found:
        for column in _new_columns(table, found):
            if column.references:
                yield foreign_key_sql(table, column)


def _literal(text: str) -> str:
    return "'" + " ".join(text.split()).replace("'", "''") + "'"
