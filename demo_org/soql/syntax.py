"""What a SOQL statement is made of, after parsing and before its names are looked up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as Choice


@dataclass(frozen=True)
class Name:
    """A field or an object as it was written, with the path to it."""

    path: tuple[str, ...]
    position: int

    @property
    def text(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True)
class Aggregate:
    """COUNT() and its like; `field` is None for COUNT()."""

    function: str
    field: Name | None
    alias: str
    position: int


@dataclass(frozen=True)
class FieldsFunction:
    """FIELDS(ALL), FIELDS(STANDARD) or FIELDS(CUSTOM)."""

    group: str
    position: int


Selected = Name | Aggregate | FieldsFunction


@dataclass(frozen=True)
class Literal:
    """A value in a condition: what kind it is, and its text."""

    kind: Choice["string", "number", "date", "datetime", "boolean", "null"]
    text: str
    position: int
    pattern: str = ""  # of a string: the same text as LIKE wants it


@dataclass(frozen=True)
class Comparison:
    """field operator value; IN and NOT IN have several values."""

    field: Name
    operator: str
    values: tuple[Literal, ...]
    position: int


@dataclass(frozen=True)
class Junction:
    """Conditions that are joined by AND, or by OR."""

    connector: Choice["AND", "OR"]
    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Negation:
    part: Condition


Condition = Comparison | Junction | Negation


@dataclass(frozen=True)
class Ordering:
    field: Name
    descending: bool
    nulls_last: bool


@dataclass(frozen=True)
class Statement:
    """One SELECT."""

    text: str
    selected: tuple[Selected, ...]
    object: Name
    alias: str
    where: Condition | None
    order: tuple[Ordering, ...]
    limit: int | None
    offset: int
