"""Runs a Bulk API 2.0 query job from its creation to its removal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from extract.errors import JobFailed, SalesforceError
from extract.salesforce.answers import redacted
from extract.salesforce.body import read_records
from extract.salesforce.page_store import Listing
from extract.salesforce.refusals import ApiRefused
from extract.salesforce.retry import poll_wait
from extract.salesforce.sending import Sender
from extract.salesforce.unreachable import Passing, was_slow

_DONE = "JobComplete"
QUEUED = "UploadComplete"
LOST_STATES = ("Failed", "Aborted")
# Salesforce has no code of its own for "not by Bulk": these parts of its messages are the sign.
_NOT_BY_BULK = (
    "compound data not supported",
    "is not supported by the bulk api",
    "does not support query",
    "implementation restriction",
    "async api not enabled",
    "bulk api is not enabled",
)
_NO_MORE_JOBS = ("max bulk v2 query",)
_NOT_OFFERED = (404, 405, 501)  # a server or proxy that does not know the resource


class BulkUnfit(Exception):
    """Bulk does not serve this query; REST may. `used_up` when only the day's share of jobs is the reason."""

    def __init__(self, reason: str, *, used_up: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.used_up = used_up


class JobLost(Exception):
    """The job ended without a result: Failed, or Aborted or Deleted by somebody."""

    def __init__(self, job_id: str, state: str, message: str) -> None:
        super().__init__(state)
        self.job_id = job_id
        self.state = state
        self.message = message


class JobTooSlow(Exception):
    """The job ran for hours and was aborted; `error` says it in words."""

    def __init__(self, error: JobFailed) -> None:
        super().__init__(error.what)
        self.error = error


@dataclass(frozen=True)
class Job:
    id: str
    state: str
    records: int | None  # known when it is complete
    message: str = ""


@dataclass(frozen=True)
class ResultPage:
    rows: int
    locator: str  # of the page after this; "" at the end


class PageTooSlow(Exception):
    """A page of so many records, if it said how many, did not arrive in time; a smaller one may."""

    def __init__(self, error: SalesforceError, rows: int | None) -> None:
        super().__init__(error.what)
        self.error = error
        self.rows = rows


class BulkQueries:
    """The query jobs of one API version; results must be asked for with the version of the job."""

    def __init__(self, sender: Sender, version: str) -> None:
        self._sender = sender
        self._path = f"/services/data/v{version}/jobs/query"

    def create(self, query: str, about: str) -> Job:
        """A new job that reads deleted records too. Raises BulkUnfit when Bulk does not serve the query."""
        wanted = {"operation": "queryAll", "query": query, "columnDelimiter": "COMMA", "lineEnding": "LF"}
        try:
            return _job(self._sender.send_json("POST", self._path, wanted, about))
        except ApiRefused as refused:
            said = f"{refused.refusal.code} {refused.refusal.message}".lower()
            if any(sign in said for sign in _NO_MORE_JOBS):
                raise BulkUnfit(refused.refusal.message, used_up=True) from refused
            if any(sign in said for sign in _NOT_BY_BULK) or refused.refusal.code == "FeatureNotEnabled":
                raise BulkUnfit(refused.refusal.message or refused.refusal.code) from refused
            raise

    def find(self, job_id: str, about: str = "") -> Job | None:
        """The job as it is now; None when the org has removed it."""
        try:
            return _job(self._sender.get_json(f"{self._path}/{job_id}", about=about))
        except ApiRefused as refused:
            if refused.refusal.status == 404:
                return None
            raise

    def find_left(self, job_id: str, about: str) -> Job | None:
        """The job of an interrupted run; None when the org does not show it, because it is gone or another user's."""
        try:
            return self.find(job_id, about)
        except ApiRefused:
            return None

    def wait(self, job: Job, about: str) -> Job:
        """The job when it is complete. Raises JobLost; JobTooSlow for one that was aborted; JobFailed for one not begun."""
        policy = self._sender.policy
        begun = time.monotonic()
        while job.state != _DONE:
            if job.state in LOST_STATES:
                raise JobLost(job.id, job.state, job.message)
            elapsed = time.monotonic() - begun
            if elapsed > policy.job_deadline_seconds:
                raise self._given_up(job, about, elapsed / 3600)
            # An unknown state is waited for as well: Salesforce may name new ones.
            time.sleep(poll_wait(elapsed, policy))
            found = self.find(job.id, about)
            if found is None:
                raise JobLost(job.id, "Deleted", "somebody deleted it")
            job = found
        return job

    def _given_up(self, job: Job, about: str, hours: float) -> Exception:
        """What to raise for a job that takes too long: one that the org has not begun keeps its place in the queue."""
        if job.state == QUEUED:
            return JobFailed(
                f"The org did not begin the Bulk job for {about} in {hours:.1f} hours.",
                f"Bulk job {job.id}",
                "Run it again later: the same job is waited for. Setup → Bulk Data Load Jobs shows what is before it.",
            )
        self.abort(job.id)
        return JobTooSlow(
            JobFailed(
                f"The Bulk job for {about} was still “{job.state}” after {hours:.1f} hours; it was aborted.",
                f"Bulk job {job.id}",
                "Look at Setup → Bulk Data Load Jobs; run it again at a quieter hour.",
            )
        )

    def page_path(self, job: Job, locator: str, most_rows: int) -> str:
        """Where the page after a locator is ("": the first), with at most so many records."""
        path = f"{self._path}/{job.id}/results?maxRecords={most_rows}"
        return path + (f"&locator={locator}" if locator else "")

    def list_pages(self, job: Job, path: str, about: str) -> Listing | None:
        """Pages that may be read side by side, the first of them for the path ""; None where none are listed."""
        first = f"{self._path}/{job.id}/resultPages"
        try:
            answer = self._sender.get_json(path or first, about=about)
        except ApiRefused as refused:
            if refused.refusal.status in _NOT_OFFERED:
                return None
            raise
        pages = [
            self._own_path(job, page.get("resultUrl"), "results") for page in answer.get("resultPages") or ()
        ]
        # Salesforce's reference names the field in two ways.
        following = answer.get("nextRecordsUrl") or answer.get("nextRecordUrl")
        done = answer.get("done") is not False or not following
        return Listing(tuple(pages), "" if done else self._own_path(job, following, "resultPages"))

    def _own_path(self, job: Job, url: Any, resource: str) -> str:
        """The path and parameters of an address that an answer named. It must be of this job."""
        found = urlsplit(str(url))
        if found.path != f"{self._path}/{job.id}/{resource}" or not found.query:
            raise JobFailed(
                "Salesforce named a result page that is not one of the job's.",
                f"Bulk job {job.id}",
                "Run it again; if it stays, report it as a defect.",
            )
        return f"{found.path}?{found.query}"

    def read_page(
        self, job: Job, path: str, about: str, write: Callable[[Iterable[bytes], int | None], int]
    ) -> ResultPage:
        """Hand a page's chunks to `write`, again from the start when it turns out short. Raises PageTooSlow."""
        announced: list[int | None] = []  # by each try

        def read(response: requests.Response, deadline: float) -> ResultPage:
            if response.status_code != 200 or "csv" not in response.headers.get("Content-Type", "csv"):
                raise Passing("Salesforce did not answer with a page of records.", f"job {job.id}")
            expected = _number(response.headers.get("Sforce-NumberOfRecords"))
            announced.append(expected)
            rows = write(read_records(response, deadline, self._sender.usage), expected)
            following = response.headers.get("Sforce-Locator", "")
            # Results end when the locator is the *text* "null"; absent and empty mean the same.
            return ResultPage(rows, "" if following == "null" else following)

        try:
            return self._sender.send("GET", path, read, about=about, headers={"Accept": "text/csv"})
        except SalesforceError as error:
            if announced and was_slow(error):
                raise PageTooSlow(error, announced[-1]) from error
            raise
        except ApiRefused as refused:
            if refused.refusal.status != 404:
                raise
            raise JobFailed(
                f"The org no longer has the Bulk job for {about}.",
                f"Bulk job {job.id}",
                "Somebody deleted it (Setup → Bulk Data Load Jobs); run it again, and a new one is made.",
            ) from refused

    def abort(self, job_id: str) -> None:
        """Stop a job that nobody waits for any more."""
        self._tidy(job_id, "PATCH", {"state": "Aborted"})

    def delete(self, job_id: str) -> None:
        """Free the org's storage."""
        self._tidy(job_id, "DELETE", None)

    def clear_away(self, job_id: str) -> None:
        """Abort a job that nobody wants any more, if it still runs, and delete it; what fails of it fails nothing."""
        try:
            job = self.find(job_id)
        except (ApiRefused, SalesforceError) as error:
            self._leave(job_id, error)
            return
        if job is None:
            return
        if job.state not in (_DONE, *LOST_STATES):
            self.abort(job_id)
        self.delete(job_id)

    def _tidy(self, job_id: str, method: str, body: Any) -> None:
        """What fails here is said but fails nothing: the org removes every job by itself after seven days."""
        path = f"{self._path}/{job_id}"
        try:
            self._sender.send(method, path, lambda response, deadline: None, body=body, tries=3)
        except (ApiRefused, SalesforceError) as error:
            self._leave(job_id, error)

    def _leave(self, job_id: str, error: ApiRefused | SalesforceError) -> None:
        said = error.refusal.code if isinstance(error, ApiRefused) else error.what
        self._sender.report("note", text=f"Bulk job {job_id} was left to the org to remove ({said}).")


def _job(answer: Any) -> Job:
    message = redacted(str(answer.get("errorMessage") or ""))
    return Job(
        str(answer["id"]), str(answer.get("state")), _number(answer.get("numberRecordsProcessed")), message
    )


def _number(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isdigit() else None
