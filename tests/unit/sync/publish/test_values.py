"""Reads what a person wrote into a value of its column's type, or says what is wrong without repeating it."""

from __future__ import annotations

import pytest

from sync.publish.column_types import PLAIN_TYPES
from sync.publish.values import WrongValue, read_value


@pytest.mark.parametrize(
    ("text", "column_type", "value"),
    [
        (" as it is ", "text", " as it is "),
        (" 7 ", "integer", "7"),
        ("+007", "integer", "7"),
        ("-32768", "smallint", "-32768"),
        ("9223372036854775807", "bigint", "9223372036854775807"),
        ("12.50", "numeric(4,2)", "12.50"),
        (".5", "numeric(4,2)", "0.5"),
        ("1200", "numeric(4,0)", "1200"),
        ("0.00", "numeric(2,2)", "0.00"),
        ("1.5e3", "double precision", "1500.0"),
        ("TRUE", "boolean", "true"),
        ("2026-08-31", "date", "2026-08-31"),
        ("2026-08-31T17:00:00Z", "timestamptz", "2026-08-31 17:00:00+00:00"),
        ("2026-08-31 17:00-05", "timestamptz", "2026-08-31 22:00:00+00:00"),
        ("2026-08-31 17:00:00+20:00", "timestamptz", "2026-08-30 21:00:00+00:00"),
        ("2026-08-31 17:00:00+05:00:00.5", "timestamptz", "2026-08-31 11:59:59.500000+00:00"),
        ("6B61F2E39B2F4C6C8B1B0A2F2C9D1E11", "uuid", "6b61f2e3-9b2f-4c6c-8b1b-0a2f2c9d1e11"),
    ],
)
def test_a_value_comes_in_the_spelling_of_both_databases(text: str, column_type: str, value: str) -> None:
    assert read_value(text, column_type) == value


@pytest.mark.parametrize(
    ("text", "column_type"),
    [
        ("a\0b", "text"),
        ("2.0", "integer"),
        ("1_000", "integer"),
        ("\u0663", "integer"),
        ("2147483648", "integer"),
        ("9" * 5000, "bigint"),
        ("100", "numeric(4,2)"),
        ("1.005", "numeric(4,2)"),
        ("NaN", "numeric(4,2)"),
        ("1e2", "numeric(4,2)"),
        ("inf", "double precision"),
        ("1_0", "double precision"),
        ("ten", "double precision"),
        ("yes", "boolean"),
        ("31.08.2026", "date"),
        ("2026-02-30", "date"),
        ("2026-09-01 17:00:00", "timestamptz"),
        ("tomorrow", "timestamptz"),
        ("0001-01-01 00:00:00+01:00", "timestamptz"),
        ("9999-12-31 23:00:00-05:00", "timestamptz"),
        ("D1", "uuid"),
    ],
)
def test_a_text_that_is_no_value_is_told_without_repeating_it(text: str, column_type: str) -> None:
    with pytest.raises(WrongValue) as caught:
        read_value(text, column_type)
    assert text not in str(caught.value)


def test_every_type_of_a_contract_can_be_read() -> None:
    for column_type in PLAIN_TYPES:
        with pytest.raises(WrongValue):
            read_value("\0", column_type)
