"""Reads a window by a Bulk 2.0 job into part files, and takes up a job that an interrupted run left."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from contextlib import closing

from extract.errors import JobFailed, SalesforceError
from extract.salesforce.answers import Refusal
from extract.salesforce.bulk_parts import PageChanged, PartMaker
from extract.salesforce.bulk_query import (
    LOST_STATES,
    QUEUED,
    BulkQueries,
    Job,
    JobLost,
    JobTooSlow,
    PageTooSlow,
)
from extract.salesforce.kept_job import forget_job, keep_job, kept_job
from extract.salesforce.page_store import PageStore, forget_pages
from extract.salesforce.refusals import ApiRefused, explain
from extract.salesforce.result_pages import PagesEndless, read_pages
from extract.salesforce.retry import job_may_succeed_again
from extract.salesforce.spool import SpoolPart
from extract.salesforce.too_much import TooMuch, less_may_do
from extract.salesforce.window import Window

_CUTS_FOR_HOURS = 4  # of the eight: two cuts after jobs of four hours, and the object gives the day up
_PAGE_ROWS = 50_000  # a page that comes short is asked for again alone: not too much to lose


def adopted_job(window: Window) -> Job | None:
    """The job that an interrupted read of the same query left; another one is cleared away."""
    left = kept_job(window.folder)
    if left is None:
        return None
    jobs, same_org = _jobs(window), left.instance_url == window.client.instance_url
    if same_org and (left.query, left.api_version) == (window.query, window.client.api_version):
        job = jobs.find_left(left.job_id, window.name)
        if job is not None and _may_be_taken_up(window, job):
            window.note(f"goes on with Bulk job {job.id} of an interrupted run.")
            return job
    _forget(window)  # first: whatever becomes of the job, the next run must not meet it again
    if same_org:
        jobs.clear_away(left.job_id)
    return None


def _may_be_taken_up(window: Window, job: Job) -> bool:
    """A query that names no end in time is answered with what was there when its job began: not what is there now."""
    return job.state not in LOST_STATES and (window.span is not None or job.state == QUEUED)


def new_job(window: Window) -> Job:
    """A job for the window, noted on disk before anything waits for it. Raises BulkUnfit."""
    job = _jobs(window).create(window.query, window.name)
    keep_job(window.folder, window.client.instance_url, window.query, job.id, window.client.api_version)
    return job


def read_by_bulk(window: Window, job: Job, landed: Collection[str] = ()) -> Iterator[SpoolPart]:
    """The parts; whoever asks for more after the last one is done with all of them, and the job is deleted.

    Parts whose keys are among `landed` are left out. Raises TooMuch or TooComplicated when less may do."""
    job = _complete(window, job)
    store = PageStore(window.folder, job.id, window.columns)
    maker = PartMaker(window, _jobs(window), job, store, landed)
    try:
        yield from _parts(window, job, store, maker)
    except (JobFailed, ApiRefused):
        # What was read of it is not to be trusted: the next run makes another job.
        store.close()
        _forget(window)
        _jobs(window).clear_away(job.id)
        raise
    finally:
        store.close()
        maker.close()
    _jobs(window).delete(job.id)
    _forget(window)


def _complete(window: Window, job: Job) -> Job:
    """The job when it is complete; a new one in its place, once, when it was lost to a fault of the moment."""
    try:
        return _waited_for(window, job)
    except JobLost as lost:
        _forget(window)
        if lost.state == "Failed" and not job_may_succeed_again(lost.message):
            raise _final(window, lost) from lost
        window.tell_retry(f"The Bulk job ended as {lost.state}.")
    try:
        return _waited_for(window, new_job(window))
    except JobLost as lost:
        _forget(window)
        if lost.state == "Failed" and job_may_succeed_again(lost.message):
            raise TooMuch(_explained(window, lost)) from lost
        raise _final(window, lost) from lost


def _waited_for(window: Window, job: Job) -> Job:
    try:
        return _jobs(window).wait(job, window.name)
    except JobTooSlow as slow:
        _forget(window)
        raise TooMuch(slow.error, _CUTS_FOR_HOURS) from slow


def _parts(window: Window, job: Job, store: PageStore, maker: PartMaker) -> Iterator[SpoolPart]:
    try:
        pages = read_pages(window, _jobs(window), job, store, page_rows(window.rows_per_part))
        with closing(pages):
            yield from maker.parts(pages)
        if job.records is not None and maker.rows != job.records:
            raise _incomplete(window, job, f"{maker.rows} records came where the job counted {job.records}")
        if maker.nuls:
            window.note(f"{maker.nuls} NUL characters left out; no database takes them.")
        last = maker.last_part()
        if maker.passed_over:
            window.note(f"{maker.passed_over:,} records of the Bulk job were landed before.")
        yield last
    except PageTooSlow as slow:
        raise slow.error from slow
    except PagesEndless as endless:
        raise _incomplete(window, job, f"the job served {endless} again and again") from endless
    except PageChanged as changed:
        raise _incomplete(window, job, "a page of the job changed") from changed


def page_rows(rows_per_part: int) -> int:
    """Equal pages that fill a part exactly: then no page is cut in two."""
    pages = math.ceil(rows_per_part / _PAGE_ROWS)
    return math.ceil(rows_per_part / pages)


def _forget(window: Window) -> None:
    """The job and its pages: nobody takes them up any more."""
    forget_pages(window.folder)
    forget_job(window.folder)


def _incomplete(window: Window, job: Job, what: str) -> JobFailed:
    return JobFailed(
        f"{window.name}: {what}.", f"Bulk job {job.id}", "Run it again; the window is read anew."
    )


def _final(window: Window, lost: JobLost) -> Exception:
    """What to raise for a job that would end so again."""
    return less_may_do(Refusal(400, "", lost.message), window.name) or _explained(window, lost)


def _explained(window: Window, lost: JobLost) -> SalesforceError:
    """The error for a job that ended without a result."""
    if lost.state == "Aborted":
        return JobFailed(
            f"The Bulk job for {window.name} was aborted twice.",
            f"Bulk job {lost.job_id}",
            "Somebody or something in the org aborts it: Setup → Bulk Data Load Jobs shows who.",
        )
    # Some failures are about the object, not the job: the message then carries REST's code for it.
    for code in ("MALFORMED_QUERY", "INVALID_FIELD", "INVALID_TYPE", "INSUFFICIENT_ACCESS"):
        if code in lost.message:
            return explain(Refusal(400, code, lost.message), window.name)
    return JobFailed(
        f"The Bulk job for {window.name} failed: {lost.message or 'no reason given'}.",
        f"Bulk job {lost.job_id}",
        "Run it again; if it stays, Setup → Bulk Data Load Jobs shows the job.",
    )


def _jobs(window: Window) -> BulkQueries:
    return BulkQueries(window.client.sender, window.client.api_version)
