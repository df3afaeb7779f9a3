"""Queries are put together from checked names and quoted values."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from extract.salesforce import soql

NOON = datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC)


def test_a_query_names_its_fields_and_nothing_more() -> None:
    assert soql.select("Account", ["Id", "Name"]) == "SELECT Id,Name FROM Account"
    assert (
        soql.select("Account", ["Id"], "IsDeleted = true") == "SELECT Id FROM Account WHERE IsDeleted = true"
    )
    assert soql.select_count("Class__c") == "SELECT COUNT() FROM Class__c"


@pytest.mark.parametrize("name", ["", "Name; DROP", "Name,Id", "1Name", "Na me", "Name'"])
def test_a_name_that_is_none_is_not_put_into_a_query(name: str) -> None:
    with pytest.raises(ValueError):
        soql.select("Account", [name])
    with pytest.raises(ValueError):
        soql.select(name, ["Id"])


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("plain", "'plain'"),
        ("O'Fictional", r"'O\'Fictional'"),
        ("a\\b", r"'a\\b'"),
        ("two\nlines", r"'two\nlines'"),
    ],
)
def test_text_is_quoted(text: str, spelled: str) -> None:
    assert soql.quoted(text) == spelled


def test_a_window_includes_its_start_and_excludes_its_end() -> None:
    start = NOON - timedelta(hours=1)
    assert soql.window("SystemModstamp", start, NOON) == (
        "SystemModstamp >= 2026-11-23T11:00:00.250Z AND SystemModstamp < 2026-11-23T12:00:00.250Z"
    )
    assert soql.window("SystemModstamp", None, NOON) == "SystemModstamp < 2026-11-23T12:00:00.250Z"


def test_moments_are_spelled_in_utc() -> None:
    assert soql.moment(NOON.astimezone(timezone(timedelta(hours=-5)))) == "2026-11-23T12:00:00.250Z"
    with pytest.raises(ValueError):
        soql.moment(NOON.replace(tzinfo=None))


def test_only_ids_are_asked_for_by_id() -> None:
    assert soql.one_of("Id", ["001000000000001AAA"]) == "Id IN ('001000000000001AAA')"
    for wrong in (["001' OR Name != '"], ["0010000000000011"], []):
        with pytest.raises(ValueError):
            soql.one_of("Id", wrong)


def test_a_query_too_long_for_an_address_is_noticed() -> None:
    assert soql.fits_address(soql.select("Account", ["Name"] * 10))
    assert not soql.fits_address(soql.select("Account", [f"Field_Number_{n}__c" for n in range(800)]))
