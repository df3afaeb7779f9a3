"""Blanks around what Salesforce says, each kind of them in many fields: no field keeps them, on either database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pytest

from expectations.blanks import BLANKS, without_blanks_around
from extract.database import Connection, Database
from tests.spec import landed_rows
from tests.spec.landed_rows import insert, land_accounts, short_id
from tests.spec.story import Chapter, Models, rows_of

KEY_PREFIX = "bla"
MONDAY = "2026-01-05T10:00:00.000Z"
RUNS = (*BLANKS, f" \n{BLANKS} ")  # each alone, and all in a row
record_id = partial(landed_rows.record_id, key_prefix=KEY_PREFIX)
Rows = Mapping[str, Mapping[str, Any]]

TABLES = {"contacts": "salesforce_id", "teachers": "salesforce_id", "volunteers": "salesforce_id"} | {
    "emails": "source_key",
    "events": "salesforce_id",
    "event_districts": "source_key",
    "event_participations": "salesforce_id",
    "activities": "source_key",
}


def first_load(connection: Connection) -> None:
    land_accounts(
        connection,
        "1",
        """
        id | name              | type            | at
        D1 | Fictional Blanked | School District | 10:00
        """,
        KEY_PREFIX,
    )
    for number, run in enumerate(RUNS):
        land(connection, number, run)


def land(connection: Connection, number: int, run: str) -> None:
    """A person, a session that stays, one that is a draft, a participation and a task; every text within blanks."""

    def insert_one(
        name: str, short: str, values: Mapping[str, str], links: Mapping[str, str] | None = None
    ) -> None:
        said = {field: f"{run}{value}{run}" for field, value in values.items()}
        known = {
            "id": record_id(short),
            "isdeleted": "false",
            "createddate": MONDAY,
            "systemmodstamp": MONDAY,
        }
        insert(
            connection, name, MONDAY, known | said | {key: record_id(to) for key, to in (links or {}).items()}
        )

    insert_one(
        "contact",
        f"T{number}",
        {
            "contact_type__c": "Teacher",
            "lastname": "Fictional",
            "gender__c": "Female",
            "racial_ethnic_background__c": "White",
            "email": "somebody@example.org",
            "department": "Arts",
            "title": "Cook",
        },
    )
    about = {"name": "Fictional Fair", "district__c": "Fictional Blanked", "location_information__c": "Hall"}
    about |= {
        "session_type__c": "DIA",
        "format__c": "Virtual",
        "registration_link__c": "https://example.org/a",
    }
    insert_one("session__c", f"E{number}", about | {"session_status__c": "Completed"})
    insert_one("session__c", f"X{number}", about | {"session_status__c": "Draft"})
    insert_one(
        "session_participant__c",
        f"P{number}",
        {
            "participant_type__c": "Volunteer",
            "status__c": "Attended",
            "title__c": "Cook",
            "email__c": "a@example.org",
        },
        {"session__c": f"E{number}", "contact__c": f"T{number}"},
    )
    insert_one("task", f"A{number}", {"type": "Call", "description": f"<p>{run}Hello</p>"})


def built(connection: Connection) -> dict[str, Rows]:
    """What came of each record, by its short id; rows that are parts of one have more behind a bar."""
    found = {name: rows_of(connection, name, key, KEY_PREFIX) for name, key in TABLES.items()}
    return {
        name: {short_id(key.partition("|")[0], KEY_PREFIX): row for key, row in rows.items()}
        for name, rows in found.items()
    }


CHAPTER = Chapter((first_load, lambda connection: None), built)


@pytest.fixture
def rows(told: Mapping[str, Sequence[Any]]) -> dict[str, Rows]:
    found: dict[str, Rows] = told[__name__][0]
    return found


EXPECTED = """
    table                | record | column            | value
    contacts             | T      | contact_type      | teacher
    contacts             | T      | last_name         | Fictional
    contacts             | T      | gender            | female
    contacts             | T      | race_ethnicity    | white
    teachers             | T      | department        | Arts
    volunteers           | T      | title             | Cook
    emails               | T      | email             | somebody@example.org
    events               | E      | title             | Fictional Fair
    events               | E      | status            | Completed
    events               | E      | type              | dia
    events               | E      | format            | virtual
    events               | E      | location          | Hall
    events               | E      | registration_link | https://example.org/a
    event_districts      | E      | attribution       | district_field
    event_participations | P      | status            | Attended
    event_participations | P      | title             | Cook
    event_participations | P      | email             | a@example.org
    activities           | A      | history_type      | activity
    activities           | A      | description       | Hello
"""


def test_no_field_keeps_the_blanks_around_it(rows: dict[str, Rows]) -> None:
    kept = [
        (ascii(run), row["table"], row["column"], found)
        for number, run in enumerate(RUNS)
        for row in landed_rows.read_table(EXPECTED)
        if (found := rows[row["table"]].get(f"{row['record']}{number}", {}).get(row["column"]))
        != row["value"]
    ]
    assert kept == []


def test_a_draft_with_blanks_around_the_word_is_no_event(rows: dict[str, Rows]) -> None:
    assert set(rows["events"]) == {f"E{number}" for number in range(len(RUNS))}


def test_an_address_with_blanks_around_it_holds_back_no_table(rows: dict[str, Rows], models: Models) -> None:
    assert rows["emails"]
    models.run("test", "--select", "emails_are_addresses_in_small_letters")


def test_rules_see_no_blanks_around_a_text(database: Database) -> None:
    texts = [f"{run}a {BLANKS}b{run}" for run in RUNS] + [*RUNS, ""]
    with database.connect() as connection:
        trimmed = without_blanks_around("?", connection.kind)
        found = [connection.value(f"select {trimmed}", (text,)) for text in texts]
    assert found == [f"a {BLANKS}b"] * len(RUNS) + [""] * (len(RUNS) + 1)
