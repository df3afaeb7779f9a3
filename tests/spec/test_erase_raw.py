"""Erasing records in raw, against a demo org, on both databases: who is meant, what stays, and that nothing comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from expectations.quarantine import make_tables
from expectations.releases import Held, release
from extract.database import Database
from extract.errors import DataRefused, SettingsError
from extract.landing.erasure import AskingOrg
from sync.erasing.begin import EraseOptions, begin_erasure
from sync.erasing.sweep import SweepOptions, sweep
from sync.ops_tables import create_ops_tables
from tests.demo_org.running import RunningOrg, start_demo_org
from tests.spec.org_target import Target

ON_DUCKDB = pytest.mark.parametrize(
    "database",
    [pytest.param("duckdb", marks=pytest.mark.share), pytest.param("postgres", marks=pytest.mark.slow)],
    indirect=True,
)
SELDOM = pytest.mark.slow  # these differ in what SQL finds, which the first test and the long proofs show
CONTACT, TASK, CASE, MESSAGE = "Contact", "Task", "Case", "EmailMessage"
NAMED = "Zzmarker"


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOrg]:
    with start_demo_org(tmp_path_factory.mktemp("erase"), scale=20) as running:
        yield running


class Person:
    """A target with three landed objects, and a person of whom the org knows a task and a message about that."""

    def __init__(self, org: RunningOrg, database: Database, folder: Path) -> None:
        self.target = Target(org, database, folder, CONTACT)
        self.org, self.database, self.folder = org, database, folder
        self.runs = 0
        with database.connect() as connection:
            create_ops_tables(connection)
        self.contact = self.made(CONTACT, LastName=NAMED)
        self.other = self.made(CONTACT, LastName="Elsewhere")
        self.task = self.made(TASK, WhoId=self.contact, Subject=f"{NAMED} called")
        self.message = self.made(MESSAGE, ActivityId=self.task, Subject=f"Re: {NAMED}")

    def made(self, name: str, **record: str) -> str:
        found = self.org.control("POST", "records", {"op": "plant", "object": name, "record": record})
        return str(found["ids"][0])

    def change(self, op: str, name: str = CONTACT, record_id: str = "", **record: Any) -> None:
        body = {"op": op, "object": name, "id": record_id or self.contact, "record": record}
        self.org.control("POST", "records", body)

    def land(self, **options: Any) -> dict[str, Any]:
        self.target.land(only=(CONTACT, TASK, CASE, MESSAGE), **options)
        return {
            name: self.rows(f"select id, lastname, isdeleted, _version from raw.{name.lower()} order by id")
            for name in (CONTACT,)
        }

    def erase(self, *ids: str, ask: bool = True, **options: Any) -> dict[str, Any]:
        self.runs += 1
        asking = AskingOrg(self.target.login(), self.database, self.folder / "data", f"erase-{self.runs}")
        given = EraseOptions(
            database=self.database,
            manifest=self.folder / "no-manifest.json",
            run_id=f"erase-{self.runs}",
            ids=ids,
            who="tester",
            why="request 1",
            asking=asking if ask else None,
            **options,
        )
        return begin_erasure(given, self.target.report)

    def finish(self) -> None:
        sweep(SweepOptions(self.database, self.folder / "data", "sweep"), self.target.report)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.target.rows(sql)

    def of(self, name: str, record_id: str) -> list[tuple[Any, ...]]:
        """The versions held of a record: all that is not null."""
        with self.database.connect() as connection:
            names = [
                row[0]
                for row in connection.rows(
                    "select column_name from information_schema.columns where table_schema = 'raw' and table_name = ?",
                    (name.lower(),),
                )
            ]
            rows = connection.rows(
                f"select {', '.join(names)} from raw.{name.lower()} where id = ?", (record_id,)
            )
        return [
            tuple(sorted(column for column, value in zip(names, row, strict=True) if value is not None))
            for row in rows
        ]


@pytest.fixture
def person(org: RunningOrg, database: Database, tmp_path: Path) -> Person:
    return Person(org, database, tmp_path)


TOMBSTONE = (
    "_dlt_load_id",
    "_extracted_at",
    "_version",
    "createddate",
    "id",
    "isdeleted",
    "lastmodifieddate",
    "systemmodstamp",
)


@ON_DUCKDB
def test_a_person_goes_with_what_belongs_to_it_and_stays_away(person: Person) -> None:
    person.land()
    person.change("update", LastName=f"{NAMED} again")
    person.land()
    untouched = person.rows("select * from raw.contact where id = '" + person.other + "'")
    with pytest.raises(DataRefused) as refused:
        person.erase(person.contact)
    assert person.contact in refused.value.what
    assert person.rows("select * from ops.erasures") == person.rows("select * from raw._erased") == []

    person.change("delete")  # in the demo org its task goes with it
    person.land()
    _let_pass(person, person.contact, person.other)
    done = person.erase(person.contact)

    for table in ("releases", "issue_records"):
        assert person.rows(f"select record_id from quality.{table}") == [(person.other,)], table
    assert {(each.object, each.record_id) for each in done["records"]} == {
        (CONTACT, person.contact),
        (TASK, person.task),
        (MESSAGE, person.message),
    }
    for name, record_id in ((CONTACT, person.contact), (TASK, person.task), (MESSAGE, person.message)):
        assert person.of(name, record_id) == [TOMBSTONE]
        assert person.rows(f"select * from typed.{name.lower()} where id = '{record_id}'") == []
    assert person.rows("select * from raw.contact where id = '" + person.other + "'") == untouched
    assert person.rows(
        "select who, why, asked_for, finished_at from ops.erasures where object = 'Contact'"
    ) == [("tester", "request 1", person.contact, None)]
    person.finish()
    assert person.rows("select count(*) from ops.erasures where finished_at is null") == [(0,)]

    for way in ({}, {"full": True}, {"full": True, "bulk_from_rows": 1}):
        person.land(**way)
        assert person.of(CONTACT, person.contact) == [TOMBSTONE]
    person.change("undelete")
    landed = person.target.land()
    assert person.of(CONTACT, person.contact) == [TOMBSTONE]
    assert landed.in_org == landed.in_raw + 1
    assert person.rows("select in_org from raw._erased where object = 'Contact'") == [(True,)]
    reconciled = person.target.reconcile()
    assert (reconciled.missing, reconciled.tombstones, reconciled.versions_new) == (0, 0, 0)
    assert person.target.land(refresh=("Title",)).object == CONTACT  # a column alone is composed with nothing
    assert person.of(CONTACT, person.contact) == [TOMBSTONE]
    spooled = [path for path in (person.folder / "data" / "spool").rglob("*") if path.is_file()]
    assert not [path for path in spooled if NAMED.encode() in path.read_bytes()]


def _let_pass(person: Person, *ids: str) -> None:
    """As if staff had released a version of each, with a reason that may say anything."""
    with person.database.connect() as connection:
        make_tables(connection)
        for each in ids:
            release(connection, [Held(CONTACT, each, "v1", "a_rule")], "tester", f"{NAMED} asked for it")
            connection.execute(
                "insert into quality.issue_records values (?, 'a_rule', ?, current_timestamp)",
                (CONTACT, each),
            )


@SELDOM
def test_a_record_that_named_the_person_once_keeps_only_its_newest_version(person: Person) -> None:
    person.land()
    person.change("update", TASK, person.task, WhoId=person.other, Subject="Elsewhere called")
    person.land()
    assert len(person.of(TASK, person.task)) == 2

    done = person.erase(person.contact, ask=False)

    assert [(each.object, each.kept_out, each.versions) for each in done["records"]] == [
        (CONTACT, True, 1),
        (TASK, False, 1),
    ]
    assert person.rows(f"select subject from raw.task where id = '{person.task}'") == [("Elsewhere called",)]
    person.finish()
    person.change("update", TASK, person.task, Subject="Elsewhere called back")
    person.land()
    assert person.rows(f"select count(*) from raw.task where id = '{person.task}'") == [(2,)]


@ON_DUCKDB
def test_what_was_merged_goes_with_the_winner_and_not_without(person: Person) -> None:
    loser = person.made(CONTACT, LastName=f"{NAMED} too")
    person.land()
    person.org.control(
        "POST", "records", {"op": "merge", "object": CONTACT, "id": person.contact, "losers": [loser]}
    )
    person.land()
    with pytest.raises(SettingsError) as refused:
        person.erase(loser, ask=False)
    assert person.contact in refused.value.next_step

    person.erase(person.contact, ask=False)

    assert person.of(CONTACT, loser) == person.of(CONTACT, person.contact) == [TOMBSTONE]


@SELDOM
def test_an_id_that_is_not_held_and_a_dry_run_change_nothing(person: Person) -> None:
    person.land()
    before = person.rows("select id, _version from raw.contact order by 1, 2")
    with pytest.raises(SettingsError) as refused:
        person.erase("003Lf00000zzzzzIAA")
    assert "003Lf00000zzzzzIAA" in refused.value.what
    counted = person.erase(person.contact, dry_run=True)
    assert {each["table_name"]: each["rows"] for each in counted["tables"]} == {
        "raw.contact": 1,
        "raw.task": 1,
        "raw.emailmessage": 1,
    }
    assert counted["in_org"] == sorted(
        [f"Contact {person.contact}", f"EmailMessage {person.message}", f"Task {person.task}"]
    )
    assert person.rows("select id, _version from raw.contact order by 1, 2") == before
    assert person.rows("select * from raw._erased") == []


@ON_DUCKDB
def test_a_scan_of_all_ids_tells_which_erased_records_the_org_still_has(person: Person) -> None:
    """Else one that the org has lost since would explain, as long as it is listed, a record that never came."""
    binned, purged, young = (person.made(CONTACT, LastName=NAMED) for _ in range(3))
    person.land()
    person.erase(person.contact, binned, purged, young, ask=False)
    person.finish()
    with person.database.connect() as connection:  # a scan looks for what was created before it
        connection.execute("update raw.contact set createddate = '2999-01-01' where id = ?", (young,))
    person.change("delete", record_id=binned)
    person.change("hard_delete", record_id=purged)
    assert set(in_org(person).values()) == {None}

    person.target.reconcile()

    assert in_org(person) == {person.contact: True, binned: False, purged: False, young: None}


def in_org(person: Person) -> dict[str, bool | None]:
    """Of the erased contacts whether the org shows them, as far as it is known."""
    return dict(person.rows("select record_id, in_org from raw._erased where object = 'Contact'"))


@SELDOM
def test_what_came_later_goes_by_the_same_id(person: Person) -> None:
    person.land()
    person.erase(person.contact, ask=False)
    person.finish()
    later = person.made(TASK, WhoId=person.contact, Subject=f"{NAMED} called again")
    person.land()
    assert len(person.of(TASK, later)) == 1

    done = person.erase(person.contact, ask=False)

    assert {(each.record_id, each.versions) for each in done["records"]} == {(person.contact, 0), (later, 1)}
    assert person.of(TASK, later) == [TOMBSTONE]
