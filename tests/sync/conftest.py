"""What tests of whole runs may ask for: a world of each kind, made once for a test process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sync.worlds import KINDS, World, make_world


@pytest.fixture(scope="session")
def duckdb_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with make_world(tmp_path_factory.mktemp("duckdb"), "") as made:
        yield made


@pytest.fixture(scope="session")
def postgres_world(tmp_path_factory: pytest.TempPathFactory, postgres_server: str) -> Iterator[World]:
    with make_world(tmp_path_factory.mktemp("postgres"), postgres_server) as made:
        yield made


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest) -> World:
    """The test runs once on each kind."""
    found: World = request.getfixturevalue(f"{request.param}_world")
    return found


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups, whichever folder pytest was told
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one world go to one test process: a world takes two syncs to make."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        asked = callspec.params.get("world") if callspec else None
        for kind in KINDS:
            if asked == kind or f"{kind}_world" in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.xdist_group(f"world-{kind}"))
