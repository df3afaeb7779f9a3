"""Lands one part in a process of its own and holds at a point, for a test to kill it there."""

from __future__ import annotations

import sys
from pathlib import Path

from extract.database import Database
from tests.spec.landing import LandingSpec


def main(url: str, folder: str, hold_at: str, rows: str) -> None:
    LandingSpec(Database(url), Path(folder), hold_at).landed(rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
