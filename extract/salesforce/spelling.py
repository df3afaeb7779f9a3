"""Spells a value of a REST answer as Bulk API 2.0 spells it, so that one value has one text."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

_DOUBLES = frozenset({"double", "currency", "percent"})


def speller(field_type: str) -> Callable[[Any], str]:
    """The function that spells the values of a field of this type."""
    if field_type in _DOUBLES:
        return _spell_double
    if field_type == "datetime":
        return _spell_datetime
    return _spell


def load_answer(body: bytes) -> Any:
    """A JSON answer whose numbers stay the text that Salesforce sent: a float would lose digits."""
    return json.loads(body, parse_float=str, parse_int=str)


def _spell(value: Any) -> str:
    if value is None:
        return ""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _spell_datetime(value: Any) -> str:
    text = _spell(value)
    return text[:-5] + "Z" if text.endswith("+0000") else text


def _spell_double(value: Any) -> str:
    """Bulk writes doubles as Java does: `1234567.0`, and `1.2345678E7` from eight digits on."""
    text = _spell(value)
    if not text:
        return ""
    number = Decimal(text)
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError("not a number")
    minus = "-" if sign else ""
    figures = "".join(map(str, digits)).lstrip("0")
    if not figures:
        return minus + "0.0"
    power = len(figures) + exponent - 1  # of ten, in scientific notation
    figures = figures.rstrip("0") or "0"
    if -3 <= power < 7:
        return minus + _plain(figures, power)
    return f"{minus}{figures[0]}.{figures[1:] or '0'}E{power}"


def _plain(figures: str, power: int) -> str:
    if power < 0:
        return "0." + "0" * (-power - 1) + figures
    whole, fraction = figures[: power + 1], figures[power + 1 :]
    return f"{whole.ljust(power + 1, '0')}.{fraction or '0'}"
