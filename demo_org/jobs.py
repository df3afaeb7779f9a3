"""Runs Bulk API 2.0 query jobs, a few at a time, and keeps their results until they are deleted."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from demo_org.exports import Export, write_export
from demo_org.faults import Rule
from demo_org.ids import record_id
from demo_org.refusals import Refused, not_found
from demo_org.soql import Plan

AT_ONCE = 2
KEPT = 200  # ended jobs; Salesforce keeps them for seven days
ENDED = ("JobComplete", "Failed", "Aborted")


@dataclass
class Job:
    """One query job. `lock` guards its state, which its worker and the requests both change."""

    id: str
    operation: str
    version: str
    plan: Plan
    delimiter: str
    line_ending: str
    created: datetime
    planted: Rule | None
    state: str = "UploadComplete"
    error: str = ""
    milliseconds: int = 0
    export: Export | None = None

    @property
    def rows(self) -> int:
        return self.export.rows if self.export else 0


class Jobs:
    """The jobs of the org by their Ids, in the order they were made."""

    def __init__(self, folder: Path, cursor: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        self._folder = folder
        self._cursor = cursor
        self._jobs: dict[str, Job] = {}
        self._made = 0
        self._lock = threading.Lock()
        self._workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="job")

    def submit(
        self,
        plan: Plan,
        *,
        operation: str,
        version: str,
        delimiter: str,
        line_ending: str,
        now: datetime,
        planted: Rule | None,
    ) -> Job:
        """Take a job on; a worker runs it as soon as one is free."""
        with self._lock:
            self._made += 1
            job_id = record_id("750", self._made)
            job = Job(job_id, operation, version, plan, delimiter, line_ending, now, planted)
            self._jobs[job_id] = job
            ended = [old for old in self._jobs.values() if old.state in ENDED]
            for old in ended[:-KEPT]:
                del self._jobs[old.id]
        for old in ended[:-KEPT]:
            self._path(old).unlink(missing_ok=True)
        self._workers.submit(self._run, job)
        return job

    def get(self, job_id: str) -> Job:
        with self._lock:
            found = self._jobs.get(job_id)
        if found is None:
            raise not_found()
        return found

    def soql_of(self, job_id: str) -> str:
        """The query of a job; "" when there is no such job."""
        with self._lock:
            return self._jobs[job_id].plan.soql if job_id in self._jobs else ""

    def all(self) -> list[Job]:
        """Newest first."""
        with self._lock:
            return list(reversed(self._jobs.values()))

    def abort(self, job: Job) -> None:
        with self._lock:
            if job.state in ENDED:
                message = f"Aborting already {job.state} Job not allowed"
                raise Refused(400, "INVALIDJOBSTATE", message)
            job.state = "Aborted"

    def delete(self, job: Job) -> None:
        """Forget a job and its results."""
        with self._lock:
            if job.state not in ENDED:
                raise Refused(400, "INVALIDJOBSTATE", "Deleting a Job that has not ended is not allowed")
            self._jobs.pop(job.id, None)
        self._path(job).unlink(missing_ok=True)

    def close(self) -> None:
        self._workers.shutdown(wait=False, cancel_futures=True)

    # -- a worker's thread -----------------------------------------------------------------------

    def _run(self, job: Job) -> None:
        if not self._move(job, "UploadComplete", "InProgress"):
            return
        if job.planted is not None:
            self._run_planted(job, job.planted)
            return
        started = time.monotonic()
        try:
            export = write_export(self._cursor(), job.plan, self._path(job), job.delimiter, job.line_ending)
        except (duckdb.Error, OSError) as error:
            # The job says so to whoever asks for it; the text of the database stays in the server's log.
            job.error = f"InternalServerError: {type(error).__name__}"
            traceback.print_exc()
            self._move(job, "InProgress", "Failed")
            return
        job.milliseconds = round((time.monotonic() - started) * 1000)
        job.export = export
        if not self._move(job, "InProgress", "JobComplete"):
            export.path.unlink(missing_ok=True)

    def _run_planted(self, job: Job, rule: Rule) -> None:
        """The end a fault rule wants; a stuck job stays in progress until it is aborted."""
        if rule.fault == "failed_job":
            job.error = str(
                rule.settings.get("message", "InternalServerError: Retried more than fifteen times")
            )
            self._move(job, "InProgress", "Failed")
        elif rule.fault == "aborted_job":
            self._move(job, "InProgress", "Aborted")

    def _move(self, job: Job, before: str, after: str) -> bool:
        """Change the state, unless someone else has changed it meanwhile."""
        with self._lock:
            if job.state != before:
                return False
            job.state = after
            return True

    def _path(self, job: Job) -> Path:
        return self._folder / f"{job.id}.csv"
