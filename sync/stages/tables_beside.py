"""Reads what the models stand on beside dbt, and tells them from which code to build."""

from __future__ import annotations

from collections.abc import Mapping

from extract.database import Connection
from sync.stages.node_code import digest


def typed_columns(connection: Connection) -> dict[str, dict[str, str]]:
    """What landed, with its types."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.rows(
        "select table_name, column_name, data_type from information_schema.columns where table_schema = 'typed'"
    ):
        found.setdefault(table, {})[column] = kind
    return found


def beside(connection: Connection) -> str:
    """A hash of which tables are there that dbt does not make, and of the staff's corrections."""
    tables = connection.rows(
        "select table_schema, table_name from information_schema.tables"
        " where table_schema in ('app', 'ops', 'quality') order by 1, 2"
    )
    corrections = ""
    if ("app", "overrides") in tables:
        corrections = connection.value(
            "select md5(string_agg(said, ',' order by said)) from ("
            " select concat_ws('|', table_name, row_key, column_name, value) as said from app.overrides) as o"
        )
    return digest([repr(tables), corrections or ""])


def write_fingerprints(connection: Connection, fingerprints: Mapping[str, str]) -> None:
    """Say from which code each incremental model is to be built; one that was built from another starts anew."""
    connection.execute("create schema if not exists staging")
    connection.execute(
        "create table if not exists staging.model_fingerprints (model_name text not null, fingerprint text not null)"
    )
    connection.execute("delete from staging.model_fingerprints")
    for name, fingerprint in fingerprints.items():
        connection.execute(
            "insert into staging.model_fingerprints (model_name, fingerprint) values (?, ?)",
            (name, fingerprint),
        )
    connection.execute("drop table if exists staging.built_from")  # what earlier versions kept instead
