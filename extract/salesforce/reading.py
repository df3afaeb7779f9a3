"""Reads the records of a window: by REST when they are few, by Bulk when they are many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from extract.errors import BudgetReached
from extract.salesforce.answers import Refusal
from extract.salesforce.bulk_query import BulkUnfit
from extract.salesforce.bulk_window import adopted_job, new_job, read_by_bulk
from extract.salesforce.client import SalesforceClient
from extract.salesforce.describe import ObjectDescription
from extract.salesforce.refusals import ApiRefused, explained
from extract.salesforce.rest_query import RestPage
from extract.salesforce.rest_window import ask_first_page, read_by_rest
from extract.salesforce.sending import Report
from extract.salesforce.soql import fits_address, select
from extract.salesforce.spool import SpoolPart
from extract.salesforce.window import Window

_MOST_ROWS_BY_REST = 100_000  # when the day's Bulk jobs are used up: 50 calls


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
    window = Window(client, description, tuple(fields), query, folder, rows_per_part, report)
    with explained(description.name):
        yield from _read(window, bulk_from_rows)


def _read(window: Window, bulk_from_rows: int) -> Iterator[SpoolPart]:
    left = adopted_job(window)
    if left is not None:
        yield from read_by_bulk(window, left)
        return
    first = _first_page(window)
    if isinstance(first, RestPage) and first.total < bulk_from_rows:
        yield from read_by_rest(window, first)
        return
    try:
        job = new_job(window)
    except BulkUnfit as unfit:
        yield from read_by_rest(window, _rest_after_all(window, first, unfit))
        return
    yield from read_by_bulk(window, job)


def _first_page(window: Window) -> RestPage | Refusal:
    """REST's first page, which also tells how many records there are; or why REST cannot serve the query."""
    if not fits_address(window.query):
        return Refusal(414)
    try:
        return ask_first_page(window)
    except ApiRefused as refused:
        # Too long for an address, or too slow for one answer: a job has no address, and more time.
        if refused.refusal.status in (414, 431) or refused.refusal.code == "QUERY_TIMEOUT":
            return refused.refusal
        raise


def _rest_after_all(window: Window, first: RestPage | Refusal, unfit: BulkUnfit) -> RestPage:
    """The first page of a query that Bulk does not serve. Raises what stands against reading it by REST."""
    if isinstance(first, Refusal):
        raise ApiRefused(first) from unfit
    if unfit.used_up and first.total > _MOST_ROWS_BY_REST:
        raise BudgetReached(
            "The org's Bulk jobs of the last 24 hours are used up.",
            f"{window.name}, {first.total} records",
            "Run it again later; Setup → Bulk Data Load Jobs shows who uses them.",
        ) from unfit
    window.note(f"read by REST, because Bulk refused it ({unfit.reason}).")
    return first
