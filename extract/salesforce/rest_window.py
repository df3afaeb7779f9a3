"""Reads a window by REST into part files."""

from __future__ import annotations

from collections.abc import Iterator

from extract.errors import BudgetReached, SalesforceError
from extract.salesforce.refusals import ApiRefused
from extract.salesforce.rest_query import RestPage, first_page, following_pages, spelled_page
from extract.salesforce.spool import Spool, SpoolPart
from extract.salesforce.window import Window


class _PagesLost(Exception):
    """The pages ended before the announced number of records, or Salesforce forgot where the next one is."""


def ask_first_page(window: Window) -> RestPage:
    return first_page(window.client.sender, window.client.api_version, window.query, window.name)


def read_by_rest(window: Window, first: RestPage) -> Iterator[SpoolPart]:
    """The parts. When pages are lost before any part was handed over, the window is asked for again, once."""
    handed_over = False
    try:
        for part in _parts(window, first):
            handed_over = True
            yield part
        return
    except _PagesLost as lost:
        if handed_over:  # what follows would no longer add up; the next run reads the window anew
            raise _as_error(window, lost) from lost
        window.tell_retry(str(lost))
    try:
        yield from _parts(window, ask_first_page(window))
    except _PagesLost as lost:
        raise _as_error(window, lost) from lost


def jobs_used_up(window: Window, records: int) -> BudgetReached:
    """The error for a window that is too large for REST when the day's Bulk jobs are used up."""
    return BudgetReached(
        "The org's Bulk jobs of the last 24 hours are used up.",
        f"{window.name}, {records} records",
        "Run it again later; Setup → Bulk Data Load Jobs shows who uses them.",
    )


def _parts(window: Window, first: RestPage) -> Iterator[SpoolPart]:
    spool = window.spool("rest")
    try:
        _write(window, spool, first, first.total)
        for page in _following(window, first):
            if spool.part_is_full:
                yield spool.close_part(last=False)
            _write(window, spool, page, first.total)
        if spool.rows != first.total:
            raise _PagesLost(f"{spool.rows} records came where Salesforce announced {first.total}.")
        window.tell_nuls(spool)
        yield spool.close_part(last=True)
    finally:
        spool.abandon()


def _following(window: Window, first: RestPage) -> Iterator[RestPage]:
    try:
        yield from following_pages(window.client.sender, first, window.name)
    except ApiRefused as refused:
        if refused.refusal.code != "INVALID_QUERY_LOCATOR":
            raise
        raise _PagesLost("Salesforce no longer knows where the next page begins.") from refused


def _write(window: Window, spool: Spool, page: RestPage, total: int) -> None:
    spool.write_page(spelled_page(page, window.description, window.columns), len(page.records))
    window.tell_page(spool.rows, total)


def _as_error(window: Window, lost: _PagesLost) -> SalesforceError:
    return SalesforceError(f"{window.name}: {lost}", window.name, "Run it again; the window is read anew.")
