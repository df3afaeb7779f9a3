"""Tells beforehand by which API a window will be read, and with how many calls."""

from __future__ import annotations

import math
from dataclasses import dataclass

from extract.salesforce.bulk_window import page_rows
from extract.salesforce.retry import RetryPolicy, poll_wait
from extract.salesforce.soql import fits_address
from extract.salesforce.spool import Api

REST_PAGE = 2_000
PAGES_LISTED = 5
# How fast a query job comes on decides how often it is looked at; a guess, and a slow one.
JOB_SECONDS = 5.0
JOB_ROWS_A_SECOND = 5_000
CREATE_AND_DELETE = 2


@dataclass(frozen=True)
class Forecast:
    """`calls` are exact for REST, where pages are full; for Bulk they hold a guess at the looks at the job."""

    api: Api
    reason: str
    calls: int


def forecast_read(
    query: str, rows: int, *, bulk_from_rows: int, rows_per_part: int, job_waits: bool = False
) -> Forecast:
    """How `read_window` will read so many rows; `job_waits` when an interrupted run left a job for this query."""
    if job_waits:
        return Forecast(
            "bulk",
            "goes on with the Bulk job of an interrupted run",
            1 + _bulk_pages(rows, rows_per_part) + 1,
        )
    job = CREATE_AND_DELETE + _looks(rows) + _bulk_pages(rows, rows_per_part)
    if not fits_address(query):
        return Forecast("bulk", "the query names more fields than fit into an address", job)
    if rows < bulk_from_rows:
        return Forecast("rest", f"fewer than {bulk_from_rows:,} rows", max(1, math.ceil(rows / REST_PAGE)))
    return Forecast("bulk", f"{bulk_from_rows:,} rows or more", 1 + job)  # REST's first page tells how many


def _bulk_pages(rows: int, rows_per_part: int) -> int:
    """The pages, and the lists of them where there is more than one: about as large as Landfall asks for them."""
    pages = max(1, math.ceil(rows / page_rows(rows_per_part)))
    return pages + (math.ceil(pages / PAGES_LISTED) if pages > 1 else 0)


def _looks(rows: int) -> int:
    """How often a job of so many rows is asked whether it is done."""
    seconds, elapsed, looks = JOB_SECONDS + rows / JOB_ROWS_A_SECOND, 0.0, 0
    while elapsed < seconds:
        elapsed += poll_wait(elapsed, RetryPolicy())
        looks += 1
    return looks
