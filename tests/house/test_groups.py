"""Tests that share what is costly to make run in one process."""

from __future__ import annotations

import os

import pytest

from sync.settings import ROOT
from tests.conftest import SHARED_ON_POSTGRES


@pytest.mark.xdist_group("house")
def test_a_group_of_tests_stays_together(request: pytest.FixtureRequest) -> None:
    """pytest 9.2 and pytest-xdist 3.8 do not: then every process makes what one should make for all."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        assert request.node.nodeid.endswith("@house")


def test_every_file_of_which_ci_shares_a_part_is_there() -> None:
    assert {path.name for path in (ROOT / "tests" / "spec").glob("test_*.py")} >= SHARED_ON_POSTGRES
