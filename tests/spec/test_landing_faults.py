"""What happens in an org at an awkward moment is landed all the same, by the same run or by the next.

One target for each database goes through all of it: each test lands one object that no other test lands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from extract.database import Database
from extract.errors import BudgetReached
from extract.landing import LandingOptions, LandingResult, ObjectLanding, land_objects
from tests.conftest import _administer
from tests.demo_org.running import RunningOrg, start_demo_org
from tests.salesforce.conftest import login_to

DATABASES = [
    pytest.param("duckdb", marks=pytest.mark.xdist_group("landing faults")),
    pytest.param("postgres", marks=pytest.mark.slow),  # the org's side of a landing knows no database
]
BOTH_WAYS = pytest.mark.parametrize(
    "bulk_from_rows", [0, pytest.param(10**9, marks=pytest.mark.slow)], ids=["bulk", "rest"]
)
FIRST = (
    "Account",
    "Contact",
    "Session__c",
    "Session_Participant__c",
    "Task",
    "Case",
    "User",
    "Class__c",
    "Pathway__c",
)


class Target:
    """Lands the org's objects in one database, run after run."""

    def __init__(self, org: RunningOrg, database: Database, folder: Any) -> None:
        self.org, self.database, self.folder = org, database, folder
        self.runs = 0
        self.notes: list[str] = []
        self.at_first_page: Callable[[], object] | None = None

    def land(self, *names: str, **options: Any) -> tuple[ObjectLanding, LandingResult]:
        """Land objects; the first one's share, and all of it."""
        self.runs += 1
        self.notes.clear()
        settings = LandingOptions(
            login_to(self.org), self.database, self.folder / "data", f"run-{self.runs}", only=names, **options
        )
        result = land_objects(settings, self._report)
        return result.objects[0], result

    def later(self, *names: str, **options: Any) -> ObjectLanding:
        """Land an object after the second of the last change is over."""
        self.clock(advance_seconds=2)
        return self.land(*names, **options)[0]

    def clock(self, **setting: Any) -> None:
        self.org.control("POST", "clock", setting)

    def change(self, op: str, name: str, record_id: str = "", **record: Any) -> str:
        body = {"op": op, "object": name, "id": record_id, "record": record}
        return str(self.org.control("POST", "records", body)["ids"][0])

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.database.connect() as connection:
            return connection.rows(sql, values)

    def some(self, name: str) -> str:
        """The Id of a living record."""
        return str(
            self.rows(f"select id from raw.\"{name.lower()}\" where isdeleted = 'false' order by id")[0][0]
        )

    def window_end(self, name: str) -> datetime:
        found: datetime = self.rows("select window_end from raw._cursors where object = ?", name)[0][0]
        return found.astimezone(UTC)

    def _report(self, event: str, **said: Any) -> None:
        if event == "note":
            self.notes.append(said["text"])
        if (event, said.get("name")) == ("point", "extract.page") and self.at_first_page is not None:
            happens, self.at_first_page = self.at_first_page, None
            happens()


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOrg]:
    with start_demo_org(tmp_path_factory.mktemp("org"), scale=60) as running:
        yield running


@pytest.fixture(scope="module", params=DATABASES)
def landed(
    request: pytest.FixtureRequest, org: RunningOrg, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "duckdb":
        target = Target(org, Database(f"duckdb:///{folder}/landfall.duckdb"), folder)
        target.land(*FIRST)
        yield target
        return
    server, name = request.getfixturevalue("postgres_server"), "landing_faults"
    _administer(server, f"create database {name}")
    target = Target(org, Database(server.rpartition("/")[0] + "/" + name), folder)
    target.land(*FIRST)
    yield target
    _administer(server, f"drop database {name} with (force)")


@pytest.fixture
def target(landed: Target) -> Iterator[Target]:
    yield landed
    landed.org.control("DELETE", "faults")
    landed.org.control("POST", "limits", {"maximum": 100_000, "used": 0, "page_rows": 2000})


def stamped(moment: datetime) -> dict[str, str]:
    text = moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {"SystemModstamp": text, "CreatedDate": text, "LastModifiedDate": text}


@pytest.mark.fault(
    "F57",
    "A record appears that is stamped five minutes before the end of the last window",
    ends_well="next run",
)
def test_a_record_that_is_committed_late_is_found_by_the_next_run(target: Target) -> None:
    end = target.window_end("Account")
    late = target.change("plant", "Account", Name="Late School", **stamped(end - timedelta(minutes=5)))
    found = target.later("Account")
    assert (found.versions_new, found.in_org) == (1, found.in_raw)
    assert target.rows("select name from raw.account where id = ?", late) == [("Late School",)]


@pytest.mark.fault("F58", "A record appears that is stamped forty minutes before the end of the last window")
def test_a_record_that_is_committed_too_late_shows_in_the_counts(target: Target) -> None:
    end = target.window_end("Contact")
    target.change("plant", "Contact", LastName="Beispiel", **stamped(end - timedelta(minutes=40)))
    found = target.later("Contact")
    assert found.versions_new == 0
    assert found.in_org == (found.in_raw or 0) + 1
    found = target.later("Contact", full=True)
    assert (found.versions_new, found.in_org) == (1, found.in_raw)


def test_what_changes_between_reading_and_counting_is_in_flight_and_no_loss(target: Target) -> None:
    """Deleted, undeleted and committed late meanwhile is told apart from what is really missing."""
    name = "Class__c"
    some = "select id from raw.class__c where isdeleted = 'false' order by id limit 3"
    first, second, third = (row[0] for row in target.rows(some))
    target.change("delete", name, second)
    target.later(name)
    end = target.window_end(name)

    def deleted() -> None:
        target.change("delete", name, first)

    def undeleted() -> None:
        target.change("undelete", name, first)

    def undeleted_and_late() -> None:
        target.change("undelete", name, second)
        target.change(
            "plant", name, Name="Late Class", **stamped(target.window_end(name) - timedelta(minutes=5))
        )

    def too_late() -> None:
        target.change("plant", name, Name="Too Late", **stamped(end - timedelta(minutes=40)))

    for happens, difference, in_flight in (
        (deleted, -1, -1),
        (undeleted, 1, 1),
        (undeleted_and_late, 2, 2),
        (too_late, 1, 0),
    ):
        target.change("update", name, third, Name=happens.__name__)  # so that a page is read
        target.at_first_page = happens
        found = target.later(name, bulk_from_rows=10**9)
        assert found.in_org is not None
        assert found.in_raw is not None
        assert (found.in_org - found.in_raw, found.in_flight) == (difference, in_flight), happens.__name__
        found = target.later(name)
        settled = (found.in_org - found.in_raw, found.in_flight) if found.in_org and found.in_raw else None
        assert settled == (difference - in_flight, 0), happens.__name__
    target.later(name, full=True)


@pytest.mark.fault("F59", "A nightly job stamps every record alike, in the second in which a window ends")
@BOTH_WAYS
def test_records_with_one_stamp_are_all_there_once(target: Target, bulk_from_rows: int) -> None:
    name = "Session_Participant__c"
    count = _touch(target, name)
    table = f'raw."{name.lower()}"'
    at_the_edge = target.land(name, bulk_from_rows=bulk_from_rows)[0].versions_new
    after_it = target.later(name, bulk_from_rows=bulk_from_rows).versions_new
    assert (at_the_edge + after_it, {at_the_edge, after_it}) == (count, {0, count})
    assert target.later(name, bulk_from_rows=bulk_from_rows).versions_new == 0
    stamp = target.rows(f"select max(systemmodstamp) from {table}")[0][0]
    found = target.rows(f"select count(*), count(distinct id) from {table} where systemmodstamp = ?", stamp)
    assert found == [(count, count)]


def _touch(target: Target, name: str) -> int:
    body = {"op": "touch", "object": name, "count": 10_000}
    return int(target.org.control("POST", "records", body)["ids"][0])


@pytest.mark.fault(
    "F61",
    "Two records are edited while pages are read: one that was served and one that was not",
    ends_well="next run",
)
def test_records_edited_between_two_pages_end_with_their_newest_version(target: Target) -> None:
    target.org.control("POST", "limits", {"page_rows": 10})
    edited = target.rows("select min(id), max(id) from raw.task where isdeleted = 'false'")[0]
    target.at_first_page = lambda: [
        target.change("update", "Task", each, Subject="Edited") for each in edited
    ]
    read = target.later("Task", full=True)
    again = target.later("Task")
    assert (read.rows_served > 10, read.versions_new + again.versions_new) == (True, 2)
    newest = "select subject from raw.task where id = ? order by systemmodstamp desc, _extracted_at desc"
    assert [target.rows(newest, each)[0] for each in edited] == [("Edited",)] * 2
    assert target.later("Task").versions_new == 0


@pytest.mark.fault(
    "F63", "A person's address changes, which the participations' formula shows without a stamp"
)
def test_a_formula_that_changed_is_seen_by_a_full_read_alone(target: Target) -> None:
    name = "Session_Participant__c"
    target.clock(advance_seconds=3600)  # past what the lookback reads again
    target.later(name)
    [(contact,)] = target.rows(
        "select contact__c from raw.session_participant__c where contact__c in (select id from raw.contact"
        " where isdeleted = 'false') and isdeleted = 'false' order by id limit 1"
    )
    title = f"Fictional Title on {target.database.kind}"  # both share an org
    target.change("update", "Contact", contact, Title=title)
    shown = f"select count(distinct id) from raw.session_participant__c where title__c = '{title}'"
    assert target.later(name).versions_new == 0
    found = target.later(name, full=True)
    assert target.rows(shown) == [(found.versions_new,)]
    assert found.versions_new >= 1
    same_stamp = (
        "select count(*) from raw.session_participant__c new join raw.session_participant__c old"
        " on old.id = new.id and old.systemmodstamp = new.systemmodstamp and old._version <> new._version"
        f" where new.title__c = '{title}'"
    )
    assert target.rows(same_stamp) == [(found.versions_new,)]


@pytest.mark.fault("F70", "The demo org deletes an event that has participations")
def test_details_that_go_with_their_master_are_deleted_versions_too(target: Target) -> None:
    [(master, details)] = target.rows(
        "select session__c, count(distinct id) from raw.session_participant__c where isdeleted = 'false' and session__c in"
        " (select id from raw.session__c where isdeleted = 'false') group by 1 order by 2 desc, 1 limit 1"
    )
    target.change("delete", "Session__c", master)
    target.clock(advance_seconds=2)
    _, result = target.land("Session__c", "Session_Participant__c")
    deleted = {landing.object: landing.deleted_rows for landing in result.objects}
    assert deleted == {"Session__c": 1, "Session_Participant__c": details}
    assert all(landing.in_org == landing.in_raw for landing in result.objects)
    target.change("undelete", "Session__c", master)
    target.clock(advance_seconds=2)
    _, back = target.land("Session__c", "Session_Participant__c")
    versions = {landing.object: landing.versions_new for landing in back.objects}
    assert versions == {"Session__c": 1, "Session_Participant__c": details}
    assert all(landing.in_org == landing.in_raw for landing in back.objects)


@pytest.mark.fault("F71", "The user loses the right to see an object's records, and describe still shows it")
def test_an_object_that_shows_nothing_any_more_is_not_taken_for_deleted(target: Target) -> None:
    held = target.rows('select count(*), count(distinct id) from raw."user"')
    target.org.control("POST", "permissions", {"object": "User", "rows": False})
    try:
        found = target.later("User", full=True)
    finally:
        target.org.control("POST", "permissions", {"object": "User", "rows": True})
    assert (found.state, found.in_org, found.in_raw) == ("unchanged", 0, held[0][1])
    assert target.rows('select count(*), count(distinct id) from raw."user"') == held


@pytest.mark.fault("F52", "A window in which nothing happened")
def test_an_empty_window_moves_the_cursor(target: Target) -> None:
    before = target.window_end("Pathway__c")
    target.clock(advance_seconds=3600)
    found = target.later("Pathway__c")
    assert (found.state, found.rows_served) == ("unchanged", 0)
    assert target.window_end("Pathway__c") >= before + timedelta(hours=1)


@pytest.mark.fault(
    "F21", "The org's calls are used up when a run begins, and come back", ends_well="next run"
)
def test_used_up_calls_leave_the_state_as_it_was(target: Target) -> None:
    target.change("insert", "Case", Subject="Fictional case")
    before = target.rows("select * from raw._cursors order by object")
    target.org.control("POST", "limits", {"maximum": 100_000, "used": 100_000})
    with pytest.raises(BudgetReached) as stopped:
        target.later("Case")
    assert stopped.value.exit_code == 22
    assert target.rows("select * from raw._cursors order by object") == before
    target.org.control("POST", "limits", {"maximum": 100_000, "used": 0})
    found = target.later("Case")
    assert (found.versions_new, found.in_org) == (1, found.in_raw)


@pytest.mark.fault("F28", "The demo org hides a field right after describe has shown it")
@BOTH_WAYS
def test_a_field_that_goes_away_before_the_query_is_left_out(target: Target, bulk_from_rows: int) -> None:
    record = target.some("Account")
    target.change("update", "Account", record, Name=f"Renamed School {target.runs}")
    rule = {
        "fault": "hide_field",
        "object": "Account",
        "field": "Website",
        "match": {"path": "Account/describe"},
    }
    target.org.control("POST", "faults", rule)
    target.clock(advance_seconds=2)
    try:
        found, result = target.land("Account", bulk_from_rows=bulk_from_rows)
    finally:
        target.org.control("POST", "fields", {"op": "show", "object": "Account", "name": "Website"})
    assert (found.state, found.error) == ("landed", None)
    assert [(change.field, change.change) for change in result.schema_changes] == [("Website", "vanished")]
    assert "asked for again" in " ".join(target.notes)
    assert target.rows("select count(*) > 0 from raw.account where website is not null") == [(True,)]
    [(change,)] = [target.land("Account")[1].schema_changes]
    assert (change.field, change.change) == ("Website", "returned")


@pytest.mark.fault("F76", "The demo org gets a field of a type called floatarray")
def test_a_type_that_nobody_knows_lands_as_text_and_is_told_once(target: Target) -> None:
    field = {"name": f"Vector_{target.database.kind}__c", "type": "floatarray", "label": "Vector"}
    target.org.control("POST", "fields", {"op": "add", "object": "Class__c", "field": field})
    new = target.change("plant", "Class__c", Name="Fictional class", **{field["name"]: "[0.5, 1.25]"})
    assert target.later("Class__c").error is None
    assert sum(field["name"] in note and "floatarray" in note for note in target.notes) == 1
    assert target.rows(f"select {field['name'].lower()} from typed.class__c where id = ?", new) == [
        ("[0.5, 1.25]",)
    ]
    target.later("Class__c")
    assert not any("floatarray" in note for note in target.notes)


@pytest.mark.fault("F60", "The org's clock is a day before this machine's, and a day behind it")
@pytest.mark.parametrize("days", [1, pytest.param(-1, marks=pytest.mark.slow)])
def test_windows_are_cut_by_the_orgs_clock(org: RunningOrg, tmp_path: Any, days: int) -> None:
    target = Target(org, Database(f"duckdb:///{tmp_path}/landfall.duckdb"), tmp_path)
    before = datetime.fromisoformat(org.control("GET", "state")["now"]) - datetime.now(UTC)
    target.clock(ahead_seconds=days * 86_400)
    try:
        target.land("Pathway__c")
        off = target.window_end("Pathway__c") - datetime.now(UTC) - timedelta(days=days)
        assert abs(off) < timedelta(minutes=1)
        target.change("insert", "Pathway__c", Name="Fictional pathway")
        found = target.later("Pathway__c")
        assert (found.versions_new, found.in_org) == (1, found.in_raw)
        assert found.rows_served == 1  # not all of them again
    finally:
        target.clock(ahead_seconds=before.total_seconds())
