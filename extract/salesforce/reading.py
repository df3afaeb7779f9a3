"""Reads the records of a window into part files: by REST when they are few, by Bulk when they are many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from extract.errors import BudgetReached, JobFailed, SalesforceError
from extract.salesforce.answers import Refusal
from extract.salesforce.bulk_query import BulkQueries, BulkUnfit, Job, JobLost
from extract.salesforce.client import SalesforceClient
from extract.salesforce.describe import ObjectDescription
from extract.salesforce.kept_job import forget_job, keep_job, kept_job
from extract.salesforce.refusals import ApiRefused, explain, explained
from extract.salesforce.rest_query import RestPage, first_page, following_pages, spelled_page
from extract.salesforce.retry import job_may_succeed_again
from extract.salesforce.sending import Report
from extract.salesforce.soql import fits_address, select
from extract.salesforce.spool import Spool, SpoolPart

_PAGE_ROWS = 50_000  # a page that comes short is asked for again alone: not too much to lose
_MOST_ROWS_BY_REST = 100_000  # when the day's Bulk jobs are used up: 50 calls


@dataclass(frozen=True)
class _Window:
    """What is read, for whom, and to where."""

    client: SalesforceClient
    description: ObjectDescription
    columns: tuple[str, ...]
    query: str
    folder: Path
    rows_per_part: int
    report: Report

    @property
    def name(self) -> str:
        return self.description.name

    @property
    def jobs(self) -> BulkQueries:
        return BulkQueries(self.client.sender, self.client.api_version)


def read_window(
    client: SalesforceClient,
    description: ObjectDescription,
    fields: Sequence[str],
    where: str,
    folder: Path,
    *,
    rows_per_part: int,
    bulk_from_rows: int,
    report: Report,
) -> Iterator[SpoolPart]:
    """The records that fit `where`, deleted ones too, as part files in `folder`; each part as soon as it is full.

    The last part says so, and comes only after all counts agreed; an empty window is one part without rows. Ask
    for the part after the last only when all parts are safe: then the Bulk job is deleted. A second call for the
    same window takes up the job that the first one left."""
    query = select(description.name, fields, where)
    window = _Window(client, description, tuple(fields), query, folder, rows_per_part, report)
    with explained(description.name):
        yield from _read(window, bulk_from_rows)


def _read(window: _Window, bulk_from_rows: int) -> Iterator[SpoolPart]:
    job = _adopted_job(window)
    if job is not None:
        yield from _read_by_bulk(window, job)
        return
    first, unfit = _first_page(window)
    if first is not None and first.total < bulk_from_rows:
        yield from _read_by_rest(window, first)
        return
    try:
        job = _new_job(window)
    except BulkUnfit as reason:
        if first is None:
            raise ApiRefused(unfit) from reason
        _check_rest_instead(window, reason, first.total)
        yield from _read_by_rest(window, first)
        return
    yield from _read_by_bulk(window, job)


def _first_page(window: _Window) -> tuple[RestPage | None, Refusal]:
    """REST's first page, which also tells how many records there are; None when REST cannot ask the query."""
    if not fits_address(window.query):
        return None, Refusal(414)
    try:
        return first_page(
            window.client.sender, window.client.api_version, window.query, window.name
        ), Refusal(200)
    except ApiRefused as refused:
        if refused.refusal.status not in (414, 431):
            raise
        return None, refused.refusal


def _read_by_rest(window: _Window, first: RestPage) -> Iterator[SpoolPart]:
    spool = Spool(window.folder, window.columns, window.rows_per_part, "rest")
    try:
        _write_rest_page(window, spool, first, first.total)
        for page in following_pages(window.client.sender, first, window.name):
            if spool.part_is_full:
                yield spool.close_part(last=False)
            _write_rest_page(window, spool, page, first.total)
        if spool.rows != first.total:
            raise SalesforceError(
                f"{window.name}: {spool.rows} records came where Salesforce announced {first.total}.",
                window.name,
                "Run it again; the window is read anew.",
            )
        _note_nuls(window, spool)
        yield spool.close_part(last=True)
    finally:
        spool.abandon()


def _write_rest_page(window: _Window, spool: Spool, page: RestPage, total: int) -> None:
    spool.write_page(spelled_page(page, window.description, window.columns), len(page.records))
    _report_page(window, spool.rows, total)


def _adopted_job(window: _Window) -> Job | None:
    """The job that an interrupted read of the same query left; one of another query is cleared away."""
    left = kept_job(window.folder)
    if left is None:
        return None
    if left.query == window.query and left.instance_url == window.client.instance_url:
        job = window.jobs.find(left.job_id)
        if job is not None and job.state not in ("Failed", "Aborted"):
            window.report(
                "note", text=f"{window.name}: goes on with Bulk job {job.id} of an interrupted run."
            )
            return job
    elif left.instance_url == window.client.instance_url:
        window.jobs.delete(left.job_id)
    forget_job(window.folder)
    return None


def _new_job(window: _Window) -> Job:
    job = window.jobs.create(window.query, window.name)
    keep_job(window.folder, window.client.instance_url, window.query, job.id)
    return job


def _read_by_bulk(window: _Window, job: Job) -> Iterator[SpoolPart]:
    job = _complete_job(window, job)
    spool = Spool(window.folder, window.columns, window.rows_per_part, "bulk")
    try:
        yield from _bulk_parts(window, job, spool)
    finally:
        spool.abandon()
    # Here the caller has asked for more after the last part, so it is done with all of them.
    window.jobs.delete(job.id)
    forget_job(window.folder)


def _complete_job(window: _Window, job: Job) -> Job:
    """The finished job; a new one in its place, once, when it was lost to a fault of the moment."""
    try:
        return window.jobs.wait(job, window.name)
    except JobLost as lost:
        forget_job(window.folder)
        if lost.state == "Failed" and not job_may_succeed_again(lost.message):
            raise _lost(window, job, lost) from lost
        window.client.usage.add(retries=1)
        window.report("retry", object=window.name, what=f"The Bulk job ended as {lost.state}.", wait=0)
    job = _new_job(window)
    try:
        return window.jobs.wait(job, window.name)
    except JobLost as lost:
        forget_job(window.folder)
        raise _lost(window, job, lost) from lost


def _bulk_parts(window: _Window, job: Job, spool: Spool) -> Iterator[SpoolPart]:
    locator, seen = "", {""}
    while True:
        rows = min(_PAGE_ROWS, window.rows_per_part)
        page = window.jobs.read_page(job, locator, rows, window.name, spool.write_page)
        _report_page(window, spool.rows, job.records)
        locator = page.locator
        if not locator:
            break
        if locator in seen:
            raise JobFailed(
                f"The Bulk job for {window.name} served the same page again and again.",
                f"job {job.id}",
                "Run it again; the window is read anew.",
            )
        seen.add(locator)
        if spool.part_is_full:
            yield spool.close_part(last=False)
    if job.records is not None and spool.rows != job.records:
        raise JobFailed(
            f"{window.name}: {spool.rows} records came where the Bulk job counted {job.records}.",
            f"job {job.id}",
            "Run it again; the window is read anew.",
        )
    _note_nuls(window, spool)
    yield spool.close_part(last=True)


def _check_rest_instead(window: _Window, reason: BulkUnfit, total: int) -> None:
    """Say why REST is used where Bulk would be right. Raises BudgetReached when that would cost too many calls."""
    if reason.used_up and total > _MOST_ROWS_BY_REST:
        raise BudgetReached(
            "The org's Bulk jobs of the last 24 hours are used up.",
            f"{window.name}, {total} records",
            "Run it again later; Setup → Bulk Data Load Jobs shows who uses them.",
        )
    window.report("note", text=f"{window.name}: read by REST, because Bulk refused it ({reason.reason}).")


def _lost(window: _Window, job: Job, lost: JobLost) -> SalesforceError:
    if lost.state == "Aborted":
        return JobFailed(
            f"The Bulk job for {window.name} was aborted twice.",
            f"job {job.id}",
            "Somebody or something in the org aborts it: Setup → Bulk Data Load Jobs shows who.",
        )
    refusal = _refusal_of(lost.message)
    if refusal is not None:
        return explain(refusal, window.name)
    return JobFailed(
        f"The Bulk job for {window.name} failed: {lost.message or 'no reason given'}.",
        f"job {job.id}",
        "Run it again; if it stays, Setup → Bulk Data Load Jobs shows the job.",
    )


def _refusal_of(message: str) -> Refusal | None:
    """The refusal inside a failed job's message that is about the object, not the job."""
    for code in ("MALFORMED_QUERY", "INVALID_FIELD", "INVALID_TYPE", "INSUFFICIENT_ACCESS"):
        if code in message:
            return Refusal(400, code, message)
    return None


def _report_page(window: _Window, done: int, total: int | None) -> None:
    window.report("progress", object=window.name, done=done, expected=total, unit="records")
    window.report("point", name="extract.page")


def _note_nuls(window: _Window, spool: Spool) -> None:
    if spool.nuls:
        window.report(
            "note", text=f"{window.name}: {spool.nuls} NUL characters left out; no database takes them."
        )
