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


# Each of their tests lands records, validates them or builds models. `make test` asks them of DuckDB, the share in CI of PostgreSQL too.
SHARED_ON_POSTGRES = {
    "test_affiliations_and_activities.py",  # and with it the story of the models, which these files tell
    "test_blanks.py",
    "test_contacts.py",
    "test_described_types.py",
    "test_events.py",
    "test_landing_compose.py",
    "test_landing_crash.py",
    "test_landing_org.py",
    "test_landing_reconcile.py",
    "test_landing_referrers.py",
    "test_landing_refused_part.py",
    "test_landing_returned.py",
    "test_landing_verify.py",
    "test_landing_versions.py",
    "test_plan.py",
    "test_proof_of_models.py",
    "test_reach.py",
    "test_reporting.py",
    "test_schema_changes.py",
    "test_validation_quarantine.py",
    "test_validation_rules.py",
}


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What the share in CI proves is no part of `make test`. Whole runs come first: the last would keep others waiting."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        if item.path.name in SHARED_ON_POSTGRES and callspec and "postgres" in callspec.params.values():
            item.add_marker("share")
        if item.get_closest_marker("share"):
            item.add_marker("slow")
    items.sort(key=lambda item: not item.nodeid.startswith("tests/sync/"))
