"""What events and participations become of what landed, in whole chains of models, on both databases.

Single rules are unit tests beside the models; here are only the ones that need several builds or what publish makes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from extract.database import Connection
from sync.publish.manifest import read_contract
from sync.publish.overrides import create_overrides_sql
from tests.spec import landed_rows
from tests.spec.landed_rows import DAY, insert, read_table
from tests.spec.story import Chapter, Models, rows_of

KEY_PREFIX = "001eve"  # an id that staff give an event as its district has to be that of an account
Rows = dict[str, dict[str, Any]]
record_id = partial(landed_rows.record_id, key_prefix=KEY_PREFIX)
short_id = partial(landed_rows.short_id, key_prefix=KEY_PREFIX)
land_accounts = partial(landed_rows.land_accounts, key_prefix=KEY_PREFIX)


@dataclass(frozen=True)
class Story:
    """What each of the two builds left of the events here."""

    after: Sequence[Mapping[str, Rows]]

    def row(self, build: int, table: str, short: str) -> dict[str, Any]:
        return self.after[build - 1][table].get(short, {})

    def districts(self, build: int, event: str) -> list[tuple[str, str, str]]:
        return sorted(
            (short_id(row["salesforce_district_id"]), row["attribution"], str(row["share"]))
            for row in self.after[build - 1]["event_districts"].values()
            if short_id(row["salesforce_session_id"]) == event
        )


@pytest.fixture
def story(told: Mapping[str, Any]) -> Story:
    return Story(told[__name__])


def events_and_people(connection: Connection) -> dict[str, Rows]:
    tables = {
        "events": ("events", "salesforce_id"),
        "event_districts": ("event_districts", "source_key"),
        "volunteers": ("event_participations", "salesforce_id"),
        "students": ("event_student_participations", "salesforce_id"),
    }
    built = {name: rows_of(connection, *source, KEY_PREFIX) for name, source in tables.items()}
    return {name: {short_id(key): row for key, row in rows.items()} for name, rows in built.items()}


FIELDS = {
    "session__c": {
        "status": "session_status__c",
        "type": "session_type__c",
        "start": "start_date_and_time__c",
        "school": "school__c",
        "district": "district__c",
    },
    "session_participant__c": {
        "session": "session__c",
        "contact": "contact__c",
        "kind": "participant_type__c",
        "status": "status__c",
        "hours": "delivery_hours__c",
    },
    "contact": {"type": "contact_type__c", "school": "npsp__primary_affiliation__c"},
}


def land(connection: Connection, table: str, load: str, text: str) -> None:
    """One load of versions; columns that hold ids are written short."""
    for row in read_table(text):
        values = {
            FIELDS[table][name]: record_id(cell)
            if cell and name in ("school", "session", "contact")
            else cell
            for name, cell in row.items()
            if name in FIELDS[table]
        }
        named = {"lastname": "Fictional"} if table == "contact" else {"name": f"Fictional {row['id']}"}
        stamp = {
            "isdeleted": "true" if row.get("deleted") else "false",
            "createddate": f"{DAY}T08:00:00.000Z",
        }
        stamp["systemmodstamp"] = f"{DAY}T{row['at']}:00.000Z"
        insert(connection, table, load, {"id": record_id(row["id"]), **named, **values, **stamp})


def first_load(connection: Connection) -> None:
    land_accounts(
        connection,
        "1.1",
        """
        id | name               | type            | parent | at
        D1 | Fictional District | School District |        | 10:00
        D2 | Other District     | School District |        | 10:00
        S1 | Fictional High     | School          | D1     | 10:00
        S2 | Other High         | School          | D2     | 10:00
        """,
    )
    land(
        connection,
        "session__c",
        "1.2",
        """
        id | status    | type              | start                    | school | district | at
        E1 | Completed | DIA               | 2025-11-21T01:30:00.000Z |        |          | 10:00
        E2 | Completed | DIA               |                          | S1     | KCKPS    | 10:00
        E3 | Draft     | DIA               |                          | S1     |          | 10:00
        E4 | Completed | Connector Session |                          | S1     |          | 10:00
        E5 |           |                   |                          | S1     |          | 10:00
        E6 | Published | DIA               |                          | S1     |          | 10:00
        """,
    )
    land(
        connection,
        "contact",
        "1.3",
        """
        id | type      | school | at
        C1 | Student   | S1     | 10:00
        C2 | Student   | S2     | 10:00
        C3 | Student   | S2     | 10:00
        C4 | Volunteer |        | 10:00
        C5 | Teacher   | S1     | 10:00
        """,
    )
    land(
        connection,
        "session_participant__c",
        "1.4",
        """
        id | session | contact | kind      | status     | hours | at
        P1 | E1      | C1      | Student   | Registered |       | 10:00
        P2 | E1      | C2      | Student   | Attended   |       | 10:00
        P3 | E1      | C3      | Student   | Absent     |       | 10:00
        P4 | E2      | C4      | Volunteer | Scheduled  | 2     | 10:00
        P5 | E2      | C4      | Volunteer | Attended   | 1.5   | 10:00
        P6 | E9      | C9      | Volunteer | Attended   | 1     | 10:00
        P7 | E3      | C4      | Volunteer | Scheduled  |       | 10:00
        P8 | E2      | C5      | Volunteer | Attended   | abc   | 10:00
        P9 | E4      | C1      | Student   | Attended   |       | 10:00
        """,
    )


def changes(connection: Connection) -> None:
    """The parents arrive, records change, and staff correct events after the first publish."""
    connection.execute("create schema app")
    connection.execute(create_overrides_sql())
    for event, column, value in (
        ("E5", "districts", f"{record_id('D2')}"),
        ("E6", "school_id", record_id("S2")),
        ("E2", "school_id", record_id("S9")),
    ):
        connection.execute(
            "insert into app.overrides (table_name, row_key, column_name, value, who, why)"
            " values ('events', ?, ?, ?, 'staff', 'a test')",
            (record_id(event), column, value),
        )
    land(
        connection,
        "session__c",
        "2.2",
        """
        id | status    | type | district       | at
        E1 | Completed | DIA  | other district | 11:00
        E3 | Completed | DIA  |                | 11:00
        E9 | Completed | DIA  |                | 11:00
        """,
    )
    land(connection, "contact", "2.3", "id | type | at\nC9 | Teacher | 11:00")
    land(
        connection,
        "session_participant__c",
        "2.4",
        """
        id | session | contact | kind      | status    | hours | deleted | at
        P1 | E1      | C1      | Student   | Attended  |       |         | 11:00
        P5 | E2      | C4      | Volunteer | Attended  | 1.5   | x       | 11:00
        P8 | E1      | C5      | Volunteer | Attended  | 2.5   |         | 11:00
        """,
    )


CHAPTER = Chapter((first_load, changes), events_and_people)


def test_drafts_and_connector_sessions_are_no_events_until_they_become_some(story: Story) -> None:
    assert set(story.after[0]["events"]) == {"E1", "E2", "E5", "E6"}
    assert set(story.after[1]["events"]) == {"E1", "E2", "E3", "E5", "E6", "E9"}


def test_an_evening_event_keeps_its_instant_and_the_day_of_its_place(story: Story) -> None:
    event = story.row(1, "events", "E1")
    assert event["starts_at"].astimezone().timestamp() == 1763688600
    assert str(event["starts_on"]) == "2025-11-20"


def test_an_event_without_status_or_times_gets_none(story: Story) -> None:
    event = story.row(1, "events", "E5")
    assert [event[name] for name in ("status", "type", "format", "starts_at", "starts_on")] == [None] * 5


def test_an_unaffiliated_event_has_its_students_districts_until_somebody_says_more(story: Story) -> None:
    assert story.districts(1, "E1") == [
        ("D1", "student_inference", "0.3333"),
        ("D2", "student_inference", "0.6667"),
    ]
    assert story.districts(2, "E1") == [("D2", "district_field", "None")]


def test_a_school_and_an_unknown_name_give_the_schools_district(story: Story) -> None:
    assert story.districts(1, "E2") == [("D1", "school", "None")]


def test_staff_correct_the_districts_of_an_event_or_its_school(story: Story) -> None:
    assert story.districts(1, "E5") == story.districts(1, "E6") == [("D1", "school", "None")]
    assert story.districts(2, "E5") == [("D2", "override", "None")]
    assert story.districts(2, "E6") == [("D2", "school", "None")]


def test_a_school_that_nobody_knows_corrects_nothing(story: Story) -> None:
    assert story.districts(2, "E2") == [("D1", "school", "None")]


def test_a_participation_finds_its_parents_in_the_build_in_which_they_arrive(story: Story) -> None:
    before, after = story.row(1, "volunteers", "P6"), story.row(2, "volunteers", "P6")
    assert (before["event_id"], before["volunteer_id"]) == (None, None)
    assert before["salesforce_session_id"] == after["salesforce_session_id"] == record_id("E9")
    assert after["event_id"] == story.row(2, "events", "E9")["id"]
    assert after["volunteer_id"] is not None


def test_participations_of_what_is_no_event_are_left_out_by_rule(story: Story) -> None:
    assert not story.row(1, "volunteers", "P7")
    assert not story.row(1, "students", "P9")
    assert story.row(2, "volunteers", "P7")["event_id"] is not None


def test_a_students_status_follows_salesforce_after_the_first_load(story: Story) -> None:
    assert story.row(1, "students", "P1")["status"] == "Registered"
    assert story.row(2, "students", "P1")["is_attended"] is True


def test_a_participation_that_moves_to_another_session_moves_here(story: Story) -> None:
    before, after = story.row(1, "volunteers", "P8"), story.row(2, "volunteers", "P8")
    assert before["event_id"] == story.row(1, "events", "E2")["id"]
    assert after["event_id"] == story.row(2, "events", "E1")["id"]
    assert (before["delivery_hours"], float(after["delivery_hours"])) == (None, 2.5)


def test_of_a_pair_the_best_stays_and_the_other_comes_back_when_it_is_deleted(story: Story) -> None:
    winner, loser = story.row(1, "volunteers", "P5"), story.row(1, "volunteers", "P4")
    assert (winner["deleted_at"], float(winner["delivery_hours"])) == (None, 2.0)
    assert loser["duplicate_of_id"] == winner["id"]
    assert loser["deleted_at"] is not None
    assert story.row(2, "volunteers", "P5")["deleted_at"] is not None
    back = story.row(2, "volunteers", "P4")
    assert (back["deleted_at"], back["duplicate_of_id"], back["status"]) == (None, None, "Scheduled")


def test_a_teacher_who_takes_part_as_a_volunteer_is_one(story: Story) -> None:
    assert story.row(1, "volunteers", "P8")["volunteer_id"] is not None


def test_a_correction_of_a_word_is_held_against_the_seed_of_the_word(models: Models) -> None:
    held = {
        f"{table.name}.{column.name}": column.vocabulary.table
        for table in read_contract(models.options.manifest)
        for column in table.columns
        if column.vocabulary is not None
    }
    assert held == {
        "events.type": "session_types",
        "events.format": "session_formats",
        "events.status": "session_statuses",
        "events.cancellation_reason": "cancellation_reasons",
        "event_participations.status": "participation_statuses",
        "event_student_participations.status": "student_participation_statuses",
    }
