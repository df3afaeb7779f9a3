"""Takes the pictures in docs/ from the demo's pages again; used by `make docs-pictures` after `make demo`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.pages.browser import chromium, open_page, profile, start_browser

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "data" / "demo" / "site"
PICTURES = ROOT / "docs" / "pictures"
SHOWN = {
    "status.png": {"width": 1400, "height": 1000},
    "status-dark.png": {"width": 1400, "height": 1000, "dark": True},
    "status-phone.png": {"width": 390, "height": 844},
}


def main() -> int:
    """Take each picture; exit code 1 when the browser or the pages are missing."""
    if chromium() is None or not (SITE / "index.html").exists():
        print("Needs Chromium and the demo's pages. Run first: make demo", file=sys.stderr)
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    with start_browser() as started:
        for name, looks in SHOWN.items():
            with profile(started, **looks) as context:  # type: ignore[arg-type]
                page, _ = open_page(context, SITE / "index.html")
                page.screenshot(path=PICTURES / name)
    print(f"docs/pictures: {', '.join(sorted(path.name for path in PICTURES.iterdir()))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
