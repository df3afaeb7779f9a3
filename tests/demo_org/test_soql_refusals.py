"""What SOQL the demo org refuses, and in which words."""

from __future__ import annotations

import pytest

from tests.demo_org.calls import Caller, error

REFUSED = [
    ("SELEC Id FROM Contact", "MALFORMED_QUERY", "Row:1:Column:1\nunexpected token: 'SELEC'"),
    ("SELECT Id FROM", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
    ("SELECT Id, FROM Contact", "MALFORMED_QUERY", "unexpected token: 'FROM'"),
    ("SELECT Id FROM Contact WHERE", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
    ("SELECT Id FROM Contact WHERE Name = 'x", "MALFORMED_QUERY", "unexpected token: '''"),
    ("SELECT Id FROM Contact WHERE Name = 'a\\q'", "MALFORMED_QUERY", "Illegal character escape"),
    ("SELECT Id FROM Contact LIMIT -1", "MALFORMED_QUERY", "unexpected token: '-1'"),
    ("SELECT Id FROM Contact LIMIT 99999999999", "MALFORMED_QUERY", "unexpected token: '99999999999'"),
    (
        "SELECT Id FROM Contact WHERE " + "NOT " * 5000 + "Id = null",
        "MALFORMED_QUERY",
        "unexpected token: 'NOT'",
    ),
    (
        "SELECT Id FROM Contact WHERE CreatedDate > 0001-01-01T00:00:00+02:00",
        "MALFORMED_QUERY",
        "invalid datetime",
    ),
    ("SELECT Id FROM Contact; DROP", "MALFORMED_QUERY", "unexpected token: ';'"),
    ("SELECT Id FROM Contact GROUP BY Id", "MALFORMED_QUERY", "unexpected token: 'GROUP'"),
    ("SELECT (SELECT Id FROM Contacts) FROM Account", "MALFORMED_QUERY", "unexpected token: '('"),
    ("SELECT Id FROM Contact WHERE CreatedDate = TODAY", "MALFORMED_QUERY", "unexpected token: 'TODAY'"),
    ("SELECT FORMAT(Name) FROM Contact", "MALFORMED_QUERY", "unexpected token: '('"),
    (
        "SELECT Id FROM Contact WHERE Name = 'a' AND Name = 'b' OR Name = 'c'",
        "MALFORMED_QUERY",
        "unexpected token: 'OR'",
    ),
    ("SELECT Id, COUNT(Name) FROM Contact", "MALFORMED_QUERY", "Field must be grouped or aggregated: Id"),
    ("SELECT COUNT(), Id FROM Contact", "MALFORMED_QUERY", "unexpected token: ','"),
    ("SELECT FIELDS(ALL) FROM Contact", "MALFORMED_QUERY", "must have a LIMIT of at most 200"),
    (
        "SELECT Id FROM Contact OFFSET 2001",
        "NUMBER_OUTSIDE_VALID_RANGE",
        "Maximum SOQL offset allowed is 2000",
    ),
    ("SELECT Id FROM Nobody__c", "INVALID_TYPE", "sObject type 'Nobody__c' is not supported."),
    ("SELECT Wrong FROM Contact", "INVALID_FIELD", "No such column 'Wrong' on entity 'Contact'."),
    ("SELECT Account.Wrong FROM Contact", "INVALID_FIELD", "No such column 'Wrong' on entity 'Account'."),
    ("SELECT Wrong.Name FROM Contact", "INVALID_FIELD", "Didn't understand relationship 'Wrong'"),
    ("SELECT Id, id FROM Contact", "INVALID_FIELD", "duplicate field selected: id"),
    ("SELECT Id FROM Contact WHERE Wrong = 1", "INVALID_FIELD", "No such column 'Wrong'"),
    ("SELECT Id FROM Task WHERE Description = 'x'", "INVALID_FIELD", "can not be filtered in a query call"),
    ("SELECT Id FROM Task ORDER BY Description", "INVALID_FIELD", "can not be sorted in a query call"),
    (
        "SELECT Id FROM Contact WHERE CreatedDate > '2024-01-01T00:00:00Z'",
        "INVALID_FIELD",
        "'CreatedDate' must be of type dateTime and should not be enclosed in quotes",
    ),
    (
        "SELECT Id FROM Contact WHERE Birthdate > 2024-01-01T00:00:00Z",
        "INVALID_FIELD",
        "'Birthdate' must be of type date",
    ),
    (
        "SELECT Id FROM Contact WHERE LastName = 5",
        "INVALID_FIELD",
        "of type string and should be enclosed in quotes",
    ),
    ("SELECT Id FROM Contact WHERE IsDeleted = 'true'", "INVALID_FIELD", "must be of type boolean"),
    (
        "SELECT Id FROM Contact WHERE CreatedDate > 2024-13-01T00:00:00Z",
        "MALFORMED_QUERY",
        "invalid datetime",
    ),
    ("SELECT Id FROM Contact WHERE Id = '003'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: 003"),
    (
        "SELECT Id FROM Contact WHERE Id LIKE '003%'",
        "INVALID_QUERY_FILTER_OPERATOR",
        "invalid operator on id field",
    ),
    (
        "SELECT Id FROM Contact WHERE IsDeleted > true",
        "INVALID_QUERY_FILTER_OPERATOR",
        "operator on boolean field",
    ),
]


@pytest.mark.parametrize(("soql", "code", "text"), REFUSED, ids=[soql[:80] for soql, _, _ in REFUSED])
def test_what_is_not_understood_is_refused_in_salesforces_words(
    caller: Caller, soql: str, code: str, text: str
) -> None:
    answer = caller.ask(soql) if len(soql) < 1000 else caller.start_job(soql)  # Bulk has no limit for the URL
    status, found, message = error(answer)
    assert (status, found) == (400, code)
    assert text in message


def test_a_refusal_points_at_the_place(caller: Caller) -> None:
    _, _, message = error(caller.ask("SELECT Id\nFROM Contact\nWHERE Nam = 'x'"))
    assert "\nWHERE Nam = 'x'\n      ^\nERROR at Row:3:Column:7\nNo such column 'Nam'" in message


def test_an_empty_query_and_one_that_is_too_long_are_refused(caller: Caller) -> None:
    assert error(caller.ask(" "))[1] == "MALFORMED_QUERY"
    long = "SELECT Id FROM Contact WHERE Name = '" + "x" * 100_000 + "'"
    assert error(caller.start_job(long))[1] == "QUERY_TOO_COMPLICATED"
