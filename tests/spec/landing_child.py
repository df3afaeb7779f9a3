"""Lands one part in a process of its own and holds at a point, for a test to kill it there."""

from __future__ import annotations

import sys
from pathlib import Path

from extract.database import Database
from extract.landing.compose import compose_part
from tests.spec.landing import LandingSpec

ROOT = Path(__file__).resolve().parents[2]


def main(url: str, folder: str, hold_at: str, rows: str, how: str = "land") -> None:
    spec = LandingSpec(Database(url), Path(folder), hold_at)
    if how == "land":
        spec.landed(rows)
        return
    with spec.database.connect() as connection:
        compose_part(connection, spec.served(rows, ends=False), spec._report)


if __name__ == "__main__":
    main(*sys.argv[1:])
