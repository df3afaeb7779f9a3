"""Knows the column types that mean the same on DuckDB and PostgreSQL, and how each of them spells them."""

from __future__ import annotations

import re

PLAIN_TYPES = (
    "uuid",
    "text",
    "smallint",
    "integer",
    "bigint",
    "double precision",
    "boolean",
    "date",
    "timestamptz",
)
KNOWN_TYPES = (*PLAIN_TYPES, "numeric(precision,scale)")

_OTHER_SPELLINGS = {
    "varchar": "text",
    "string": "text",
    "character varying": "text",
    "int": "integer",
    "int4": "integer",
    "int8": "bigint",
    "int2": "smallint",
    "double": "double precision",
    "float8": "double precision",
    "bool": "boolean",
    "timestamp with time zone": "timestamptz",
}
_NUMERIC = re.compile(r"(?:numeric|decimal)\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)")


def one_spelling(spelling: str) -> str:
    """The type under the one name we use for it; a type we do not know keeps its own spelling."""
    plain = " ".join(spelling.lower().split())
    numeric = _NUMERIC.fullmatch(plain)
    return f"numeric({numeric[1]},{numeric[2]})" if numeric else _OTHER_SPELLINGS.get(plain, plain)


def is_portable(column_type: str) -> bool:
    return column_type in PLAIN_TYPES or bool(_NUMERIC.fullmatch(column_type))


def type_in_database(data_type: str, precision: int | None, scale: int | None, length: int | None) -> str:
    """The one spelling of a type as information_schema describes it."""
    if data_type.lower() == "numeric" and precision is not None:
        return f"numeric({precision},{scale})"
    if length is not None:
        return f"{data_type.lower()}({length})"
    return one_spelling(data_type)
