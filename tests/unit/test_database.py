"""Both databases answer the same through one interface, and refuse with a next step."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from extract.database import Connection, Database
from extract.errors import DatabaseUnavailable, SettingsError


def test_a_statement_tells_how_many_rows_it_changed(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("create table t (a text, b integer)")
        assert connection.execute("insert into t values (?, ?), ('100 %', 2)", ("x", 1)) == 2
        assert connection.rows("select a, b from t order by b") == [("x", 1), ("100 %", 2)]
        assert connection.value("select count(*) from t") == 2


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("create table t (a text)")
        with pytest.raises(ZeroDivisionError):
            insert_and_fail(connection)
        assert connection.value("select count(*) from t") == 0


def insert_and_fail(connection: Connection) -> None:
    with connection.transaction():
        connection.execute("insert into t values ('x')")
        raise ZeroDivisionError


def test_a_server_that_is_not_there_is_told_with_its_name_and_without_the_password() -> None:
    target = Database("postgresql://me:topsecret@127.0.0.1:1/app")
    with pytest.raises(DatabaseUnavailable) as refused, target.connect():
        pass
    assert refused.value.where == "PostgreSQL 127.0.0.1:1/app"
    assert "topsecret" not in refused.value.what + refused.value.where + refused.value.next_step


def test_a_file_that_is_not_a_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.duckdb").write_text(
        "not a database, but a text that is long enough to be read as one" * 200
    )
    with pytest.raises(DatabaseUnavailable), Database(f"duckdb:///{tmp_path}/x.duckdb").connect():
        pass


def test_an_unknown_kind_of_database_names_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="mysql") as refused:
        _ = Database("mysql://x/y").kind
    assert "postgresql://" in refused.value.next_step


def test_an_address_without_a_kind_is_not_repeated_because_it_may_begin_with_a_password() -> None:
    with pytest.raises(SettingsError) as refused:
        _ = Database("topsecret@host/app").kind
    assert "topsecret" not in refused.value.what


def test_a_duckdb_file_opens_after_a_crash_right_after_a_table_with_a_default_was_altered(
    duckdb_database: Database,
) -> None:
    """DuckDB 1.5.6 alone does not: when this fails because it does, extract/duckdb_file.py can go."""
    path = duckdb_database.path
    path.parent.mkdir()
    crash = (
        "import duckdb, os, signal, sys; c = duckdb.connect(sys.argv[1]);"
        "c.execute('create table t (id uuid default gen_random_uuid(), a text)');"
        "c.execute('alter table t add column b text'); c.execute(\"insert into t (a, b) values ('x', 'y')\");"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", crash, str(path)], check=False)
    with pytest.raises(duckdb.InternalException, match="replaying"):
        duckdb.connect(str(path))
    with duckdb_database.connect(read_only=True) as connection:
        assert connection.rows("select a, b from t where id is not null") == [("x", "y")]


def test_a_duckdb_file_is_private(duckdb_database: Database) -> None:
    with duckdb_database.connect() as connection:
        connection.execute("create table t (a text)")
    assert duckdb_database.path.stat().st_mode & 0o077 == 0
