"""What the org's own storage says, in the words of `raw`: the expectation of every long test.

Nothing here comes from the code that lands: the values are read from the demo org's tables and spelled by a few lines
of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from demo_org.metadata.sobjects import SObject
from demo_org.storage import Org

Cells = dict[str, str | None]  # column → text
NEVER_LANDED = ("LastViewedDate", "LastReferencedDate")  # they say something of the reader, not of the record


def spelled(value: Any) -> str | None:
    """A value of the org as raw holds it."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        text = format(Decimal(repr(value)), "f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return "0" if text in ("-0", "") else text
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    if isinstance(value, time):
        return value.strftime("%H:%M:%S.000Z")
    return value.isoformat() if isinstance(value, date) else str(value)


class Truth:
    """The records as they are, and every value that they ever had."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.now: dict[str, dict[str, Cells]] = {name: {} for name in org.objects}
        # (object, id) → column → every text it ever held
        self.ever: defaultdict[tuple[str, str], defaultdict[str, set[str | None]]] = defaultdict(
            lambda: defaultdict(set)
        )
        # (object, id) → columns that changed since the stamp last moved: no window tells of them
        self.unstamped: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self.lacking: defaultdict[str, set[str]] = defaultdict(
            set
        )  # object → columns that were once not shown
        self._rows: dict[tuple[str, str], tuple[Any, ...]] = {}
        self._columns: dict[str, tuple[str, ...]] = {}

    def observe(self) -> None:
        """Take in how the org stands; call it after every change."""
        for name, sobject in self.org.objects.items():
            self._observe(name, sobject)

    def visible(self, name: str) -> set[str]:
        """The columns that the org shows of an object."""
        return set(self._columns[name])

    def calculated(self, name: str) -> set[str]:
        """The columns whose values the org works out."""
        return {field.name.lower() for field in self.org.objects[name].columns if field.calculated}

    def deleted(self, name: str) -> bool:
        """Whether records of the object can be deleted."""
        return "isdeleted" in self.visible(name)

    def _observe(self, name: str, sobject: SObject) -> None:
        fields = [field.name for field in sobject.columns if field.name not in NEVER_LANDED]
        columns = tuple(field.lower() for field in fields)
        if before := self._columns.get(name):
            self.lacking[name] |= set(before) ^ set(columns)
        same_columns = self._columns.get(name) == columns
        self._columns[name] = columns
        listed = ", ".join(f'"{field}"' for field in fields)
        records = self.now[name]
        left = set(records)
        for row in self.org.cursor().execute(f'select {listed} from "{name}"').fetchall():
            record_id = str(row[columns.index("id")])
            left.discard(record_id)
            if same_columns and self._rows.get((name, record_id)) == row:
                continue
            self._rows[name, record_id] = row
            self._take(name, record_id, {column: spelled(v) for column, v in zip(columns, row, strict=True)})
        for record_id in left:
            del records[record_id]
            self._rows.pop((name, record_id))

    def _take(self, name: str, record_id: str, cells: Cells) -> None:
        before, ever = self.now[name].get(record_id), self.ever[name, record_id]
        for column, text in cells.items():
            ever[column].add(text)
        if before is not None:
            changed = {column for column, text in cells.items() if before.get(column) != text}
            if "systemmodstamp" in changed:
                self.unstamped.pop((name, record_id), None)
            else:
                self.unstamped[name, record_id] |= changed
        self.now[name][record_id] = cells

    def records(self, name: str) -> Iterator[tuple[str, Cells]]:
        yield from self.now[name].items()
