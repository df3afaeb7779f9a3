"""Puts the rows of a REST answer together: parents and addresses are objects inside the record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from json.encoder import encode_basestring
from typing import Any

from demo_org.soql import Column, Plan
from demo_org.wire import json_sql

Row = Sequence[Any]
Writer = Callable[[Row], str]
BARE = frozenset({"boolean", "int", "double", "currency", "percent"})
ADDRESS_KEYS = (
    "city", "country", "geocodeAccuracy", "latitude", "longitude", "postalCode", "state", "street",
)  # fmt: skip


class JsonRows:
    """What to select for a plan, and how to write each row of that."""

    def __init__(self, plan: Plan, version: str) -> None:
        self._root = f"/services/data/v{version}/sobjects"
        self._selected: list[str] = []
        self._parents = {parent.path: parent for parent in plan.parents}
        own_id = self._add('t."Id"')
        name = plan.sobject.name
        self._write = self._record((), plan.columns, lambda row: name, own_id)

    @property
    def select(self) -> str:
        return ", ".join(self._selected)

    def write(self, rows: Sequence[Row]) -> str:
        """The rows as a JSON array."""
        return "[" + ",".join(map(self._write, rows)) + "]"

    def _add(self, sql: str) -> int:
        """Select one more expression; its place in the row."""
        self._selected.append(sql)
        return len(self._selected) - 1

    def _record(
        self, way: tuple[str, ...], columns: Sequence[Column], kind: Callable[[Row], str], id_place: int
    ) -> Writer:
        """Writes a record: its attributes, its own fields, and its parents where the first field of each is."""
        depth = len(way)
        writers: dict[str, Writer] = {}
        for column in columns:
            key = column.path[depth]
            if key in writers:
                continue
            if len(column.path) == depth + 1:
                writers[key] = self._value(column)
            else:
                below = [c for c in columns if len(c.path) > depth + 1 and c.path[depth] == key]
                writers[key] = self._parent((*way, key), below)
        parts = [(encode_basestring(key) + ":", writer) for key, writer in writers.items()]
        root = self._root

        def write(row: Row) -> str:
            name = kind(row)
            about = f'{{"attributes":{{"type":"{name}","url":"{root}/{name}/{row[id_place]}"}}'
            return about + "".join("," + key + writer(row) for key, writer in parts) + "}"

        return write

    def _parent(self, way: tuple[str, ...], columns: Sequence[Column]) -> Writer:
        parent = self._parents[way]
        type_place, id_place = self._add(parent.type_sql), self._add(parent.id_sql)
        record = self._record(way, columns, lambda row: str(row[type_place]), id_place)
        return lambda row: "null" if row[id_place] is None else record(row)

    def _value(self, column: Column) -> Writer:
        if column.components or column.type in ("address", "location"):
            return self._compound(column)
        place = self._add(json_sql(column.type, column.sql))
        if column.type in BARE:
            return lambda row: "null" if row[place] is None else str(row[place])
        return lambda row: "null" if row[place] is None else encode_basestring(row[place])

    def _compound(self, column: Column) -> Writer:
        known = {_component_key(column, part): self._value(part) for part in column.components}
        keys = sorted(known | dict.fromkeys(ADDRESS_KEYS)) if column.type == "address" else sorted(known)

        def write(row: Row) -> str:
            values = {key: known[key](row) if key in known else "null" for key in keys}
            if set(values.values()) <= {"null"}:
                return "null"
            return "{" + ",".join(f'"{key}":{value}' for key, value in values.items()) + "}"

        return write


def _component_key(column: Column, part: Column) -> str:
    """MailingPostalCode of MailingAddress is postalCode; Place__Latitude__s of Place__c is latitude."""
    if column.type == "location":
        return "latitude" if "latitude" in part.path[-1].lower() else "longitude"
    name = part.path[-1].removeprefix(column.path[-1].removesuffix("Address"))
    return name[:1].lower() + name[1:]
