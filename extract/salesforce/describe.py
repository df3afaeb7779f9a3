"""Holds what the org says about an object and its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

COMPOUND_TYPES = frozenset({"address", "location"})  # read by their components
BINARY_TYPES = frozenset({"base64"})
TEXT_TYPES = frozenset(
    {
        "id",
        "reference",
        "string",
        "picklist",
        "multipicklist",
        "combobox",
        "email",
        "phone",
        "url",
        "textarea",
        "time",
    }
    | {"encryptedstring", "masterrecord", "datacategorygroupreference", "complexvalue", "json", "anyType"}
)
TYPED_TYPES = frozenset({"boolean", "int", "long", "double", "currency", "percent", "date", "datetime"})
KNOWN_TYPES = COMPOUND_TYPES | BINARY_TYPES | TEXT_TYPES | TYPED_TYPES  # any other is landed as text too


@dataclass(frozen=True)
class FieldDescription:
    name: str
    type: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    label: str = ""
    calculated: bool = False
    filterable: bool = True
    sortable: bool = True
    compound_field_name: str = ""
    reference_to: tuple[str, ...] = ()
    nillable: bool = True


@dataclass(frozen=True)
class ObjectDescription:
    name: str
    label: str
    fields: tuple[FieldDescription, ...]
    queryable: bool = True
    key_prefix: str = ""
    replicateable: bool = True  # has a log of deletions


def parse_object(answer: Mapping[str, Any]) -> ObjectDescription:
    """An object's describe answer as a value; what an older API version leaves out gets its harmless default."""
    return ObjectDescription(
        name=str(answer["name"]),
        label=str(answer.get("label") or ""),
        fields=tuple(_parse_field(field) for field in answer.get("fields") or ()),
        queryable=bool(answer.get("queryable", True)),
        key_prefix=str(answer.get("keyPrefix") or ""),
        replicateable=bool(answer.get("replicateable", True)),
    )


def _parse_field(field: Mapping[str, Any]) -> FieldDescription:
    return FieldDescription(
        name=str(field["name"]),
        type=str(field.get("type") or "string"),
        length=int(field.get("length") or 0),
        precision=int(field.get("precision") or 0),
        scale=int(field.get("scale") or 0),
        label=str(field.get("label") or ""),
        calculated=bool(field.get("calculated")),
        filterable=bool(field.get("filterable", True)),
        sortable=bool(field.get("sortable", True)),
        compound_field_name=str(field.get("compoundFieldName") or ""),
        reference_to=tuple(str(name) for name in field.get("referenceTo") or ()),
        nillable=bool(field.get("nillable", True)),
    )
