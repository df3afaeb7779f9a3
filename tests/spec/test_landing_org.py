"""A whole landing from the demo org, on both databases: what is new, what is not, and what goes wrong."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from extract.database import Database
from extract.errors import BudgetReached, SettingsError
from extract.landing import LandingOptions, LandingResult, ObjectLanding, land_objects
from extract.salesforce import Login
from sync.site.numbers import _columns
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

    def land(self, *, stop_at: str = "", **options: Any) -> LandingResult:
        self.runs += 1

        def report(event: str, **fields: Any) -> None:
            self.events.append((event, fields))
            if event == "point" and fields["name"] == stop_at:
                raise InterruptedError

        self.org.control("POST", "clock", {"advance_seconds": 2})  # past the second of the last change
        login = Login(
            instance_url=self.org.url, client_id=self.org.client_id, client_secret=self.org.client_secret
        )
        settings = LandingOptions(login, self.database, self.folder / "data", f"run-{self.runs}", **options)
        return land_objects(settings, report)

    def change(self, op: str, name: str, record_id: str = "", **record: Any) -> str:
        body = {"op": op, "object": name, "id": record_id, "record": record}
        return str(self.org.control("POST", "records", body)["ids"][0])

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.database.connect() as connection:
            return connection.rows(sql)


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


def test_a_new_field_is_read_alone_and_a_vanished_one_keeps_its_column(target: Target) -> None:
    target.land(only=("Account",))
    accounts = target.rows("select count(*) from raw.account")[0][0]
    old = target.rows("select id from raw.account where isdeleted = 'false' limit 1")[0][0]
    field = {"name": "Colour__c", "type": "string", "length": 40, "label": "Colour"}
    target.org.control("POST", "fields", {"op": "add", "object": "Account", "field": field})
    target.change("silent", "Account", old, Colour__c="grey")
    new = target.change("insert", "Account", Name="New", Colour__c="green")
    target.org.control("POST", "fields", {"op": "hide", "object": "Account", "name": "Website"})
    result = target.land(only=("Account",))
    assert [(change.field, change.change, change.after) for change in result.schema_changes] == [
        ("Colour__c", "added", "string(40)"),
        ("Website", "vanished", None),
    ]
    (landing,), (read,) = result.objects, result.columns_read
    assert landing.window_from is not None  # the window is as small as ever
    assert landing.rows_served == 1
    assert (read.fields, read.why, read.state) == (("Colour__c",), "added", "done")
    assert (read.rows, read.versions, landing.versions_new) == (accounts + 1, 1, 2)
    colours = "select colour__c, website is null from raw.account where id = '{}' order by _extracted_at desc limit 1"
    assert target.rows(colours.format(old)) == [("grey", True)]
    assert target.rows(colours.format(new)) == [("green", True)]
    assert target.rows("select count(*) from raw._fields where vanished_at is not null") == [(1,)]
    told = [fields for event, fields in target.events if event == "progress" and "Colour" in fields["object"]]
    assert told == [
        {"object": "Account: Colour__c", "done": accounts + 1, "expected": accounts + 1, "unit": "records"}
    ]

    target.org.control("POST", "fields", {"op": "show", "object": "Account", "name": "Website"})
    returned = target.land(only=("Account",))
    assert [(change.field, change.change) for change in returned.schema_changes] == [("Website", "returned")]
    assert [(read.why, read.versions) for read in returned.columns_read] == [("returned", 0)]
    last = target.land(only=("Account",))
    assert (last.schema_changes, last.columns_read) == ((), ())


def test_a_backfill_that_is_cut_short_goes_on_and_holds_up_nothing(target: Target) -> None:
    target.land(only=("Account",))
    field = {"name": "Colour__c", "type": "string", "length": 40, "label": "Colour"}
    target.org.control("POST", "fields", {"op": "add", "object": "Account", "field": field})
    old = target.rows("select id from raw.account where isdeleted = 'false' limit 1")[0][0]
    target.change("silent", "Account", old, Colour__c="grey")
    refused = {
        "match": {"body": "SELECT Id,SystemModstamp,Colour__c FROM Account"},
        "fault": "status",
        "status": 400,
        "code": "MALFORMED_QUERY",
        "times": 0,
    }
    target.org.control("POST", "faults", refused)
    new = target.change("insert", "Account", Name="New", Colour__c="green")
    first = target.land(only=("Account",))
    assert (first.objects[0].state, first.objects[0].versions_new) == ("landed", 1)
    assert [(read.state, (read.error or {})["error"]) for read in first.columns_read] == [
        ("waits", "ObjectRefused")
    ]
    colour = "select colour__c from raw.account where id = '{}' order by _extracted_at desc limit 1"
    assert target.rows(colour.format(new)) == [("green",)]

    target.org.control("DELETE", "faults")
    with pytest.raises(InterruptedError):
        target.land(only=("Account",), stop_at="compose.before_commit", bulk_from_rows=1)
    assert target.rows(colour.format(old)) == [(None,)]
    target.org.control("DELETE", "requests")
    again = target.land(only=("Account",))
    assert again.schema_changes == ()
    assert [(read.why, read.state, read.versions) for read in again.columns_read] == [("added", "done", 1)]
    assert target.rows(colour.format(old)) == [("grey",)]
    log = target.org.control("GET", "requests")["requests"]
    assert not any(
        request["method"] == "POST" and "jobs" in request["path"] for request in log
    )  # it was there
    assert target.land(only=("Account",)).columns_read == ()
    jobs = target.org.control("GET", "state")["jobs"]
    assert jobs == []


def see(target: Target, op: str, *fields: str) -> None:
    """Let the user see the fields of Account ("show"), or not ("hide")."""
    for name in fields:
        target.org.control("POST", "fields", {"op": op, "object": "Account", "name": name})


def test_what_a_vanished_field_said_stays_with_a_record_that_changes(target: Target) -> None:
    record = target.change("insert", "Account", Name="Webbed", Website="https://one.example", Fax="1")
    target.land(only=("Account",))
    target.change("update", "Account", record, Website="https://two.example")  # which nobody will see
    see(target, "hide", "Website", "Fax")
    for number in (1, 2):
        target.change("update", "Account", record, Name=f"Webbed {number}")
        target.change("insert", "Account", Name=f"New {number}")
        assert target.land(only=("Account",)).objects[0].versions_new == 2
        newest = (
            f"select name, website, fax from raw.account where id = '{record}' order by systemmodstamp desc"
        )
        assert target.rows(newest)[0] == (f"Webbed {number}", "https://one.example", "1")
    assert target.rows("select website from raw.account where name = 'New 1'") == [(None,)]
    assert target.land(only=("Account",)).objects[0].versions_new == 0  # the lookback brings nothing twice

    see(target, "show", "Website", "Fax")
    target.land(only=("Account",))
    last = f"select website from raw.account where id = '{record}' order by systemmodstamp desc, _extracted_at desc"
    assert target.rows(last)[0] == ("https://two.example",)


def test_a_field_that_is_retyped_there_and_back_loses_nothing(target: Target) -> None:
    field = {"name": "Size__c", "type": "string", "length": 40, "label": "Size"}
    target.org.control("POST", "fields", {"op": "add", "object": "Account", "field": field})
    sizes = ("12.50", "large", "7")
    for size in sizes:
        target.change("insert", "Account", Name="Sized", Size__c=size)
    target.land(only=("Account",))
    typed = "select size__c, _uncast from typed.account where name = 'Sized' order by size__c"
    assert target.rows(typed) == [(size, None) for size in sorted(sizes)]

    number = {"op": "retype", "object": "Account", "name": "Size__c", "field": {"type": "double"}}
    target.org.control("POST", "fields", number)
    result = target.land(only=("Account",))
    assert [(change.field, change.change, change.after) for change in result.schema_changes] == [
        ("Size__c", "retyped", "double(18,0)")
    ]
    assert [(read.why, read.state) for read in result.columns_read] == [("retyped", "done")]
    held = target.rows("select size__c from raw.account where name = 'Sized'")
    assert {size for (size,) in held} == {*sizes, "12.5", None}  # the org itself lost "large"
    found = target.rows("select size__c, _uncast from typed.account where name = 'Sized'")
    assert (None, "Size__c") in found  # what the rule of types reports
    assert {(Decimal("12.5"), None), (Decimal("7"), None)} <= set(found)

    text = {"op": "retype", "object": "Account", "name": "Size__c", "field": {"type": "string", "length": 40}}
    target.org.control("POST", "fields", text)
    assert [change.change for change in target.land(only=("Account",)).schema_changes] == ["retyped"]
    assert set(target.rows(typed)) >= {(size, None) for size in sizes}


def test_a_renamed_field_is_told_as_one_that_went_and_one_that_came(target: Target) -> None:
    field = {"name": "Colour__c", "type": "string", "length": 40, "label": "Colour"}
    target.org.control("POST", "fields", {"op": "add", "object": "Account", "field": field})
    record = target.change("insert", "Account", Name="Painted", Colour__c="green")
    target.land(only=("Account",))
    rename = {"op": "rename", "object": "Account", "name": "Colour__c", "to": "Hue__c"}
    target.org.control("POST", "fields", rename)
    changes = target.land(only=("Account",)).schema_changes
    assert [(change.field, change.change, change.hint) for change in changes] == [
        ("Hue__c", "added", "perhaps the new name of Colour__c"),
        ("Colour__c", "vanished", "perhaps renamed to Hue__c"),
    ]
    newest = "select hue__c from raw.account where id = '{}' order by _extracted_at desc limit 1"
    assert target.rows(newest.format(record)) == [("green",)]
    assert target.rows(
        f"select distinct colour__c from raw.account where id = '{record}' and colour__c <> ''"
    ) == [("green",)]


def test_one_object_alone_prepares_the_tables_of_the_others(target: Target) -> None:
    result = target.land(only=("account",))
    assert [landing.object for landing in result.objects] == ["Account"]
    views = target.rows("select table_name from information_schema.views where table_schema = 'typed'")
    assert len(views) == 15
    assert target.rows('select count(*) from typed."case"') == [(0,)]
    assert target.rows("select object from raw._cursors") == [("Account",)]


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


def test_an_object_that_looks_empty_keeps_what_is_held(target: Target) -> None:
    """As after the user lost View All: no error, no record, and no sign that anything was deleted."""
    target.land(only=("Account",))
    target.org.control("POST", "permissions", {"object": "Account", "rows": False})
    (landing,) = target.land(only=("Account",), full=True).objects
    assert (landing.state, landing.rows_served, landing.in_org) == ("unchanged", 0, 0)
    assert landing.in_raw is not None
    assert landing.in_raw > 100  # the count of the org and this one differ, which the run tells


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


def test_the_reserved_calls_are_left_and_a_later_run_goes_on(target: Target) -> None:
    target.org.control("POST", "limits", {"maximum": 1000, "used": 799})
    with pytest.raises(BudgetReached):
        target.land(parallel=1)
    assert len(target.rows("select object from raw._cursors")) < 15
    target.org.control("POST", "limits", {"maximum": 100_000, "used": 0})
    assert {landing.state for landing in target.land().objects} <= {"landed", "unchanged"}
    assert len(target.rows("select object from raw._cursors")) == 15


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


def test_formulas_are_read_again_when_they_are_due_and_their_age_is_known(target: Target) -> None:
    target.land(only=("Account", "Contact"))
    contact = target.rows("select id from raw.contact where isdeleted = 'false' limit 1")[0][0]
    before = dict(target.rows("select field, read_at from raw._column_reads where object = 'Contact'"))
    assert set(before) == {
        field
        for (field,) in target.rows("select field from raw._fields where object = 'Contact' and calculated")
    }
    target.change("silent", "Contact", contact, Total_Hours__c=77.5)
    same_day = target.land(only=("Account", "Contact"))
    assert same_day.columns_read == ()

    target.org.control("POST", "clock", {"advance_seconds": 86_400})
    assert target.land(only=("Account", "Contact"), formula_days=0).columns_read == ()
    due = target.land(only=("Account", "Contact"), formula_days=1)
    assert {(read.object, read.why, read.state) for read in due.columns_read} == {
        ("Account", "formula", "done"),
        ("Contact", "formula", "done"),
    }
    landing = by_name(due)["Contact"]
    assert (landing.state, landing.versions_new, landing.in_raw) == ("landed", 1, landing.in_org)
    newest = (
        f"select total_hours__c from typed.contact where id = '{contact}' order by _extracted_at desc limit 1"
    )
    assert target.rows(newest) == [(Decimal("77.5"),)]
    after = dict(target.rows("select field, read_at from raw._column_reads where object = 'Contact'"))
    assert all(after[field] - before[field] >= timedelta(days=1) for field in before)
    with target.database.connect() as connection:
        assert {each.read_at for each in _columns(connection) if each.object == "Contact"} == set(
            after.values()
        )

    target.change("silent", "Contact", contact, Total_Hours__c=78.5)
    asked = target.land(only=("Contact",), refresh=("total_hours__c",))
    assert [(read.fields, read.versions) for read in asked.columns_read] == [(("Total_Hours__c",), 1)]
    assert target.rows(newest) == [(Decimal("78.5"),)]
    with pytest.raises(SettingsError) as unknown:
        target.land(only=("Contact",), refresh=("Nope__c",))
    assert "Nope__c" in unknown.value.what
