"""A whole landing from the demo org, on both databases: what is new, what is not, and what goes wrong."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from extract.database import Database
from extract.errors import BudgetReached, SettingsError
from extract.landing import LandingOptions, LandingResult, ObjectLanding, land_objects
from extract.salesforce import Login
from tests.demo_org.running import RunningOrg, start_demo_org

SCALE = 60


@pytest.fixture
def org(tmp_path: Path) -> Iterator[RunningOrg]:
    with start_demo_org(tmp_path / "org", scale=SCALE) as running:
        yield running


class Target:
    """Lands the org in one database, run after run."""

    def __init__(self, org: RunningOrg, database: Database, folder: Path) -> None:
        self.org, self.database, self.folder = org, database, folder
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.runs = 0

    def land(self, **options: Any) -> LandingResult:
        self.runs += 1
        self.org.control("POST", "clock", {"advance_seconds": 2})  # past the second of the last change
        login = Login(
            instance_url=self.org.url, client_id=self.org.client_id, client_secret=self.org.client_secret
        )
        settings = LandingOptions(login, self.database, self.folder / "data", f"run-{self.runs}", **options)
        return land_objects(settings, lambda event, **fields: self.events.append((event, fields)))

    def change(self, op: str, name: str, record_id: str = "", **record: Any) -> str:
        body = {"op": op, "object": name, "id": record_id, "record": record}
        return str(self.org.control("POST", "records", body)["ids"][0])

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.database.connect() as connection:
            return connection.rows(sql)

    def execute(self, sql: str, *parameters: object) -> None:
        with self.database.connect() as connection:
            connection.execute(sql, parameters)


@pytest.fixture
def target(org: RunningOrg, database: Database, tmp_path: Path) -> Target:
    return Target(org, database, tmp_path)


def by_name(result: LandingResult) -> dict[str, ObjectLanding]:
    return {landing.object: landing for landing in result.objects}


def test_all_objects_land_whole_and_the_next_landing_finds_nothing_new(target: Target) -> None:
    first = target.land(bulk_from_rows=300)
    records = target.org.control("GET", "state")["records"]
    assert len(first.objects) == 15
    assert {landing.api for landing in first.objects} == {"rest", "bulk"}
    for landing in first.objects:
        assert (landing.state, landing.error) == ("landed", None), landing
        assert landing.versions_new == landing.rows_served
        # The org's clock counts as well what was archived, which its plain records do too.
        assert landing.in_org == landing.in_raw == records[landing.object], landing
        assert landing.cursor_field == "SystemModstamp"
        assert target.rows(f'select count(*) from typed."{landing.table_name}"') == [(landing.versions_new,)]
    json.dumps(asdict(first))
    assert first.schema_changes == ()

    second = target.land(bulk_from_rows=300)
    assert {landing.state for landing in second.objects} == {"unchanged"}
    assert sum(landing.versions_new for landing in second.objects) == 0
    assert all(landing.calls <= 3 for landing in second.objects)
    assert [landing.in_raw for landing in second.objects] == [landing.in_raw for landing in first.objects]
    assert target.rows("select count(*) from raw._dlt_loads") == [(1,)]


@pytest.mark.fault("F64", "The demo org deletes a record")
@pytest.mark.fault("F65", "The demo org takes it back")
def test_a_changed_a_new_and_a_deleted_record_become_versions(target: Target) -> None:
    target.land(only=("Account",))
    changed, deleted = (
        row[0] for row in target.rows("select id from raw.account where isdeleted = 'false' limit 2")
    )
    target.change("update", "Account", changed, Name="Neue Schule")
    target.change("delete", "Account", deleted)
    new = target.change("insert", "Account", Name="Ganz neue Schule")

    (landing,) = target.land(only=("Account",)).objects
    assert (landing.state, landing.versions_new, landing.deleted_rows) == ("landed", 3, 1)
    assert landing.in_org == landing.in_raw
    newest = "select name, isdeleted from raw.account where id = '{}' order by systemmodstamp desc limit 1"
    assert target.rows(newest.format(changed)) == [("Neue Schule", "false")]
    assert target.rows(newest.format(deleted))[0][1] == "true"
    assert target.rows(newest.format(new)) == [("Ganz neue Schule", "false")]

    (again,) = target.land(only=("Account",)).objects  # the lookback serves them once more
    assert (again.state, again.rows_served, again.versions_new) == ("unchanged", 3, 0)
    target.change("undelete", "Account", deleted)
    (back,) = target.land(only=("Account",)).objects
    assert (back.versions_new, back.in_org) == (1, back.in_raw)


@pytest.mark.fault("F73", "The demo org gets a field")
@pytest.mark.fault("F74", "The demo org hides a field")
def test_a_new_field_is_filled_for_old_records_and_a_vanished_one_keeps_its_column(target: Target) -> None:
    target.land(only=("Account",))
    field = {"name": "Colour__c", "type": "string", "length": 40, "label": "Colour"}
    target.org.control("POST", "fields", {"op": "add", "object": "Account", "field": field})
    target.org.control("POST", "fields", {"op": "hide", "object": "Account", "name": "Website"})
    result = target.land(only=("Account",))
    assert [(change.field, change.change, change.after) for change in result.schema_changes] == [
        ("Colour__c", "added", "string(40)"),
        ("Website", "vanished", None),
    ]
    (landing,) = result.objects
    assert landing.window_from is not None  # the new column is read alone
    assert [(read.fields, read.state) for read in result.columns_read] == [(("Colour__c",), "done")]
    assert target.rows("select count(colour__c), count(*) >= 1 from typed.account") == [(0, True)]
    assert target.rows("select count(*) from raw._fields where vanished_at is not null") == [(1,)]

    target.org.control("POST", "fields", {"op": "show", "object": "Account", "name": "Website"})
    returned = target.land(only=("Account",)).schema_changes
    assert [(change.field, change.change) for change in returned] == [("Website", "returned")]
    assert target.land(only=("Account",)).schema_changes == ()


def test_one_object_alone_prepares_the_tables_of_the_others(target: Target) -> None:
    result = target.land(only=("account",))
    assert [landing.object for landing in result.objects] == ["Account"]
    views = target.rows("select table_name from information_schema.views where table_schema = 'typed'")
    assert len(views) == 15
    assert target.rows('select count(*) from typed."case"') == [(0,)]
    assert target.rows("select object from raw._cursors") == [("Account",)]


@pytest.mark.fault("F29", "Describe answers 404 for one of fifteen objects")
@pytest.mark.fault("F79", "Describe answers 404 for an object that has landed")
def test_an_object_that_is_not_permitted_fails_alone(target: Target) -> None:
    target.land()
    held = target.rows("select count(*) from raw.contact")
    target.org.control("POST", "permissions", {"object": "Contact", "readable": False})
    result = by_name(target.land())
    assert result["Contact"].state == "failed"
    assert result["Contact"].error is not None
    assert result["Contact"].error["error"] == "ObjectRefused"
    assert {landing.state for name, landing in result.items() if name != "Contact"} == {"unchanged"}
    assert target.rows("select count(*) from raw.contact") == held


@pytest.mark.fault("F80", "The state holds another org's Id")
def test_another_org_is_refused_before_anything_is_read(target: Target) -> None:
    target.land(only=("Account",))
    other = "00D000000000002AAA"
    with target.database.connect() as connection:
        connection.execute("update raw._cursors set org_id = ?", (other,))
    before = target.rows("select * from raw._cursors")
    target.org.control("DELETE", "requests")
    with pytest.raises(SettingsError) as refused:
        target.land(only=("Account",))
    assert target.org.organization_id in refused.value.what
    assert other in refused.value.what
    assert not any(
        "describe" in str(request) for request in target.org.control("GET", "requests")["requests"]
    )
    assert target.rows("select * from raw._cursors") == before


@pytest.mark.fault("F80", "Part of a first landing is held, no object of it whole")
def test_another_org_is_refused_before_any_object_is_whole(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("extract.landing.reader.ROWS_PER_PART", 20)

    def stops(*_: object) -> None:
        raise InterruptedError

    with monkeypatch.context() as patched:
        patched.setattr("extract.landing.landing.Lander._say_farewell", stops)  # the first part is landed
        with pytest.raises(InterruptedError):
            target.land(only=("Account",), bulk_from_rows=1)
    assert target.rows("select count(*) > 0 from raw.account") == [(True,)]
    assert target.rows("select count(*) from raw._cursors") == [(0,)]
    assert target.rows("select org_id from raw._orgs") == [(target.org.organization_id,)]
    target.execute("update raw._orgs set org_id = '00D000000000002AAA'")
    before = target.rows("select count(*) from raw.account")
    with pytest.raises(SettingsError):
        target.land(only=("Account",))
    assert target.rows("select count(*) from raw.account") == before
    target.execute("drop table raw._orgs")  # as an older version left it
    assert target.land(only=("Account",)).objects[0].error is None


@pytest.mark.fault("F23", "The org's calls stand just below the line", ends_well="next run")
def test_the_reserved_calls_are_left_and_a_later_run_goes_on(target: Target) -> None:
    target.org.control("POST", "limits", {"maximum": 1000, "used": 799})
    with pytest.raises(BudgetReached):
        target.land(parallel=1)
    assert len(target.rows("select object from raw._cursors")) < 15
    target.org.control("POST", "limits", {"maximum": 100_000, "used": 0})
    assert {landing.state for landing in target.land().objects} <= {"landed", "unchanged"}
    assert len(target.rows("select object from raw._cursors")) == 15


@pytest.mark.fault("F27", "The query is answered with MALFORMED_QUERY")
def test_a_failed_read_leaves_the_window_where_it_was(target: Target) -> None:
    target.land(only=("Account",))
    before = target.rows("select window_end from raw._cursors")
    account = target.rows("select id from raw.account limit 1")[0][0]
    target.change("update", "Account", account, Name="Verpasste Schule")
    fault = {
        "match": {"path": "query", "body": "FROM Account"},
        "fault": "status",
        "status": 400,
        "code": "MALFORMED_QUERY",
        "times": 0,
    }
    target.org.control("POST", "faults", fault)
    (landing,) = target.land(only=("Account",)).objects
    assert landing.state == "failed"
    assert target.rows("select window_end from raw._cursors") == before
    target.org.control("DELETE", "faults")
    assert target.land(only=("Account",)).objects[0].versions_new == 1


def test_the_spool_is_private_and_empty_afterwards(target: Target) -> None:
    target.land(only=("Account",))
    data = target.folder / "data"
    assert [path for path in (data / "spool").rglob("*") if path.is_file()] == []
    for folder in (data / "spool", data / "dlt"):
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700, folder
    assert list((data / "dlt").rglob("*.csv")) == []


def test_the_points_of_a_landing_are_told_in_order(target: Target) -> None:
    target.land(only=("Account",))
    points = [fields["name"] for event, fields in target.events if event == "point"]
    assert points == [
        "extract.started",
        "extract.page",
        "extract.spooled",
        "normalize.started",
        "load.before_commit",
        "load.committed",
        "extract.done",
    ]
