"""What SOQL conditions mean: on a few known records, over HTTP."""

from __future__ import annotations

import pytest

from tests.demo_org.calls import Caller
from tests.demo_org.running import RunningOrg

KNOWN = [
    {"LastName": "Aalto", "FirstName": "Zed", "Birthdate": "1990-05-05", "Title": "It's 100%"},
    {"LastName": "aalto", "FirstName": None, "Birthdate": None, "Title": None},
    {"LastName": "Berg", "FirstName": "Ulla", "Birthdate": "2001-01-01", "Title": "a_b\\c"},
    {"LastName": "Çelik", "FirstName": "zed", "Birthdate": "1990-05-05", "Title": "line\nbreak"},
]


@pytest.fixture(scope="module")
def ids(org: RunningOrg) -> list[str]:
    """The Ids of the known contacts, in order."""
    changes = [{"op": "insert", "object": "Contact", "record": record} for record in KNOWN]
    return list(org.control("POST", "/records", {"changes": changes})["ids"])


def numbers(caller: Caller, ids: list[str], condition: str, rest: str = "") -> str:
    """Which of the known records a condition finds, such as "13"."""
    listed = ", ".join(f"'{record_id}'" for record_id in ids)
    found = caller.records(f"SELECT Id FROM Contact WHERE Id IN ({listed}) AND ({condition}) {rest}")
    return "".join(str(ids.index(record["Id"]) + 1) for record in found)


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("LastName = 'AALTO'", "12"),
        ("lastname = 'çelik'", "4"),
        ("LastName != 'aalto'", "34"),
        ("FirstName = 'zed'", "14"),
        ("FirstName != 'zed'", "23"),
        ("NOT FirstName = 'zed'", "23"),
        ("FirstName = null", "2"),
        ("FirstName = ''", "2"),
        ("FirstName != null", "134"),
        ("NOT FirstName != null", "2"),
        ("FirstName IN ('ZED', 'x')", "14"),
        ("FirstName IN ('zed', null)", "124"),
        ("FirstName NOT IN ('zed')", "23"),
        ("NOT FirstName IN ('zed')", "23"),
        ("FirstName NOT IN ('zed', null)", "3"),
        ("Title LIKE 'it\\'s%'", "1"),
        ("Title LIKE '%100\\%'", "1"),
        ("Title LIKE 'a\\_b%'", "3"),
        ("Title LIKE 'a_b_c'", "3"),
        ("Title LIKE 'a\\_b\\\\c'", "3"),
        ("NOT Title LIKE 'a%'", "124"),
        ("Title = 'line\\nbreak'", "4"),
        ("Birthdate = 1990-05-05", "14"),
        ("Birthdate > 1990-05-05", "3"),
        ("Birthdate <= 1990-05-05", "14"),
        ("NOT Birthdate <= 1990-05-05", "23"),
        ("Birthdate < 1990-05-05", ""),
        ("Birthdate != 1990-05-05", "23"),
        ("LastName > 'aalto'", "34"),
        ("IsDeleted = false", "1234"),
        ("IsDeleted != false", ""),
        ("LastName = 'Berg' OR (FirstName = 'zed' AND LastName = 'Çelik')", "34"),
        ("NOT (LastName = 'Berg' OR FirstName = 'zed')", "2"),
        ("NOT (NOT LastName = 'Berg')", "3"),
        ("CreatedDate > 2020-01-01T00:00:00Z", "1234"),
        ("CreatedDate < 2020-01-01T00:00:00+02:00", ""),
        ("Owner.Name != 'x'", "1234"),
        ("Account.Name = null", "1234"),
    ],
)
def test_a_condition_finds_what_salesforce_would_find(
    caller: Caller, ids: list[str], condition: str, found: str
) -> None:
    assert "".join(sorted(numbers(caller, ids, condition))) == found


@pytest.mark.parametrize(
    ("rest", "found"),
    [
        ("ORDER BY FirstName, LastName", "2314"),
        ("ORDER BY FirstName NULLS LAST, LastName", "3142"),
        ("ORDER BY FirstName DESC NULLS LAST, LastName DESC", "4132"),
        ("ORDER BY Birthdate ASC, LastName", "2143"),
        ("ORDER BY Birthdate DESC NULLS LAST, LastName LIMIT 2", "31"),
        ("ORDER BY Birthdate DESC NULLS LAST, LastName LIMIT 2 OFFSET 1", "14"),
    ],
)
def test_rows_come_in_the_order_that_is_asked_for(
    caller: Caller, ids: list[str], rest: str, found: str
) -> None:
    assert numbers(caller, ids, "Id != null", rest) == found


def test_ids_match_in_both_lengths_and_only_in_their_own_case(caller: Caller, ids: list[str]) -> None:
    assert numbers(caller, ids, f"Id = '{ids[0][:15]}'") == "1"
    assert numbers(caller, ids, f"Id = '{ids[0].swapcase()}'") == ""
    assert numbers(caller, ids, f"Id >= '{ids[2]}'") == "34"


def test_moments_are_compared_to_the_second(caller: Caller, ids: list[str]) -> None:
    stamp = caller.records(f"SELECT SystemModstamp FROM Contact WHERE Id = '{ids[0]}'")[0]["SystemModstamp"]
    moment = stamp.replace(".000+0000", "")
    assert "1" in numbers(caller, ids, f"SystemModstamp >= {moment}Z")
    assert "1" in numbers(caller, ids, f"SystemModstamp >= {moment}.999Z")
    assert "1" not in numbers(caller, ids, f"SystemModstamp > {moment}Z")
    assert "1" not in numbers(caller, ids, f"SystemModstamp < {moment}Z")


def test_names_and_words_may_be_written_in_any_case(caller: Caller, ids: list[str]) -> None:
    (record,) = caller.records(
        f"select c.id, C.lastname from CONTACT c where contact.ID = '{ids[2]}' limit 1"
    )
    assert (record["Id"], record["LastName"]) == (ids[2], "Berg")


def test_counts_and_aggregates_give_what_the_rows_give(caller: Caller) -> None:
    people = caller.records("SELECT Id, Birthdate FROM Contact")
    answer = caller.ask("SELECT COUNT() FROM Contact").json()
    assert answer == {"totalSize": len(people), "done": True, "records": []}
    (record,) = caller.records(
        "SELECT COUNT(Birthdate) born, MAX(Birthdate), COUNT_DISTINCT(Birthdate) FROM Contact"
    )
    dates = [person["Birthdate"] for person in people if person["Birthdate"]]
    assert (record["born"], record["expr1"], record["expr2"]) == (len(dates), max(dates), len(set(dates)))
    assert record["attributes"] == {"type": "AggregateResult"}
    assert caller.ask("SELECT COUNT() FROM Contact LIMIT 3").json()["totalSize"] == 3
