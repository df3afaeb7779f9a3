"""`landfall reconcile` and `landfall verify` as a user runs them: their words, their record and their exit codes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from extract.database import Database
from tests.demo_org.running import start_demo_org
from tests.sync.whole_runs import Sync

WELL = (0, 3)
NAME = "Pathway__c"


@pytest.mark.parametrize(
    "database",
    [pytest.param("duckdb", marks=pytest.mark.share), pytest.param("postgres", marks=pytest.mark.slow)],
    indirect=True,
)
def test_reconcile_says_and_records_what_it_found(database: Database, tmp_path: Path) -> None:
    with start_demo_org(tmp_path / "org", scale=20) as org:
        sync = Sync(org, database, tmp_path / "data")
        assert sync.run("extract", "--only", NAME).code == 0
        gone = sync.value("select max(id) from raw.pathway__c")
        org.control("POST", "/records", {"op": "hard_delete", "object": NAME, "id": gone})
        with sync.database.connect() as connection:
            connection.execute(
                "update raw._cursors set window_end = window_end + interval '1 hour'"
            )  # the demo's records are young

        done = sync.run("reconcile", "--only", NAME)

        assert (done.code, done.outcome["state"]) == (0, "unchanged"), done.messages
        (row,) = done.outcome["objects"]
        assert (row["object"], row["tombstones"], row["missing"]) == (NAME, 1, 0)
        assert sync.rows("select record_id, reason from raw._tombstones") == [(gone, "hard deleted")]
        recorded = sync.rows(
            "select command, runs.state, versions_new, deleted_rows from ops.runs inner join ops.run_objects using (run_id)"
            " where command = 'reconcile'"
        )
        assert recorded == [("reconcile", "unchanged", 1, 1)]
        ages = "select object, state, tombstones, reconciled_at is not null from ops.reconciles"
        assert sync.rows(ages) == [(NAME, "landed", 1, True)]
        objects = sync.run("status").outcome["objects"]
        # the page tells what was read, not what was compared
        assert [each["api"] for each in objects if each["run_id"]] == ["rest"]

        org.control("POST", "/permissions", {"object": NAME, "rows": False})
        refused = sync.run("reconcile", "--only", NAME)
        assert (refused.code, refused.outcome["state"]) == (30, "refused")
        assert "View All Data" in refused.messages
        assert "LANDFALL_ALLOW_MASS_DELETE" in refused.messages

        verified = sync.run("verify", "--only", NAME, "--sample", "5", "--seed", "3")
        assert (verified.code, verified.outcome["objects"][0]["seed"]) == (60, 3), verified.messages
        assert "landfall reconcile" in verified.messages  # none of the five is shown


@pytest.mark.slow
def test_cells_that_differ_are_no_proof(database: Database, tmp_path: Path) -> None:
    with start_demo_org(tmp_path / "org", scale=20) as org:
        sync = Sync(org, database, tmp_path / "data")
        assert sync.run("extract").code == 0
        good = sync.run("verify", "--sample", "300")
        assert (good.code, good.outcome["state"]) == (0, "unchanged"), good.messages
        assert {each["state"] for each in good.outcome["objects"]} <= {"unchanged", "skipped"}
        assert sum(each["compared"] for each in good.outcome["objects"]) >= 250
        with sync.database.connect() as connection:
            connection.execute("update raw.account set phone = 'canary-555'")
        differs = sync.run("verify", "--only", "Account", "--sample", "10")
        assert differs.code == 60
        assert "Account.Phone in 10 records" in differs.messages
        assert "canary-555" not in differs.messages + str(differs.outcome)


@pytest.mark.slow
@pytest.mark.fault(
    "F58",
    "A record committed 40 minutes late, and `sync --reconcile` as a scheduler runs it",
    ends_well="next run",
)
def test_one_command_finds_by_itself_what_no_window_brings(database: Database, tmp_path: Path) -> None:
    with start_demo_org(tmp_path / "org", scale=20) as org:
        sync = Sync(org, database, tmp_path / "data")
        org.control("POST", "/clock", {"advance_seconds": 3600})  # the demo's records are young
        assert sync.run("sync", "--reconcile").code in WELL
        end = sync.value("select window_end from raw._cursors where object = 'Account'")
        late = (end - timedelta(minutes=40)).isoformat()
        record = {"Name": "Late", "Type": "Business", "SystemModstamp": late, "CreatedDate": late}
        org.control("POST", "/records", {"op": "plant", "object": "Account", "record": record})
        org.settle()
        counted = sync.run("sync", "--reconcile")
        assert counted.code == 60, counted.messages
        assert "landfall reconcile" in counted.messages
        assert [(each["object"], each["why"]) for each in counted.outcome["reconcile_due"]] == []

        healed = sync.run("sync", "--reconcile")
        assert healed.code in WELL, healed.messages
        assert healed.outcome["state"] == "published"
        (found,) = healed.outcome["reconciled"]
        assert (found["object"], found["brought"], found["missing"]) == ("Account", 1, 0)
        assert sync.value("select count(*) from app.organizations where name = 'Late'") == 1
        again = sync.run("sync", "--reconcile")
        assert (again.outcome["state"], again.outcome["reconciled"]) == ("unchanged", [])

        old = sync.run("sync", LANDFALL_RECONCILE_DAYS="0")
        assert old.outcome["reconcile_due"] == []
        with sync.database.connect() as connection:
            connection.execute("update ops.reconciles set reconciled_at = reconciled_at - interval '8 days'")
        due = sync.run("sync")
        assert [(each["object"], each["why"]) for each in due.outcome["reconcile_due"]] == [
            ("Account", "age")
        ]
        assert sync.run("sync", "--reconcile").outcome["reconcile_due"] == []


@pytest.mark.slow
def test_after_a_reconcile_the_next_sync_publishes_and_proves(database: Database, tmp_path: Path) -> None:
    with start_demo_org(tmp_path / "org", scale=60) as org:
        sync = Sync(org, database, tmp_path / "data")
        assert sync.run("sync").code in WELL
        gone = sync.value(
            "select min(salesforce_id) from app.organizations where deleted_at is null and salesforce_id like '001%'"
        )
        org.control("POST", "/records", {"op": "hard_delete", "object": "Account", "id": gone})
        org.control("POST", "/clock", {"advance_seconds": 3600})
        noticed = sync.run("sync")
        assert noticed.code == 3
        assert "landfall reconcile" in str(noticed.outcome["warnings"])

        reconciled = sync.run("reconcile")
        assert reconciled.code == 0, reconciled.messages
        assert sum(each["tombstones"] for each in reconciled.outcome["objects"]) >= 1
        assert "0 missing" in reconciled.messages

        published = sync.run("sync")
        assert (published.code, published.outcome["state"]) in [(0, "published"), (3, "published")]
        assert [each for each in published.outcome["completeness"] if each["difference"]] == []
        ((deleted_at,),) = sync.rows(
            f"select deleted_at from app.organizations where salesforce_id = '{gone}'"
        )
        assert deleted_at is not None
        assert sync.run("sync").outcome["state"] == "unchanged"
