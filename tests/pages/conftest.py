"""One browser for all tests of pages, in one test process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.pages.browser import start_browser

HERE = Path(__file__).parent


@pytest.fixture(scope="package")
def chromium_browser() -> Iterator[Browser]:
    with start_browser() as started:
        yield started


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE) and item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("pages"))
