"""Reads one object by Bulk in a process of its own, for a test to kill it; holds at the third page."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from extract.salesforce import Login, open_client, read_window
from tests.salesforce.conftest import ENDS, QUICK


def main(url: str, folder: str, name: str, *fields: str) -> None:
    pages = 0

    def report(event: str, **said: Any) -> None:
        nonlocal pages
        pages += said.get("name") == "extract.page"
        if pages == 3:
            time.sleep(600)

    login = Login(
        instance_url=url, client_id=os.environ["CLIENT_ID"], client_secret=os.environ["CLIENT_SECRET"]
    )
    patient = replace(QUICK, read_timeout=600, deadline_seconds=600)
    with open_client(login, report, patient) as client:
        described = client.describe(name)
        options: dict[str, Any] = {"rows_per_part": 120, "bulk_from_rows": 0, "report": report, "span": ENDS}
        for _ in read_window(client, described, fields, "", Path(folder), **options):
            pass


if __name__ == "__main__":
    main(*sys.argv[1:])
