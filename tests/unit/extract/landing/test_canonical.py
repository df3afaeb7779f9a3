from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from extract.landing.canonical import LandedColumn, canonical_select, canonical_text

NUMBERS = {
    "1.2345678E7": "12345678",
    "-1.2345678E7": "-12345678",
    "3.0": "3",
    "100": "100",
    "100.0": "100",
    "10.00": "10",
    "0.10": "0.1",
    "1.50": "1.5",
    "-10.0": "-10",
    "0.0": "0",
    "-0.0": "0",
    "-0": "0",
    "-0E5": "0",
    "0.0E0": "0",
    "1.5E0": "1.5",
    "0.5E3": "500",
    "-2.5e+2": "-250",
    "12.34E1": "123.4",
    "12.34E-1": "1.234",
    "1.0E-4": "0.0001",
    "-1.0E-4": "-0.0001",
    "1E-10": "0.0000000001",
    "1E18": "1000000000000000000",
    "1.23456789012345678E17": "123456789012345678",
    "9.007199254740993E15": "9007199254740993",  # a double would say …992
    "123456789012345678.123456789012345678": "123456789012345678.123456789012345678",
    "1E-25": "0.0000000000000000000000001",
    "1.79E308": "1.79E308",  # absurd: as served
    "NaN": "NaN",
    "1.0.0": "1.0.0",
    "twelve": "twelve",
    "1E": "1E",
}
MOMENTS = {
    "2024-01-02T03:04:05.000Z": "2024-01-02T03:04:05.000Z",
    "2024-01-02T03:04:05.000+0000": "2024-01-02T03:04:05.000Z",
    "2024-01-02T03:04:05Z": "2024-01-02T03:04:05.000Z",
    "2024-01-02T03:04:05+02:00": "2024-01-02T01:04:05.000Z",
    "2024-01-02T03:04:05.123+0530": "2024-01-01T21:34:05.123Z",
    "1700-01-01T00:00:00.000+0000": "1700-01-01T00:00:00.000Z",
    "4000-12-31T23:59:59.999+0000": "4000-12-31T23:59:59.999Z",
    "2024-02-31T00:00:00.000+0000": "2024-02-31T00:00:00.000+0000",  # no such day: as served
    "yesterday": "yesterday",
}


CONNECTION = duckdb.connect()


def spelled(value: str | None, field_type: str) -> str | None:
    expression = canonical_text("value", field_type)
    found = CONNECTION.execute(f"select {expression} from (select ?::varchar as value)", [value]).fetchone()
    assert found is not None
    text: str | None = found[0]
    return text


@pytest.mark.fault("F55", "Each spelling of a number")
@pytest.mark.parametrize("field_type", ["double", "currency", "percent", "int"])
def test_a_number_has_one_spelling(field_type: str) -> None:
    assert {value: spelled(value, field_type) for value in NUMBERS} == NUMBERS


@pytest.mark.fault("F56", "Each spelling of a moment")
@pytest.mark.parametrize(("served", "expected"), MOMENTS.items())
def test_a_moment_has_one_spelling(served: str, expected: str) -> None:
    assert spelled(served, "datetime") == expected


def test_text_is_never_touched_whatever_it_looks_like() -> None:
    for text in ("3.0", "1E5", "007", "TRUE", "2024-01-02T03:04:05+02:00", " x "):
        assert spelled(text, "string") == text
    assert spelled("TRUE", "boolean") == "true"


@pytest.mark.parametrize("field_type", ["double", "datetime", "boolean", "string"])
def test_nothing_stays_nothing(field_type: str) -> None:
    assert spelled(None, field_type) is None


def rows_of(path: Path, records: Sequence[dict[str, str]]) -> list[tuple[str | None, ...]]:
    header = tuple(records[0])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerows([header, *(tuple(record.values()) for record in records)])
    columns = [
        LandedColumn(name, name.lower(), "double" if name == "Amount__c" else "string") for name in header
    ]
    return CONNECTION.execute(canonical_select(path, header, columns)).fetchall()


def test_the_same_content_has_the_same_version_in_any_column_order_and_spelling(tmp_path: Path) -> None:
    one = rows_of(tmp_path / "a.csv", [{"Id": "1", "Name": "Vera Beispiel", "Amount__c": "1.2345678E7"}])
    two = rows_of(tmp_path / "b.csv", [{"Amount__c": "12345678.0", "Name": "Vera Beispiel", "Id": "1"}])
    assert one[0][-1] == two[0][-1]


def test_a_new_empty_column_makes_no_new_version_and_a_filled_one_does(tmp_path: Path) -> None:
    before, empty, filled = (
        rows_of(tmp_path / f"{number}.csv", [{"Id": "1", "Name": "Vera Beispiel"} | extra])[0][-1]
        for number, extra in enumerate(({}, {"New__c": ""}, {"New__c": "x"}))
    )
    assert before == empty != filled


def test_a_value_that_moves_to_another_column_is_another_version(tmp_path: Path) -> None:
    served = [{"Id": "1", "A": "x", "B": ""}, {"Id": "1", "A": "", "B": "x"}]
    assert len({row[-1] for row in rows_of(tmp_path / "a.csv", served)}) == 2


def test_nasty_text_comes_through_byte_for_byte(tmp_path: Path) -> None:
    nasty = [
        "a\r\nb", "x\u2028y\u2029z", "\x85", "N/A", "NULL", "null", "\\N", "\\.", "00012", 'q"uo,te', '""',
        "  blanks  ", "\t", "\\", "a\x1fb", "𝕌😀", "=cmd", "l\n" * 16_000, "z" * 131_072, "ä" * 200_000,
    ]  # fmt: skip
    served = [{"Id": str(number), "Text__c": text} for number, text in enumerate(nasty)]
    found = {row[0]: row[1] for row in rows_of(tmp_path / "a.csv", served)}
    assert [found[str(number)] == text for number, text in enumerate(nasty)] == [True] * len(nasty)
