"""Fields that come, go, return and change their type, and formulas: what lands of them, on both databases."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from extract.database import Database
from extract.errors import SettingsError
from extract.landing import LandingOptions, LandingResult, land_objects
from extract.salesforce import Login
from sync.site.quality import read_columns
from tests.demo_org.running import RunningOrg, start_demo_org
from tests.spec.test_landing_org import Target, by_name

NUMBERS = itertools.count(1)
pytestmark = pytest.mark.xdist_group("schema changes")  # they share one org


class InterruptibleTarget(Target):
    """Lands the org in one database; a landing may be cut short at a point."""

    def land(self, *, stop_at: str = "", **options: Any) -> LandingResult:
        self.runs += 1
        self.org.control("POST", "clock", {"advance_seconds": 2})  # past the second of the last change
        login = Login(
            instance_url=self.org.url, client_id=self.org.client_id, client_secret=self.org.client_secret
        )

        def report(event: str, **fields: Any) -> None:
            self.events.append((event, fields))
            if event == "point" and fields["name"] == stop_at:
                raise InterruptedError

        folder = self.folder / "data"
        return land_objects(
            LandingOptions(login, self.database, folder, f"run-{self.runs}", **options), report
        )


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOrg]:
    with start_demo_org(tmp_path_factory.mktemp("fields") / "org", scale=60) as found:
        yield found


@pytest.fixture
def org(running: RunningOrg) -> Iterator[RunningOrg]:
    """The org, later than what was changed before, and where everything may be seen again afterwards."""
    running.control("POST", "clock", {"advance_seconds": 1200})
    yield running
    running.control("DELETE", "faults")
    running.control("POST", "permissions", {"object": "Account", "rows": True})
    for name in ("Website", "Fax"):
        running.control("POST", "fields", {"op": "show", "object": "Account", "name": name})


@pytest.fixture
def target(org: RunningOrg, database: Database, tmp_path: Path) -> InterruptibleTarget:
    return InterruptibleTarget(org, database, tmp_path)


def add_field(target: Target, label: str) -> str:
    """A new text field of Account under a name of its own; its API name."""
    field = {"name": f"{label}{next(NUMBERS)}__c", "type": "string", "length": 40, "label": label}
    target.org.control("POST", "fields", {"op": "add", "object": "Account", "field": field})
    return field["name"]


def any_account(target: Target) -> str:
    return str(target.rows("select id from raw.account where isdeleted = 'false' limit 1")[0][0])


@pytest.mark.fault("F73", "The demo org gets a field")
def test_a_new_field_is_read_alone_and_a_vanished_one_keeps_its_column(target: InterruptibleTarget) -> None:
    target.land(only=("Account",))
    accounts = target.rows("select count(*) from raw.account")[0][0]
    old = any_account(target)
    colour = add_field(target, "Colour")
    target.change("silent", "Account", old, **{colour: "grey"})
    new = target.change("insert", "Account", Name="New", **{colour: "green"})
    target.org.control("POST", "fields", {"op": "hide", "object": "Account", "name": "Website"})
    result = target.land(only=("Account",))
    assert [(change.field, change.change, change.after) for change in result.schema_changes] == [
        (colour, "added", "string(40)"),
        ("Website", "vanished", None),
    ]
    (landing,), (read,) = result.objects, result.columns_read
    assert landing.window_from is not None  # the window is as small as ever
    assert landing.rows_served == 1
    assert (read.fields, read.why, read.state) == ((colour,), "added", "done")
    assert (read.rows_served, read.versions_new, landing.versions_new) == (accounts + 1, 1, 2)
    colours = f"select {colour}, website is null from raw.account where id = '{{}}' order by _extracted_at desc limit 1"
    assert target.rows(colours.format(old)) == [("grey", True)]
    assert target.rows(colours.format(new)) == [("green", True)]
    assert target.rows("select count(*) from raw._fields where vanished_at is not null") == [(1,)]
    told = [fields for event, fields in target.events if event == "progress" and colour in fields["object"]]
    assert told == [
        {"object": f"Account: {colour}", "done": accounts + 1, "expected": accounts + 1, "unit": "records"}
    ]

    target.org.control("POST", "fields", {"op": "show", "object": "Account", "name": "Website"})
    returned = target.land(only=("Account",))
    assert [(change.field, change.change) for change in returned.schema_changes] == [("Website", "returned")]
    assert [(read.why, read.versions_new) for read in returned.columns_read] == [("returned", 0)]
    last = target.land(only=("Account",))
    assert (last.schema_changes, last.columns_read) == ((), ())


def test_a_backfill_that_is_cut_short_goes_on_and_holds_up_nothing(target: InterruptibleTarget) -> None:
    target.land(only=("Account",))
    colour = add_field(target, "Colour")
    old = any_account(target)
    target.change("silent", "Account", old, **{colour: "grey"})
    refused = {
        "match": {"body": f"SELECT Id,SystemModstamp,{colour} FROM Account"},
        "fault": "status",
        "status": 400,
        "code": "MALFORMED_QUERY",
        "times": 0,
    }
    target.org.control("POST", "faults", refused)
    new = target.change("insert", "Account", Name="New", **{colour: "green"})
    first = target.land(only=("Account",))
    assert (first.objects[0].state, first.objects[0].versions_new) == ("landed", 1)
    assert [(read.state, (read.error or {})["error"]) for read in first.columns_read] == [
        ("waits", "ObjectRefused")
    ]
    painted = f"select {colour} from raw.account where id = '{{}}' order by _extracted_at desc limit 1"
    assert target.rows(painted.format(new)) == [("green",)]

    target.org.control("DELETE", "faults")
    with pytest.raises(InterruptedError):
        target.land(only=("Account",), stop_at="compose.before_commit", bulk_from_rows=1)
    assert target.rows(painted.format(old)) == [(None,)]
    target.org.control("DELETE", "requests")
    again = target.land(only=("Account",))
    assert again.schema_changes == ()
    assert [(read.why, read.state, read.versions_new) for read in again.columns_read] == [
        ("added", "done", 1)
    ]
    assert target.rows(painted.format(old)) == [("grey",)]
    log = target.org.control("GET", "requests")["requests"]
    assert not any(
        request["method"] == "POST" and "jobs" in request["path"] for request in log
    )  # it was there
    assert target.land(only=("Account",)).columns_read == ()
    jobs = target.org.control("GET", "state")["jobs"]
    assert jobs == []


@pytest.mark.fault(
    "F62", "A column read is cut short, and its job taken up after newer values landed", ends_well="next run"
)
def test_a_read_that_is_taken_up_puts_nothing_over_what_was_read_since(target: InterruptibleTarget) -> None:
    target.land(only=("Contact",))
    found = target.rows("select id from raw.contact where isdeleted = 'false' order by id limit 3")
    recent, stale, later = (row[0] for row in found)
    target.change("update", "Contact", recent, LastName="Muster")  # the next windows read it again
    hours = 500.5 + 10 * next(NUMBERS)
    for record in (recent, stale, later):
        target.change("silent", "Contact", record, Total_Hours__c=hours)
    with pytest.raises(InterruptedError):
        target.land(
            only=("Contact",), refresh=("Total_Hours__c",), stop_at="compose.before_commit", bulk_from_rows=1
        )
    target.org.control("POST", "clock", {"advance_seconds": 60})
    target.change("silent", "Contact", recent, Total_Hours__c=hours + 1)
    target.change("silent", "Contact", later, Total_Hours__c=hours + 2)
    # as a version that was read later, and without this column
    target.execute(
        "update raw.contact set _extracted_at = _extracted_at + interval '30 seconds' where id = ?", later
    )
    target.org.control("DELETE", "requests")
    (read,) = target.land(only=("Contact",)).columns_read
    assert (read.why, read.state, read.versions_new, read.left_out) == ("formula", "done", 2, 0)
    newest = (
        "select total_hours__c from (select *, row_number() over (order by systemmodstamp desc,"
        " _extracted_at desc, _version desc) as age from raw.contact where id = '{}') held where age = 1"
    )
    held = [target.rows(newest.format(each)) for each in (recent, stale, later)]
    assert held == [[(str(hours + 1),)], [(str(hours),)], [(str(hours + 2),)]]
    log = target.org.control("GET", "requests")["requests"]
    assert not any(each["method"] == "POST" and "jobs" in each["path"] for each in log)  # it was taken up


def see(target: InterruptibleTarget, op: str, *fields: str) -> None:
    """Let the user see the fields of Account ("show"), or not ("hide")."""
    for name in fields:
        target.org.control("POST", "fields", {"op": op, "object": "Account", "name": name})


@pytest.mark.fault("F74", "A field is hidden, and a record changes meanwhile")
def test_what_a_vanished_field_said_stays_with_a_record_that_changes(target: InterruptibleTarget) -> None:
    record = target.change("insert", "Account", Name="Webbed", Website="https://one.example", Fax="1")
    target.land(only=("Account",))
    target.change("update", "Account", record, Website="https://two.example")  # which nobody will see
    see(target, "hide", "Website", "Fax")
    for number in (1, 2):
        target.change("update", "Account", record, Name=f"Webbed {number}")
        new = target.change("insert", "Account", Name=f"New {number}")
        assert target.land(only=("Account",)).objects[0].versions_new == 2
        newest = (
            f"select name, website, fax from raw.account where id = '{record}' order by systemmodstamp desc"
        )
        assert target.rows(newest)[0] == (f"Webbed {number}", "https://one.example", "1")
    assert target.rows(f"select website from raw.account where id = '{new}'") == [(None,)]
    assert target.land(only=("Account",)).objects[0].versions_new == 0  # the lookback brings nothing twice

    see(target, "show", "Website", "Fax")
    target.land(only=("Account",))
    last = f"select website from raw.account where id = '{record}' order by systemmodstamp desc, _extracted_at desc"
    assert target.rows(last)[0] == ("https://two.example",)


@pytest.mark.fault("F75", "The demo org retypes a field, and back")
def test_a_field_that_is_retyped_there_and_back_loses_nothing(target: InterruptibleTarget) -> None:
    size = add_field(target, "Size")
    sizes = {"12.50", "large", "7"}
    ids = [target.change("insert", "Account", Name="Sized", **{size: value}) for value in sorted(sizes)]
    sized = f"account where id in {tuple(ids)}"
    typed = f"select {size}, _uncast from typed.{sized}"
    target.land(only=("Account",))
    assert set(target.rows(typed)) == {(value, None) for value in sizes}

    number = {"op": "retype", "object": "Account", "name": size, "field": {"type": "double"}}
    target.org.control("POST", "fields", number)
    result = target.land(only=("Account",))
    assert [(change.field, change.change, change.after) for change in result.schema_changes] == [
        (size, "retyped", "double(18,0)")
    ]
    assert [(read.why, read.state) for read in result.columns_read] == [("retyped", "done")]
    held = {value for (value,) in target.rows(f"select {size} from raw.{sized}")}
    assert held == {*sizes, "12.5", None}  # the org itself lost "large" when it converted
    found = set(target.rows(typed))
    assert (None, size) in found  # what the rule of types reports
    assert {(Decimal("12.5"), None), (Decimal("7"), None)} <= found

    text = {"op": "retype", "object": "Account", "name": size, "field": {"type": "string", "length": 40}}
    target.org.control("POST", "fields", text)
    assert [change.change for change in target.land(only=("Account",)).schema_changes] == ["retyped"]
    assert set(target.rows(typed)) >= {(value, None) for value in sizes}


@pytest.mark.fault("F74", "A field is renamed")
@pytest.mark.parametrize(
    "database", ["postgres", pytest.param("duckdb", marks=pytest.mark.slow)], indirect=True
)
def test_a_renamed_field_is_told_as_one_that_went_and_one_that_came(target: InterruptibleTarget) -> None:
    colour = add_field(target, "Colour")
    hue = colour.replace("Colour", "Hue")
    record = target.change("insert", "Account", Name="Painted", **{colour: "green"})
    target.land(only=("Account",))
    target.org.control("POST", "fields", {"op": "rename", "object": "Account", "name": colour, "to": hue})
    changes = target.land(only=("Account",)).schema_changes
    assert [(change.field, change.change, change.hint) for change in changes] == [
        (hue, "added", f"perhaps the new name of {colour}"),
        (colour, "vanished", f"perhaps renamed to {hue}"),
    ]
    newest = (
        f"select {colour}, {hue} from raw.account where id = '{record}' order by _extracted_at desc limit 1"
    )
    assert target.rows(newest) == [("green", "green")]


@pytest.mark.fault("F71", "The object shows nothing to a whole read")
@pytest.mark.parametrize(
    "database", ["postgres", pytest.param("duckdb", marks=pytest.mark.slow)], indirect=True
)
def test_an_object_that_looks_empty_keeps_what_is_held(target: InterruptibleTarget) -> None:
    """As after the user lost View All: no error, no record, and no sign that anything was deleted."""
    target.land(only=("Account",))
    target.org.control("POST", "permissions", {"object": "Account", "rows": False})
    (landing,) = target.land(only=("Account",), full=True).objects
    assert (landing.state, landing.rows_served, landing.in_org) == ("unchanged", 0, 0)
    assert landing.in_raw is not None
    assert landing.in_raw > 100  # the count of the org and this one differ, which the run tells


@pytest.mark.fault("F63", "A formula changes in silence, and its refresh is due")
def test_formulas_are_read_again_when_they_are_due_and_their_age_is_known(
    target: InterruptibleTarget,
) -> None:
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
        assert {each.read_at for each in read_columns(connection) if each.object == "Contact"} == set(
            after.values()
        )

    target.change("silent", "Contact", contact, Total_Hours__c=78.5)
    asked = target.land(only=("Contact",), refresh=("total_hours__c",))
    assert [(read.fields, read.versions_new) for read in asked.columns_read] == [(("Total_Hours__c",), 1)]
    assert target.rows(newest) == [(Decimal("78.5"),)]
    with pytest.raises(SettingsError) as unknown:
        target.land(only=("Contact",), refresh=("Nope__c",))
    assert "Nope__c" in unknown.value.what


def test_a_new_field_of_a_table_that_is_too_large_to_count_is_filled_all_the_same(
    org: RunningOrg, duckdb_database: Database, tmp_path: Path
) -> None:
    target = InterruptibleTarget(org, duckdb_database, tmp_path)
    target.land(only=("Account",))
    add_field(target, "Uncounted")
    fault = {
        "match": {"path": "queryAll", "body": r"COUNT\(\) FROM Account"},
        "fault": "status",
        "status": 400,
    }
    org.control("POST", "faults", {**fault, "code": "QUERY_TIMEOUT", "times": 0})
    (read,) = target.land(only=("Account",)).columns_read
    assert (read.state, read.expected, read.error) == ("done", None, None)


def test_a_field_that_the_catalogue_names_is_read_again_like_a_formula(
    org: RunningOrg, duckdb_database: Database, tmp_path: Path
) -> None:
    target = InterruptibleTarget(org, duckdb_database, tmp_path)
    target.land(only=("User",))
    ((user,),) = target.rows("select id from raw.user order by id limit 1")
    target.change("silent", "User", user, LastLoginDate="2026-03-01T09:00:00.000Z")
    assert target.land(only=("User",)).columns_read == ()
    target.org.control("POST", "clock", {"advance_seconds": 86_400})
    (read,) = target.land(only=("User",)).columns_read
    assert (read.fields, read.versions_new) == (("LastLoginDate",), 1)


@pytest.mark.parametrize(
    "database", ["duckdb", pytest.param("postgres", marks=pytest.mark.slow)], indirect=True
)
def test_a_sample_tells_how_many_records_hold_a_stale_formula(target: InterruptibleTarget) -> None:
    options: dict[str, Any] = {"only": ("Contact",), "formula_days": 0}
    first = target.land(**options)
    assert first.formula_samples == ()  # just read
    contacts = [
        row[0] for row in target.rows("select id from raw.contact where isdeleted = 'false' order by id")
    ]
    for contact in contacts[:3]:
        target.change("silent", "Contact", contact, Total_Hours__c=991.5 + next(NUMBERS))
    target.org.control("POST", "clock", {"advance_seconds": 86_400})
    assert target.land(**options, formula_sample=0).formula_samples == ()
    (sample,) = target.land(**options, formula_sample=10_000).formula_samples
    assert (sample.object, sample.sampled, sample.stale) == ("Contact", len(contacts), 3)
    assert not sample.every_record
    kept = target.rows("select object, sampled, stale from raw._formula_samples")
    assert kept == [("Contact", len(contacts), 3)]
    assert target.land(**options, formula_sample=10_000).formula_samples == ()  # once a day

    target.org.control("POST", "clock", {"advance_seconds": 86_400})
    refused = {"match": {"body": "FROM Contact WHERE Id IN"}, "fault": "status", "status": 400, "times": 0}
    target.org.control("POST", "faults", {**refused, "code": "MALFORMED_QUERY"})
    landed = target.land(**options, formula_sample=20)
    assert (landed.formula_samples, landed.objects[0].error) == ((), None)
    assert any("not sampled" in fields["text"] for event, fields in target.events if event == "note")
    target.org.control("DELETE", "faults")
    small = target.land(**options, formula_sample=20).formula_samples
    assert [each.sampled for each in small] == [20]
    refreshed = target.land(only=("Contact",), formula_days=1).formula_samples
    assert [(each.stale, each.every_record) for each in refreshed] == [(3, True)]
