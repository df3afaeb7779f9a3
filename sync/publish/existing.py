"""Compares the tables that are there with the contract: what build must have, what the application may have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from extract.database import Connection
from extract.errors import PublishFailed
from sync.publish.column_types import type_in_database
from sync.publish.contract import Owner, Table

Columns = Mapping[str, str]
POSTGRES_WITH_MERGE = 150000


def check_server(connection: Connection) -> None:
    """PostgreSQL has MERGE since version 15. DuckDB comes with us, so its version is ours."""
    if (
        connection.kind == "postgres"
        and int(connection.value("show server_version_num")) < POSTGRES_WITH_MERGE
    ):
        version = connection.value("show server_version")
        raise PublishFailed(
            f"PostgreSQL {version} is too old: publish needs MERGE, which came with version 15.",
            connection.name,
            "Move the database to PostgreSQL 15 or newer. Nothing was published.",
        )


def check_build(connection: Connection, tables: Sequence[Table]) -> None:
    """Every build table is there, with every column that publish reads, in the type that was promised."""
    for table in tables:
        found = columns_of(connection, table.build_schema, table.build_name)
        where = f"{connection.name}, {table.build_schema}.{table.build_name}"
        advice = "Run `landfall transform`, then publish again. Nothing was published."
        if not found:
            raise PublishFailed(f"The build table of {table.name} is missing.", where, advice)
        for column in (column for column in table.columns if column.owner is not Owner.APP):
            if column.name not in found:
                what = f"The build table of {table.name} has no column {column.name}."
                raise PublishFailed(what, where, advice)
            if found[column.name] != column.type:
                what = f"{table.name}.{column.name} was built as {found[column.name]}, promised as {column.type}."
                raise PublishFailed(what, where, advice)


def check_app_table(connection: Connection, table: Table, found: Columns) -> None:
    """A table that is already there can be ours: it has our keys, and no column of another type.

    The type of a column that the application owns is its own matter: publish never writes there.
    """
    for name in ("id", table.row_key):
        if name not in found:
            raise PublishFailed(
                f"{table.label} exists but has no column {name}, so it was not made by a publish.",
                f"{connection.name}, {table.label}",
                "Rename the table, or give it the columns of the contract. Nothing was published.",
            )
    for column in (column for column in table.columns if column.owner is not Owner.APP):
        actual = found.get(column.name, column.type)
        if actual != column.type:
            raise PublishFailed(
                f"{table.label}.{column.name} is {actual}, but the contract promises {column.type}.",
                f"{connection.name}, {table.label}",
                "Publish never alters a column. Alter it in the application's own migration, or change the "
                "contract in dbt_project/models/application. Nothing was published.",
            )


def check_record(connection: Connection, run_id: str) -> None:
    """The run has its record, in which publish writes what it did."""
    known = connection.has_table("ops", "runs") and connection.value(
        "select count(*) from ops.runs where run_id = ?", (run_id,)
    )
    if not known:
        raise PublishFailed(
            f"Run {run_id} has no record in ops.runs.",
            connection.name,
            "Publish by `landfall sync` or `landfall publish`, which open a record first. Nothing was published.",
        )


def columns_of(connection: Connection, schema: str, table: str) -> dict[str, str]:
    """Column names and types of a table in one spelling; empty when it does not exist."""
    described = connection.rows(
        "select column_name, data_type, numeric_precision, numeric_scale, character_maximum_length"
        " from information_schema.columns"
        " where table_catalog = current_database() and table_schema = ? and table_name = ?",
        (schema, table),
    )
    return {str(name): type_in_database(*details) for name, *details in described}
