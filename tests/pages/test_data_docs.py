"""The pages of Great Expectations, opened in Chromium with the network blocked: complete, and nothing goes out."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser

from expectations.suites import load_suites
from expectations.table_suites import load_table_suites
from expectations.validate import ValidationOptions, validate_landing
from extract.database import Database
from tests.pages.browser import needs_chromium
from tests.spec.landed import KEYS, land, make_typed

EXAMPLES = Path(__file__).parents[1] / "spec" / "examples" / "account.yml"

pytestmark = [pytest.mark.browser, needs_chromium]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of two runs: an object with failing rules, one with a rule that has no row, and all that is held."""
    folder = tmp_path_factory.mktemp("site")
    database = Database(f"duckdb:///{folder}/landfall.duckdb")
    accounts: list[dict[str, Any]] = [
        {"id": f"001{n:012d}AAA", "_version": "v", "name": f"Example {n}", "type": "Business"}
        for n in range(9)
    ]
    accounts[3] |= {"parentid": accounts[3]["id"], "description": "undefined"}
    accounts += [{"id": "001000000000099AAA", "_version": "v", "name": None, "type": "Business"}]
    columns = dict.fromkeys(yaml.safe_load(EXAMPLES.read_text())["base"].keys() - KEYS.keys(), "text")
    with database.connect() as connection:
        make_typed(connection, "Account", columns)
        land(connection, "Account", accounts)
        make_typed(connection, "Pathway__c", {"name": "text"})
        land(connection, "Pathway__c", [{"id": "a0Y000000000001AAA", "_version": "v", "name": "Health"}])
    (folder / "site").mkdir()
    (folder / "site" / "index.html").write_text(
        "<!doctype html><link rel=icon href=data:,><title>Status</title>"
    )
    for run in ("run-1", "run-2"):
        loads = {"Account": ("load-1",), "Pathway__c": ("load-1",)}
        docs = folder / "site" / "data-docs"
        validate_landing(
            ValidationOptions(database, run, loads, docs, folder / "results", 0.5), lambda *_, **__: None
        )
    return folder / "site"


@dataclass
class Visit:
    """An open page, and all that went wrong on it."""

    page: Any
    base: str
    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("requestfailed", lambda request: self.problems.append(f"failed {request.url}"))
        self.page.on("response", lambda answer: answer.status >= 400 and self.problems.append(answer.url))
        self.page.on("console", lambda m: m.type in ("error", "warning") and self.problems.append(m.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))

    @property
    def outside(self) -> list[str]:
        return [url for url in self.requests if not url.startswith((self.base, "data:"))]


@pytest.fixture(params=["file", "http"])
def visit(request: pytest.FixtureRequest, chromium_browser: Browser, site: Path) -> Iterator[Visit]:
    page = chromium_browser.new_page(viewport={"width": 1400, "height": 1000})
    if request.param == "file":
        opened = Visit(page, f"file://{site}")
        opened.listen()
        yield opened
    else:
        with _served(site) as base:
            opened = Visit(page, base)
            opened.listen()
            yield opened
    page.close()


class _served:
    """The folder over http on loopback, for the time of a block."""

    def __init__(self, folder: Path) -> None:
        handler = functools.partial(_QuietHandler, directory=str(folder))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def __enter__(self) -> str:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


def _pages(site: Path) -> list[str]:
    return [str(path.relative_to(site)) for path in (site / "data-docs").rglob("*.html")]


def test_every_page_is_there(site: Path) -> None:
    assert len(_pages(site)) == 1 + len(load_suites()) + len(load_table_suites()) + 1 + 2 * 3


def test_no_page_asks_for_anything_outside_and_none_has_an_error(visit: Visit, site: Path) -> None:
    kinds = ("index", "expectations/account", "validations/account", "validations/pathway/")
    for name in (next(name for name in _pages(site) if kind in name) for kind in kinds):
        visit.page.goto(f"{visit.base}/{name}", wait_until="load")
        visit.page.wait_for_timeout(300)

    assert visit.outside == []
    assert visit.problems == []
    assert any("bootstrap.min.css" in url for url in visit.requests)


def test_the_index_lists_the_runs_and_leads_to_a_result_and_back_to_the_status_page(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{visit.base}/data-docs/index.html")
    page.wait_for_selector("tr.clickable-row")

    rows = page.evaluate("[...document.querySelectorAll('tr.clickable-row')].map(row => row.innerText)")
    assert len([row for row in rows if "run-" in row]) == 2 * 3
    assert any("%" in row and "run-2" in row and "Account" in row for row in rows)
    page.locator("tr.clickable-row", has_text="Account").first.locator("td").nth(2).click()
    page.wait_for_selector("text=Overview")
    assert "(quarantine: name_is_there; Partnerships)" in page.content()
    page.get_by_text("Landfall: state of the sync").click()
    page.wait_for_load_state("load")
    assert page.title() == "Status"
    assert visit.problems == []


def test_failed_rules_can_be_shown_alone(visit: Visit, site: Path) -> None:
    shown = "[...document.querySelectorAll('table tbody tr')].filter(row => row.offsetParent).length"
    name = next(name for name in _pages(site) if "validations/account" in name)
    visit.page.goto(f"{visit.base}/{name}")
    visit.page.wait_for_selector("text=Overview")
    everything = visit.page.evaluate(shown)

    visit.page.locator("label", has_text="Failed Only").first.click()
    visit.page.wait_for_timeout(1000)  # the page forbids the eval that waiting for a function needs

    assert 0 < visit.page.evaluate(shown) < everything
    assert visit.problems == []


def test_the_page_of_a_result_names_the_records_that_break_a_rule_and_no_value(
    visit: Visit, site: Path
) -> None:
    for name in (name for name in _pages(site) if "validations/account" in name):
        visit.page.goto(f"{visit.base}/{name}")
        row = visit.page.locator("tr", has_text="name_is_there").first
        assert "001000000000099AAA" in row.inner_text()
        for rule in ("account_is_not_its_own_parent", "text_is_not_a_programs_word_for_nothing"):
            assert "001000000000003AAA" in visit.page.locator("tr", has_text=rule).first.inner_text()
        assert "001000000000004AAA" not in visit.page.content()
        assert "Sampled Unexpected Values" not in visit.page.content()
    assert visit.problems == []


def test_the_policy_of_the_page_stops_what_would_load_from_outside(visit: Visit) -> None:
    visit.page.goto(f"{visit.base}/data-docs/index.html")

    visit.page.evaluate("document.body.appendChild(new Image()).src = 'http://127.0.0.1:9/outside.png'")
    visit.page.wait_for_timeout(300)

    assert any("Content Security Policy" in text and "blocked" in text for text in visit.problems)
