"""The status page in a real browser, without a network: what it answers, and that everybody can use it.

A reader has ten seconds: each history of runs has to be told by the headline, four verdicts and a next step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page

from extract.database import Database
from sync.site.build import make_site
from sync.site.expected import Expected
from tests.pages import history
from tests.pages.browser import needs_chromium, open_page, profile, serious
from tests.pages.history import MARKER, SOON

pytestmark = [pytest.mark.browser, needs_chromium]


@dataclass(frozen=True)
class Case:
    """A history of runs, when the page is opened, and what the first screen has to say."""

    name: str
    fill: Callable[[Database], None]
    opened: datetime
    headline: str
    verdicts: tuple[str, str, str, str]  # complete, fresh, refused, budget
    states: dict[str, str]
    next_step: str
    expected: tuple[str, ...] = ()


GOOD = Case(
    "good",
    history.good_history,
    SOON,
    "In order, but look at what was refused.",
    ("Yes", "Yes", "Some", "Yes"),
    {"Account": "fresh", "Contact": "fresh", "app.schools": "fresh"},
    "Correct them in Salesforce",
)
REFUSED = Case(
    "refused",
    history.refused_history,
    SOON,
    "Not in order: what was refused.",
    ("Yes", "Yes", "Yes", "Yes"),
    {"Account": "refused", "Contact": "fresh", "app.schools": "refused"},
    "Look at the status page and the Data Docs",
)
CASES = (
    GOOD,
    replace(
        GOOD,
        name="three days later",
        opened=SOON + timedelta(days=3),
        headline="Not in order: freshness. Look also at what was refused.",
        verdicts=("Yes", "No", "Some", "Yes"),
        states={"Account": "late", "Contact": "late", "app.schools": "late"},
        next_step="See that the schedule still runs",
    ),
    REFUSED,
    Case(
        "a late object",
        history.late_object_history,
        SOON + timedelta(days=2),
        "In order, but look at freshness, what was refused.",
        ("Yes", "Look", "Some", "Yes"),
        {"Account": "fresh", "Contact": "late"},
        "`landfall sync` without --only reads all objects".replace("`", ""),
    ),
    Case(
        "an incomplete object",
        history.incomplete_history,
        SOON,
        "Not in order: completeness, what was refused.",
        ("No", "Yes", "Failed", "Yes"),
        {"Account": "fresh", "Contact": "incomplete"},
        "Run landfall sync once more",
    ),
    Case(
        "a table that is not proven",
        history.unproven_history,
        SOON,
        "Not in order: completeness. Look also at what was refused.",
        ("No", "Yes", "Some", "Yes"),
        {"Account": "fresh", "app.schools": "incomplete"},
        "Run landfall sync once more",
    ),
    Case(
        "an object never loaded, and one that the org refuses",
        history.never_loaded_history,
        SOON,
        "Not in order: completeness, freshness, what was refused.",
        ("No", "No", "Failed", "Yes"),
        {"Account": "never loaded", "Case": "not read", "Task": "never loaded"},
        "Give Read on Case.",
        ("Account", "Case", "Task"),
    ),
    Case(
        "the budget is spent",
        history.spent_budget_history,
        SOON,
        "Not in order: the API budget. Look also at what was refused.",
        ("Yes", "Yes", "Not yet", "No"),
        {"Account": "fresh"},
        "see what else uses the org's API",
    ),
)


def make(case: Case, database: Database, folder: Path) -> Path:
    """The page as it was made an hour after the second run, whenever it is opened."""
    case.fill(database)
    return make_site(database, folder / "site", Expected(case.expected), SOON)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_first_screen_answers_and_names_the_next_step(
    case: Case, duckdb_database: Database, tmp_path: Path, chromium_browser: Browser
) -> None:
    path = make(case, duckdb_database, tmp_path)
    with profile(chromium_browser, now=case.opened) as context:
        page, seen = open_page(context, path)

        assert seen.nothing_wrong, seen
        assert page.locator("#headline").inner_text() == case.headline
        assert tuple(page.locator(".answer .verdict").all_inner_texts()) == case.verdicts
        assert any(case.next_step in step for step in page.locator(".answer .next").all_inner_texts())
        assert {name: state_of(page, name) for name in case.states} == case.states
        bottom = page.locator(".answers").bounding_box()
        assert bottom is not None
        assert bottom["y"] + bottom["height"] < 1000  # without scrolling


def visible(rows: Locator) -> int:
    return sum(row.is_visible() for row in rows.all())


def state_of(page: Page, name: str) -> str:
    row = page.locator("tr.thing").filter(has=page.get_by_role("rowheader", name=name))
    return row.first.locator(".state").first.inner_text()


@pytest.mark.parametrize("looks", [{"dark": True}, {"width": 390, "height": 844}], ids=["dark", "on a phone"])
def test_it_keeps_nobody_out_in_the_dark_and_on_a_phone(
    looks: dict[str, int], duckdb_database: Database, tmp_path: Path, chromium_browser: Browser
) -> None:
    path = make(REFUSED, duckdb_database, tmp_path)
    with profile(chromium_browser, now=SOON, **looks) as context:  # type: ignore[arg-type]
        page, seen = open_page(context, path)
        assert seen.nothing_wrong, seen
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= (looks.get("width") or 1400)


def test_without_javascript_it_says_when_it_was_judged_and_is_readable_without_tables(
    duckdb_database: Database, tmp_path: Path, chromium_browser: Browser
) -> None:
    path = make(GOOD, duckdb_database, tmp_path)
    with profile(chromium_browser, width=390, height=844, javascript=False) as context:
        page, _ = open_page(context, path)
        assert page.locator("#fresh .verdict").inner_text() == "Yes"
        told = page.locator("#fresh").inner_text()
        assert "The last good sync ended 2026-03-03 06:00 UTC." in told
        assert "From 2026-03-04 08:00 UTC on it is late." in told
        assert "compare its moments with your clock" in page.locator("noscript").inner_text()
        row = page.locator("tr.thing", has_text="Contact").first
        assert row.evaluate("each => getComputedStyle(each).display") == "grid"
        label = "each => getComputedStyle(each, '::before').content"
        assert row.locator("td").nth(1).evaluate(label) == '"In the org"'


def test_the_numbers_of_the_page_are_those_of_ops(
    duckdb_database: Database, tmp_path: Path, chromium_browser: Browser
) -> None:
    path = make(GOOD, duckdb_database, tmp_path)
    with profile(chromium_browser, now=SOON) as context:
        page, _ = open_page(context, path)
        shown = {
            row.get_by_role("rowheader").evaluate("each => each.firstChild.textContent"): {
                cell.get_attribute("data-label"): cell.inner_text() for cell in row.locator("td").all()
            }
            for row in page.locator("#objects tr.thing, #tables tr.thing, #runs tr.thing").all()
        }
    with duckdb_database.connect(read_only=True) as connection:
        objects = connection.rows(
            "select object, in_org, in_raw, in_staging, versions_new, calls, retries from ops.run_objects "
            "inner join ops.completeness using (run_id, object) "
            "where run_id = (select max(run_id) from ops.runs) order by object"
        )
        tables = connection.rows(
            "select table_name, inserted, updated, deleted, unchanged from ops.run_tables"
        )
        unresolved = connection.value("select count(*) from ops.unresolved_references")
        landed = connection.rows("select run_id, sum(versions_new) from ops.run_objects group by run_id")
    names = ("In the org", "Held", "Passed", "Landed", "Calls", "Retries")
    for name, *counts in objects:
        assert [shown[name][each] for each in names] == [f"{count:,}" for count in counts]
    for name, *counts in tables:
        told = shown[f"app.{name}"]
        assert [told[each] for each in ("Inserted", "Updated", "Newly deleted", "Unchanged")] == [
            str(count) for count in counts
        ]
        assert told["Unresolved references"] == str(unresolved)
        assert (told["Rows"], told["Deleted in Salesforce"]) == ("2", "1")
    started = {run_id: f"{run_id[:4]}-{run_id[4:6]}-{run_id[6:8]} 06:00" for run_id, _ in landed}
    assert {shown[started[run_id]]["Landed"] for run_id, _ in landed} == {f"{total:,}" for _, total in landed}
    assert MARKER.encode() not in b"".join(file.read_bytes() for file in path.parent.rglob("*.*"))


def test_keys_lead_past_the_top_and_paper_shows_moments_instead_of_ages(
    duckdb_database: Database, tmp_path: Path, chromium_browser: Browser
) -> None:
    path = make(GOOD, duckdb_database, tmp_path)
    with profile(chromium_browser, now=SOON) as context:
        page, _ = open_page(context, path)
        assert page.locator("#objects time").first.inner_text() == "59 min ago"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the objects"
        page.keyboard.press("Enter")
        assert page.evaluate("location.hash") == "#objects"

        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator("#objects time").first.inner_text() == "2026-03-03 06:00"
        page.emulate_media(media="print")
        assert page.locator("nav").is_hidden()


@pytest.mark.parametrize(
    ("section", "shown", "others", "of_all"),
    [("#issues", 10, "More open issues, none of them worse: 3", 13), ("#runs", 8, "Earlier runs: 6", 14)],
)
def test_a_long_list_is_folded_until_somebody_asks_or_prints(
    section: str,
    shown: int,
    others: str,
    of_all: int,
    duckdb_database: Database,
    tmp_path: Path,
    chromium_browser: Browser,
) -> None:
    path = make(replace(GOOD, fill=history.long_history), duckdb_database, tmp_path)
    with profile(chromium_browser, now=SOON) as context:
        page, seen = open_page(context, path)
        assert seen.nothing_wrong, seen
        assert serious(page) == []
        rows = page.locator(f"{section} tr.thing")
        assert (rows.count(), visible(rows)) == (of_all, shown)
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert visible(rows) == of_all
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert visible(rows) == shown
        page.locator(f"{section} summary").press("Enter")
        assert page.locator(f"{section} summary").inner_text() == others
        assert visible(rows) == of_all
