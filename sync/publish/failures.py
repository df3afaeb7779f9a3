"""Turns what a database says when a publish fails into what happened, where, and the next step.

The databases put rows' values into their messages ("Key (name)=(…) already exists"), so their text is never
passed on: only the kind of failure and the names of tables, columns and constraints are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import psycopg2

from extract.database import Connection
from extract.errors import DatabaseUnavailable, PublishFailed

AGAIN = "Run again; nothing half done was kept."
NOTHING = "Nothing was published."

_BY_SQLSTATE = {
    "42501": (
        "The database user may not write to {table}.",
        "Grant the user of DATABASE_URL usage and create on schema app, and make it the owner of its tables.",
    ),
    "55P03": (
        "Another session kept {table} locked for too long.",
        "End the transaction that holds it (pg_stat_activity shows it), then run again.",
    ),
    "40P01": ("Publish and another session waited for each other at {table}.", AGAIN),
    "40001": ("Another session changed {table} at the same moment.", AGAIN),
    "57014": (
        "The database cancelled the statement on {table}.",
        "Raise statement_timeout for this user, then run again.",
    ),
    "42P07": (
        "{table} exists, but the database user may not see it.",
        "Grant the user of DATABASE_URL all rights on it, or rename the table.",
    ),
    "42809": (
        "{table} is not a plain table.",
        "Rename the view or object that has its name, then publish again.",
    ),
    "23505": (
        "A row that Salesforce brings to {table} would repeat a value that has to be unique.",
        "Look for a row of the application's own with the same value, or the same id, salesforce_id or source_key; change that row.",
    ),
    "23503": (
        "A row in {table} points at a row that is not there.",
        "See the foreign key named above; it is checked when all tables are merged.",
    ),
    "23502": (
        "A row in {table} has no value where one is required.",
        "Let the model bring a value, or drop `not null` in the application's migration.",
    ),
    "23514": (
        "A row in {table} breaks a check constraint of the application.",
        "Change the check, or the model.",
    ),
    "P0001": (
        "A trigger of the application refused a row in {table}.",
        "See the trigger; it has to accept synced rows.",
    ),
}
_VALUE_DOES_NOT_FIT = (
    "A value does not fit its column in {table}.",
    "See that build and app have the same column types.",
)
_TYPE_MISMATCH = (
    "A column of {table} has a type that does not go with what was built.",
    _VALUE_DOES_NOT_FIT[1],
)


@contextmanager
def explained(connection: Connection, table: str) -> Iterator[None]:
    """Any failure of the database inside the block becomes PublishFailed or DatabaseUnavailable, with the table."""
    try:
        yield
    except DatabaseUnavailable as error:
        state = getattr(error.__cause__, "pgcode", None)
        if state in _BY_SQLSTATE:
            raise _failed(connection, table, state, "") from None
        where = error.where if table in error.where else f"{error.where}, {table}"
        raise DatabaseUnavailable(error.what, where, error.next_step) from error
    except psycopg2.Error as error:
        raise _explain_postgres(
            connection, table, error
        ) from None  # the cause would carry a row's values along
    except duckdb.Error as error:
        raise _explain_duckdb(connection, table, error) from None


def _explain_postgres(connection: Connection, table: str, error: psycopg2.Error) -> PublishFailed:
    diagnosis = error.diag
    schema, name = diagnosis.schema_name, diagnosis.table_name
    named = [("column", diagnosis.column_name), ("constraint", diagnosis.constraint_name)]
    detail = "".join(f", {kind} {found}" for kind, found in named if found)
    return _failed(connection, f"{schema}.{name}" if schema and name else table, error.pgcode or "", detail)


def _failed(connection: Connection, table: str, state: str, detail: str) -> PublishFailed:
    other = (
        f"PostgreSQL refused a statement on {{table}} (SQLSTATE {state or 'unknown'}).",
        "See the server's log.",
    )
    if state.startswith("22"):
        other = _VALUE_DOES_NOT_FIT
    elif state in ("42804", "42883"):
        other = _TYPE_MISMATCH
    what, advice = _BY_SQLSTATE.get(state, other)
    return PublishFailed(
        what.format(table=table), f"{connection.name}, {table}{detail}", f"{advice} {NOTHING}"
    )


def _explain_duckdb(connection: Connection, table: str, error: duckdb.Error) -> PublishFailed:
    text, detail = str(error), ""
    if isinstance(error, duckdb.TransactionException):
        what, advice = _BY_SQLSTATE["40001"]
    elif isinstance(error, duckdb.ConversionException | duckdb.OutOfRangeException):
        what, advice = _VALUE_DOES_NOT_FIT
    elif isinstance(error, duckdb.ConstraintException):
        what, advice, detail = _explain_constraint(text)
    else:
        what = f"DuckDB refused a statement on {{table}} ({type(error).__name__})."
        advice = "See that build and app have the tables and columns of the contract."
    return PublishFailed(
        what.format(table=table), f"{connection.name}, {table}{detail}", f"{advice} {NOTHING}"
    )


def _explain_constraint(text: str) -> tuple[str, str, str]:
    missing = re.search(r"NOT NULL constraint failed: (\w+)\.(\w+)", text)
    if missing:
        return (*_BY_SQLSTATE["23502"], f", column {missing[2]}")
    if "foreign key" in text:
        advice = (
            "DuckDB cannot change a row that a foreign key points at: drop the application's foreign key."
        )
        return "DuckDB's foreign keys do not let publish change a row in {table}.", advice, ""
    repeated = re.search(r"Duplicate key \"(\w+): ", text)
    if repeated:
        return (*_BY_SQLSTATE["23505"], f", column {repeated[1]}")
    return (*_BY_SQLSTATE["23514"], "")
