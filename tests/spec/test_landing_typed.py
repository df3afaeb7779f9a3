"""What the typed views make of raw text, the same on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from extract.database import Connection, Database
from extract.landing.fields import HeldField
from extract.landing.state import create_tables
from extract.landing.tables import complete_tables
from extract.landing.typed_views import refresh_views

CASTS: list[tuple[str, str | None, Any]] = [
    ("double", "12.5", Decimal("12.5")),
    ("double", "-0.0001", Decimal("-0.0001")),
    ("currency", "123456789012345678", Decimal("123456789012345678")),
    ("percent", "0.000000000000000001", Decimal("0.000000000000000001")),
    ("double", "0.0033333333333333335", Decimal("0.003333333333333334")),
    ("double", "0.00000000000000011102230246251565", Decimal("0.000000000000000111")),
    ("double", "0.0000000000000000005", Decimal("0.000000000000000001")),
    ("double", "-0.0000000000000000005", Decimal("-0.000000000000000001")),
    ("double", "-0.0000000000000000025", Decimal("-0.000000000000000003")),
    ("double", "-0.00000000000000000049" + "9" * 900, Decimal(0)),
    ("double", "0." + "0" * 20_000 + "1", Decimal(0)),
    ("double", "9999999999999999999." + "9" * 19, Decimal("10000000000000000000")),
    ("double", "99999999999999999999." + "9" * 19, None),
    ("double", "1.79E308", None),
    ("double", "twelve", None),
    ("double", "", None),
    ("double", "NaN", None),
    ("int", "42", Decimal("42")),
    ("int", "3.7", None),
    ("int", "99999999999999999999999", None),
    ("date", "2024-02-29", date(2024, 2, 29)),
    ("date", "1700-01-01", date(1700, 1, 1)),
    ("date", "4000-12-31", date(4000, 12, 31)),
    ("date", "2024-02-31", None),
    ("date", "2023-02-29", None),
    ("date", "2024-13-01", None),
    ("date", "2024-04-31", None),
    ("date", "yesterday", None),
    ("date", "0001-01-01", date(1, 1, 1)),
    ("date", "9999-12-31", date(9999, 12, 31)),
    ("date", "0000-01-01", None),
    ("date", "10000-01-01", None),
    ("date", "2024-1-5", None),
    ("date", "2024/01/05", None),
    ("date", " 2024-01-05", None),
    ("date", "2024-01-05\n", None),
    ("date", "2024-01-05T00:00:00.000Z", None),
    ("date", "2024-01-05 (BC)", None),
    ("date", "infinity", None),
    ("date", "epoch", None),
    ("datetime", "2024-01-02T03:04:05.123Z", datetime(2024, 1, 2, 3, 4, 5, 123000, tzinfo=UTC)),
    ("datetime", "2024-02-29T23:59:59.000Z", datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)),
    ("datetime", "2024-02-31T00:00:00.000Z", None),
    ("datetime", "2024-01-02T25:00:00.000Z", None),
    ("datetime", "2024-01-02T24:00:00.000Z", None),
    ("datetime", "2024-01-02T23:59:60.000Z", None),
    ("datetime", "0000-01-02T03:04:05.000Z", None),
    ("datetime", "10000-01-02T03:04:05.000Z", None),
    ("datetime", "2024-01-02T03:04:05+02:00", None),
    ("datetime", "2024-01-02T03:04Z", None),
    ("datetime", "2024-01-02", None),
    ("datetime", "now", None),
    ("boolean", "true", True),
    ("boolean", "false", False),
    ("boolean", "maybe", None),
    ("string", "3.0", "3.0"),
    ("time", "10:00:00.000Z", "10:00:00.000Z"),
    ("reference", "001000000000001AAA", "001000000000001AAA"),
]


def field(name: str, field_type: str) -> HeldField:
    return HeldField(name, name.lower(), field_type, 0, 0, 0)


def landed(connection: Connection, fields: list[HeldField], values: list[str | None]) -> None:
    create_tables(connection)
    complete_tables(connection, {"Thing__c": fields})
    columns = ", ".join(entry.column for entry in fields)
    marks = ", ".join("?" * len(values))
    connection.execute(f"insert into raw.thing__c ({columns}) values ({marks})", values)


@pytest.mark.fault("F55", "Numbers that fit and that do not, in the database")
@pytest.mark.fault("F56", "Dates from 1700 to 4000, in the database")
def test_a_value_has_the_type_that_describe_gives_or_is_null_and_named(database: Database) -> None:
    kinds = sorted({kind for kind, _, _ in CASTS})
    views = {f"{kind}__c": [field("Key__c", "string"), field("Value__c", kind)] for kind in kinds}
    found = []
    with database.connect() as connection:
        create_tables(connection)
        complete_tables(connection, views)
        for number, (kind, text, _) in enumerate(CASTS):
            connection.execute(
                f"insert into raw.{kind}__c (key__c, value__c) values (?, ?)", (str(number), text)
            )
        refresh_views(connection, views)
        for kind in kinds:
            found += connection.rows(
                f"select cast(key__c as integer), value__c, _uncast from typed.{kind}__c"
            )
    for number, value, uncast in sorted(found, key=lambda row: row[0]):
        kind, text, expected = CASTS[number]
        assert (value, type(value)) == (expected, type(expected)), (kind, text)
        assert uncast == ("Value__c" if expected is None else None), (kind, text)
    assert len(found) == len(CASTS)


def test_null_is_null_and_no_misfit(database: Database) -> None:
    with database.connect() as connection:
        fields = [
            field(f"F{number}__c", kind)
            for number, kind in enumerate(("double", "date", "datetime", "boolean"))
        ]
        landed(connection, fields, [None] * 4)
        refresh_views(connection, {"Thing__c": fields})
        assert connection.rows("select f0__c, f1__c, f2__c, f3__c, _uncast from typed.thing__c") == [
            (None,) * 5
        ]


def test_every_misfit_of_a_row_is_named(database: Database) -> None:
    with database.connect() as connection:
        fields = [field("Amount__c", "currency"), field("Day__c", "date"), field("Name", "string")]
        landed(connection, fields, ["much", "2024-02-31", "x"])
        refresh_views(connection, {"Thing__c": fields})
        assert connection.value("select _uncast from typed.thing__c") == "Amount__c,Day__c"


def test_a_view_follows_its_fields_and_is_left_alone_otherwise(database: Database) -> None:
    with database.connect() as connection:
        fields = [field("Amount__c", "string")]
        landed(connection, fields, ["12.50"])
        refresh_views(connection, {"Thing__c": fields})
        assert connection.value("select amount__c from typed.thing__c") == "12.50"
        connection.execute("create view watcher as select amount__c from typed.thing__c")
        refresh_views(connection, {"Thing__c": fields})  # nothing changed: a view upon it is no hindrance
        connection.execute("drop view watcher")
        retyped = [field("Amount__c", "currency"), field("New__c", "date")]
        complete_tables(connection, {"Thing__c": retyped})
        refresh_views(connection, {"Thing__c": retyped})
        assert connection.rows("select amount__c, new__c from typed.thing__c") == [(Decimal("12.5"), None)]


@pytest.mark.fault("F75", "A field that is described as text, as a number, and as text again")
def test_a_field_that_changes_its_type_and_back_loses_nothing(database: Database) -> None:
    kinds = {"string": "twelve", "currency": None, "textarea": "twelve"}
    with database.connect() as connection:
        landed(connection, [field("Amount__c", "string")], ["twelve"])
        connection.execute("insert into raw.thing__c (amount__c) values ('12.50')")
        for kind, shown in kinds.items():
            refresh_views(connection, {"Thing__c": [field("Amount__c", kind)]})
            found = connection.rows(
                "select amount__c, _uncast from typed.thing__c order by _uncast nulls last"
            )
            assert (shown, None if shown else "Amount__c") in found, kind
            assert len(found) == 2
        assert connection.rows("select amount__c from raw.thing__c order by 1") == [("12.50",), ("twelve",)]


def test_an_object_without_records_has_a_table_and_a_view(database: Database, tmp_path: Path) -> None:
    with database.connect() as connection:
        fields = {"Case": [field("Id", "id"), field("Order", "int")]}
        create_tables(connection)
        complete_tables(connection, fields)
        refresh_views(connection, fields)
        assert (
            connection.rows('select id, "order", _version, _dlt_load_id, _extracted_at from typed."case"')
            == []
        )
