"""Reconciling a target with the demo org, on both databases: what is gone, what comes back, what is refused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from extract.catalogue import load_catalogue
from extract.database import Database
from extract.errors import BudgetReached, LoginRefused, SettingsError
from extract.landing import reconcile
from extract.landing.asking import AskedObject
from tests.demo_org.running import RunningOrg, start_demo_org
from tests.spec.org_target import Target

ROOT = Path(__file__).resolve().parents[2]
# What both databases do alike is told of PostgreSQL by the first test and by the long proofs.
SELDOM_ON_POSTGRES = pytest.mark.parametrize(
    "database", ["duckdb", pytest.param("postgres", marks=pytest.mark.slow)], indirect=True
)


@pytest.fixture(scope="module")
def shared_org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOrg]:
    with start_demo_org(tmp_path_factory.mktemp("reconcile"), scale=60) as running:
        yield running


@pytest.fixture
def org(shared_org: RunningOrg) -> Iterator[RunningOrg]:
    yield shared_org
    shared_org.control("DELETE", "faults")
    shared_org.control("POST", "limits", {"maximum": 100_000, "used": 0})
    for name in ("Account", "Pathway__c"):
        shared_org.control("POST", "permissions", {"object": name})


@pytest.fixture
def target(org: RunningOrg, database: Database, tmp_path: Path) -> Target:
    return Target(org, database, tmp_path)


@pytest.fixture
def on_duckdb(org: RunningOrg, duckdb_database: Database, tmp_path: Path) -> Target:
    """For what does not depend on the database."""
    return Target(org, duckdb_database, tmp_path)


@pytest.mark.fault("F66", "The demo org removes records for good")
def test_hard_deletes_get_tombstones_once_and_the_counts_agree(target: Target) -> None:
    gone, binned, kept = target.made(3)
    target.land()
    target.hard_delete([gone])
    assert target.land().versions_new == 0  # no window tells
    target.change("delete", binned)

    done = target.reconcile()
    assert (done.state, done.tombstones, done.read_again, done.missing) == ("landed", 1, 0, 0), done
    assert target.tombstones() == [(gone, "hard deleted")]
    assert target.newest(gone) == ("true", "Fictional 0")  # whole
    assert target.newest(binned)[0] == "false"  # on its way: the next window brings it
    assert target.newest(kept)[0] == "false"
    loads = target.rows(
        "select load_id, versions_new from raw._landed where part_id like 'run-3/%' order by 1"
    )
    assert loads == [(load_id, 1) for load_id in done.load_ids]

    again = target.reconcile()
    assert (again.state, again.versions_new, again.held) == ("unchanged", 0, done.held - 1)
    landed = target.land()
    assert landed.in_org == landed.in_raw
    assert target.newest(binned)[0] == "true"
    assert len(target.tombstones()) == 1


@SELDOM_ON_POSTGRES
def test_a_record_that_comes_back_is_live_again_by_the_next_landing(target: Target) -> None:
    (record,) = target.made(1)
    target.land()
    target.hard_delete([record])
    assert target.reconcile().tombstones == 1
    body = {"op": "plant", "object": target.name, "id": record, "record": {"Name": "Back again"}}
    target.org.control("POST", "clock", {"advance_seconds": 5})
    target.org.control("POST", "records", body)
    landed = target.land()
    assert landed.in_org == landed.in_raw
    assert target.newest(record) == ("false", "Back again")
    assert target.reconcile().versions_new == 0


@pytest.mark.fault("F71", "The object shows nothing to the scan of its Ids")
@SELDOM_ON_POSTGRES
@pytest.mark.parametrize("how", ["full", pytest.param("reconcile", marks=pytest.mark.slow)])
def test_an_object_that_is_suddenly_empty_is_refused_unless_it_is_meant(target: Target, how: str) -> None:
    target.land()
    before = target.rows("select count(*) from raw.pathway__c")
    target.org.control("POST", "permissions", {"object": target.name, "rows": False})
    refused = target.reconcile()
    assert refused.error is not None
    assert (refused.state, refused.error["error"]) == ("failed", "DataRefused")
    assert "View All Data" in refused.error["next_step"]
    assert target.rows("select count(*) from raw.pathway__c") == before

    meant = target.reconcile(allow_mass_delete=True)
    assert meant.tombstones == meant.held > 0
    assert {reason for _, reason in target.tombstones()} == {"no longer shown"}

    # The permission is back: the records have the stamps they had, so no window tells.
    target.org.control("POST", "permissions", {"object": target.name})
    assert target.land().in_raw == 0
    if how == "full":
        assert target.land(full=True).versions_new == meant.held
    else:
        back = target.reconcile()
        assert (back.read_again, back.tombstones, back.missing) == (meant.held, 0, 0)
    landed = target.land()
    assert landed.in_org == landed.in_raw == meant.held


@pytest.mark.fault(
    "F84", "A landing stops before it has made the tables and columns without values", ends_well="same run"
)
@pytest.mark.parametrize("left", ["by this version", "by an earlier one"])
def test_what_a_landing_left_when_it_stopped_is_no_defect(
    target: Target, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An object that has no records, one that has no IsDeleted, and one that has a new field."""
    names = ("Account", "RecordType", "Pathway__c")
    target.org.control("POST", "permissions", {"object": "Account", "rows": False})
    target.land(only=("Pathway__c",))
    name = f"Left{target.database.kind}{left.split()[-1]}__c"
    field = {"name": name, "type": "string", "length": 40}
    target.org.control("POST", "fields", {"op": "add", "object": "Pathway__c", "field": field})

    def stops(*_: object) -> None:
        raise InterruptedError

    with monkeypatch.context() as patched:
        patched.setattr("extract.landing.landing._finish", stops)
        with pytest.raises(InterruptedError):
            target.land(only=names)
    assert {row[0] for row in target.rows("select object from raw._cursors")} == {*names}
    if left == "by an earlier one":
        target.execute("drop table if exists raw.account cascade")
        target.execute(f"alter table raw.pathway__c drop column if exists {name.lower()} cascade")
        target.execute("alter table raw.recordtype drop column if exists isdeleted cascade")
    assert target.rows(f"select field from raw._fields where field = '{name}'") == [(name,)]
    for target.name in names:
        assert target.verify().error is None
        assert target.reconcile(allow_mass_delete=True).error is None


@pytest.mark.slow
def test_many_deletions_at_once_are_refused(on_duckdb: Target) -> None:
    records = on_duckdb.made(130)
    on_duckdb.land()
    on_duckdb.hard_delete(records[:101])
    refused = on_duckdb.reconcile()
    assert refused.error is not None
    assert refused.error["error"] == "DataRefused"
    assert on_duckdb.reconcile(allow_mass_delete=True).tombstones == 101
    on_duckdb.hard_delete(records[101:])
    assert on_duckdb.reconcile().tombstones == 29


@pytest.mark.fault("F58", "A record and a change that no window brought, and the scan of all Ids and stamps")
def test_what_never_came_is_landed_and_what_is_on_its_way_is_left_to_its_window(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost, changed, kept, binned = target.made(4)
    target.land()
    target.change("delete", binned)
    target.land()
    ((stamp,),) = target.rows(f"select systemmodstamp from raw.pathway__c where id = '{changed}'")
    late = (
        datetime.fromisoformat(stamp) + timedelta(minutes=1)
    ).isoformat()  # twenty before the window's end
    target.change("plant", Name="Late", SystemModstamp=late, CreatedDate=late)
    target.change("silent", changed, Name="Changed", SystemModstamp=late)
    with target.database.connect() as connection:
        connection.execute(f"delete from raw.pathway__c where id in ('{lost}', '{binned}')")
    target.made(2)
    assert target.land().versions_new == 2
    target.made(2)  # since the last window

    monkeypatch.setattr(reconcile, "MOST_ASKED_AGAIN", 2)
    many = target.reconcile()
    assert (many.missing, many.changed, many.versions_new) == (4, 1, 0)  # a matter for a full read
    monkeypatch.undo()
    done = target.reconcile()
    assert (done.state, done.brought, done.changed, done.read_again, done.missing) == ("landed", 3, 1, 1, 0)
    assert target.newest(lost) == ("false", "Fictional 0")
    assert target.newest(binned) == ("true", "Fictional 3")  # in the recycle bin, and others may refer to it
    assert target.newest(changed) == ("false", "Changed")
    assert target.newest(kept)[0] == "false"
    again = target.reconcile()
    assert (again.state, again.versions_new) == ("unchanged", 0)
    landed = target.land()
    assert (landed.in_org, landed.versions_new) == (landed.in_raw, 2)
    full = target.land(full=True)
    assert full.versions_new == 0  # what reconcile landed is what a window would have


@pytest.mark.fault(
    "F60", "The org's clock is put back between two landings, and a commit is late", ends_well="next run"
)
def test_a_clock_that_goes_back_leaves_the_lookback_whole(target: Target) -> None:
    target.land()
    target.org.control("POST", "clock", {"advance_seconds": -1200 - 14 * 60})
    target.land()  # the clock says fourteen minutes less than before
    ((end, clock),) = target.rows("select window_end, clock from raw._cursors where object = 'Pathway__c'")
    assert timedelta(minutes=13) < end - clock <= timedelta(minutes=14)
    late = (clock - timedelta(minutes=5)).isoformat()
    target.change("plant", Name="Late", SystemModstamp=late, CreatedDate=late)
    assert target.land().versions_new == 1
    assert target.rows("select clock from raw._cursors where object = 'Pathway__c'") == [(None,)]


def test_what_is_on_its_way_is_judged_by_the_lookback_of_its_object(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The catalogue gives the object an hour: half an hour after its stamp a record may still come."""
    catalogue = tuple(
        entry.model_copy(update={"lookback_minutes": 60}) if entry.sobject == target.name else entry
        for entry in load_catalogue()
    )
    for module in ("landing", "reconcile", "verify"):
        monkeypatch.setattr(f"extract.landing.{module}.load_catalogue", lambda: catalogue)
    (changed,) = target.made(1)
    target.land()
    target.land()
    end = target.rows("select window_end from raw._cursors where object = 'Pathway__c'")[0][0]
    late = (end - timedelta(minutes=30)).isoformat()
    target.change("plant", Name="Late", SystemModstamp=late, CreatedDate=late)
    target.change("silent", changed, Name="Changed", SystemModstamp=late)
    found = target.verify(sample=10_000)
    assert (found.state, found.in_flight, found.wrong) == ("unchanged", 1, ())
    done = target.reconcile()
    assert (done.state, done.changed, done.brought, done.missing) == ("unchanged", 0, 0, 0)
    assert target.land().versions_new == 2


def test_a_record_that_the_scan_lacks_and_its_id_finds_is_left_as_it_is(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The counts agree with a scan of other records: as when one comes while another is not served."""
    hidden, gone = target.made(2)
    target.land()
    target.hard_delete([gone])
    real = reconcile.compare_ids

    def without(*arguments: Any, **options: Any) -> Any:
        found = real(*arguments, **options)
        absent = replace(found.absent, count=2, ids=tuple(sorted([*found.absent.ids, hidden])))
        return replace(found, absent=absent)

    monkeypatch.setattr(reconcile, "compare_ids", without)
    done = target.reconcile()
    assert (done.tombstones, done.doubtful) == (1, 1)
    assert target.tombstones() == [(gone, "hard deleted")]
    assert target.newest(hidden)[0] == "false"


def test_a_scan_that_serves_a_record_twice_concludes_nothing(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many records came as the org counts, so one is lacking."""
    target.made(3)
    target.land()
    real = AskedObject.scan

    def twice(asked: AskedObject, where: str, stamp: str = "") -> Any:
        parts = real(asked, where, stamp)
        lines = parts[0].path.read_bytes().splitlines(keepends=True)
        parts[0].path.write_bytes(b"".join([*lines[:-1], lines[-2]]))
        return parts

    monkeypatch.setattr(AskedObject, "scan", twice)
    failed = target.reconcile()
    assert failed.error is not None
    assert "1 records twice" in failed.error["what"]
    assert (failed.state, failed.versions_new) == ("failed", 0)


@pytest.mark.fault("F68", "The list of deletions names a record that is still there")
def test_the_list_of_deletions_alone_deletes_nothing(on_duckdb: Target) -> None:
    gone, alive = on_duckdb.made(2)
    on_duckdb.land()
    listed = {"match": {"path": "/deleted"}, "fault": "false_deletion", "record": alive, "times": 0}
    on_duckdb.org.control("POST", "faults", listed)
    assert on_duckdb.reconcile().versions_new == 0
    on_duckdb.hard_delete([gone])
    assert on_duckdb.reconcile().tombstones == 1
    (rule,) = on_duckdb.org.control("GET", "faults")["faults"]
    assert rule["fired"] == 1  # the list was read, and named both
    assert on_duckdb.tombstones() == [(gone, "hard deleted")]
    assert on_duckdb.newest(alive)[0] == "false"


def test_a_scan_that_is_cut_short_concludes_nothing(on_duckdb: Target) -> None:
    on_duckdb.made(3)
    on_duckdb.land()
    fault = {
        "match": {"path": "query", "body": "SELECT Id,IsDeleted,SystemModstamp FROM"},
        "fault": "truncated_page",
        "rows": 1,
        "times": 0,
    }
    on_duckdb.org.control("POST", "faults", fault)
    done = on_duckdb.reconcile()
    assert (done.state, done.versions_new) == ("failed", 0)
    on_duckdb.org.control("DELETE", "faults")
    on_duckdb.org.control("POST", "faults", {**fault, "times": 1})
    again = on_duckdb.reconcile(bulk_from_rows=1)  # the short page is asked for again
    assert (again.state, again.api, again.versions_new) == ("unchanged", "bulk", 0)


def test_a_scan_that_does_not_fit_the_counts_is_made_again_and_then_given_up(on_duckdb: Target) -> None:
    records = on_duckdb.made(6)
    on_duckdb.land()
    on_duckdb.made(5)
    left = iter(records)

    class PurgesOnce:
        """Somebody empties the recycle bin while the scan is on its way."""

        def __init__(self, times: int) -> None:
            self.times = times

        def __call__(self, event: str, **fields: Any) -> None:
            if event == "progress" and self.times:
                self.times -= 1
                on_duckdb.hard_delete([next(left)])

    on_duckdb.report = PurgesOnce(1)  # type: ignore[method-assign]
    done = on_duckdb.reconcile()
    assert (done.state, done.tombstones) == ("landed", 1)
    on_duckdb.report = PurgesOnce(3)  # type: ignore[method-assign]
    failed = on_duckdb.reconcile()
    assert failed.error is not None
    assert "not complete" in failed.error["what"]
    assert len(on_duckdb.tombstones()) == 1


def no_count(target: Target) -> None:
    """The org takes too long to count the object, whenever it is asked."""
    match = {"path": "queryAll", "body": r"COUNT\(\) FROM"}
    fault = {"fault": "status", "status": 400, "code": "QUERY_TIMEOUT", "times": 0}
    target.org.control("POST", "faults", {"match": match, **fault})


@pytest.mark.fault(
    "F94", "COUNT() answers QUERY_TIMEOUT for ever, and all Ids are scanned", ends_well="same run"
)
@pytest.mark.parametrize("bulk_from_rows", [1, pytest.param(10**6, marks=pytest.mark.slow)])
def test_an_object_that_is_too_large_to_count_is_scanned_twice(
    on_duckdb: Target, bulk_from_rows: int
) -> None:
    records = on_duckdb.made(6)
    on_duckdb.land()
    on_duckdb.hard_delete([records[2]])
    no_count(on_duckdb)
    done = on_duckdb.reconcile(bulk_from_rows=bulk_from_rows)
    assert (done.state, done.tombstones) == ("landed", 1)
    told = [fields["what"] for event, fields in on_duckdb.events if event == "retry"]
    assert any("takes too long to count them: a second scan must agree" in what for what in told)
    (rule,) = on_duckdb.org.control("GET", "faults")["faults"]
    assert rule["fired"] == 1
    again = on_duckdb.reconcile(bulk_from_rows=bulk_from_rows)
    assert (again.state, again.versions_new) == ("unchanged", 0)


@pytest.mark.fault("F94", "COUNT() answers QUERY_TIMEOUT for ever, and no two scans agree")
def test_scans_that_do_not_agree_conclude_nothing(on_duckdb: Target) -> None:
    records = iter(on_duckdb.made(6))
    on_duckdb.land()
    no_count(on_duckdb)

    def purges(event: str, **fields: Any) -> None:
        if event == "retry" and "not complete" in fields["what"]:
            on_duckdb.hard_delete([next(records)])

    on_duckdb.report = purges  # type: ignore[method-assign]
    failed = on_duckdb.reconcile()
    assert failed.error is not None
    assert "came before" in failed.error["what"]
    assert (failed.tombstones, failed.versions_new) == (0, 0)


@pytest.mark.fault("F72", "The list of deletions is too long, once")
@pytest.mark.fault("F67", "The list of deletions is refused for ever")
@pytest.mark.parametrize(
    ("code", "times", "reason"),
    [
        ("INVALID_REPLICATION_DATE", 0, "no longer shown"),
        pytest.param("NOT_FOUND", 0, "no longer shown", marks=pytest.mark.slow),
        pytest.param("EXCEEDED_ID_LIMIT", 1, "hard deleted", marks=pytest.mark.slow),  # asked by halves
    ],
)
def test_without_a_log_of_deletions_only_the_reason_is_lacking(
    on_duckdb: Target, code: str, times: int, reason: str
) -> None:
    (record,) = on_duckdb.made(1)
    on_duckdb.land()
    on_duckdb.hard_delete([record])
    fault = {"match": {"path": "/deleted"}, "fault": "status", "status": 400, "code": code, "times": times}
    on_duckdb.org.control("POST", "faults", fault)
    assert on_duckdb.reconcile().tombstones == 1
    assert on_duckdb.tombstones() == [(record, reason)]
    noted = [fields for event, fields in on_duckdb.events if event == "note" and "log of" in fields["text"]]
    assert bool(noted) is (times == 0)


def test_an_object_that_is_not_permitted_or_never_landed_is_said_so(
    on_duckdb: Target,
) -> None:
    assert on_duckdb.reconcile().state == "skipped"  # never landed
    on_duckdb.land()
    on_duckdb.org.control("POST", "permissions", {"object": on_duckdb.name, "readable": False})
    refused = on_duckdb.reconcile()
    assert refused.error is not None
    assert refused.error["error"] == "ObjectRefused"


@pytest.mark.fault("F66", "The demo org removes a record type for good, an object without IsDeleted")
def test_what_is_gone_of_an_object_without_isdeleted_gets_tombstones_too(target: Target) -> None:
    target.name = "RecordType"
    before = target.land().in_raw
    (gone,) = target.rows("select id from raw.recordtype order by id limit 1")[0]
    target.hard_delete([gone])
    landed = target.land()
    assert (landed.versions_new, landed.in_org, landed.in_raw) == (0, before - 1, before)
    found = target.reconcile()
    assert (found.state, found.tombstones, found.doubtful, found.error) == ("landed", 1, 0, None)
    assert target.newest(gone)[0] == "true"
    shown = "select isdeleted, count(*) from typed.recordtype group by 1 order by 1 nulls first"
    landed = target.land()
    assert (landed.versions_new, landed.in_raw) == (0, before - 1)
    assert target.rows(shown) == [(None, before), (True, 1)]
    assert target.reconcile().state == "unchanged"


@pytest.mark.parametrize("way", ["reconcile", pytest.param("full", marks=pytest.mark.slow)])
def test_a_record_without_isdeleted_that_was_only_hidden_lives_again(target: Target, way: str) -> None:
    """As when a permission came back: nothing about it says that it is the newest."""
    target.name = "RecordType"
    before = target.land().in_raw
    (record,) = target.rows("select id from raw.recordtype order by id limit 1")[0]
    target.execute(
        "insert into raw.recordtype (id, systemmodstamp, isdeleted, _version, _dlt_load_id, _extracted_at)"
        " select id, systemmodstamp, 'true', 'tombstone', _dlt_load_id, _extracted_at + interval '1 minute'"
        " from raw.recordtype where id = ?",
        record,
    )
    if way == "full":
        assert target.land(full=True).versions_new == 1
    else:
        assert target.reconcile().read_again == 1
    assert target.newest(record)[0] is None
    assert target.land().in_raw == before
    assert target.reconcile().state == "unchanged"


def test_what_concerns_all_objects_stops_before_anything_changes(on_duckdb: Target) -> None:
    (record,) = on_duckdb.made(1)
    on_duckdb.land()
    on_duckdb.hard_delete([record])
    before = on_duckdb.rows("select count(*) from raw.pathway__c")
    with pytest.raises(LoginRefused):
        on_duckdb.reconcile(login=on_duckdb.login(client_secret="wrong"))
    on_duckdb.org.control("POST", "limits", {"maximum": 1000, "used": 900})
    with pytest.raises(BudgetReached):
        on_duckdb.reconcile()
    on_duckdb.org.control("POST", "limits", {"maximum": 100_000, "used": 0})
    with on_duckdb.database.connect() as connection:
        connection.execute("update raw._cursors set org_id = '00D000000000002AAA'")
    with pytest.raises(SettingsError):
        on_duckdb.reconcile()
    assert on_duckdb.rows("select count(*) from raw.pathway__c") == before
    assert [path for path in (on_duckdb.folder / "data" / "spool").rglob("*") if path.is_file()] == []


@pytest.mark.slow  # the fast proof is that of the composing, in test_landing_compose.py
@pytest.mark.parametrize(("point", "laid"), [("compose.before_commit", 0), ("compose.committed", 1)])
def test_a_kill_leaves_a_tombstone_whole_or_not_at_all(target: Target, point: str, laid: int) -> None:
    (record,) = target.made(1)
    target.land()
    target.hard_delete([record])
    script = (
        "import sys, time; from pathlib import Path; from extract.database import Database;"
        "from extract.landing.reconcile import ReconcileOptions, reconcile_objects;"
        "from extract.salesforce import Login\n"
        "def report(event, **fields):\n"
        f"    if fields.get('name') == '{point}':\n        print('held', flush=True); time.sleep(600)\n"
        "url, client, secret, database, folder, name = sys.argv[1:]\n"
        "login = Login(instance_url=url, client_id=client, client_secret=secret)\n"
        "reconcile_objects(ReconcileOptions(login, Database(database), Path(folder), 'killed', (name,)), report)\n"
    )
    org, data = target.org, str(target.folder / "data")
    arguments = [org.url, org.client_id, org.client_secret, target.database.url, data, target.name]
    with subprocess.Popen(
        [sys.executable, "-c", script, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "held"
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    assert len(target.tombstones()) == laid
    assert target.newest(record)[0] == ("true" if laid else "false")
    assert target.reconcile().tombstones == 1 - laid
    assert target.tombstones() == [(record, "hard deleted")]
    assert target.newest(record)[0] == "true"
