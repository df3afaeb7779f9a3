"""Opens pages in the machine's own Chromium, with the network blocked."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


def chromium() -> str | None:
    """The browser of this machine, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


needs_chromium = pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine")


@dataclass
class Seen:
    """What a page did while it was open."""

    failed: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def nothing_wrong(self) -> bool:
        return not (self.failed or self.outside or self.complaints)


@contextmanager
def start_browser() -> Iterator[Browser]:
    """One process for many pages; each page that is opened has a profile of its own."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), headless=True, args=ARGUMENTS)
        try:
            yield started
        finally:
            started.close()


@contextmanager
def profile(
    started: Browser,
    *,
    width: int = 1400,
    height: int = 1000,
    dark: bool = False,
    now: datetime | None = None,
    javascript: bool = True,
) -> Iterator[BrowserContext]:
    """A fresh profile; `now` is what its clock says, and stands still at."""
    context = started.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        java_script_enabled=javascript,
    )
    if now is not None:
        context.clock.set_fixed_time(now)
    try:
        yield context
    finally:
        context.close()


def open_page(context: BrowserContext, page_of: Path | str) -> tuple[Page, Seen]:
    """The page, loaded from its file or address, and what it asked for and complained of on the way."""
    seen = Seen()
    page = context.new_page()

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            seen.complaints.append(message.text)

    def answered(response: Response) -> None:
        if response.status >= 400:
            seen.failed.append(response.url)

    address = page_of.resolve().as_uri() if isinstance(page_of, Path) else page_of
    page.on("request", lambda request: _note_outside(request.url, address, seen))
    page.on("requestfailed", lambda request: seen.failed.append(request.url))
    page.on("response", answered)
    page.on("console", note)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.goto(address, wait_until="load")
    return page, seen


def serious(page: Page) -> list[str]:
    """What axe finds that keeps somebody out."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {[node['html'][:120] for node in each['nodes'][:3]]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


def _note_outside(url: str, address: str, seen: Seen) -> None:
    """Outside is what is no file and not of the server that the page came from."""
    own = address if address.startswith("http") else "file:"
    if not url.startswith((own, "data:", "blob:")):
        seen.outside.append(url)
