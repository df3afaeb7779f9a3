"""How people are reached and what they can do: e-mails, phones, addresses and skills, from what landed to the tables.

The edge cases stand beside the models as dbt's unit tests; here is what only the whole chain shows.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from extract.database import Connection
from extract.errors import TransformFailed
from tests.spec import landed_rows
from tests.spec import story as stories
from tests.spec.landed_rows import insert
from tests.spec.tables import Row, columns_of, stored, table

TABLES = ("emails", "phones", "addresses", "skills", "volunteer_skills", "event_skills")
BEFORE, AFTER = "2026-01-05T10:00:00.000Z", "2026-01-06T10:00:00.000Z"
KEY_PREFIX = "rea"
record_id = partial(landed_rows.record_id, key_prefix=KEY_PREFIX)


@dataclass(frozen=True)
class Story:
    """The rows that each of two builds left."""

    after: Sequence[Mapping[str, Sequence[Row]]]

    def rows(self, build: int, name: str, expected: Sequence[Row]) -> list[Row]:
        """The rows of a table after a build, of the columns that are expected, in their order."""
        wanted = [{key: row[key] for key in columns_of(expected)} for row in self.after[build - 1][name]]
        return sorted(wanted, key=str)

    def has(self, build: int, name: str, expected: str) -> None:
        rows = table(expected.replace("@", "@example.org"))
        assert self.rows(build, name, rows) == sorted(rows, key=str)


@pytest.fixture
def story(told: Mapping[str, Any]) -> Story:
    return Story(told[__name__])


def built(connection: Connection) -> dict[str, list[Row]]:
    """The rows of the people and sessions here, and all skills: nobody else lands any."""
    every = {
        name: stored(connection, f"build.{name}", stories.columns_of(connection, name)) for name in TABLES
    }
    mine = (KEY_PREFIX, "skill|")
    return {
        name: [row for row in rows if str(row["source_key"]).startswith(mine)] for name, rows in every.items()
    }


def first_load(connection: Connection) -> None:
    contact(connection, "V1", BEFORE, VOLUNTEER)
    contact(connection, "V2", BEFORE, {"email": "None", "phone": "nan", "mailingcountry": "United States"})
    contact(connection, "V3", BEFORE, {"email": "gone@example.org", "volunteer_skills__c": "Welding"})
    contact(
        connection,
        "T1",
        BEFORE,
        {"contact_type__c": "Teacher", "email": "t@example.org", "volunteer_skills__c": "Baking"},
    )
    session(
        connection, "E1", {"requested_skills__c": "coding, PWY-Health", "legacy_skills_needed__c": "Coding"}
    )
    contact(connection, "V4", BEFORE, {"volunteer_skills_text__c": LONG_SKILL})
    session(connection, "E3", {"requested_skills__c": f"{LONG_SKILL}, {LONGEST_SKILL}"})
    session(connection, "E2", {"requested_skills__c": "Surfing", "session_status__c": "Draft"})


LONGEST_SKILL = "".join(chr(0x20000 + number) for number in range(200))  # four bytes each
LONG_SKILL = "".join(chr(0x20000 + number * 7919 % 40000) for number in range(3000))  # nothing to compress

VOLUNTEER = {
    "contact_type__c": "Volunteer",
    "email": " Pat@Example.org ",
    "npe01__workemail__c": "pat@example.org",
    "npe01__alternateemail__c": "old@example.org",
    "npe01__preferred_email__c": "Alternate",
    "phone": "816-555-0100 ext. 7",
    "mobilephone": "(816) 555-0101",
    "mailingcity": "Nowhere",
    "npe01__work_address__c": "1 Pretend St, Suite 5, Kansas City, MO 64106",
    "npe01__primary_address_type__c": "Work",
    "volunteer_skills__c": "Coding;Data Analysis",
    "volunteer_skills_text__c": "coding, Healthca...",
}


def changes(connection: Connection) -> None:
    """A volunteer's fields empty in Salesforce, and another volunteer is deleted there."""
    emptied = {"npe01__alternateemail__c", "mobilephone", "npe01__work_address__c", "volunteer_skills__c"}
    contact(connection, "V1", AFTER, {key: value for key, value in VOLUNTEER.items() if key not in emptied})
    contact(
        connection,
        "V3",
        AFTER,
        {"email": "gone@example.org", "volunteer_skills__c": "Welding", "isdeleted": "true"},
    )


def contact(connection: Connection, short: str, at: str, values: Mapping[str, str]) -> None:
    insert(connection, "contact", at, {**_every(short, at), "lastname": "Fictional", **values})


def session(connection: Connection, short: str, values: Mapping[str, str]) -> None:
    insert(connection, "session__c", BEFORE, {**_every(short, BEFORE), "name": "Fictional", **values})


def _every(short: str, at: str) -> dict[str, str]:
    return {"id": record_id(short), "isdeleted": "false", "createddate": at, "systemmodstamp": at}


def landfall_id(key: str) -> str:
    return str(uuid.UUID(hashlib.md5(f"landfall:{key}".encode()).hexdigest()))


CHAPTER = stories.Chapter((first_load, changes), built)


def test_a_contact_has_each_address_once_and_one_primary(story: Story) -> None:
    story.has(
        1,
        "emails",
        f"""
        salesforce_contact_id | email | email_type   | is_primary | source_fields
        {record_id("V1")}     | pat@  | professional | false      | npe01__WorkEmail__c,Email
        {record_id("V1")}     | old@  | personal     | true       | npe01__AlternateEmail__c
        {record_id("V3")}     | gone@ | personal     | true       | Email
        {record_id("T1")}     | t@    | professional | true       | Email
        """,
    )
    story.has(
        1,
        "phones",
        f"""
        salesforce_contact_id | number              | normalized_number | extension | is_primary
        {record_id("V1")}     | 816-555-0100 ext. 7 | +18165550100      | 7         | true
        {record_id("V1")}     | (816) 555-0101      | +18165550101      |           | false
        """,
    )
    story.has(
        1,
        "addresses",
        f"""
        salesforce_contact_id | kind    | address_type | city        | postal_code | is_primary
        {record_id("V1")}     | mailing | personal     | Nowhere     |             | false
        {record_id("V1")}     | work    | professional | Kansas City | 64106       | true
        """,
    )


def test_rows_have_keys_made_of_the_contact_and_the_address(story: Story) -> None:
    email = next(row for row in story.after[0]["emails"] if row["email"] == "old@example.org")
    assert email["source_key"] == f"{record_id('V1')}|old@example.org"
    assert email["id"] == landfall_id(str(email["source_key"]))
    assert email["contact_id"] == landfall_id(record_id("V1"))


def test_what_is_emptied_in_salesforce_leaves_and_another_row_is_primary(story: Story) -> None:
    mine = {name: _of(story.after[1][name], "V1") for name in ("emails", "phones", "addresses")}
    assert [(row["email"], row["is_primary"]) for row in mine["emails"]] == [("pat@example.org", "true")]
    assert [(row["extension"], row["is_primary"]) for row in mine["phones"]] == [("7", "true")]
    assert [(row["kind"], row["is_primary"]) for row in mine["addresses"]] == [("mailing", "true")]
    assert [row["source_key"] for row in _of(story.after[1]["volunteer_skills"], "V1")] == [
        f"{record_id('V1')}|coding"
    ]


def test_rows_of_a_deleted_contact_stay_with_the_time_of_its_deletion(story: Story) -> None:
    for build, expected in ((1, False), (2, True)):
        gone = [
            row for name in ("emails", "volunteer_skills") for row in _of(story.after[build - 1][name], "V3")
        ]
        gone += [row for row in story.after[build - 1]["skills"] if row["name"] == "Welding"]
        times = [str(row["deleted_at"] or "") for row in gone]
        assert [time.startswith("2026-01-06 10:00:00") for time in times] == [expected] * 3


def test_a_volunteer_and_an_event_share_a_skill_in_one_spelling(story: Story) -> None:
    names = {str(row["source_key"]): row["name"] for row in story.after[0]["skills"]}
    assert names == {
        "skill|coding": "Coding",
        "skill|data analysis": "Data Analysis",
        "skill|pathway: health": "Pathway: Health",
        "skill|welding": "Welding",
        f"skill|{LONGEST_SKILL}": LONGEST_SKILL,
    }
    event = {str(row["source_key"]): row for row in story.after[0]["event_skills"]}
    assert set(event) == {
        f"{record_id('E1')}|coding",
        f"{record_id('E1')}|pathway: health",
        f"{record_id('E3')}|{LONGEST_SKILL}",
    }
    coding = event[f"{record_id('E1')}|coding"]
    assert coding["skill_id"] == landfall_id("skill|coding")
    assert coding["event_id"] == landfall_id(record_id("E1"))
    assert coding["source_fields"] == "Requested_Skills__c,Legacy_Skills_Needed__c"
    mine = {str(row["source_key"]): row for row in story.after[0]["volunteer_skills"]}
    assert mine[f"{record_id('V1')}|coding"]["skill_id"] == coding["skill_id"]


def test_a_contact_without_a_primary_stops_the_run_and_is_named(story: Story, models: stories.Models) -> None:
    with models.database.connect() as connection:
        connection.execute("update build.phones set is_primary = false")  # the story was read before
    with pytest.raises(TransformFailed) as failed:
        models.run("test", "--select", "test_name:exactly_one_primary")
    assert "exactly_one_primary_phones_ failed: 1 rows" in failed.value.what
    assert record_id("V1") in failed.value.where
    assert "816" not in str(failed.value)


def _of(rows: Sequence[Row], short: str) -> list[Any]:
    return [row for row in rows if row["salesforce_contact_id"] == record_id(short)]
