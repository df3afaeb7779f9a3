"""Lands one object by Bulk in a process of its own and holds at a point, for a test to kill it there."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from extract.database import Database
from extract.landing import LandingOptions, land_objects, reader
from extract.salesforce import Login
from tests.spec.test_landing_resume import NAME, PART_ROWS


def main(url: str, database: str, folder: str, point: str) -> None:
    left = int(os.environ["TIMES"])

    def report(event: str, **said: Any) -> None:
        nonlocal left
        left -= said.get("name") == point
        if not left and said.get("name") == point:
            print(point, flush=True)
            time.sleep(600)

    reader.ROWS_PER_PART = PART_ROWS
    login = Login(
        instance_url=url, client_id=os.environ["CLIENT_ID"], client_secret=os.environ["CLIENT_SECRET"]
    )
    data = Path(folder) / "data"
    land_objects(
        LandingOptions(login, Database(database), data, "first", only=(NAME,), bulk_from_rows=0), report
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
