"""A run is watched in the browser while it works: what it does, how it dies, and that the page brings its numbers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from extract.database import Database
from extract.errors import DataRefused
from sync.settings import ROOT
from sync.site.build import make_site
from sync.site.live import LiveFile
from tests.demo_org.running import start_demo_org
from tests.pages.browser import needs_chromium, open_page, profile, serious
from tests.pages.history import SOON, add_run, good_history
from tests.sync.whole_runs import Sync

pytestmark = [pytest.mark.browser, needs_chromium]
PATIENCE = 20_000  # milliseconds that a page may take on a busy machine


def test_a_page_opened_from_its_file_shows_the_run_and_then_its_numbers(
    duckdb_database: Database, tmp_path: Path, chromium_browser: Browser
) -> None:
    good_history(duckdb_database)
    path = make_site(duckdb_database, tmp_path, now=SOON)
    with profile(chromium_browser) as context:
        page, seen = open_page(context, path)
        assert page.locator("#live").is_hidden()
        live = LiveFile(tmp_path, "20260303T070000Z-cccc", "sync")
        live.run_started("20260303T070000Z-cccc", "sync", "x")
        page.reload()
        live.stage_started("extract")
        for done in (0, 2000):
            live.event(
                "extract",
                {"event": "progress", "object": "Contact", "done": done, "expected": 4045, "unit": "records"},
            )
        live.event("extract", {"event": "retry", "object": "Task", "what": "HTTP 503", "wait": 2.0})
        fault = {
            "event": "failed",
            "object": "Case",
            "what": "You may not read it.",
            "next_step": "Give Read.",
        }
        live.event("extract", fault)
        shown = page.locator("#live")
        expect(shown).to_contain_text("2,000 of 4,045 records", timeout=PATIENCE)
        for words in ("A run of sync is at work", "1 retry so far", "Case: You may not read it. Give Read."):
            expect(shown).to_contain_text(words)
        assert shown.locator("[aria-current=step]").inner_text().startswith("extract")
        assert page.locator("#announced").inner_text() == "Stage extract: Salesforce → raw"
        assert serious(page) == []

        live.stage_ended("extract", "failed", 3.0, "")
        with duckdb_database.connect() as connection:
            add_run(
                connection,
                "20260303T070000Z-cccc",
                state="refused",
                exit_code=30,
                day=1.04,
                what="A rule refuses the data.",
                next_step="Correct it.",
            )
        make_site(duckdb_database, tmp_path, now=SOON)
        live.close(DataRefused("A rule refuses the data.", "", "Correct it."))

        expect(page.locator("#refused")).to_contain_text("A rule refuses the data.", timeout=PATIENCE)
        expect(page.locator("#refused .next")).to_contain_text("Correct it.")
        assert page.locator("#live").is_hidden()
        assert seen.nothing_wrong, seen


def test_a_run_that_is_killed_is_told_by_the_served_page(tmp_path: Path, chromium_browser: Browser) -> None:
    """A real run, whose first page is there before it has read anything."""
    database = Database(f"duckdb:///{tmp_path}/data/landfall.duckdb")
    with start_demo_org(tmp_path / "org", scale=20) as org, profile(chromium_browser) as context:
        sync = Sync(org, database, tmp_path / "data")
        held_at = sync.held_at("extract.spooled", "extract", "--only", "Account")
        with held_at as held, served(sync) as url:
            page, seen = open_page(context, url)
            expect(page.locator("#live")).to_contain_text("A run of extract is at work", timeout=PATIENCE)
            assert page.locator("#complete .verdict").inner_text() == "Unknown"  # nothing was ever read
            told = sync.run("status", "--check")  # without waiting for the run's database
            assert (told.code, told.outcome["at_work"]["stage"]) == (5, "extract")

            held.kill()
            held.wait()
            expect(page.locator("#live")).to_contain_text("broke off", timeout=PATIENCE)
            expect(page.locator("#live")).to_contain_text("Its process is gone. Run landfall sync again")
            assert seen.nothing_wrong, seen


@contextmanager
def served(sync: Sync) -> Iterator[str]:
    """`landfall serve`, as a user starts it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sync", "serve", "--port", "0"],
        cwd=ROOT,
        env=sync.environment({}),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[0]
    finally:
        process.terminate()
        assert process.wait(20) == 0
        process.stdout.close()
