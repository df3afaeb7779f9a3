"""What the shipped models are to prove holds for all that the story of the models lands, on both databases.

This chapter lands records that live in Salesforce, and that each of the declared rules leaves out of a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from extract.database import Connection
from sync.ops_tables import create_ops_tables
from sync.proof import Proven, prove_tables
from sync.proof.declared import read_declared
from sync.publish import PublishOptions, publish
from tests.spec.landed_rows import insert
from tests.spec.story import Chapter, Models

DAY = "2026-01-05T10:00:00.000Z"
TABLES = 24


def _id(key_prefix: str, name: str) -> str:
    """Tasks and messages have prefixes that are none of Salesforce's: another chapter compares all that have those."""
    return f"{key_prefix}PRF{name:0>12}"


SESSION, GONE_SESSION, DRAFT = _id("a0S", "S"), _id("a0S", "GONE"), _id("a0S", "DRAFT")
PATHWAY, GONE_PATHWAY = _id("a0Y", "P"), _id("a0Y", "GONE")
PERSON, GONE_PERSON = _id("003", "P"), _id("003", "GONE")
GONE = {"isdeleted": "true"}
CONFIRMED = {"name": "Held", "session_status__c": "Confirmed"}
AFFILIATED = _id("9zP", "P")  # as tasks
NAMELESS_SCHOOL, NAMELESS_SESSION = _id("001", "NAMELESS"), _id("a0S", "NAMELESS")
ONCE_NAMED = (_id("001", "ONCE"), _id("a0S", "ONCE"))
# What a person let go though a field is missing, and what was deleted before anybody looked: nothing but an id.
EMPTY = {
    "account": "001",
    "contact": "003",
    "session__c": "a0S",
    "class__c": "a1C",
    "session_participant__c": "a0T",
    "npe5__affiliation__c": "a0L",
    "pathway__c": "a0Y",
    "pathway_session__c": "a0X",
    "pathway_participant__c": "a0W",
    "task": "9zT",
    "emailmessage": "9zM",
    "case": "500",
}
LANDED: list[tuple[str, dict[str, str]]] = [
    ("account", {"id": _id("001", "HOME"), "name": "Fictional Household", "type": "Household"}),
    *(  # the type changes without a new stamp, as when a column is read again
        ("account", {"id": _id("001", f"TWICE{number}"), "name": f"Twice {number}", "type": kind})
        for number in range(4)
        for kind in ("School", "Business", "Household", "School District")
    ),
    ("contact", {"id": PERSON, "lastname": "Proven", "contact_type__c": "Volunteer"}),
    ("contact", {"id": GONE_PERSON, "lastname": "Gone", "contact_type__c": "Teacher"} | GONE),
    ("session__c", {"id": SESSION} | CONFIRMED),
    ("session__c", {"id": GONE_SESSION} | CONFIRMED | GONE),
    ("session__c", {"id": DRAFT, "name": "Perhaps", "session_status__c": "Draft"}),
    ("pathway__c", {"id": PATHWAY, "name": "Way"}),
    ("pathway__c", {"id": GONE_PATHWAY, "name": "Gone"} | GONE),
    *(
        (
            "session_participant__c",
            {
                "id": _id("a0T", f"{kind[0]}{number}"),
                "session__c": session,
                "contact__c": PERSON,
                "participant_type__c": kind,
            },
        )
        for kind in ("Volunteer", "Student")
        for number, session in enumerate((GONE_SESSION, DRAFT, SESSION, SESSION))
    ),
    ("pathway_session__c", {"id": _id("a0X", "1"), "pathway__c": PATHWAY, "session__c": GONE_SESSION}),
    ("pathway_session__c", {"id": _id("a0X", "2"), "pathway__c": GONE_PATHWAY, "session__c": SESSION}),
    ("pathway_session__c", {"id": _id("a0X", "3"), "pathway__c": PATHWAY, "session__c": DRAFT}),
    ("pathway_participant__c", {"id": _id("a0W", "1"), "pathway__c": GONE_PATHWAY, "contact__c": PERSON}),
    ("task", {"id": _id("9zT", "1"), "whoid": GONE_PERSON, "subject": "Call", "type": "Call"}),
    ("task", {"id": _id("9zT", "2"), "whoid": PERSON, "subject": "Mail", "type": "Email"}),
    ("emailmessage", {"id": _id("9zM", "1"), "activityid": _id("9zT", "2"), "subject": "Mail"}),
    *(
        (table, {"id": _id(key_prefix, f"EMPTY{number}")} | more)
        for table, key_prefix in EMPTY.items()
        for number, more in enumerate(({}, GONE))
    ),
    *(
        ("account", {"id": _id("001", f"{kind[-3:].upper()}{number}"), "name": name, "type": kind} | more)
        for kind in ("School", "School District", "Business")
        for number, (name, more) in enumerate((("", {}), ("", GONE), (" \u3000", {})))
    ),
    # what points at a record without a name
    ("account", {"id": NAMELESS_SCHOOL, "type": "School"}),
    ("account", {"id": _id("001", "CHILD"), "name": "Child", "type": "School", "parentid": NAMELESS_SCHOOL}),
    ("account", {"id": _id("001", "LOSER"), "name": "Loser", "masterrecordid": NAMELESS_SCHOOL} | GONE),
    ("session__c", {"id": NAMELESS_SESSION, "requested_skills__c": "Proving"}),
    (
        "session__c",
        {"id": _id("a0S", "AT"), "school__c": NAMELESS_SCHOOL, "district__c": NAMELESS_SCHOOL} | CONFIRMED,
    ),
    ("class__c", {"id": _id("a1C", "OF"), "name": "Class", "school__c": NAMELESS_SCHOOL}),
    *(
        (
            "contact",
            {
                "id": _id("003", f"AT{kind[0]}"),
                "lastname": "Attached",
                "contact_type__c": kind,
                "accountid": NAMELESS_SCHOOL,
                "npsp__primary_affiliation__c": NAMELESS_SCHOOL,
            },
        )
        for kind in ("Volunteer", "Teacher", "Student")
    ),
    ("contact", {"id": AFFILIATED, "lastname": "Affiliated", "contact_type__c": "Volunteer"}),
    (
        "npe5__affiliation__c",
        {"id": _id("a0L", "AT"), "npe5__contact__c": AFFILIATED, "npe5__organization__c": NAMELESS_SCHOOL},
    ),
    *(
        (
            "session_participant__c",
            {
                "id": _id("a0T", f"AT{kind[0]}"),
                "session__c": NAMELESS_SESSION,
                "contact__c": PERSON,
                "participant_type__c": kind,
            },
        )
        for kind in ("Volunteer", "Student")
    ),
    ("pathway_session__c", {"id": _id("a0X", "4"), "pathway__c": PATHWAY, "session__c": NAMELESS_SESSION}),
    ("task", {"id": _id("9zT", "3"), "whoid": PERSON, "whatid": NAMELESS_SESSION, "type": "Call"}),
    ("account", {"id": ONCE_NAMED[0], "name": "Once", "type": "School District"}),
    ("session__c", {"id": ONCE_NAMED[1], "school__c": ONCE_NAMED[0]} | CONFIRMED),
]


def land(connection: Connection) -> None:
    for number, (table, values) in enumerate(LANDED):
        always = {"isdeleted": "false", "systemmodstamp": DAY, "createddate": DAY}
        insert(connection, table, f"proof-{number:02}", always | values)


def lose_names(connection: Connection) -> None:
    """What had a name when it was built is emptied and deleted, in one version."""
    emptied = GONE | {"systemmodstamp": "2026-01-06T10:00:00.000Z", "createddate": DAY}
    for table, record in zip(("account", "session__c"), ONCE_NAMED, strict=True):
        insert(connection, table, f"proof-{table}-late", {"id": record} | emptied)


def once_named(connection: Connection) -> list[str]:
    """Which tables have rows of them."""
    names = ("organizations", "districts", "events")
    query = "select count(*) from build.{} where salesforce_id in (?, ?)"
    return [name for name in names if connection.value(query.format(name), ONCE_NAMED)]


CHAPTER = Chapter(lands=(land, lose_names), reads=once_named)


@pytest.fixture(scope="module")
def proven(told: Mapping[str, Any], models: Models) -> Iterator[Proven]:
    """What the story built, published and proven."""
    database, manifest = models.database, models.options.manifest
    models.run("run", "--select", "int_contacts__roles_now")
    with database.connect() as connection:
        create_ops_tables(connection)
        connection.execute("insert into ops.runs (run_id, state) values ('run-1', 'running')")
    options = PublishOptions(database, manifest, "run-1", "load-9", allow_mass_delete=True)
    assert len(publish(options, lambda *_, **__: None).tables) == TABLES
    with database.connect() as connection:
        yield prove_tables(connection, read_declared(manifest), "models")


def test_every_record_of_the_story_stands_or_is_left_out_by_a_named_rule(proven: Proven) -> None:
    assert len(proven.tables) == TABLES
    assert {table.table_name: table.reason for table in proven.tables if table.reason} == {}


def test_a_record_that_lost_its_name_and_was_deleted_leaves_the_tables_alone(told: Mapping[str, Any]) -> None:
    assert told[__name__] == [["organizations", "districts", "events"], []]


def test_every_declared_reason_leaves_out_some_record_of_the_story(proven: Proven, models: Models) -> None:
    """A condition that is never true would prove nothing."""
    found = {
        (table.table_name, reason.name)
        for table in proven.tables
        for records in table.records
        for reason in records.reasons
    }
    declared = {
        (each.table.name, reason)
        for each in read_declared(models.options.manifest)
        for records in each.records
        for reason, _ in records.left_out
    }
    assert declared - found == set()
