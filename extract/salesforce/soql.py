"""Writes the queries: names come from describe, values are quoted, nothing else is pasted in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

# Salesforce refuses an address above 16,384 bytes, and address plus headers above that too; headers need room.
_LONGEST_ADDRESS = 14_000
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*")
_ID = re.compile(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?")
_ESCAPES = {
    "\\": "\\\\",
    "'": "\\'",
    '"': '\\"',
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\b": "\\b",
    "\f": "\\f",
}


def select(name: str, fields: Sequence[str], where: str = "") -> str:
    """`SELECT … FROM … WHERE …`. Never ORDER BY or LIMIT: they make Bulk queries slow or fail."""
    return f"SELECT {','.join(_checked(field) for field in fields)} FROM {_checked(name)}{_filter(where)}"


def select_count(name: str, where: str = "") -> str:
    return f"SELECT COUNT() FROM {_checked(name)}{_filter(where)}"


def select_first(name: str, field: str, where: str = "") -> str:
    """The lowest value of a field that can be sorted by."""
    return f"{select(name, [field], where)} ORDER BY {_checked(field)} LIMIT 1"


def quoted(text: str) -> str:
    """A text as SOQL spells it."""
    return "'" + "".join(_ESCAPES.get(character, character) for character in text) + "'"


def moment(value: datetime) -> str:
    """A moment as SOQL spells it: UTC with `Z`, because an unescaped `+` in an address is a blank."""
    if value.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"


def window(field: str, start: datetime | None, end: datetime) -> str:
    """The filter of a window: from `start`, inclusive, to `end`, exclusive; everything before `end` without a start."""
    until = f"{_checked(field)} < {moment(end)}"
    return f"{_checked(field)} >= {moment(start)} AND {until}" if start is not None else until


def one_of(field: str, ids: Iterable[str]) -> str:
    """The filter for records by id."""
    ids = list(ids)
    wrong = [value for value in ids if not _ID.fullmatch(value)]
    if wrong or not ids:
        raise ValueError(f"{len(wrong)} of {len(ids)} ids are not Salesforce ids")
    return f"{_checked(field)} IN ({','.join(quoted(value) for value in ids)})"


def fits_address(query: str) -> bool:
    """Whether the query may be asked by REST, where it is part of the address."""
    return len(quote(query, safe="")) <= _LONGEST_ADDRESS


def _filter(where: str) -> str:
    return f" WHERE {where}" if where else ""


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"not an API name: {name!r}")
    return name
