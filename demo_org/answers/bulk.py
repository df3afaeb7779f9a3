"""Answers Bulk API 2.0 query jobs."""

from __future__ import annotations

import base64
import json
from functools import partial
from typing import Any

from demo_org.answers.identity import user_id
from demo_org.exports import DELIMITERS, LINE_ENDINGS, Export
from demo_org.faults import JOB_FAULTS
from demo_org.jobs import Job
from demo_org.messages import Answer, Request, json_answer
from demo_org.refusals import Refused
from demo_org.service import Service
from demo_org.soql import Plan

PAGES_LISTED = 5
FIRST_VERSION, FIRST_PARALLEL_VERSION = 47.0, 58.0


def create(service: Service, request: Request) -> Answer:
    """A new job, after the checks that Salesforce makes before it takes one on."""
    asked = _asked(request)
    operation = asked.get("operation", "")
    if operation not in ("query", "queryAll"):
        raise Refused(400, "INVALIDOPERATION", f"Operation {operation} is not supported")
    delimiter = str(asked.get("columnDelimiter", "COMMA"))
    line_ending = str(asked.get("lineEnding", "LF"))
    if delimiter not in DELIMITERS or line_ending not in LINE_ENDINGS:
        raise Refused(400, "INVALIDJOB", "columnDelimiter or lineEnding is not one of the known ones")
    if not str(asked.get("query", "")).strip():
        raise Refused(400, "INVALIDJOB", "A query must be specified")
    plan = service.plan(str(asked["query"]), include_deleted=operation == "queryAll")
    _check_for_bulk(plan)
    rule = request.planted  # other faults happen to this answer, not to the job
    job = service.jobs.submit(
        plan,
        operation=operation,
        version=request.version,
        delimiter=delimiter,
        line_ending=line_ending,
        now=service.org.now(),
        planted=rule if rule and rule.fault in JOB_FAULTS else None,
    )
    return json_answer(_described(service, job) | {"state": "UploadComplete"})


def list_jobs(service: Service, request: Request) -> Answer:
    """All jobs, newest first."""
    jobs = [_described(service, job) for job in service.jobs.all()]
    return json_answer({"done": True, "records": jobs, "nextRecordsUrl": None})


def info(service: Service, request: Request, job_id: str) -> Answer:
    """How a job is doing."""
    job = service.jobs.get(job_id)
    # The state first: a job that ends meanwhile must not seem to end with 0 rows.
    described = _described(service, job)
    progress: dict[str, Any] = {
        "jobType": "V2Query",
        "retries": 0,
        "totalProcessingTime": job.milliseconds,
        "numberRecordsProcessed": job.rows,
        "isPkChunkingSupported": True,
    }
    if job.error:
        progress["errorMessage"] = job.error
    return json_answer(described | progress)


def abort(service: Service, request: Request, job_id: str) -> Answer:
    """Stop a job; the only change there is."""
    job = service.jobs.get(job_id)
    if _asked(request).get("state") != "Aborted":
        raise Refused(400, "INVALIDJOBSTATE", "The only state a query job can be set to is Aborted")
    service.jobs.abort(job)
    return json_answer(_described(service, job))


def delete(service: Service, request: Request, job_id: str) -> Answer:
    """Forget a job that has ended."""
    service.jobs.delete(service.jobs.get(job_id))
    return Answer(204)


def results(service: Service, request: Request, job_id: str) -> Answer:
    """One page of a finished job."""
    export = _finished(service, request, job_id)
    first = _place(request.query.get("locator", ""), export)
    return _page(export, first, _page_rows(service, request))


def result_pages(service: Service, request: Request, job_id: str) -> Answer:
    """The addresses of the next pages, to download them side by side."""
    if float(request.version) < FIRST_PARALLEL_VERSION:
        raise Refused(404, "NOT_FOUND", "The requested resource does not exist")
    export = _finished(service, request, job_id)
    first = _place(request.query.get("locator", ""), export)
    root = f"/services/data/v{request.version}/jobs/query/{job_id}"
    starts = list(range(first, max(export.rows, 1), service.result_rows))
    pages = [{"resultUrl": f"{root}/results?locator={_locator(start)}"} for start in starts[:PAGES_LISTED]]
    more = starts[PAGES_LISTED:]
    following = f"{root}/resultPages?locator={_locator(more[0])}" if more else None
    return json_answer({"resultPages": pages, "nextRecordsUrl": following, "done": not more})


def _page(export: Export, first: int, rows: int, cut: int = 0) -> Answer:
    """The page from row `first` on; the truncated-page fault asks for it with the last rows cut off."""
    promised = min(rows, export.rows - first)
    # Bulk results end when the locator is the *text* "null", not when the header is missing.
    after = _locator(first + rows) if first + rows < export.rows else "null"
    return Answer(
        body=export.page(first, rows, cut=cut),
        content_type="text/csv",
        headers={"Sforce-NumberOfRecords": str(promised), "Sforce-Locator": after},
        short=partial(_page, export, first, rows),
    )


def _check_for_bulk(plan: Plan) -> None:
    """What REST answers and Bulk does not."""
    name = plan.sobject.name
    if not plan.sobject.bulk:
        raise Refused(400, "INVALIDENTITY", f"Entity '{name}' is not supported by the Bulk API.")
    if plan.is_count or plan.aggregates:
        raise Refused(400, "API_ERROR", "Aggregate Relationships not supported in Bulk Query")
    if plan.offset:
        raise Refused(400, "API_ERROR", "OFFSET is not supported in Bulk Query")
    kinds = {column.type for column in plan.columns}
    if kinds & {"address", "location"}:
        raise Refused(400, "API_ERROR", "Selecting compound data not supported in Bulk Query")
    if "base64" in kinds:
        raise Refused(400, "API_ERROR", "Selecting binary data not supported in Bulk Query")


def _asked(request: Request) -> dict[str, Any]:
    """The JSON object of the request."""
    if float(request.version) < FIRST_VERSION:
        raise Refused(404, "NOT_FOUND", "The requested resource does not exist")
    try:
        asked = request.json()
    except json.JSONDecodeError as error:
        raise Refused(400, "JSON_PARSER_ERROR", f"{error.msg} at line {error.lineno}") from None
    if not isinstance(asked, dict):
        raise Refused(400, "JSON_PARSER_ERROR", "an object is expected")
    return asked


def _finished(service: Service, request: Request, job_id: str) -> Export:
    """The result of a job, asked for in the job's own API version."""
    job = service.jobs.get(job_id)
    if request.version != job.version:
        message = f"The requested version {request.version} is not the job's version {job.version}"
        raise Refused(409, "API_ERROR", message)
    if job.state != "JobComplete" or job.export is None:
        raise Refused(400, "JOB_NOT_COMPLETE", f"The job is not complete; its state is {job.state}")
    return job.export


def _page_rows(service: Service, request: Request) -> int:
    asked = request.query.get("maxRecords", str(service.result_rows))
    if not asked.isdigit() or int(asked) == 0:
        raise Refused(400, "API_ERROR", "maxRecords must be a positive number")
    return int(asked)


def _locator(row: int) -> str:
    return base64.urlsafe_b64encode(str(row).encode()).decode().rstrip("=")


def _place(locator: str, export: Export) -> int:
    """The row a locator stands for; it stays valid as long as the job is there."""
    if not locator:
        return 0
    try:
        row = int(base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)))
    except ValueError:
        row = -1
    if not 0 <= row <= export.rows:
        raise Refused(400, "INVALID_LOCATOR", "The locator is not one of this job's")
    return row


def _described(service: Service, job: Job) -> dict[str, Any]:
    stamp = job.created.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    return {
        "id": job.id,
        "operation": job.operation,
        "object": job.plan.sobject.name,
        "createdById": user_id(service),
        "createdDate": stamp,
        "systemModstamp": stamp,
        "state": job.state,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(job.version),
        "lineEnding": job.line_ending,
        "columnDelimiter": job.delimiter,
    }
