"""Takes the pictures in docs/ from the demo's pages again; used by `make docs-pictures` after `make demo`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.pages.browser import browser, chromium, open_page

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "data" / "demo" / "site"
PICTURES = ROOT / "docs" / "pictures"


def main() -> int:
    """Take each picture; exit code 1 when the browser or the pages are missing."""
    if chromium() is None or not (SITE / "index.html").exists():
        print("Needs Chromium and the demo's pages. Run first: make demo", file=sys.stderr)
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    with browser(width=1280, height=1000) as context:
        page, _ = open_page(context, SITE / "index.html")
        page.screenshot(path=PICTURES / "status.png")
    print(f"docs/pictures: {', '.join(sorted(path.name for path in PICTURES.iterdir()))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
