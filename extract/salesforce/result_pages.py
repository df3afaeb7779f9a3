"""Reads the pages of a Bulk job's result in order, several of them side by side where Salesforce lists them."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import replace
from itertools import islice

from extract.errors import JobFailed
from extract.salesforce.bulk_query import BulkQueries, Job, PageTooSlow
from extract.salesforce.page_store import Chain, Listing, Page, PageStore
from extract.salesforce.rest_query import MOST_EMPTY
from extract.salesforce.window import Window

LISTED_SINCE = 58.0  # the API version
_FEWEST = 1000  # records in a page: a line on which these take a quarter of an hour is no line
_LOCATOR = re.compile(r"[?&]locator=([^&]*)")


class PagesEndless(Exception):
    """The job named a page that it had named before, or empty ones one after the other; the text says which."""


def read_pages(
    window: Window, jobs: BulkQueries, job: Job, store: PageStore, most_rows: int
) -> Generator[Page, None, None]:
    """All pages in order; those that are in the store already are not read again. Raises PagesEndless.

    Pages that Salesforce lists have the size it chooses; in the chain of locators, at most `most_rows` records. From
    a page on that did not arrive in time, the locators are followed in smaller pages. Raises PageTooSlow.
    None come after more records than the job counted: whoever counts them sees that."""
    rows = empty = 0
    with closing(_all_pages(window, jobs, job, store, most_rows)) as pages:
        for page in pages:
            yield page
            rows += page.rows
            empty = 0 if page.rows else empty + 1
            if empty > MOST_EMPTY:
                raise PagesEndless("empty pages")
            if job.records is not None and rows > job.records:
                return


def _all_pages(
    window: Window, jobs: BulkQueries, job: Job, store: PageStore, most_rows: int
) -> Generator[Page, None, None]:
    if store.listings or _list_pages(window, jobs, job, store, most_rows):
        yield from _side_by_side(window, jobs, job, store, most_rows)
        if store.chains:
            yield from _chain(window, jobs, job, store, store.chains[min(store.chains)])
    else:
        yield from _chain(window, jobs, job, store, Chain(1, "", most_rows))


def _side_by_side(
    window: Window, jobs: BulkQueries, job: Job, store: PageStore, most_rows: int
) -> Iterator[Page]:
    """The listed pages, up to the first that a chain begins with, as this run or an earlier one found out."""
    waiting: deque[tuple[int, str, Future[Page]]] = deque()
    last = min(store.chains) - 1 if store.chains else None
    numbered = islice(enumerate(_listed(window, jobs, job, store), 1), last)
    try:
        while True:
            while len(waiting) < window.client.downloads.at_once and (found := next(numbered, None)):
                waiting.append((*found, _begun(window, jobs, job, store, *found)))
            if not waiting:
                return
            number, path, future = waiting.popleft()
            try:
                page = future.result()
            except PageTooSlow as slow:
                locator = _LOCATOR.search(path)
                if number > 1 and locator is None:
                    raise
                _ask_for_less(window, store, slow, Chain(number, locator[1] if locator else "", most_rows))
                return
            yield page
    finally:
        for _, _, future in waiting:
            future.cancel()


def _ask_for_less(window: Window, store: PageStore, slow: PageTooSlow, chain: Chain) -> None:
    """Go on in pages of a quarter of the records of the one that was too slow; raises `slow` when these are few."""
    rows = slow.rows or chain.most_rows
    if rows <= _FEWEST:
        raise slow
    smaller = replace(chain, most_rows=max(_FEWEST, rows // 4))
    window.tell_retry(
        f"{slow.error.what} Its pages are asked for with {smaller.most_rows:,} records at most."
    )
    store.keep_chain(smaller)


def read_page(window: Window, jobs: BulkQueries, job: Job, store: PageStore, number: int, path: str) -> Page:
    """One page, from Salesforce into the store."""
    draft = store.draft()
    try:
        found = jobs.read_page(job, path, window.name, draft.write)
        return store.keep(draft, number, path, found.locator)
    finally:
        draft.discard()


def _chain(window: Window, jobs: BulkQueries, job: Job, store: PageStore, begin: Chain) -> Iterator[Page]:
    """Each page names the next one, so one is read after the other."""
    number, locator, most_rows, seen = begin.number, begin.locator, begin.most_rows, {begin.locator}
    while True:
        if number in store.chains:
            most_rows = store.chains[number].most_rows
        path = jobs.page_path(job, locator, most_rows)
        try:
            page = store.known(number, path) or read_page(window, jobs, job, store, number, path)
        except PageTooSlow as slow:
            _ask_for_less(window, store, slow, Chain(number, locator, most_rows))
            continue
        yield page
        if not page.locator:
            return
        if page.locator in seen:
            raise PagesEndless("the same page")
        seen.add(page.locator)
        number, locator = number + 1, page.locator


def _list_pages(window: Window, jobs: BulkQueries, job: Job, store: PageStore, most_rows: int) -> bool:
    """Whether the pages are listed, and more than one is: a single page is better read in smaller ones."""
    if float(window.client.api_version) < LISTED_SINCE or not store.is_empty or store.chains:
        return False
    if job.records is not None and job.records <= most_rows:
        return False
    listing = jobs.list_pages(job, "", window.name)
    if listing is None or (len(listing.paths) < 2 and not listing.next_path):
        return False
    store.keep_listing(listing)
    return True


def _listed(window: Window, jobs: BulkQueries, job: Job, store: PageStore) -> Iterator[str]:
    """Where each page is; a list that follows is asked for when the pages of the one before are all begun."""
    seen: set[str] = set()
    empty = 0
    for listing in _listings(window, jobs, job, store):
        empty = 0 if listing.paths else empty + 1
        if empty > MOST_EMPTY:
            raise PagesEndless("empty lists of pages")
        for path in (*listing.paths, listing.next_path):
            if path in seen:
                raise PagesEndless("the same page")
            seen.add(path)
        yield from listing.paths


def _listings(window: Window, jobs: BulkQueries, job: Job, store: PageStore) -> Iterator[Listing]:
    yield from (known := list(store.listings))
    listing = known[-1]
    while listing.next_path:
        found = jobs.list_pages(job, listing.next_path, window.name)
        if found is None:
            raise JobFailed(
                f"Salesforce no longer lists the result pages of {window.name}.",
                f"Bulk job {job.id}",
                "Run it again; the window is read anew.",
            )
        listing = found
        store.keep_listing(listing)
        yield listing


def _begun(
    window: Window, jobs: BulkQueries, job: Job, store: PageStore, number: int, path: str
) -> Future[Page]:
    page = store.known(number, path)
    if page is None:
        return window.client.downloads.submit(lambda: read_page(window, jobs, job, store, number, path))
    future: Future[Page] = Future()
    future.set_result(page)
    return future
