"""Affiliations, pathways and activities, from what landed to the tables, over two builds on both databases.

Each rule is a dbt unit test beside its model; here is what only whole chains and a second build show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from extract.database import Connection, quoted
from extract.errors import TransformFailed
from tests.spec.landed_rows import insert, read_table
from tests.spec.story import Chapter, Models
from tests.spec.tables import Row, columns_of, stored, table

COLUMNS = {
    "classes": "salesforce_id class_year school_id salesforce_school_id deleted_at",
    "affiliations": "salesforce_id contact_id organization_id salesforce_organization_id status is_primary"
    " start_date end_date is_best_of_pair deleted_at",
    "volunteer_organizations": "source_key contact_id organization_id salesforce_affiliation_id is_primary",
    "pathway_events": "salesforce_id pathway_id event_id salesforce_session_id deleted_at",
    "pathway_contacts": "salesforce_id pathway_id contact_id salesforce_contact_id deleted_at",
    "activities": "source_key contact_id salesforce_contact_id event_id history_type activity_status"
    " occurred_on occurred_at matched_by deleted_at",
}
MONDAY, TUESDAY = "2026-01-05T10:00:00.000Z", "2026-01-06T10:00:00.000Z"
PREFIXES = {
    "account": "001",
    "contact": "003",
    "case": "500",
    "task": "00T",
    "emailmessage": "02s",
    "session__c": "a0S",
    "class__c": "a1C",
    "pathway__c": "a0Y",
    "pathway_session__c": "a0X",
    "pathway_participant__c": "a0W",
    "npe5__affiliation__c": "a0L",
    "user": "005",
}


@dataclass(frozen=True)
class Story:
    """The rows that each of two builds left; ids are written short, and a key as whether it points at a row."""

    after: Sequence[Mapping[str, Sequence[Row]]]

    def has(self, build: int, name: str, expected: str) -> None:
        """Of the records that the table shows, these columns and no other rows."""
        wanted = table(expected)
        columns = columns_of(wanted)
        shown = {row[columns[0]] for row in wanted}
        found = [{key: row[key] for key in columns} for row in self.after[build - 1][name]]
        assert [row for row in found if row[columns[0]] in shown] == wanted

    def lacks(self, build: int, name: str, key: str) -> bool:
        return all(key not in row.values() for row in self.after[build - 1][name])


@pytest.fixture
def story(told: Mapping[str, Any]) -> Story:
    return Story(told[__name__])


def links_and_activities(connection: Connection) -> dict[str, list[Row]]:
    return {name: rows_of(connection, name) for name in COLUMNS}


def rows_of(connection: Connection, name: str) -> list[Row]:
    """The rows of the records that are landed here, whose keys begin as those of Salesforce do."""
    columns = COLUMNS[name].split()
    rows = stored(connection, f"build.{name}", columns)
    mine = [row for row in rows if str(row[columns[0]]).startswith(tuple(PREFIXES.values()))]
    return [{column: _short(column, value) for column, value in row.items()} for row in mine]


def _short(column: str, value: str | None) -> str | None:
    """`003V1` for an id of 18 characters, `x` for a key that is not empty, and a time's day."""
    if value is None:
        return None
    if column in ("contact_id", "organization_id", "event_id", "school_id", "pathway_id", "deleted_at"):
        return "x"
    if column == "source_key":
        return " ".join(_short("", part) or "" for part in value.split("|"))
    return value[:3] + value[3:].lstrip("0") if len(value) == 18 and value[3] == "0" else value


def land(connection: Connection, name: str, at: str, text: str) -> None:
    """Versions of records; ids are written short, and a cell without a value is null."""
    for number, row in enumerate(read_table(text)):
        values = {column: _long(value) for column, value in row.items()}
        values |= {"id": _long(PREFIXES[name] + row["id"]), "systemmodstamp": at, "createddate": MONDAY}
        living = {} if name == "user" else {"isdeleted": "false"}  # users are never deleted
        insert(connection, name, f"{at}.{name}.{number}", living | values)


def _long(value: str) -> str:
    is_id = value[:3] in PREFIXES.values() and value[3:].isalnum()
    return value[:3] + value[3:].rjust(15, "0") if is_id else value


def monday(connection: Connection) -> None:
    land(
        connection,
        "account",
        MONDAY,
        """
        id | name     | type
        O1 | Acme     | Business
        S1 | High     | School
        """,
    )
    land(
        connection,
        "contact",
        MONDAY,
        """
        id | lastname | contact_type__c | email            | accountid | isdeleted | masterrecordid
        V1 | Able     | Volunteer       | able@example.org |           | false     |
        T1 | Baker    | Teacher         |                  |           | false     |
        S1 | Charlie  | Student         |                  |           | false     |
        W1 | Winner   | Volunteer       |                  |           | false     |
        L1 | Loser    | Volunteer       | lost@example.org |           | true      | 003W1
        """,
    )
    land(
        connection,
        "npe5__affiliation__c",
        MONDAY,
        """
        id | npe5__contact__c | npe5__organization__c | npe5__status__c | npe5__primary__c | npe5__startdate__c | npe5__enddate__c
        A1 | 003V1            | 001O1                 | Current         | true             |                    |
        A2 | 003V1            | 001S1                 | Current         | true             | 2024-01-01         | 2023-01-01
        A3 | 003V1            | 001O9                 | On leave        | false            |                    |
        A4 | 003S1            | 001O1                 | Current         | true             |                    |
        A5 | 003L1            | 001O1                 | Former          | false            |                    |
        A6 | 003W1            | 001O1                 | Current         | false            |                    |
        A7 | 003X9            | 001O1                 | Pending         | false            |                    |
        A8 | 003T1            | 001S1                 | Current         | true             |                    |
        """,
    )
    land(
        connection,
        "class__c",
        MONDAY,
        """
        id | name     | class_year_number__c | school__c
        C1 | Of 2025  | 2025.0               | 001S1
        C2 | Of never |                      | 001S9
        C3 | Of a man | 2026                 | 003V1
        """,
    )
    land(connection, "user", MONDAY, "id | email | usertype\nU1 | office@example.org | Standard")
    land(connection, "case", MONDAY, "id | contactid\nC1 | 003T1")
    land(
        connection,
        "session__c",
        MONDAY,
        "id | name | session_status__c\nE1 | Talk | Confirmed\nD1 | Idea | Draft",
    )
    land(connection, "pathway__c", MONDAY, "id | name\nP1 | Health")
    land(
        connection,
        "pathway_session__c",
        MONDAY,
        """
        id | pathway__c | session__c
        E1 | a0YP1      | a0SE1
        D1 | a0YP1      | a0SD1
        L1 | a0YP1      | a0SE9
        """,
    )
    land(
        connection,
        "pathway_participant__c",
        MONDAY,
        "id | pathway__c | contact__c\nV1 | a0YP1 | 003L1\nX1 | a0YP9 | 003X9",
    )
    land(
        connection,
        "task",
        MONDAY,
        """
        id | whoid | whatid | subject  | type  | status      | activitydate
        T1 | 003X9 | a0SE1  | Called   | Call  | Completed   | 2025-11-20
        T2 |       | a0SE9  | To self  | Other | Not Started |
        T3 | 003V1 |        | Logged   | Email | Completed   |
        T4 | 00QL1 | a0SD1  | A lead   | Opera | Completed   |
        """,
    )
    land(
        connection,
        "emailmessage",
        MONDAY,
        """
        id | activityid | toaddress                                     | fromaddress        | relatedtoid | incoming | messagedate
        M1 | 00TT3      | Able@Example.org; lost@example.org, x@y.test  | office@example.org | 003S1       | false    | 2025-11-21T03:30:00.000Z
        M2 |            | late@example.org                              | office@example.org |             | false    |
        M3 |            | office@example.org                            | office@example.org | 500C1       | true     |
        """,
    )


def tuesday(connection: Connection) -> None:
    """Late parents arrive, links are deleted, a task is edited, an e-mail is deleted."""
    land(connection, "account", TUESDAY, "id | name | type\nO9 | Late | Business\nS9 | Late | School")
    land(
        connection,
        "contact",
        TUESDAY,
        "id | lastname | contact_type__c | email\nX9 | Late | Volunteer | late@example.org",
    )
    land(
        connection,
        "session__c",
        TUESDAY,
        "id | name | session_status__c\nE9 | Late | \nD1 | Idea | Requested",
    )
    land(
        connection,
        "npe5__affiliation__c",
        TUESDAY,
        """
        id | npe5__contact__c | npe5__organization__c | npe5__status__c | npe5__primary__c | npe5__startdate__c | isdeleted
        A1 | 003V1            | 001O1                 | Current         | true             |                    | true
        A6 | 003W1            | 001O1                 | Current         | false            |                    | true
        """,
    )
    land(
        connection,
        "pathway_session__c",
        TUESDAY,
        "id | pathway__c | session__c | isdeleted\nE1 | a0YP1 | a0SE1 | true",
    )
    land(
        connection,
        "task",
        TUESDAY,
        """
        id | whoid | whatid | subject  | type          | status    | activitydate
        T2 |       | a0SE9  | To self  | status_update | Completed | 2025-11-22
        """,
    )
    land(
        connection,
        "emailmessage",
        TUESDAY,
        """
        id | activityid | toaddress        | fromaddress        | relatedtoid | incoming | isdeleted
        M1 | 00TT3      | able@example.org | office@example.org | 003S1       | false    | true
        """,
    )


CHAPTER = Chapter((monday, tuesday), links_and_activities)


def test_every_affiliation_has_a_row_and_one_counts_for_a_pair(story: Story) -> None:
    story.has(
        1,
        "affiliations",
        """
        salesforce_id | contact_id | organization_id | status  | start_date | end_date   | is_best_of_pair
        a0LA1         | x          | x               | Current |            |            | true
        a0LA2         | x          | x               | Current | 2024-01-01 | 2023-01-01 | true
        a0LA3         | x          |                 |         |            |            | true
        a0LA4         | x          | x               | Current |            |            | true
        a0LA5         | x          | x               | Past    |            |            | false
        a0LA6         | x          | x               | Current |            |            | true
        a0LA7         |            | x               | Pending |            |            | true
        a0LA8         | x          | x               | Current |            |            | true
        """,
    )


def test_an_affiliation_finds_its_late_sides_and_gives_way_when_it_is_deleted(story: Story) -> None:
    story.has(
        2,
        "affiliations",
        """
        salesforce_id | contact_id | organization_id | is_best_of_pair | deleted_at
        a0LA1         | x          | x               | false           | x
        a0LA3         | x          | x               | true            |
        a0LA5         | x          | x               | true            |
        a0LA6         | x          | x               | false           | x
        a0LA7         | x          | x               | true            |
        """,
    )


def test_a_volunteer_has_one_primary_organization_and_a_student_none(story: Story) -> None:
    assert story.after[0]["volunteer_organizations"] == table(
        """
        source_key  | contact_id | organization_id | salesforce_affiliation_id | is_primary
        003T1 001S1 | x          | x               | a0LA8                     | true
        003V1 001O1 | x          | x               | a0LA1                     | false
        003V1 001O9 | x          |                 | a0LA3                     | false
        003V1 001S1 | x          | x               | a0LA2                     | true
        003W1 001O1 | x          | x               | a0LA6                     | false
        """
    )


def test_a_pair_leaves_with_its_last_affiliation_and_comes_with_its_person(story: Story) -> None:
    assert story.after[1]["volunteer_organizations"] == table(
        """
        source_key  | contact_id | organization_id | salesforce_affiliation_id | is_primary
        003T1 001S1 | x          | x               | a0LA8                     | true
        003V1 001O9 | x          | x               | a0LA3                     | false
        003V1 001S1 | x          | x               | a0LA2                     | true
        003W1 001O1 | x          | x               | a0LA5                     | false
        003X9 001O1 | x          | x               | a0LA7                     | false
        """
    )


def test_a_class_without_a_year_or_a_known_school_is_kept_and_finds_its_school(story: Story) -> None:
    story.has(1, "classes", "salesforce_id | class_year | school_id\na1CC1 | 2025 | x\na1CC2 | | ")
    story.has(2, "classes", "salesforce_id | class_year | school_id\na1CC1 | 2025 | x\na1CC2 | | x")


def test_a_class_whose_school_is_no_account_is_kept_with_what_it_says(story: Story) -> None:
    story.has(1, "classes", "salesforce_id | school_id | salesforce_school_id\na1CC3 | | 003V1")


def test_links_of_pathways_follow_their_records_and_drafts_have_none(story: Story) -> None:
    story.has(
        1,
        "pathway_events",
        "salesforce_id | event_id | salesforce_session_id\na0XE1 | x | a0SE1\na0XL1 | | a0SE9",
    )
    assert story.lacks(1, "pathway_events", "a0XD1")
    story.has(
        2,
        "pathway_events",
        "salesforce_id | event_id | deleted_at\na0XD1 | x | \na0XE1 | x | x\na0XL1 | x | ",
    )
    links = "salesforce_id | pathway_id | contact_id | salesforce_contact_id\na0WV1 | x | x | 003L1\na0WX1 | | {} | 003X9"
    story.has(1, "pathway_contacts", links.format(""))
    story.has(2, "pathway_contacts", links.format("x"))


def test_every_task_and_message_has_a_row_for_each_person_or_for_nobody(story: Story) -> None:
    assert story.after[0]["activities"] == table(
        """
        source_key  | contact_id | salesforce_contact_id | event_id | history_type | activity_status | occurred_on | occurred_at            | matched_by | deleted_at
        00TT1 003X9 |            | 003X9                 | x        | activity     | Completed       | 2025-11-20  |                        | who_id     |
        00TT2 -     |            |                       |          | note         | Not Started     |             |                        | nobody     |
        00TT4 -     |            |                       |          |              | Completed       |             |                        | nobody     |
        02sM1 003V1 | x          | 003V1                 |          | activity     | Sent            | 2025-11-20  | 2025-11-21 03:30:00+00 | to_address |
        02sM1 003W1 | x          | 003W1                 |          | activity     | Sent            | 2025-11-20  | 2025-11-21 03:30:00+00 | to_address |
        02sM2 -     |            |                       |          | activity     | Sent            |             |                        | nobody     |
        02sM3 003T1 | x          | 003T1                 |          | activity     | Received        |             |                        | case       |
        """
    )


def test_an_edited_task_is_updated_and_a_message_finds_a_late_person(story: Story) -> None:
    story.has(
        2,
        "activities",
        """
        source_key  | contact_id | event_id | history_type  | activity_status | occurred_on | matched_by
        00TT1 003X9 | x          | x        | activity      | Completed       | 2025-11-20  | who_id
        00TT2 -     |            | x        | status_change | Completed       | 2025-11-22  | nobody
        00TT4 -     |            | x        |               | Completed       |             | nobody
        02sM2 003X9 | x          |          | activity      | Sent            |             | to_address
        """,
    )
    assert story.lacks(2, "activities", "02sM2 -")


def test_a_task_that_logged_a_message_has_a_row_once_the_message_is_deleted(story: Story) -> None:
    assert story.lacks(1, "activities", "00TT3 003V1")
    story.has(
        2,
        "activities",
        "source_key | contact_id | deleted_at | matched_by\n00TT3 003V1 | x | | who_id\n02sM1 003V1 | x | x | to_address",
    )


@pytest.mark.parametrize(
    ("seed", "word"),
    [
        ("activity_types", "salesforce_type"),
        ("affiliation_statuses", "salesforce_status"),
        ("genders", "salesforce_gender"),
        ("organization_types", "salesforce_type"),
        ("session_types", "salesforce_type"),
        ("skill_prefixes", "prefix"),
        ("skill_spellings", "spelling"),
    ],
)
def test_a_word_that_stands_twice_in_a_seed_stops_the_run(
    story: Story, models: Models, seed: str, word: str
) -> None:
    """In other letters and with another blank around it: the models would find both, and make two rows of one."""
    assert story.after
    name = f"seeds.{seed}"
    with models.database.connect() as connection:
        columns = connection.rows(
            "select column_name from information_schema.columns where table_schema = 'seeds' and table_name = ?"
            " order by ordinal_position",
            (seed,),
        )
        others = [column for (column,) in columns if column != word]
        kept = ", ".join(quoted(column) for column in others)
        first = connection.value(f"select min({word}) from {name}")
        connection.execute(
            f"insert into {name} ({word}, {kept}) select upper({word}) || chr(160), {kept} from {name} where {word} = ?",
            (first,),
        )
    try:
        with pytest.raises(TransformFailed, match=f"one_row_per_word_{seed}_{word} failed: 1 rows"):
            models.run("test", "--select", f"{seed},test_name:one_row_per_word")
    finally:
        with models.database.connect() as connection:
            connection.execute(
                f"delete from {name} where {word} = upper({word}) and {word} like '%' || chr(160)"
            )
