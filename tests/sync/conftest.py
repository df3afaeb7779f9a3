"""What tests of whole runs may ask for: a world of each kind, made once for a test process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sync.worlds import World, make_world


@pytest.fixture(scope="session")
def duckdb_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with make_world(tmp_path_factory.mktemp("duckdb"), "") as made:
        yield made


@pytest.fixture(scope="session")
def postgres_world(tmp_path_factory: pytest.TempPathFactory, postgres_server: str) -> Iterator[World]:
    with make_world(tmp_path_factory.mktemp("postgres"), postgres_server) as made:
        yield made


@pytest.fixture(
    params=[
        pytest.param("duckdb", marks=pytest.mark.xdist_group("world-duckdb")),
        pytest.param("postgres", marks=pytest.mark.xdist_group("world-postgres")),
    ],
)
def world(request: pytest.FixtureRequest) -> World:
    """The test runs once on each kind."""
    found: World = request.getfixturevalue(f"{request.param}_world")
    return found
