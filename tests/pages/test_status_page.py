"""The status page in a real browser: it needs nothing from outside, complains of nothing, fits a phone."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.database import Database
from sync.site.build import make_site
from tests.pages.browser import browser, needs_chromium, open_page
from tests.pages.history import good_history

pytestmark = [pytest.mark.browser, needs_chromium]


def test_the_page_is_whole_without_a_network_in_light_and_dark(
    duckdb_database: Database, tmp_path: Path
) -> None:
    good_history(duckdb_database)
    path = make_site(duckdb_database, tmp_path / "site")
    for dark in (False, True):
        with browser(dark=dark) as context:
            page, seen = open_page(context, path)
            assert seen.nothing_wrong, seen
            assert page.locator(".answer .verdict").all_inner_texts() == ["Yes", "Yes", "Look", "Yes"]
            assert (
                "ago" in page.locator("#age").inner_text() or "just now" in page.locator("#age").inner_text()
            )


def test_the_page_fits_a_phone_without_scrolling_sideways(duckdb_database: Database, tmp_path: Path) -> None:
    good_history(duckdb_database)
    path = make_site(duckdb_database, tmp_path / "site")
    with browser(width=390, height=800) as context:
        page, seen = open_page(context, path)
        assert seen.nothing_wrong, seen
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
