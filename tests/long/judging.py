"""Judges what raw holds by the truth: nothing lost, nothing invented, and the newest version of each record is the org's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from extract.database import Connection, Database
from tests.long.truth import Cells, Truth

BOOKKEEPING = ("_version", "_dlt_load_id", "_extracted_at")
MOST_TOLD = 5


@dataclass(frozen=True)
class Held:
    """One version in raw."""

    id: str
    version: str
    order: tuple[str, object, str]  # by which a record's newest version comes last
    cells: Cells


@dataclass
class Judge:
    """Looks at raw again and again, and remembers what it saw: nothing in it may go or change."""

    truth: Truth
    database: Database
    objects: frozenset[str]  # that are landed
    seen: dict[str, dict[tuple[str, str], Held]] = field(default_factory=dict)

    def look(self, *, shown_less: Iterable[str] = ()) -> None:
        """Take in raw. Raises AssertionError for what is lost, changed, doubled or invented.

        `shown_less`: objects of which records were not shown at some time, so that a tombstone may say so."""
        with self.database.connect() as connection:
            tables = _tables(connection)
            for name in self.objects:
                if name.lower() in tables:
                    held = _held(connection, name.lower(), tables[name.lower()])
                    self._compare(name, held, name in set(shown_less))

    def newest(self, name: str) -> dict[str, Held]:
        """Of each record, by Id."""
        found: dict[str, Held] = {}
        for held in self.seen.get(name, {}).values():
            if held.id not in found or found[held.id].order < held.order:
                found[held.id] = held
        return found

    def check_landed(self, name: str, window_end: str, passed_over: set[str]) -> None:
        """After a landing: each record stamped before the window's end is held as it is, apart from columns that
        changed without a stamp since. `passed_over` are Ids of records that no window brings."""
        told = []
        newest, columns = self.newest(name), self.truth.visible(name) - self.truth.calculated(name)
        for record_id, cells in self.truth.records(name):
            if record_id in passed_over or (cells.get("systemmodstamp") or "") >= window_end:
                continue
            loose = self.truth.unstamped.get((name, record_id), set())
            told += _differences(name, record_id, cells, newest.get(record_id), columns - loose)
        assert not told, _told(f"after a landing of {name} up to {window_end}", told)

    def check_equal(self) -> None:
        """At the end: cell for cell, and nothing is live here that is not there."""
        told: list[str] = []
        for name in sorted(self.objects):
            newest, columns = self.newest(name), self.truth.visible(name)
            for record_id, cells in self.truth.records(name):
                told += _differences(name, record_id, cells, newest.get(record_id), columns)
            gone = newest.keys() - self.truth.now[name].keys()
            live = [each for each in sorted(gone) if newest[each].cells.get("isdeleted") != "true"]
            told += [f"{name} {record_id} is gone from the org and live here" for record_id in live]
        assert not told, _told("at the end", told)

    def _compare(self, name: str, held: list[Held], shown_less: bool) -> None:
        told = []
        before = self.seen.get(name, {})
        after: dict[tuple[str, str], Held] = {}
        for each in held:
            key = (each.id, each.version)
            if key in after:
                told.append(f"{name} {each.id}: version {each.version} is held twice")
            after[key] = each
            if key not in before:
                told += self._invented(name, each, shown_less)
            elif any(each.cells.get(column) != text for column, text in before[key].cells.items()):
                told.append(f"{name} {each.id}: version {each.version} was changed")
        lost = before.keys() - after.keys()
        told += [f"{name} {record_id}: version {version} is lost" for record_id, version in sorted(lost)]
        self.seen[name] = after
        assert not told, _told("in raw", told)

    def _invented(self, name: str, held: Held, shown_less: bool) -> list[str]:
        """Cells that the record never had; empty where the field was not shown at some time."""
        ever = self.truth.ever.get((name, held.id))
        if ever is None:
            return [f"{name} {held.id} is held and was never there"]
        told = []
        for column, text in held.cells.items():
            if text in ever.get(column, ()) or (text is None and self._may_be_empty(name, column)):
                continue
            if (column, text) == ("isdeleted", "true") and (
                shown_less or held.id not in self.truth.now[name]
            ):
                continue  # a tombstone
            told.append(f"{name} {held.id}.{column}: {text!r} is held and was never there")
        return told

    def _may_be_empty(self, name: str, column: str) -> bool:
        return column in self.truth.lacking[name] or column not in self.truth.visible(name)


def _differences(
    name: str, record_id: str, cells: Cells, held: Held | None, columns: Iterable[str]
) -> list[str]:
    if held is None:
        return [f"{name} {record_id} is in the org and not held"]
    return [
        f"{name} {record_id}.{column}: {cells[column]!r} in the org, {held.cells.get(column)!r} held"
        for column in sorted(columns)
        if cells[column] != held.cells.get(column)
    ]


def _tables(connection: Connection) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table, column in connection.rows(
        "select table_name, column_name from information_schema.columns where table_schema = 'raw'"
    ):
        found.setdefault(table, []).append(column)
    return found


def _held(connection: Connection, table: str, columns: list[str]) -> list[Held]:
    content = [column for column in columns if column not in BOOKKEEPING]
    listed = ", ".join(f'"{column}"' for column in (*BOOKKEEPING, *content))
    found = []
    for version, _, extracted_at, *texts in connection.rows(f'select {listed} from raw."{table}"'):
        cells = dict(zip(content, texts, strict=True))
        order = (cells.get("systemmodstamp") or "", extracted_at, version)
        found.append(Held(str(cells["id"]), version, order, cells))
    return found


def _told(when: str, told: list[str]) -> str:
    more = f"\n  and {len(told) - MOST_TOLD} more" if len(told) > MOST_TOLD else ""
    return f"{when}:\n  " + "\n  ".join(told[:MOST_TOLD]) + more
