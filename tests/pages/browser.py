"""Opens pages in the machine's own Chromium, with the network blocked."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, sync_playwright

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
def browser(*, width: int = 1400, height: int = 1000, dark: bool = False) -> Iterator[BrowserContext]:
    """A fresh browser profile."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=chromium(),
            headless=True,
            args=ARGUMENTS,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
        )
        try:
            yield context
        finally:
            context.close()


def open_page(context: BrowserContext, path: Path) -> tuple[Page, Seen]:
    """The page, loaded from its file, and what it asked for and complained of on the way."""
    seen = Seen()
    page = context.new_page()

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            seen.complaints.append(message.text)

    page.on("request", lambda request: _note_outside(request.url, seen))
    page.on("requestfailed", lambda request: seen.failed.append(request.url))
    page.on("console", note)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.goto(path.resolve().as_uri(), wait_until="load")
    return page, seen


def _note_outside(url: str, seen: Seen) -> None:
    if not url.startswith(("file:", "data:", "blob:")):
        seen.outside.append(url)
