"""Reads the open issues as the status page shows them: the first records, and how many there were run by run."""

from __future__ import annotations

from types import SimpleNamespace

from extract.database import Connection
from sync.quality.issues import read_issues

RECORDS_SHOWN = 3


def read_open_issues(connection: Connection) -> list[SimpleNamespace]:
    """Worst first; none while no validation has kept any."""
    return [
        SimpleNamespace(
            **{
                **each,
                "reopened": each["reopened"] or 0,
                "fields": ", ".join(each["fields"]),
                "trend": [counted["affected"] or 0 for counted in each["trend"]],
                "records": [record["id"] for record in each["records"]],
                "links": [_link(record["url"]) for record in each["records"]],
            }
        )
        for each in read_issues(connection, records_told=RECORDS_SHOWN)
    ]


def _link(url: str | None) -> str:
    """Nothing where the org is not on the web: a demo org has no pages."""
    return url if url and url.startswith("https://") else ""
