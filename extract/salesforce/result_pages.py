"""Reads the pages of a Bulk job's result in order, several of them side by side where Salesforce lists them."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future

from extract.errors import JobFailed
from extract.salesforce.bulk_query import BulkQueries, Job
from extract.salesforce.page_store import Listing, Page, PageStore
from extract.salesforce.window import Window

LISTED_SINCE = 58.0  # the API version


class PageRepeated(Exception):
    """The job named a page that it had named before: its pages would never end."""


def read_pages(
    window: Window, jobs: BulkQueries, job: Job, store: PageStore, most_rows: int
) -> Generator[Page, None, None]:
    """All pages in order; those that are in the store already are not read again. Raises PageRepeated.

    Pages that Salesforce lists have the size it chooses; in the chain of locators, at most `most_rows` records."""
    if not store.listings and not _list_pages(window, jobs, job, store, most_rows):
        yield from _chain(window, jobs, job, store, most_rows)
        return
    waiting: deque[Future[Page]] = deque()
    numbered = enumerate(_listed(window, jobs, job, store), 1)
    try:
        while True:
            while len(waiting) < window.client.downloads.at_once and (found := next(numbered, None)):
                waiting.append(_begun(window, jobs, job, store, *found))
            if not waiting:
                return
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def read_page(window: Window, jobs: BulkQueries, job: Job, store: PageStore, number: int, path: str) -> Page:
    """One page, from Salesforce into the store."""
    draft = store.draft()
    try:
        found = jobs.read_page(job, path, window.name, draft.write)
        return store.keep(draft, number, path, found.locator)
    finally:
        draft.discard()


def _chain(window: Window, jobs: BulkQueries, job: Job, store: PageStore, most_rows: int) -> Iterator[Page]:
    """Each page names the next one, so one is read after the other."""
    number, locator, seen = 1, "", {""}
    while True:
        path = jobs.page_path(job, locator, most_rows)
        page = store.known(number, path) or read_page(window, jobs, job, store, number, path)
        yield page
        if not page.locator:
            return
        if page.locator in seen:
            raise PageRepeated
        seen.add(page.locator)
        number, locator = number + 1, page.locator


def _list_pages(window: Window, jobs: BulkQueries, job: Job, store: PageStore, most_rows: int) -> bool:
    """Whether the pages are listed, and more than one is: a single page is better read in smaller ones."""
    if float(window.client.api_version) < LISTED_SINCE or not store.is_empty:
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
    for listing in _listings(window, jobs, job, store):
        for path in (*listing.paths, listing.next_path):
            if path in seen:
                raise PageRepeated
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
