"""The incidents of spring 2026 and of 2025, replayed as whole runs.

Spring 2026: a run failed, then participations whose volunteer was entered later were missing for seven weeks, because
nobody edited them again. 2025: participations stayed Scheduled after their session was over, because known rows were
skipped. Here both happen at once, with a participation that is edited while its person is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from demo_org.metadata import load_objects
from demo_org.records.planting import planted_id, unknown_id
from extract.database import Database
from tests.demo_org.running import start_demo_org
from tests.sync.whole_runs import Ended, Sync
from tests.sync.worlds import must_end_well

OBJECTS = load_objects()
TARDY = unknown_id(OBJECTS, "Contact", 6)  # a person who comes into sight on the second day
PARTICIPANTS = "event_participations"
STUDENTS = "event_student_participations"


def participant(number: int) -> str:
    return planted_id(OBJECTS, "Session_Participant__c", number)


EARLY, SCHEDULED, REGISTERED, MOVED, OF_DRAFT = (participant(number) for number in (30, 4, 20, 21, 19))


def object_cannot_be_read(sync: Sync) -> Ended:
    """Extract takes in the new person and not the participations; what is made of both is not published."""
    fault = {"fault": "status", "status": 400, "code": "MALFORMED_QUERY", "times": 0}
    sync.org.control("POST", "/faults", fault | {"match": {"body": "FROM Session_Participant__c"}})
    ended = sync.run()
    sync.org.control("DELETE", "/faults")
    assert (ended.code, ended.outcome["state"]) == (20, "failed"), ended.messages
    return ended


def rules_refuse(sync: Sync) -> Ended:
    """Everything is landed, and nothing is published."""
    ended = sync.run(LANDFALL_QUARANTINE_LIMIT="0.0001")
    assert (ended.code, ended.outcome["state"]) == (30, "refused"), ended.messages
    return ended


def job_fails(sync: Sync) -> Ended:
    """Salesforce gives up the Bulk job over the participations."""
    fault = {"fault": "failed_job", "times": 0, "match": {"body": "FROM Session_Participant__c"}}
    sync.org.control("POST", "/faults", fault)
    ended = sync.run(LANDFALL_BULK_FROM_ROWS="1")
    sync.org.control("DELETE", "/faults")
    assert (ended.code, ended.outcome["state"]) == (20, "failed"), ended.messages
    return ended


WAYS = [
    pytest.param("duckdb", object_cannot_be_read, id="duckdb-object_cannot_be_read"),
    pytest.param(
        "postgres", object_cannot_be_read, marks=pytest.mark.slow, id="postgres-object_cannot_be_read"
    ),
    pytest.param("duckdb", rules_refuse, marks=pytest.mark.slow, id="duckdb-rules_refuse"),
    pytest.param("postgres", rules_refuse, marks=pytest.mark.slow, id="postgres-rules_refuse"),
    pytest.param("duckdb", job_fails, marks=pytest.mark.slow, id="duckdb-job_fails"),
]


@pytest.mark.parametrize(("database", "fail"), WAYS, indirect=["database"])
def test_late_parents_and_new_statuses_are_right_after_the_next_good_run(
    database: Database, fail: Callable[[Sync], Ended], tmp_path: Path
) -> None:
    with first_synced(database, tmp_path) as sync:
        assert row(sync, PARTICIPANTS, EARLY, "volunteer_id, salesforce_contact_id") == (None, TARDY)
        assert unresolved(sync, EARLY)
        before = published(sync)
        edit = {"Status__c": "Scheduled", "Delivery_Hours__c": 2.5}  # while its person is missing
        update(sync, "Session_Participant__c", EARLY, edit)
        sync.org.control("POST", "/scenario", {"name": "second_day"})

        fail(sync)
        fail(sync)
        assert published(sync) == before
        must_end_well(sync)

        _the_late_parent_is_found(sync)
        _new_statuses_are_followed(sync)
        assert sync.value(f"select count(*) from raw.session_participant__c where id = '{EARLY}'") == 2


def _the_late_parent_is_found(sync: Sync) -> None:
    """Its participation is as it was edited, and nobody edited it after its person came."""
    volunteer = sync.value(f"select id from app.volunteers where salesforce_id = '{TARDY}'")
    found = row(sync, PARTICIPANTS, EARLY, "volunteer_id, salesforce_status, delivery_hours, deleted_at")
    assert found[:2] == (volunteer, "Scheduled")
    assert (float(found[2]), found[3]) == (2.5, None)
    assert not unresolved(sync, EARLY)


def _new_statuses_are_followed(sync: Sync) -> None:
    for table, record_id in ((PARTICIPANTS, SCHEDULED), (STUDENTS, REGISTERED)):
        assert row(sync, table, record_id, "salesforce_status, is_attended") == ("Attended", True)
    there = sync.value(
        f"select id from app.events where salesforce_id = '{planted_id(OBJECTS, 'Session__c', 10)}'"
    )
    assert row(sync, PARTICIPANTS, MOVED, "event_id") == (there,)
    assert row(sync, STUDENTS, OF_DRAFT, "deleted_at") == (None,)  # its session was a draft, and left out


@contextmanager
def first_synced(database: Database, folder: Path) -> Iterator[Sync]:
    """A target after its first sync from a small org."""
    with start_demo_org(folder / "org", scale=3) as org:
        sync = Sync(org, database, folder / "data")
        must_end_well(sync)
        yield sync


def update(sync: Sync, name: str, record_id: str, record: dict[str, Any]) -> None:
    change = {"op": "update", "object": name, "id": record_id, "record": record}
    sync.org.control("POST", "/records", {"changes": [change]})


def row(sync: Sync, table: str, record_id: str, columns: str) -> tuple[Any, ...]:
    """The only row of a record, of which there must be one."""
    (found,) = sync.rows(f"select {columns} from app.{table} where salesforce_id = '{record_id}'")
    return found


def unresolved(sync: Sync, record_id: str) -> bool:
    query = f"select 1 from ops.unresolved_references where salesforce_id = '{record_id}'"
    return bool(sync.rows(f"{query} and column_name = 'volunteer_id'"))


def published(sync: Sync) -> list[tuple[Any, ...]]:
    return sync.rows(
        f"select salesforce_id, volunteer_id, salesforce_status, updated_at from app.{PARTICIPANTS} order by 1"
    )
