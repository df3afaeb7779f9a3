"""Targets that can be copied, and what they hold, cell by cell."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from extract.database import Connection, Database, quoted

PASSWORD = "canary-database-password"  # the throw-away server takes any
Contents = dict[str, list[tuple[Any, ...]]]  # "schema.table" → its rows, sorted

# What two targets with the same records may differ in: which run or load brought a row, and when. By schema, since
# the same name elsewhere (staging's created_at) is what Salesforce says.
BOOKKEEPING: dict[str, set[str]] = {
    "raw": {
        "_dlt_load_id",  # the load that first saw the version
        "_extracted_at",  # the org's clock when it was served
        "window_end",  # where the cursor stands: when the last window ended
        "read_at",  # as of when a column that was read alone is known
        "updated_by_load",
        "first_seen",
        "last_seen",
    },
    "quality": {"run_id", "first_seen", "last_seen", "resolved_at"},
    "staging": {"_dlt_load_id", "_extracted_at"},
    "build": set(),
    "app": {"created_at", "updated_at"},  # when publish wrote the row: `written_since` compares that
}
STAGING = ("staged_loads", "changed_records", "built_models", "model_fingerprints", "built_nodes")
LEDGERS = (  # of loads, runs and builds
    "raw._dlt_",
    "raw._landed",
    "quality.results",
    "quality.issue",  # issues, their records and their counts tell of the runs that saw them
    *(f"staging.{name}" for name in STAGING),
)


@dataclass(frozen=True)
class Target:
    """A database and the data folder that belongs to it."""

    folder: Path
    server: str = ""  # PostgreSQL's maintenance database; "" makes it a DuckDB file

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    @property
    def database(self) -> Database:
        if not self.server:
            return Database(f"duckdb:///{self.data_dir}/landfall.duckdb")
        address = self.server.rpartition("/")[0].replace(":landfall@", f":{PASSWORD}@")
        return Database(f"{address}/{self.folder.name}")

    @contextmanager
    def copied(self, tablespace: str = "pg_default") -> Iterator[Target]:
        """A target with the same content, until the end of the block."""
        with new_target(self.folder.parent, self.server, like=self, tablespace=tablespace) as copy:
            yield copy


@contextmanager
def new_target(
    parent: Path, server: str = "", like: Target | None = None, tablespace: str = "pg_default"
) -> Iterator[Target]:
    """An empty target, or one like another, until the end of the block."""
    target = Target(parent / f"target_{uuid.uuid4().hex[:12]}", server)
    if like is not None:
        shutil.copytree(like.folder, target.folder)
    else:
        target.folder.mkdir()
    if server:
        template = f'template "{like.folder.name}"' if like is not None else ""
        administer(server, f'create database "{target.folder.name}" {template} tablespace {tablespace}')
    try:
        yield target
    finally:
        if server:
            administer(server, f'drop database "{target.folder.name}" with (force)')
        shutil.rmtree(target.folder)


def records_held(database: Database) -> Contents:
    """Every cell that must agree between targets with the same records."""
    return _contents(database, BOOKKEEPING, BOOKKEEPING)


def published(database: Database) -> Contents:
    """Every cell of the application schema, as its readers see it."""
    return _contents(database, ["app"], {"app": set()})


def of_schema(found: Contents, schema: str) -> Contents:
    return {table: rows for table, rows in found.items() if table.startswith(f"{schema}.")}


def written_since(database: Database, moment: Any) -> Contents:
    """The application's rows that publish wrote after the moment, by table."""
    with database.connect(read_only=True) as connection:
        return {
            table: sorted(
                connection.rows(
                    f"select {key}, created_at > ? from {table} where updated_at > ?",
                    (moment, moment),
                )
            )
            for table, key in _published_tables(connection).items()
        }


def last_write(database: Database) -> Any:
    """When publish last wrote a row of the application's."""
    with database.connect(read_only=True) as connection:
        found = [
            connection.value(f"select max(updated_at) from {table}")
            for table in _published_tables(connection)
        ]
    return max(moment for moment in found if moment is not None)


def assert_same(held: Contents, expected: Contents) -> None:
    """Fails with the tables that do not agree, and a few of the rows that are only here or only there."""
    told = []
    for table in sorted({*held, *expected}):
        here, there = held.get(table, []), expected.get(table, [])
        if (table in held, here) != (table in expected, there):
            only_here = [row for row in here if row not in there]
            only_there = [row for row in there if row not in here]
            told.append(
                f"{table}: {len(here)} rows, expected {len(there)}\n  only here: {only_here[:3]}\n"
                f"  missing:   {only_there[:3]}"
            )
    assert not told, "\n".join(told)


def loads_that_do_not_add_up(database: Database) -> list[tuple[Any, ...]]:
    """Loads of which raw holds more or fewer versions than the ledger says were committed with them."""
    with database.connect(read_only=True) as connection:
        if not connection.has_table("raw", "_landed"):
            return []
        ledger = {
            (name.lower(), load): count
            for name, load, count in connection.rows(
                "select object, load_id, sum(versions_new) from raw._landed group by object, load_id "
                "having sum(versions_new) > 0"
            )
        }
        held = {
            (table.removeprefix("raw."), load): count
            for table, columns in _columns(connection, ["raw"]).items()
            if "_version" in columns
            for load, count in connection.rows(
                f"select _dlt_load_id, count(*) from raw.{quoted(table.removeprefix('raw.'))} group by _dlt_load_id"
            )
        }
    return sorted(set(ledger.items()) ^ set(held.items()))


def _contents(database: Database, schemas: Iterable[str], left_out: Mapping[str, set[str]]) -> Contents:
    found = {}
    with database.connect(read_only=True) as connection:
        for table, columns in _columns(connection, schemas).items():
            if not table.startswith(LEDGERS):
                passed_over = left_out[table.partition(".")[0]]
                kept = [quoted(name) for name in columns if name not in passed_over]
                if table.startswith("app.") and "updated_at" in passed_over & set(columns):
                    # a row that left the build was deleted when publish wrote it, any other when Salesforce says
                    kept += ["deleted_at is null", "nullif(deleted_at, updated_at)"]
                    kept.remove(quoted("deleted_at"))
                found[table] = _rows(connection, table, kept)
    return found


def _published_tables(connection: Connection) -> dict[str, str]:
    """The application's tables that publish writes, each with its row key; staff write the overrides."""
    return {
        table: "salesforce_id" if "salesforce_id" in columns else "source_key"
        for table, columns in _columns(connection, ["app"]).items()
        if table != "app.overrides"
    }


def _columns(connection: Connection, schemas: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for schema, table, column in connection.rows(
        "select c.table_schema, c.table_name, c.column_name from information_schema.columns as c "
        "inner join information_schema.tables as t using (table_schema, table_name) "
        f"where c.table_schema in ({', '.join(repr(name) for name in schemas)}) and t.table_type = 'BASE TABLE' "
        "order by c.table_schema, c.table_name, c.column_name"
    ):
        found.setdefault(f"{schema}.{table}", []).append(column)
    return found


def _rows(connection: Connection, table: str, cells: list[str]) -> list[tuple[Any, ...]]:
    schema, _, name = table.partition(".")
    return sorted(connection.rows(f"select {', '.join(cells)} from {schema}.{quoted(name)}"), key=repr)


def administer(server: str, statement: str) -> Any:
    """Run one statement in the maintenance database; the first value of its answer."""
    connection = psycopg2.connect(server)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found = cursor.fetchone() if cursor.description else None
    connection.close()
    return found[0] if found else None
