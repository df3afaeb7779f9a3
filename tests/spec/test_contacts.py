"""People in their roles, from what landed to contacts, volunteers, teachers and students, on both databases.

Each rule is a dbt unit test beside its model; here is what only whole chains and several builds show.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import pytest

from extract.database import Connection
from tests.spec import landed_rows
from tests.spec.landed_rows import insert, short_id
from tests.spec.story import Chapter, rows_of

TABLES = ("contacts", "volunteers", "teachers", "students")
MONDAY, TUESDAY = "2026-01-05T10:00:00.000Z", "2026-01-06T10:00:00.000Z"
KEY_PREFIX = "con"
Rows = dict[str, dict[str, Any]]
record_id = partial(landed_rows.record_id, key_prefix=KEY_PREFIX)


@dataclass(frozen=True)
class Story:
    """What each of the two builds left of the people here."""

    after: Sequence[Mapping[str, Rows]]

    def row(self, build: int, table: str, short: str) -> dict[str, Any]:
        return self.after[build - 1][table][short]

    def roles(self, build: int, short: str) -> dict[str, str]:
        """The roles that a person has or had, and which of them are over."""
        tables = {name: self.after[build - 1][name] for name in TABLES[1:]}
        return {
            name: "over" if rows[short]["deleted_at"] else "has"
            for name, rows in tables.items()
            if short in rows
        }


@pytest.fixture
def story(told: Mapping[str, Any]) -> Story:
    return Story(told[__name__])


def people(connection: Connection) -> dict[str, Rows]:
    built = {name: rows_of(connection, name, "salesforce_id", KEY_PREFIX) for name in TABLES}
    return {name: {short_id(key): row for key, row in rows.items()} for name, rows in built.items()}


def first_load(connection: Connection) -> None:
    contact(connection, "V1", contact_type__c="Volunteer", gender__c="Nobody's Word")
    contact(connection, "V2", contact_type__c="")
    contact(connection, "V3", contact_type__c="Volunteer")
    contact(connection, "T1", contact_type__c="Teacher")
    contact(connection, "A1", contact_type__c="Alumni")
    contact(
        connection,
        "S1",
        contact_type__c="Student",
        racial_ethnic_background__c="White;Black",
        gender__c="NA",
        current_grade__c="13",
    )
    participation(connection, "P1", "T1")
    participation(connection, "P2", "V1")
    participation(connection, "P3", "LATE")
    for number, name in enumerate(names_in_capitals()):
        contact(connection, f"N{number}", lastname=name, contact_type__c="Student")


def changes(connection: Connection) -> None:
    """People change their types, take part no more, arrive and are merged."""
    contact(connection, "V3", TUESDAY, contact_type__c="Teacher")
    participation(connection, "P1", "T1", TUESDAY, isdeleted="true")
    contact(connection, "LATE", TUESDAY, contact_type__c="Teacher")
    contact(
        connection,
        "V1",
        TUESDAY,
        contact_type__c="Volunteer",
        isdeleted="true",
        masterrecordid=record_id("A1"),
    )


def contact(connection: Connection, short: str, at: str = MONDAY, **values: str) -> None:
    insert(connection, "contact", at, {**_every(short, at), "lastname": "Fictional", **values})


def participation(connection: Connection, short: str, who: str, at: str = MONDAY, **values: str) -> None:
    link = {"contact__c": record_id(who), "participant_type__c": "Volunteer"}
    insert(connection, "session_participant__c", at, {**_every(short, at), **link, **values})


def _every(short: str, at: str) -> dict[str, str]:
    return {"id": record_id(short), "isdeleted": "false", "createddate": at, "systemmodstamp": at}


def names_in_capitals() -> list[str]:
    words = ("O'BRIEN", "MCPRETEND", "MACY", "ÁNGEL", "ŁÓŻ", "NGUYỄN", "III", "A", "MACDONALD", "AḤMƏD")
    return [f"{first}{gap}{second}" for first, gap, second in product(words, ("-", "  ", ". "), words)]


def ordinary(name: str) -> str:
    """The spelling of such a name, found another way than the models find it."""
    spelled = re.sub(r"[^\W_]+", lambda word: word[0].capitalize(), re.sub(" +", " ", name))
    return re.sub(r"\bMcp", "McP", spelled).replace("Iii", "III").replace("Macdonald", "MacDonald")


CHAPTER = Chapter((first_load, changes), people)


def test_a_teacher_who_takes_part_as_volunteer_is_both_until_that_is_deleted(story: Story) -> None:
    assert story.roles(1, "T1") == {"volunteers": "has", "teachers": "has"}
    assert story.row(1, "volunteers", "T1")["role_reason"] == "participation"
    assert story.roles(2, "T1") == {"volunteers": "over", "teachers": "has"}


def test_rows_of_one_person_have_one_id_in_every_table(story: Story) -> None:
    ids = {story.row(1, table, "T1")["id"] for table in ("contacts", "volunteers", "teachers")}
    assert len(ids | {story.row(1, "volunteers", "T1")["contact_id"]}) == 1


def test_a_contact_that_changes_its_type_stays_one_contact(story: Story) -> None:
    assert story.roles(1, "V3") == {"volunteers": "has"}
    assert story.roles(2, "V3") == {"volunteers": "over", "teachers": "has"}
    before, after = (story.row(build, "contacts", "V3") for build in (1, 2))
    assert (before["contact_type"], after["contact_type"]) == ("volunteer", "teacher")
    assert before["id"] == after["id"]
    assert after["deleted_at"] is None
    ended = story.row(2, "volunteers", "V3")["deleted_at"]
    assert ended.isoformat().startswith("2026-01-06T10:00:00")


def test_a_blank_type_is_a_volunteer_and_an_unknown_one_is_nothing(story: Story) -> None:
    blank, unknown = (story.row(1, "contacts", short) for short in ("V2", "A1"))
    assert (blank["contact_type"], blank["type_is_missing"]) == ("volunteer", True)
    assert story.row(1, "volunteers", "V2")["role_reason"] == "type_missing"
    assert (unknown["contact_type"], unknown["salesforce_contact_type"]) == (None, "Alumni")
    assert story.roles(1, "A1") == {}


def test_a_participation_waits_for_its_contact(story: Story) -> None:
    assert "LATE" not in story.after[0]["volunteers"]
    assert story.roles(2, "LATE") == {"volunteers": "has", "teachers": "has"}


@pytest.mark.fault("F69", "Merged contacts with participations")
def test_a_merged_contact_stays_deleted_and_its_participations_follow(story: Story) -> None:
    loser = story.row(2, "contacts", "V1")
    assert loser["merged_into_id"] == story.row(2, "contacts", "A1")["id"]
    assert loser["salesforce_merged_into_id"] == record_id("A1")
    assert loser["deleted_at"].isoformat().startswith("2026-01-06T10:00:00")
    assert story.roles(2, "V1") == {"volunteers": "over"}
    assert story.roles(2, "A1") == {"volunteers": "has"}


def test_words_come_from_the_seeds_of_the_project(story: Story) -> None:
    student = story.row(1, "contacts", "S1")
    assert (student["race_ethnicity"], student["gender"]) == ("two_or_more", "prefer_not_to_say")
    assert story.row(1, "students", "S1")["current_grade"] is None
    stray = story.row(1, "contacts", "V1")
    assert (stray["gender"], stray["salesforce_gender"]) == (None, "Nobody's Word")


def test_names_in_capitals_are_spelled_alike_on_every_database_and_locale(story: Story) -> None:
    names = names_in_capitals()
    spelled = [story.row(1, "contacts", f"N{number}")["last_name"] for number in range(len(names))]
    assert spelled == [ordinary(name) for name in names]
    assert {"O'Brien-McPretend", "Ángel Macy", "III. A"} <= set(spelled)
