"""Reads a query by REST: page after page, each record spelled as Bulk 2.0 would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from extract.errors import SalesforceError
from extract.salesforce.describe import ObjectDescription
from extract.salesforce.header import quoted_row
from extract.salesforce.sending import Sender
from extract.salesforce.spelling import load_answer, speller

MOST_EMPTY = 10  # pages without a record, one after the other: more of them would never end


@dataclass(frozen=True)
class RestPage:
    """One answer: what the whole query has, this page's records, and where the next page is ("" at the end)."""

    total: int
    records: Sequence[dict[str, Any]]
    next_path: str


def first_page(sender: Sender, version: str, query: str, about: str, *, deleted: bool = True) -> RestPage:
    """The first page; `deleted` reads the recycle bin too, and archived activities."""
    resource = "queryAll" if deleted else "query"
    path = f"/services/data/v{version}/{resource}?q={quote(query, safe='')}"
    return _page(sender.get_json(path, load_answer, about), path)


def following_pages(sender: Sender, first: RestPage, about: str) -> Iterator[RestPage]:
    """The pages after the first; how many records a page holds says nothing about whether it is the last.

    None after more records than were announced: whoever counts them sees that. Raises SalesforceError for pages that
    would never end."""
    seen: set[str] = set()
    page, came, empty = first, len(first.records), 0
    while page.next_path and came <= first.total:
        if page.next_path in seen:
            raise _endless("the same page", about)
        seen.add(page.next_path)
        page = _page(sender.get_json(page.next_path, load_answer, about), page.next_path)
        came += len(page.records)
        empty = 0 if page.records else empty + 1
        if empty > MOST_EMPTY:
            raise _endless("empty pages", about)
        yield page


def _endless(what: str, about: str) -> SalesforceError:
    return SalesforceError(
        f"Salesforce served {what} again and again.", about, "Run it again; the window is read anew."
    )


def spelled_page(page: RestPage, description: ObjectDescription, columns: Sequence[str]) -> Iterator[bytes]:
    """The page as the CSV that Bulk 2.0 would have sent: a header, then a record a line."""
    types = {field.name.lower(): field.type for field in description.fields}
    spellers = [(name, speller(types.get(name.lower(), "string"))) for name in columns]
    yield quoted_row(list(columns))
    for record in page.records:
        try:
            yield quoted_row([spell(record[name]) for name, spell in spellers])
        except KeyError as error:
            raise SalesforceError(
                f"A record came without a field that was asked for: {error.args[0]}.",
                description.name,
                "Run it again; if it stays, report it as a defect.",
            ) from error


def _page(answer: Any, path: str) -> RestPage:
    if not isinstance(answer, dict) or "totalSize" not in answer:
        raise SalesforceError("Salesforce answered a query in an unknown shape.", path.partition("?")[0])
    done, next_path = answer.get("done") is True, str(answer.get("nextRecordsUrl") or "")
    if not done and not next_path:
        raise SalesforceError(
            "Salesforce says more records follow, but not where.",
            path.partition("?")[0],
            "Run it again; the window is read anew.",
        )
    return RestPage(int(answer["totalSize"]), answer.get("records") or [], "" if done else next_path)
