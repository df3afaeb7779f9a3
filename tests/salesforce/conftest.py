"""A demo org for the client's tests, put back in order after each."""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from extract.salesforce import (
    BINARY_TYPES,
    COMPOUND_TYPES,
    Login,
    ObjectDescription,
    RetryPolicy,
    SalesforceClient,
    SpoolPart,
    open_client,
    read_window,
)
from extract.salesforce.span import Span
from tests.demo_org.running import RunningOrg, start_demo_org

QUICK = RetryPolicy(
    base_seconds=0.01,
    cap_seconds=0.05,
    tries=4,
    deadline_seconds=20,
    connect_timeout=2,
    read_timeout=1,
    first_poll_seconds=0.01,
    longest_poll_seconds=0.05,
    job_deadline_seconds=10,
)
ENDS = Span("SystemModstamp", None, datetime(2100, 1, 1, tzinfo=UTC))  # without it no job is taken up
LIMITS = {"maximum": 100_000, "used": 0, "page_rows": 2000, "result_rows": 50_000}


@dataclass
class Reports:
    """What the client said while it worked."""

    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __call__(self, event: str, **fields: Any) -> None:
        self.events.append((event, fields))

    def of(self, event: str) -> list[dict[str, Any]]:
        return [fields for name, fields in self.events if name == event]


@dataclass
class Reader:
    """A client of the demo org, and the shortest way to read an object with it."""

    org: RunningOrg
    client: SalesforceClient
    folder: Path
    reports: Reports

    def parts(
        self,
        name: str,
        *,
        where: str = "",
        bulk: bool = True,
        rows_per_part: int = 100_000,
        fields: list[str] | None = None,
        **options: Any,
    ) -> Iterator[SpoolPart]:
        description = self.client.describe(name)
        return read_window(
            self.client,
            description,
            fields or readable(description),
            where,
            self.folder,
            rows_per_part=rows_per_part,
            bulk_from_rows=0 if bulk else 10**9,
            report=self.reports,
            **options,
        )

    def records(self, name: str, **options: Any) -> list[dict[str, str]]:
        """All records, by Id."""
        found = [row for part in self.parts(name, **options) for row in content(part.path)]
        return sorted(found, key=lambda row: row["Id"])

    def leave(self, parts: Iterator[SpoolPart]) -> None:
        """Stop reading in the middle, and wait until the pages that were under way have reached the org too."""
        parts.close()  # type: ignore[attr-defined]
        downloads = self.client.downloads
        all_at_once = threading.Barrier(downloads.at_once, timeout=60)
        for passed in [downloads.submit(all_at_once.wait) for _ in range(downloads.at_once)]:
            passed.result()

    def requests(self, path: str, method: str = "") -> list[dict[str, Any]]:
        """The requests that reached the org whose path holds `path`."""
        logged = self.org.control("GET", "/requests")["requests"]
        return [entry for entry in logged if path in entry["path"] and method in ("", entry["method"])]

    def plant(self, fault: str, path: str = "", **settings: Any) -> None:
        self.org.control("POST", "/faults", {"fault": fault, "match": {"path": path}, **settings})


def readable(description: ObjectDescription) -> list[str]:
    return [one.name for one in description.fields if one.type not in COMPOUND_TYPES | BINARY_TYPES]


def content(path: Path) -> list[dict[str, str]]:
    csv.field_size_limit(1 << 27)
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, strict=True))


def login_to(org: RunningOrg, **changed: Any) -> Login:
    known = {"instance_url": org.url, "client_id": org.client_id, "client_secret": org.client_secret}
    return Login(**{**known, **changed})


@pytest.fixture(scope="session")
def shared_org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOrg]:
    with start_demo_org(tmp_path_factory.mktemp("org"), scale=200) as org:
        yield org


@pytest.fixture
def org(shared_org: RunningOrg) -> Iterator[RunningOrg]:
    shared_org.control("DELETE", "/requests")
    try:
        yield shared_org
    finally:
        shared_org.control("DELETE", "/faults")
        shared_org.control("POST", "/grants", {"rotate": False, "public_key": "", "session_seconds": None})
        shared_org.control("POST", "/limits", LIMITS)


@pytest.fixture
def reader(org: RunningOrg, tmp_path: Path) -> Iterator[Reader]:
    reports = Reports()
    with open_client(login_to(org), reports, QUICK) as client:
        org.control("DELETE", "/requests")
        yield Reader(org, client, tmp_path / "spool", reports)
