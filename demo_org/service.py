"""The running org as its answers see it: records, sessions, usage, faults, jobs, cursors, permissions."""

from __future__ import annotations

import re
import secrets
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import duckdb

from demo_org.faults import Faults
from demo_org.grants import Grants
from demo_org.jobs import Jobs
from demo_org.messages import Request
from demo_org.metadata.sobjects import SObject
from demo_org.query_cursors import QueryCursors
from demo_org.request_log import RequestLog
from demo_org.sessions import Sessions
from demo_org.soql import Plan, parse, translate
from demo_org.storage import Org
from demo_org.usage import Usage
from demo_org.wire import MACROS

CLIENT_ID = "landfall-demo"
LARGEST_PAGE_ROWS = 2000  # of a REST query
RESULT_PAGE_ROWS = 50_000  # of a Bulk job's result, where nothing else is asked for


@dataclass(frozen=True)
class Credentials:
    """What the one connected application of the org logs in with, and what opens the control API."""

    client_id: str = CLIENT_ID
    client_secret: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    control_key: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)


class Service:
    """One org that answers requests, for as long as its server runs."""

    def __init__(self, org: Org, folder: Path, credentials: Credentials) -> None:
        self.org = org
        self.credentials = credentials
        self.url = ""
        self.started = org.now()
        self.sessions = Sessions(org.organization_id)
        self.grants = Grants()
        self.usage = Usage()
        self.faults = Faults()
        self.log = RequestLog()
        self.described_at: dict[str, datetime] = {}  # objects whose fields changed since the start
        self.unreadable: frozenset[str] = frozenset()
        self.unshared: frozenset[str] = frozenset()
        self.page_rows = LARGEST_PAGE_ROWS  # Salesforce may choose fewer
        self.result_rows = RESULT_PAGE_ROWS
        self._local = threading.local()
        work = _empty(folder / "work")
        _limit(org.cursor(), work / "spill")
        self.cursors = QueryCursors(_empty(work / "cursors"))
        self.jobs = Jobs(_empty(work / "jobs"), self.reader)

    def reader(self) -> duckdb.DuckDBPyConnection:
        """This thread's own connection."""
        if not hasattr(self._local, "reader"):
            self._local.reader = self.org.cursor()
            for macro in MACROS:
                self._local.reader.execute(macro)
        found: duckdb.DuckDBPyConnection = self._local.reader
        return found

    def objects(self) -> Mapping[str, SObject]:
        """The objects the integration user may read."""
        return {name: o for name, o in self.org.objects.items() if name not in self.unreadable}

    def plan(self, soql: str, *, include_deleted: bool) -> Plan:
        """What a statement asks for; rows that nobody shares with the user are left out."""
        plan = translate(parse(soql), self.objects(), include_deleted=include_deleted)
        if plan.sobject.name in self.unshared:
            return replace(plan, where=" WHERE false", parameters=())
        return plan

    def soql_of(self, request: Request) -> str:
        """The query a request is about: its own, or that of the job or cursor it names."""
        if found := re.search(r"/jobs/query/(\w+)", request.path):
            return self.jobs.soql_of(found[1])
        if found := re.search(r"/query/(\w+)-\d+", request.path):
            return self.cursors.soql_of(found[1])
        if request.method == "POST":
            return request.body.decode("utf-8", "replace")
        return request.query.get("q", "")

    def close(self) -> None:
        self.jobs.close()
        self.org.close()


def _empty(folder: Path) -> Path:
    """A new folder; what an earlier server left there is gone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    return folder


def _limit(connection: duckdb.DuckDBPyConnection, spill: Path) -> None:
    """Let DuckDB put on disk what does not fit into its memory."""
    target = str(spill).replace("'", "''")
    connection.execute(f"SET temp_directory = '{target}'")
