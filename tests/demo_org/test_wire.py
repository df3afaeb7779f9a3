"""How the demo org spells numbers and times, and where it finds the rows of a CSV file."""

from __future__ import annotations

import struct

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo_org.exports import _end_rows_with_crlf, _indexed
from demo_org.wire import MACROS, csv_sql, json_sql


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for macro in MACROS:
        connection.execute(macro)
    return connection


def spelled(connection: duckdb.DuckDBPyConnection, kind: str, value: str, *, as_json: bool = False) -> str:
    spell = json_sql if as_json else csv_sql
    found = connection.execute(f"SELECT {spell(kind, value)}").fetchone()
    assert found is not None
    return str(found[0])


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("3", "3.0"), ("0", "0.0"), ("-0.0", "-0.0"), ("0.1", "0.1"), ("1234567", "1234567.0"),
        ("9999999.5", "9999999.5"), ("10000000", "1.0E7"), ("12345678", "1.2345678E7"), ("-12345678", "-1.2345678E7"),
        ("12345678.9", "1.23456789E7"), ("0.001", "0.001"), ("0.00012", "1.2E-4"), ("-0.0001", "-1.0E-4"),
        ("1e-10", "1.0E-10"), ("1e16", "1.0E16"), ("1.5e20", "1.5E20"), ("123456789012345678", "1.2345678901234568E17"),
    ],
)  # fmt: skip
def test_numbers_are_spelled_as_java_does(
    connection: duckdb.DuckDBPyConnection, number: str, text: str
) -> None:
    assert spelled(connection, "double", f"CAST('{number}' AS DOUBLE)") == text


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_spelled_number_is_the_same_number(connection: duckdb.DuckDBPyConnection, number: float) -> None:
    found = connection.execute("SELECT java_double(?::DOUBLE)", [number]).fetchone()
    assert found is not None
    assert struct.pack("d", float(found[0])) == struct.pack("d", number)
    mantissa, _, exponent = found[0].lstrip("-").partition("E")
    assert "." in mantissa
    assert number == 0 or bool(exponent) != (0.001 <= abs(number) < 10_000_000)


def test_other_types_are_spelled_for_each_api(connection: duckdb.DuckDBPyConnection) -> None:
    moment = "TIMESTAMP '2024-01-02 03:04:05'"
    assert spelled(connection, "datetime", moment) == "2024-01-02T03:04:05.000Z"
    assert spelled(connection, "datetime", moment, as_json=True) == "2024-01-02T03:04:05.000+0000"
    assert spelled(connection, "datetime", "TIMESTAMP '1700-01-01 00:00:00'") == "1700-01-01T00:00:00.000Z"
    assert spelled(connection, "time", "TIME '03:04:05'") == "03:04:05.000Z"
    assert spelled(connection, "date", "DATE '4000-12-31'") == "4000-12-31"
    assert spelled(connection, "boolean", "true") == "true"
    assert spelled(connection, "int", "CAST(5 AS BIGINT)") == "5"
    assert spelled(connection, "string", "NULL") == ""


VALUES = st.text(st.sampled_from('a",\n\r\x85')).map(lambda text: '"' + text.replace('"', '""') + '"')


@settings(deadline=None)
@given(lines=st.lists(st.lists(VALUES, min_size=2, max_size=2), max_size=8))
def test_every_row_of_a_file_is_found(
    tmp_path_factory: pytest.TempPathFactory, lines: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "export.csv"
    whole = [b'"x","y"\n', *(",".join(values).encode() + b"\n" for values in lines)]
    path.write_bytes(b"".join(whole))
    export = _indexed(path)
    assert (export.header, export.rows) == (whole[0], len(lines))
    content = path.read_bytes()
    pieces = [content[export.page(n, 1).start : export.page(n, 1).end] for n in range(len(lines))]
    assert pieces == whole[1:]
    _end_rows_with_crlf(path)
    assert path.read_bytes() == b"".join(line[:-1] + b"\r\n" for line in whole)
