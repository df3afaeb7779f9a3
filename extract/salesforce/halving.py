"""Cuts a window that Salesforce does not manage into halves by its cursor, so that each is less for Salesforce to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from extract.salesforce import soql
from extract.salesforce.refusals import ApiRefused
from extract.salesforce.rest_query import first_page
from extract.salesforce.span import Span
from extract.salesforce.spool import SpoolPart
from extract.salesforce.too_much import TooMuch
from extract.salesforce.window import Window

# Each time the half that still fails is cut again: at last one part in 256 of the time.
MOST_CUTS = 8
_BEFORE_SALESFORCE = datetime(1999, 1, 1, tzinfo=UTC)

ReadWindow = Callable[[Window], Iterator[SpoolPart]]


def read_in_halves(window: Window, failing: TooMuch, read: ReadWindow) -> Iterator[SpoolPart]:
    """The window's parts, read as two windows, each by `read`, whose records are checked by their own counts.

    Raises what the window failed with when the window cannot be cut, or has been cut often enough."""
    halves = _halves(window)
    if halves is None:
        raise failing.error from failing
    window.tell_retry(f"{failing.error.what} The window is cut at {halves[1].start:%Y-%m-%d %H:%M:%S}.")
    number = 0
    for index, half in enumerate(halves):
        for part in read(_window_of(window, half, f"half-{index + 1}", failing.cuts)):
            number += 1
            yield replace(part, number=number, last=part.last and half is halves[1])


def _halves(window: Window) -> tuple[Span, Span] | None:
    if window.span is None or window.cuts >= MOST_CUTS:
        return None
    return window.span.halves(_earliest(window, window.span))


def _window_of(window: Window, half: Span, folder: str, cuts: int) -> Window:
    return replace(
        window,
        where=half.where,
        span=half,
        cuts=window.cuts + cuts,
        folder=window.folder / folder,  # parts of the other half may still wait to be loaded
    )


def _earliest(window: Window, span: Span) -> datetime:
    """The first moment that a record has. The year in which Salesforce began, when the org does not say."""
    if span.start is not None:
        return span.start
    query = soql.select_first(window.name, span.field, span.where)
    client = window.client
    try:
        page = first_page(client.sender, client.api_version, query, window.name)
    except ApiRefused:
        return _BEFORE_SALESFORCE
    if not page.records:
        return span.end  # nothing to cut
    return datetime.fromisoformat(str(page.records[0][span.field]))
