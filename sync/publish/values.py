"""Reads a value that a person wrote as text, by the type of its column, and says what is wrong with it.

Python decides what casts, not the database: a value is then right or wrong on DuckDB and PostgreSQL alike, and a
wrong one is told instead of ending the transaction.
"""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

_INTEGER_BITS = {"smallint": 16, "integer": 32, "bigint": 64}
_WHOLE = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_NUMERIC_TYPE = re.compile(r"numeric\((\d+),(\d+)\)")


class WrongValue(ValueError):
    """Why a text is no value of its column's type, in words that do not repeat the text."""


def read_value(text: str, column_type: str) -> str:
    """The value in the one spelling that both databases cast alike. Raises WrongValue."""
    numeric = _NUMERIC_TYPE.fullmatch(column_type)
    if numeric:
        return _read_numeric(text.strip(), int(numeric[1]), int(numeric[2]))
    if column_type in _INTEGER_BITS:
        return _read_integer(text.strip(), _INTEGER_BITS[column_type])
    return _READERS[column_type](text)


def _read_text(text: str) -> str:
    if "\0" in text:
        raise WrongValue("it holds a NUL character")
    return text


def _read_integer(text: str, bits: int) -> str:
    if not _WHOLE.fullmatch(text):
        raise WrongValue("it is not a whole number")
    # the length first: Python takes long over very long digits
    if len(text) > 20 or not -(2 ** (bits - 1)) <= int(text) < 2 ** (bits - 1):
        raise WrongValue("it is too large")
    return str(int(text))


def _read_numeric(text: str, precision: int, scale: int) -> str:
    if not _DECIMAL.fullmatch(text) or len(text) > 100:
        raise WrongValue("it is not a number")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise WrongValue("it is not a number") from None
    _, digits, exponent = number.normalize().as_tuple()
    decimals = max(0, -int(exponent))
    if decimals > scale:
        raise WrongValue(f"it has more than {scale} decimals")
    if number and len(digits) + int(exponent) > precision - scale:
        raise WrongValue("it is too large")
    return f"{number:f}"


def _read_double(text: str) -> str:
    try:
        number = float(text)
    except ValueError:
        raise WrongValue("it is not a number") from None
    if not math.isfinite(number) or "_" in text:
        raise WrongValue("it is not a number")
    return repr(number)


def _read_boolean(text: str) -> str:
    spelled = text.strip().lower()
    if spelled not in ("true", "false"):
        raise WrongValue("it is neither true nor false")
    return spelled


def _read_date(text: str) -> str:
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise WrongValue("it is not a date like 2026-08-31") from None


def _read_timestamp(text: str) -> str:
    wrong = WrongValue("it is not a time with its zone like 2026-08-31 17:00:00-05:00")
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise wrong from None
    if moment.tzinfo is None:
        raise wrong
    try:
        return moment.astimezone(UTC).isoformat(
            sep=" "
        )  # PostgreSQL knows no zone that is 16 hours or more away
    except OverflowError:
        raise wrong from None


def _read_uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text.strip()))
    except ValueError:
        raise WrongValue("it is not a uuid") from None


_READERS: dict[str, Callable[[str], str]] = {
    "text": _read_text,
    "double precision": _read_double,
    "boolean": _read_boolean,
    "date": _read_date,
    "timestamptz": _read_timestamp,
    "uuid": _read_uuid,
}
