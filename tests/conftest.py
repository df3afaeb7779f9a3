"""What every test may ask for: an empty database of each kind."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from extract.database import Database
from tests.postgres_server import throwaway_postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """One PostgreSQL server for the test process; each test gets a database of its own in it."""
    with throwaway_postgres() as url:
        yield url


@pytest.fixture
def postgres_database(postgres_server: str) -> Iterator[Database]:
    """An empty PostgreSQL database."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    _administer(postgres_server, f'create database "{name}"')
    try:
        yield Database(postgres_server.rpartition("/")[0] + "/" + name)
    finally:
        _administer(postgres_server, f'drop database "{name}" with (force)')


@pytest.fixture
def duckdb_database(tmp_path: Path) -> Database:
    """An empty DuckDB file."""
    return Database(f"duckdb:///{tmp_path}/target/landfall.duckdb")


@pytest.fixture(params=["duckdb", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    """An empty database; the test runs once on each kind."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


def _administer(server: str, statement: str) -> None:
    connection = psycopg2.connect(server)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole runs first: with several test processes, one that comes last would keep the others waiting."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/sync/"))
