"""Reads the records of a window: by REST when they are few, by Bulk when they are many."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from extract.salesforce.answers import Refusal
from extract.salesforce.bulk_query import BulkUnfit, Job
from extract.salesforce.bulk_window import adopted_job, new_job, read_by_bulk
from extract.salesforce.client import SalesforceClient
from extract.salesforce.describe import ObjectDescription
from extract.salesforce.halving import read_in_halves
from extract.salesforce.refusals import ApiRefused, explained
from extract.salesforce.rest_groups import accepted_groups, groups_of, read_in_groups
from extract.salesforce.rest_query import RestPage
from extract.salesforce.rest_window import ask_first_page, jobs_used_up, read_by_rest
from extract.salesforce.retry import SLOW_QUERY
from extract.salesforce.sending import Report
from extract.salesforce.soql import fits_address
from extract.salesforce.span import Span
from extract.salesforce.spool import SpoolPart
from extract.salesforce.too_much import TooComplicated, TooMuch, told_apart
from extract.salesforce.window import Window

_MOST_ROWS_BY_REST = 100_000  # when the day's Bulk jobs are used up: 50 calls
TOO_LONG = (414, 431)  # the address, and the address with the headers


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
    span: Span | None = None,
    landed: Collection[str] = (),
) -> Iterator[SpoolPart]:
    """The records that fit `where`, deleted ones too, as part files in `folder`; each part as soon as it is full.

    The last part says so, and comes only after all counts agreed; an empty window is one part without rows. Ask
    for the part after the last only when all parts are safe: then the Bulk job is deleted. A second call for the
    same window takes up the job that the first one left, and the pages that it had read; parts whose keys are among
    `landed` are left out. With `span`, the times that `where` says, a window may be cut where it is too much for
    Salesforce; fields that are too many for one statement are read in groups."""
    window = Window(client, description, tuple(fields), folder, rows_per_part, report, where, span)
    with explained(description.name):
        yield from _read(window, bulk_from_rows, landed)


def _read(window: Window, bulk_from_rows: int, landed: Collection[str]) -> Iterator[SpoolPart]:
    handed_over = False
    try:
        with closing(_read_in_one(window, bulk_from_rows, landed)) as parts:
            for part in parts:
                handed_over = True
                yield part
        return
    except (TooMuch, TooComplicated) as error:
        if handed_over:  # what follows would no longer add up; the next run reads the window anew
            raise error.error from error
        failing = error
    if isinstance(failing, TooMuch):
        yield from read_in_halves(window, failing, lambda half: _read(half, bulk_from_rows, landed))
        return
    groups = accepted_groups(window, failing)
    yield from read_in_groups(
        window, groups, None, "one statement with all is too complicated for Salesforce"
    )


def _read_in_one(
    window: Window, bulk_from_rows: int, landed: Collection[str]
) -> Generator[SpoolPart, None, None]:
    job = adopted_job(window)
    if job is None:
        first = _first_page(window)
        if isinstance(first, RestPage) and first.total < bulk_from_rows:
            yield from read_by_rest(window, first)
            return
        made = _new_job(window)
        if isinstance(made, BulkUnfit):
            yield from _rest_after_all(window, first, made)
            return
        job = made
    yield from read_by_bulk(window, job, landed)


def _new_job(window: Window) -> Job | BulkUnfit:
    try:
        with told_apart(window.name):
            return new_job(window)
    except BulkUnfit as unfit:
        return unfit


def _first_page(window: Window) -> RestPage | Refusal:
    """REST's first page, which also tells how many records there are; or why REST cannot serve the query."""
    if not fits_address(window.query):
        return Refusal(414)
    try:
        with told_apart(window.name):
            return ask_first_page(window)
    except ApiRefused as refused:
        # Too long for an address, or too slow for one answer: a job has no address, and more time.
        if refused.refusal.status in TOO_LONG or refused.refusal.code == SLOW_QUERY:
            return refused.refusal
        raise


def _rest_after_all(window: Window, first: RestPage | Refusal, unfit: BulkUnfit) -> Iterator[SpoolPart]:
    """The parts of a query that Bulk does not serve. Raises what stands against reading it by REST."""
    most_rows = _MOST_ROWS_BY_REST if unfit.used_up else None
    if isinstance(first, Refusal):
        groups = groups_of(window) if first.status in TOO_LONG else None
        if groups is None:
            raise ApiRefused(first) from unfit
        with told_apart(window.name):
            yield from read_in_groups(window, groups, most_rows, "Bulk refused it")
        return
    if most_rows is not None and first.total > most_rows:
        raise jobs_used_up(window, first.total) from unfit
    window.note(f"read by REST, because Bulk refused it ({unfit.reason}).")
    yield from read_by_rest(window, first)
