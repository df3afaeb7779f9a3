"""The incidents of spring 2026 and of 2025, replayed as whole runs.

Spring 2026: a run failed, then participations whose volunteer was entered later were missing for seven weeks, because
nobody edited them again. 2025: participations stayed Scheduled after their session was over, because known rows were
skipped. The demo's second day has both: a participation is edited while its person is missing, then the person comes;
others become Attended, move to another session, or leave a draft.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from demo_org.metadata import load_objects
from demo_org.records.planting import planted_id, unknown_id
from tests.sync.whole_runs import Ended, Sync
from tests.sync.worlds import IN_SHARE_ON_DUCKDB, World, must_end_well

OBJECTS = load_objects()
TARDY = unknown_id(OBJECTS, "Contact", 6)  # a person who comes into sight on the second day
PARTICIPANTS = "event_participations"
STUDENTS = "event_student_participations"


def participant(number: int) -> str:
    return planted_id(OBJECTS, "Session_Participant__c", number)


EARLY, SCHEDULED, REGISTERED, MOVED, OF_DRAFT = (participant(number) for number in (30, 4, 20, 21, 19))


@IN_SHARE_ON_DUCKDB
def test_a_late_parent_and_new_statuses_are_right_after_the_run_that_brings_them(world: World) -> None:
    """Read from the targets that the world made: before the second day, and after its sync."""
    the_parent_is_missing(world.sync(world.before))
    all_is_right(world.sync(world.twin.target))


@IN_SHARE_ON_DUCKDB
def test_a_participation_has_its_email_title_and_age_group_from_its_first_sync(world: World) -> None:
    """The old import filled them when it saw a participation for the second time."""
    sync = world.sync(world.before)
    for column in ("email", "title", "age_group"):
        filled, different = sync.rows(
            f"select count({column}), sum(case when {column} is distinct from {column}__c then 1 else 0 end) "
            f"from app.{PARTICIPANTS} as rows_here "
            "inner join typed.session_participant__c as landed on landed.id = rows_here.salesforce_id"
        )[0]
        assert (filled > 0, different) == (True, 0), column


def an_object_cannot_be_read(sync: Sync) -> Ended:
    """Extract takes in the new person and not the participations; what is made of both is not published."""
    fault = {"fault": "status", "status": 400, "code": "MALFORMED_QUERY", "times": 0}
    return _with_fault(sync, 20, fault)


def a_job_fails(sync: Sync) -> Ended:
    """Salesforce gives up the Bulk job over the participations."""
    return _with_fault(sync, 23, {"fault": "failed_job", "times": 0}, LANDFALL_BULK_FROM_ROWS="1")


def the_rules_refuse(sync: Sync) -> Ended:
    """Everything is landed, and nothing is published."""
    ended = sync.run(LANDFALL_QUARANTINE_LIMIT="0.0001")
    assert (ended.code, ended.outcome["state"]) == (30, "refused"), ended.messages
    return ended


@pytest.mark.slow
@pytest.mark.parametrize("fail", [an_object_cannot_be_read, a_job_fails, the_rules_refuse])
def test_a_late_parent_and_new_statuses_are_right_after_the_first_good_run_that_follows_failed_ones(
    world: World, fail: Callable[[Sync], Ended]
) -> None:
    with world.before.copied() as target:
        sync = world.sync(target)
        before = published(sync)
        for _ in range(2):
            fail(sync)
            assert published(sync) == before
        must_end_well(sync)
        all_is_right(sync)


def the_parent_is_missing(sync: Sync) -> None:
    assert row(sync, PARTICIPANTS, EARLY, "volunteer_id, salesforce_contact_id") == (None, TARDY)
    assert unresolved(sync, EARLY)
    assert not sync.rows(f"select 1 from app.volunteers where salesforce_id = '{TARDY}'")


def all_is_right(sync: Sync) -> None:
    _the_late_parent_is_found(sync)
    _new_statuses_are_followed(sync)


def _the_late_parent_is_found(sync: Sync) -> None:
    """Its participation is as it was edited, and has no version from after that."""
    volunteer = sync.value(f"select id from app.volunteers where salesforce_id = '{TARDY}'")
    found = row(sync, PARTICIPANTS, EARLY, "volunteer_id, salesforce_status, delivery_hours, deleted_at")
    assert (found[0], found[1], float(found[2]), found[3]) == (volunteer, "Completed", 2.5, None)
    assert not unresolved(sync, EARLY)
    assert sync.value(f"select count(*) from raw.session_participant__c where id = '{EARLY}'") == 2


def _new_statuses_are_followed(sync: Sync) -> None:
    for table, record_id in ((PARTICIPANTS, SCHEDULED), (STUDENTS, REGISTERED)):
        assert row(sync, table, record_id, "salesforce_status, is_attended") == ("Attended", True)
    session = planted_id(OBJECTS, "Session__c", 10)
    there = sync.value(f"select id from app.events where salesforce_id = '{session}'")
    assert row(sync, PARTICIPANTS, MOVED, "event_id") == (there,)
    assert row(sync, STUDENTS, OF_DRAFT, "deleted_at") == (None,)  # its session was a draft, and left out


def _with_fault(sync: Sync, code: int, fault: dict[str, Any], **settings: str) -> Ended:
    """A run in which reading the participations goes wrong."""
    sync.org.control("POST", "/faults", fault | {"match": {"body": "FROM Session_Participant__c"}})
    try:
        ended = sync.run(**settings)
    finally:
        sync.org.control("DELETE", "/faults")
    assert (ended.code, ended.outcome["state"]) == (code, "failed"), ended.messages
    return ended


def row(sync: Sync, table: str, record_id: str, columns: str) -> tuple[Any, ...]:
    """The only row of a record, of which there must be one."""
    (found,) = sync.rows(f"select {columns} from app.{table} where salesforce_id = '{record_id}'")
    return found


def unresolved(sync: Sync, record_id: str) -> bool:
    query = f"select 1 from ops.unresolved_references where salesforce_id = '{record_id}'"
    return bool(sync.rows(f"{query} and column_name = 'volunteer_id'"))


def published(sync: Sync) -> list[tuple[Any, ...]]:
    columns = "salesforce_id, volunteer_id, salesforce_status, updated_at"
    return sync.rows(f"select {columns} from app.{PARTICIPANTS} order by 1")
