"""Reads by REST, in groups of fields, an object with more fields than fit into an address or that Salesforce takes in one
statement, and joins the groups by Id.

Each group's query has Id and SystemModstamp besides its fields. A record whose stamp is not the same in all groups
changed while they were read: it is read again by its Id, until it stands still. Nothing is put together from two
states of a record.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from extract.errors import SalesforceError
from extract.salesforce import soql
from extract.salesforce.rest_query import RestPage, first_page, following_pages, spelled_page
from extract.salesforce.rest_window import jobs_used_up
from extract.salesforce.spool import Spool, SpoolPart
from extract.salesforce.too_much import TooComplicated, told_apart
from extract.salesforce.window import Window

STAMP = "SystemModstamp"
_MOST_WAITING = (
    20_000  # records of which not every group has come; the groups come in one order, so they are few
)
_MOST_IDS = 200  # in one query
_ROUNDS = 5
_WRITE_FROM = 500  # records at a time

Record = dict[str, Any]


def groups_of(window: Window) -> list[list[str]] | None:
    """The window's fields in as few groups as fit into an address; None when not even one field fits."""
    common = ["Id", STAMP]
    groups: list[list[str]] = [[]]
    for name in (name for name in window.columns if name not in common):
        if not _fits(window, [*groups[-1], name], window.where):
            groups.append([])
        groups[-1].append(name)
        if not _fits(window, groups[-1], window.where):
            return None
    return groups


def accepted_groups(window: Window, refused: TooComplicated) -> list[list[str]]:
    """The window's fields in groups that Salesforce takes, each tried with one record: it refused all in one statement.

    A group that is refused is cut in halves. Raises the refusal for a field that is refused alone."""
    groups = groups_of(window) or []
    waiting = deque(_halves(groups[0], refused) if len(groups) == 1 else groups)
    accepted: list[list[str]] = []
    while waiting:
        group = waiting.popleft()
        query = _query(window, group, window.where, " ORDER BY Id LIMIT 1")
        try:
            with told_apart(window.name):
                first_page(window.client.sender, window.client.api_version, query, window.name)
            accepted.append(group)
        except TooComplicated as again:
            waiting.extendleft(reversed(_halves(group, again)))
    if not accepted:  # not even one field fits into an address
        raise refused.error
    return accepted


def _halves(group: list[str], refused: TooComplicated) -> list[list[str]]:
    if len(group) < 2:
        refused.error.where = ".".join([refused.error.where, *group])
        raise refused.error
    middle = len(group) // 2
    return [group[:middle], group[middle:]]


def read_in_groups(
    window: Window, groups: Sequence[Sequence[str]], most_rows: int | None, reason: str
) -> Iterator[SpoolPart]:
    """The window's parts; `reason` says why it is read so. Raises SalesforceError for an object without SystemModstamp, of more than `most_rows`
    records, or of which a record changes again and again."""
    if all(described.name != STAMP for described in window.description.fields):
        raise SalesforceError(
            f"{window.name} cannot be read with all its fields at once ({reason}), and it has no {STAMP} by which "
            "to know that two reads of a record belong together.",
            window.name,
            "Leave fields out of it until it fits: `leave_out` in extract/catalogue/objects.toml.",
        )
    window.note(f"read by REST in {len(groups)} groups of fields, because {reason}.")
    spool = window.spool("rest")
    try:
        yield from _Join(window, groups, spool).parts(most_rows)
        yield spool.close_part(last=True)
    finally:
        spool.abandon()


@dataclass
class _Waiting:
    """A record of which some groups have come."""

    stamp: Any
    cells: Record
    groups: set[int] = field(default_factory=set)
    changed: bool = False


class _Join:
    def __init__(self, window: Window, groups: Sequence[Sequence[str]], spool: Spool) -> None:
        self._window, self._groups, self._spool = window, groups, spool
        self._waiting: dict[str, _Waiting] = {}
        self._whole: list[Record] = []
        self._again: dict[str, None] = {}  # ids, in the order of their coming

    def parts(self, most_rows: int | None) -> Iterator[SpoolPart]:
        """All parts but the last, whose records are in the spool at the end."""
        for page in self._pages(most_rows):
            self._window.tell_page(self._spool.rows + len(self._whole), page.total)
            if len(self._whole) >= _WRITE_FROM:
                yield from self._written()
        self._again.update(dict.fromkeys(self._waiting))  # not there in every group
        self._waiting.clear()
        yield from self._written()
        yield from self._read_again()

    def _pages(self, most_rows: int | None) -> Iterator[RestPage]:
        """The pages of all groups, always of the one that is behind the others."""
        streams = [
            self._stream(_query(self._window, group, self._window.where, " ORDER BY Id"))
            for group in self._groups
        ]
        came = [0] * len(streams)
        open_ = set(range(len(streams)))
        while open_:
            group = min(open_, key=lambda index: came[index])
            page = next(streams[group], None)
            if page is None:
                open_.discard(group)
                continue
            if most_rows is not None and page.total > most_rows:
                raise jobs_used_up(self._window, page.total)
            came[group] += len(page.records)
            self._take(group, page)
            yield page

    def _stream(self, query: str) -> Iterator[RestPage]:
        """A query's pages. Raises SalesforceError when they do not add up."""
        client, name = self._window.client, self._window.name
        first = first_page(client.sender, client.api_version, query, name)
        came = len(first.records)
        yield first
        for page in following_pages(client.sender, first, name):
            came += len(page.records)
            yield page
        if came != first.total:
            raise SalesforceError(
                f"{name}: {came} records came where Salesforce announced {first.total}.",
                name,
                "Run it again; the window is read anew.",
            )

    def _take(self, group: int, page: RestPage) -> None:
        for record in page.records:
            key = str(record["Id"])
            if key in self._again:
                continue
            held = self._waiting.setdefault(key, _Waiting(record[STAMP], {}))
            held.changed |= record[STAMP] != held.stamp or group in held.groups
            held.groups.add(group)
            held.cells.update(record)
            if len(held.groups) == len(self._groups):
                del self._waiting[key]
                self._settle(key, held)
        while len(self._waiting) > _MOST_WAITING:
            key = next(iter(self._waiting))
            del self._waiting[key]
            self._again[key] = None

    def _settle(self, key: str, held: _Waiting) -> None:
        if held.changed:
            self._again[key] = None
        else:
            self._whole.append(held.cells)

    def _written(self) -> Iterator[SpoolPart]:
        """Write what is whole; a part when that fills one."""
        if self._spool.part_is_full:
            yield self._spool.close_part(last=False)
        page = RestPage(len(self._whole), self._whole, "")
        self._spool.write_page(
            spelled_page(page, self._window.description, self._window.columns), len(self._whole)
        )
        self._whole = []

    def _read_again(self) -> Iterator[SpoolPart]:
        """The records that changed between the groups. One that none of the groups shows left the window."""
        for _ in range(_ROUNDS):
            ids, self._again = list(self._again), {}
            if not ids:
                return
            self._window.tell_retry(f"{len(ids)} records changed while they were read, and are read again.")
            size = self._ids_in_one_query(ids)
            for first in range(0, len(ids), size):
                self._read_ids(ids[first : first + size])
            yield from self._written()
        if self._again:
            raise SalesforceError(
                f"{len(self._again)} records of {self._window.name} changed again and again while they were read.",
                self._window.name,
                "Run it again at a quieter hour; the window is read anew.",
            )

    def _read_ids(self, ids: Sequence[str]) -> None:
        where = _with_ids(self._window.where, ids)
        for number, group in enumerate(self._groups):
            for page in self._stream(_query(self._window, group, where)):
                self._take(number, page)
        self._again.update(dict.fromkeys(self._waiting))
        self._waiting.clear()

    def _ids_in_one_query(self, ids: Sequence[str]) -> int:
        size = _MOST_IDS
        while size > 1 and not all(
            _fits(self._window, group, _with_ids(self._window.where, ids[:size])) for group in self._groups
        ):
            size //= 2
        return size


def _fits(window: Window, group: Sequence[str], where: str) -> bool:
    return soql.fits_address(_query(window, group, where, " ORDER BY Id"))


def _query(window: Window, group: Sequence[str], where: str, order: str = "") -> str:
    return soql.select(window.name, ["Id", STAMP, *group], where) + order


def _with_ids(where: str, ids: Sequence[str]) -> str:
    chosen = soql.one_of("Id", ids)
    return f"({where}) AND {chosen}" if where else chosen
