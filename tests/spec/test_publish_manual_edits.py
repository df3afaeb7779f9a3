"""Specifies that what people edit by hand survives every sync: Appendix B18 of the domain facts, edit by edit.

Staff edits once; then Salesforce changes every record, deletes them, loses them from the build and brings them back.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.database import Database
from tests.spec.publishing import KEYS, ColumnSpec, World, counts, key_of, model

SALESFORCE: ColumnSpec = ("text", {"owner": "salesforce"})


def reference(table: str, source_id: str = "") -> ColumnSpec:
    return (
        "uuid",
        {"owner": "salesforce", "references": table, **({"source_id": source_id} if source_id else {})},
    )


CONTACTS = {**KEYS, "name": SALESFORCE, "merged_into_id": reference("contacts")}
ORGANIZATIONS = {**KEYS, "name": SALESFORCE, "merged_into_id": reference("organizations")}
SCHOOLS = {**KEYS, "name": SALESFORCE}
VOLUNTEERS = {**KEYS, "title": SALESFORCE, "local_status": SALESFORCE}
TEACHERS = {
    **KEYS,
    "department": SALESFORCE,
    "salesforce_school_id": SALESFORCE,
    "school_id": reference("schools", "salesforce_school_id"),
}
EVENTS = {**KEYS, "title": SALESFORCE, "cancellation_reason": SALESFORCE}
AFFILIATIONS = {
    **KEYS,
    "status": SALESFORCE,
    "start_date": ("date", {"owner": "salesforce"}),
    "end_date": ("date", {"owner": "salesforce"}),
}
MODELS = [
    model(
        "contacts",
        CONTACTS,
        meta={"app_columns": [{"name": "exclude_from_reports", "data_type": "boolean", "default": False}]},
    ),
    model("organizations", ORGANIZATIONS),
    model("schools", SCHOOLS),
    model(
        "volunteers",
        VOLUNTEERS,
        meta={"app_columns": [{"name": "additional_volunteer_count", "data_type": "integer", "default": 0}]},
    ),
    model(
        "teachers",
        TEACHERS,
        meta={"app_columns": [{"name": "active", "data_type": "boolean", "default": True}]},
    ),
    model(
        "events",
        EVENTS,
        meta={
            "app_columns": [{"name": "cancellation_notes", "data_type": "text"}],
            "override_sets": ["districts"],
        },
    ),
    model("affiliations", AFFILIATIONS),
]
# {0} is what Salesforce says today
BUILDS = {
    "contacts": "salesforce_id | name | merged_into_id\nC1 | {0} |\nC2 | {0} |",
    "organizations": "salesforce_id | name | merged_into_id\nO1 | {0} |\nO2 | {0} |",
    "schools": "salesforce_id | name\nS1 | {0}\nS2 | {0}",
    "volunteers": "salesforce_id | title | local_status\nC1 | {0} | non_local\nC2 | {0} | local",
    "teachers": "salesforce_id | department | salesforce_school_id | school_id\nC1 | {0} | S1 | S1\nC2 | {0} | S1 | S1",
    "events": "salesforce_id | title | cancellation_reason\nE1 | {0} | {0}\nE2 | {0} | {0}",
    "affiliations": "salesforce_id | status | start_date | end_date\nA1 | {0} | 2020-01-01 |\nA2 | {0} | 2020-01-01 |",
}


def build(world: World, says: str) -> None:
    for name, text in BUILDS.items():
        world.build(name, text.format(says))


def salesforce_goes_on(world: World) -> None:
    """Every record is changed and deleted, leaves the build, and comes back changed."""
    build(world, "Second")
    world.execute_all(f"update build.{name} set deleted_at = now()" for name in BUILDS)
    world.publish()
    world.execute_all(f"delete from build.{name}" for name in BUILDS)
    world.publish()
    build(world, "Third")
    world.publish()


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    world = World(database, tmp_path)
    world.models.clear()
    for node in MODELS:
        world.declare(node)
    build(world, "First")
    world.publish()
    return world


def test_what_staff_set_in_its_own_columns_survives(world: World) -> None:
    world.execute("update app.contacts set exclude_from_reports = true where salesforce_id = 'C1'")
    world.execute("update app.volunteers set additional_volunteer_count = 12 where salesforce_id = 'C1'")
    world.execute("update app.teachers set active = false where salesforce_id = 'C1'")
    world.execute("update app.events set cancellation_notes = 'By phone' where salesforce_id = 'E1'")
    salesforce_goes_on(world)
    world.expect(
        "app.contacts", "salesforce_id | name | exclude_from_reports\nC1 | Third | true\nC2 | Third | false"
    )
    world.expect(
        "app.volunteers",
        "salesforce_id | title | additional_volunteer_count\nC1 | Third | 12\nC2 | Third | 0",
    )
    world.expect("app.teachers", "salesforce_id | department | active\nC1 | Third | false\nC2 | Third | true")
    world.expect(
        "app.events", "salesforce_id | title | cancellation_notes\nE1 | Third | By phone\nE2 | Third |"
    )


def test_what_staff_corrects_by_an_override_survives_and_the_rest_of_the_row_follows_salesforce(
    world: World,
) -> None:
    world.override("events", "E1", "cancellation_reason", "Weather")
    world.override("events", "E1", "districts", "D1,D2")  # the models read this one
    world.override("volunteers", "C1", "local_status", "local")
    world.override("affiliations", "A1", "start_date", "2019-05-06")
    world.override("affiliations", "A1", "end_date", "2021-07-08")
    world.override("teachers", "C1", "school_id", "S2")
    salesforce_goes_on(world)
    world.expect(
        "app.events", "salesforce_id | title | cancellation_reason\nE1 | Third | Weather\nE2 | Third | Third"
    )
    world.expect(
        "app.volunteers", "salesforce_id | title | local_status\nC1 | Third | local\nC2 | Third | local"
    )
    world.expect(
        "app.affiliations",
        """
        salesforce_id | status | start_date | end_date
        A1            | Third  | 2019-05-06 | 2021-07-08
        A2            | Third  | 2020-01-01 |
        """,
    )
    school = key_of("S2")
    assert world.rows("select cast(school_id as text) from app.teachers where salesforce_id = 'C1'") == [
        (school,)
    ]
    assert world.rows("select distinct salesforce_school_id from app.teachers") == [("S1",)]


def test_an_edit_in_place_of_what_salesforce_owns_does_not_survive_so_it_takes_an_override(
    world: World,
) -> None:
    world.execute("update app.events set cancellation_reason = 'Weather' where salesforce_id = 'E1'")
    world.publish()
    world.expect("app.events", "salesforce_id | cancellation_reason\nE1 | First\nE2 | First")


def test_rows_that_staff_merged_stay_tombstones_while_salesforce_still_has_both(world: World) -> None:
    for table, loser, winner in [("organizations", "O2", "O1"), ("contacts", "C2", "C1")]:
        world.override(table, loser, "merged_into_id", winner)
        world.override(table, loser, "deleted_at", "2026-08-31T00:00:00Z")
    salesforce_goes_on(world)
    for table, loser, winner in [("organizations", "O2", "O1"), ("contacts", "C2", "C1")]:
        world.expect(
            f"app.{table}",
            f"""
            salesforce_id | name  | merged_into_id | deleted_at
            {winner}      | Third |                |
            {loser}       | Third | {winner}       | 2026-08-31 00:00:00+00
            """,
        )


def test_rows_that_salesforce_merged_stay_with_what_staff_wrote_on_them(world: World) -> None:
    world.execute("update app.contacts set exclude_from_reports = true where salesforce_id = 'C2'")
    world.execute("update build.contacts set deleted_at = now() where salesforce_id = 'C2'")
    world.execute(
        "update build.contacts set merged_into_id = (select id from app.contacts where salesforce_id = 'C1')"
        " where salesforce_id = 'C2'"
    )
    assert counts(world.publish(), "contacts") == (0, 0, 1, 1)
    found = (
        "select exclude_from_reports, deleted_at is not null, cast(merged_into_id as text) from app.contacts"
    )
    assert world.rows(f"{found} where salesforce_id = 'C2'") == [(True, True, key_of("C1"))]


def test_the_applications_own_tables_keep_pointing_at_the_same_rows(world: World) -> None:
    """The notes of an event's teachers, and the attendance in detail."""
    real_key = " references app.events (id)" if world.database.kind == "postgres" else ""
    world.execute(
        f"create table app.event_teachers (event_id uuid{real_key}, teacher_id uuid, notes text, attended integer)"
    )
    world.execute(
        "insert into app.event_teachers select e.id, t.id, 'Bring a projector', 17 from app.events as e"
        " cross join app.teachers as t where e.salesforce_id = 'E1' and t.salesforce_id = 'C1'"
    )
    before = world.rows("select * from app.event_teachers")
    salesforce_goes_on(world)
    assert world.rows("select * from app.event_teachers") == before
    joined = (
        "select e.title, t.department, n.notes from app.event_teachers as n"
        " join app.events as e on e.id = n.event_id join app.teachers as t on t.id = n.teacher_id"
    )
    assert world.rows(joined) == [("Third", "Third", "Bring a projector")]


def test_rows_that_the_application_made_are_never_touched_in_any_table(world: World) -> None:
    named = {"volunteers": "title", "teachers": "department", "events": "title", "affiliations": "status"}
    world.execute_all(
        f"insert into app.{name} ({named.get(name, 'name')}) values ('Our own')" for name in BUILDS
    )
    own = {name: world.rows(f"select * from app.{name} where salesforce_id is null") for name in BUILDS}
    salesforce_goes_on(world)
    for name, before in own.items():
        assert len(before) == 1
        assert world.rows(f"select * from app.{name} where salesforce_id is null") == before
