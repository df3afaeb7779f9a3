"""A running demo org for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo_org.calls import Caller
from tests.demo_org.running import RunningOrg, start_demo_org


@pytest.fixture(scope="session")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOrg]:
    """A small org over http, shared by all tests: what one changes in it, the others have to do with."""
    with start_demo_org(tmp_path_factory.mktemp("org"), scale=20) as running:
        yield running


@pytest.fixture
def caller(org: RunningOrg) -> Iterator[Caller]:
    """A logged-in caller; afterwards the org has no faults and no restrictions any more."""
    org.control("DELETE", "/requests")
    with Caller(org) as calling:
        yield calling
    org.control("DELETE", "/faults")
    org.control("POST", "/limits", {"maximum": 100_000, "used": 0})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for an org of the test's own."""
    return tmp_path / "org"
