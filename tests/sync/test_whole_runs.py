"""A target's life: first sync, nothing new, changes, refusal, a kill, failures, and back to health."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo_org.running import RunningOrg, start_demo_org
from tests.equal_tables import differing_rows
from tests.sync.secrets import CLIENT_SECRET, assert_without_secrets, traces_of_secrets
from tests.sync.targets import new_target
from tests.sync.whole_runs import Ended, Sync
from tests.sync.worlds import TALKATIVE, WELL


@pytest.fixture
def org(tmp_path: Path) -> Iterator[RunningOrg]:
    with start_demo_org(tmp_path / "org", scale=60, client_secret=CLIENT_SECRET) as running:
        yield running


# On DuckDB the demonstration and the kills tell most of it.
@pytest.mark.parametrize(
    "kind",
    [pytest.param("postgres", marks=pytest.mark.share), pytest.param("duckdb", marks=pytest.mark.slow)],
)
def test_a_target_follows_its_org_through_good_days_and_bad_ones(
    kind: str, postgres_server: str, org: RunningOrg, tmp_path: Path
) -> None:
    """One test, because each step stands on what the one before left."""
    servers = {"postgres": postgres_server, "duckdb": ""}
    with new_target(tmp_path, servers.pop(kind)) as target, new_target(tmp_path, *servers.values()) as other:
        sync = Sync(org, target.database, target.data_dir)
        _the_first_sync_brings_everything(sync)
        _a_sync_with_nothing_new_asks_and_does_no_more(sync)
        changed = _change_the_org(sync)
        _too_many_bad_rows_refuse_the_run(sync)
        _a_killed_publish_leaves_the_application_schema_as_it_was(sync)
        _nothing_is_published_half_joined(sync)
        _the_org_says_no(sync)
        _health_returns(sync, changed)
        assert traces_of_secrets(target) == []
        _the_other_database_gets_equal_tables_in_one_sync(sync, Sync(org, other.database, other.data_dir))


def _the_first_sync_brings_everything(sync: Sync) -> None:
    ended = sync.run(**TALKATIVE)
    assert ended.code in WELL, ended.messages
    assert_without_secrets(ended)
    assert ended.outcome["state"] == "published"
    assert Path(ended.outcome["site"]).is_file()
    assert len(ended.outcome["objects"]) == len(ended.outcome["completeness"]) == 15
    assert [each for each in ended.outcome["completeness"] if each["difference"]] == []
    assert _counted_tables(ended) == {each["table_name"] for each in ended.outcome["tables"]}
    assert sync.value("select count(*) from app.organizations where deleted_at is null") > 100
    assert sync.value("select count(*) from quality.quarantine where resolved_at is null") > 0
    assert _stages(sync, ended) == {"extract", "validate", "transform", "check", "publish"}


def _a_sync_with_nothing_new_asks_and_does_no_more(sync: Sync) -> None:
    sync.org.control("DELETE", "/requests")
    ended = sync.run()
    assert (ended.code, ended.outcome["state"]) == (0, "unchanged"), ended.messages
    assert _stages(sync, ended) == {"extract"}  # neither Great Expectations nor dbt was started
    assert _counted_tables(ended) == set()  # what was proven stands
    asked = sync.org.control("GET", "/requests")["by_object"]
    assert {name: calls for name, calls in asked.items() if name and calls > 3} == {}
    assert len(set(asked) - {""}) == 15


def _counted_tables(ended: Ended) -> set[str]:
    """The application's tables that this run counted; all are proven."""
    assert [each["reason"] for each in ended.outcome["proof"] if each["reason"]] == []
    return {
        each["table_name"] for each in ended.outcome["proof"] if each["run_id"] == ended.outcome["run_id"]
    }


def _change_the_org(sync: Sync) -> dict[str, str]:
    """Something of each kind; the ids by kind."""
    # A share is judged from 21 rows on, so some records get a new stamp as from a nightly job.
    sync.org.control("POST", "/records", {"op": "touch", "object": "Account", "count": 25})
    live = (
        "select salesforce_id from app.organizations where deleted_at is null order by salesforce_id limit 2"
    )
    (renamed,), (deleted,) = sync.rows(live)
    undeleted = sync.value("select min(salesforce_id) from app.organizations where deleted_at is not null")
    changes = [
        {"op": "update", "object": "Account", "id": renamed, "record": {"Name": "Renamed Fictional Works"}},
        {"op": "delete", "object": "Account", "id": deleted},
        {"op": "undelete", "object": "Account", "id": undeleted},
        {"op": "insert", "object": "Account", "record": {"Name": "New Fictional Works", "Type": "Business"}},
        {"op": "plant", "object": "Account", "record": {"Name": "NaN", "Type": "Business"}},
    ]
    _, _, _, inserted, bad = sync.org.control("POST", "/records", {"changes": changes})["ids"]
    return {"renamed": renamed, "deleted": deleted, "undeleted": undeleted, "inserted": inserted, "bad": bad}


def _too_many_bad_rows_refuse_the_run(sync: Sync) -> None:
    before = _app(sync)
    ended = sync.run(LANDFALL_QUARANTINE_LIMIT="0.0001")
    assert (ended.code, ended.outcome["state"]) == (30, "refused"), ended.messages
    assert "DataRefused" in ended.messages
    assert _stages(sync, ended) == {"extract", "validate"}
    assert _app(sync) == before


def _a_killed_publish_leaves_the_application_schema_as_it_was(sync: Sync) -> None:
    before = _app(sync)
    with sync.held_at("publish.merged") as held:
        second = sync.run()
        assert second.code == 50
        assert f"process {held.pid}" in second.messages
    assert _app(sync) == before


def _nothing_is_published_half_joined(sync: Sync) -> None:
    """What depends on an object that was not read waits for it; the others land all the same."""
    before = _app(sync)
    sync.org.control("POST", "/permissions", {"object": "Task", "readable": False})
    ended = _run_when_free(sync)
    assert (ended.code, ended.outcome["state"]) == (20, "failed"), ended.messages
    assert "Task" in ended.outcome["error"]["what"]
    assert "publish" not in _stages(sync, ended)
    assert _app(sync) == before


def _the_org_says_no(sync: Sync) -> None:
    refused = sync.run(SALESFORCE_CLIENT_SECRET="canary-wrong-secret")
    assert (refused.code, refused.outcome["state"]) == (21, "failed")
    assert "canary" not in refused.messages
    sync.org.control("POST", "/limits", {"maximum": 15_000, "used": 14_000})
    deferred = sync.run()
    assert (deferred.code, deferred.outcome["state"]) == (22, "deferred")


def _health_returns(sync: Sync, changed: dict[str, str]) -> None:
    sync.org.control("POST", "/limits", {"maximum": 100_000, "used": 100})
    sync.org.control("POST", "/permissions", {"object": "Task", "readable": True})
    ended = sync.run()
    assert ended.code in WELL, ended.messages
    assert ended.outcome["state"] == "published"
    assert [each for each in ended.outcome["completeness"] if each["difference"]] == []
    assert {"organizations", "districts", "schools"} <= _counted_tables(ended)
    app = _app(sync)
    assert app[changed["renamed"]] == ("Renamed Fictional Works", True)
    assert app[changed["inserted"]] == ("New Fictional Works", True)
    assert app[changed["deleted"]][1] is False
    assert app[changed["undeleted"]][1] is True
    assert changed["bad"] not in app
    assert sync.rows(
        f"select rule from quality.quarantine where record_id = '{changed['bad']}' and resolved_at is null"
    )
    states = [state for (state,) in sync.rows("select state from ops.runs order by started_at")]
    assert states == [
        "published",
        "unchanged",
        "refused",
        "crashed",
        "failed",
        "failed",
        "deferred",
        "published",
    ]
    assert sync.run().outcome["state"] == "unchanged"


def _the_other_database_gets_equal_tables_in_one_sync(sync: Sync, other: Sync) -> None:
    """Row for row: it matters neither which database it is nor in how many steps it got there."""
    ended = other.run()
    assert ended.code in WELL, ended.messages
    assert differing_rows(sync.database, other.database) == {}
    assert other.value("select count(*) from app.contacts") > 500


def _run_when_free(sync: Sync) -> Ended:
    """A killed run's stage notices within moments that it is alone, and until then keeps the lock."""
    for _ in range(20):
        ended = sync.run()
        if ended.code != 50:
            break
    return ended


def _stages(sync: Sync, ended: Ended) -> set[str]:
    found = sync.rows(f"select stage from ops.run_stages where run_id = '{ended.outcome['run_id']}'")
    return {stage for (stage,) in found}


def _app(sync: Sync) -> dict[str, tuple[str, bool]]:
    """Every organization's name and whether it lives."""
    found = sync.rows("select salesforce_id, name, deleted_at is null from app.organizations")
    return {record_id: (name, alive) for record_id, name, alive in found}
