"""A database file that was written anew holds all that lived, as it was, and nothing of what was deleted."""

from __future__ import annotations

import stat
from typing import Any

import pytest

from extract.database import Connection, Database
from extract.errors import LandfallError
from sync.erasing.compact import compact, rewrite

CATALOGUE = (
    "select schema_name, table_name, comment, sql from duckdb_tables() where not internal order by 1, 2",
    "select schema_name, view_name, comment, sql from duckdb_views() where not internal order by 1, 2",
    "select schema_name, table_name, column_name, comment, column_default from duckdb_columns() where not internal order by 1, 2, 3",
    "select schema_name, table_name, constraint_text from duckdb_constraints() order by 1, 2, 3",
    "select index_name, sql from duckdb_indexes()",
)


def fill(connection: Connection) -> None:
    for statement in (
        "create schema app",
        "create schema typed",
        "create sequence app.numbers",
        "create table app.parents (id uuid primary key default gen_random_uuid(), name text not null unique)",
        "create table app.people (id integer, name text, born date default current_date, parent uuid references app.parents (id))",
        "create index people_by_name on app.people (name)",
        "comment on table app.people is 'Those who are here.'",
        "comment on column app.people.name is 'What they are called.'",
        "create view typed.people as select * from app.people",
        "comment on view typed.people is 'landfall 123'",
        "insert into app.people (id, name) select range, 'Zzmarker ' || range from range(5000)",
        "select nextval('app.numbers')",
        "select nextval('app.numbers')",
    ):
        connection.execute(statement)


def catalogue(connection: Connection) -> list[Any]:
    return [connection.rows(query) for query in CATALOGUE]


def test_the_file_is_the_same_without_what_was_deleted(duckdb_database: Database) -> None:
    path = duckdb_database.path
    with duckdb_database.connect() as connection:
        fill(connection)
        connection.execute("checkpoint")
        assert b"Zzmarker" in path.read_bytes()
        connection.execute("delete from app.people where id > 0")
        connection.execute("update app.people set name = 'Somebody'")
        connection.execute("checkpoint")
        before = catalogue(connection)
    path.with_name(path.name + ".new").write_bytes(b"Zzmarker: what a rewrite that was killed left")

    compact(duckdb_database)

    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert b"Zzmarker" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with duckdb_database.connect() as connection:
        assert catalogue(connection) == before
        assert connection.rows("select id, name from typed.people") == [(0, "Somebody")]
        assert connection.value("select nextval('app.numbers')") > 2


def test_a_copy_that_is_not_whole_does_not_take_the_place(
    duckdb_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with duckdb_database.connect() as connection:
        fill(connection)
        before = connection.rows("select count(*) from app.people")

    def refuse(*_: object) -> None:
        raise LandfallError("A table has another number of rows.")

    monkeypatch.setattr("sync.erasing.compact._compare", refuse)
    with pytest.raises(LandfallError):
        rewrite(duckdb_database.path)
    with duckdb_database.connect() as connection:
        assert connection.rows("select count(*) from app.people") == before


def test_postgres_is_rid_of_dead_rows(postgres_database: Database) -> None:
    with postgres_database.connect() as connection:
        connection.execute("create schema raw")
        connection.execute(
            "create table raw.people as select n, 'Zzmarker ' || n as name from generate_series(1, 500) n"
        )
        connection.execute("delete from raw.people")
    compact(postgres_database)
    with postgres_database.connect() as connection:
        assert connection.value("select pg_relation_size('raw.people')") == 0
