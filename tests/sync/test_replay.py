"""What is set aside, from the first look to its publish: show, release, replay, take back; as whole runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.database import Database
from tests.demo_org.running import start_demo_org
from tests.sync.whole_runs import Sync

pytestmark = pytest.mark.slow
WELL = (0, 3)
LIVE = "select count(*) from ({}) as found where deleted_at is null".format(
    " union all ".join(
        f"select deleted_at from app.{table} where salesforce_id = '{{0}}'"
        for table in ("organizations", "schools", "districts")
    )
)


def test_a_version_is_released_published_and_taken_back(database: Database, tmp_path: Path) -> None:
    with start_demo_org(tmp_path / "org", scale=20) as org:
        sync = Sync(org, database, tmp_path / "data")
        assert sync.run("sync").code in WELL
        account, rule = sync.rows(
            "select record_id, rule from quality.quarantine where object = 'Account' "
            "and rule = 'account_is_not_its_own_parent' order by record_id"
        )[0]
        assert sync.value(LIVE.format(account)) == 0

        listed = sync.run("quarantine", "list").outcome
        assert ("Account", rule) in {(each["object"], each["rule"]) for each in listed}
        shown = sync.run("quarantine", "show", account).outcome
        assert (shown["url"], shown["in_use"]) == (f"{org.url}/{account}", None)
        assert ["ParentId"] in [each["fields"] for each in shown["held"]]
        told = {(each["object"], each["rule"]): each for each in sync.run("issues").outcome}
        assert account in {each["id"] for each in told["Account", rule]["records"]}

        _released_and_published(sync, account)
        _taken_back_by_the_next_sync(sync, account)
        _a_rule_that_is_gone_holds_nothing(sync)
        assert sync.run("quarantine", "show", "nobody").code == 10
        suite = sync.run("validate", "--suite", "account")
        assert (suite.code, suite.outcome["object"]) == (0, "Account"), suite.messages


def _released_and_published(sync: Sync, account: str) -> None:
    released = sync.run(
        "quarantine", "release", account, "--why", "Both is right.", "--who", "Example Analyst"
    )
    assert released.code == 0, released.messages

    replayed = sync.run("replay")

    assert replayed.code in WELL, replayed.messages
    assert replayed.outcome["state"] == "published"
    assert [stage["stage"] for stage in replayed.outcome["stages"]] == [
        "validate",
        "transform",
        "check",
        "publish",
    ]
    assert sync.value(LIVE.format(account)) >= 1
    assert sync.run("sync", "--only", "Account").outcome["state"] == "unchanged"
    again = sync.run("replay")
    assert again.outcome["state"] == "unchanged"
    assert [stage["stage"] for stage in again.outcome["stages"]] == ["validate"]


def _taken_back_by_the_next_sync(sync: Sync, account: str) -> None:
    undone = sync.run("quarantine", "release", account, "--undo", "--why", "It was wrong after all.")
    assert undone.code == 0, undone.messages

    ended = sync.run("sync", "--only", "Account")

    assert ended.outcome["state"] == "published", ended.messages
    assert sync.value(LIVE.format(account)) == 0


def _a_rule_that_is_gone_holds_nothing(sync: Sync) -> None:
    """As if an older suite had had one more rule."""
    good = sync.value("select salesforce_id from app.schools where deleted_at is null order by 1 limit 1")
    with sync.database.connect() as connection:
        connection.execute(
            "insert into quality.quarantine (object, record_id, version, rule, severity, run_id, first_seen, last_seen)"
            " select 'Account', id, _version, 'an_old_rule', 'quarantine', 'run', _extracted_at, _extracted_at"
            " from raw.account where id = ?",
            (good,),
        )

    replayed = sync.run("replay")

    assert replayed.outcome["state"] == "published", replayed.messages
    (account,) = (each for each in replayed.outcome["replayed"] if each["object"] == "Account")
    assert account["let_go"] == 1
    how = f"select resolved_how from quality.quarantine where record_id = '{good}'"
    assert sync.value(how) == "passed"
    assert (
        sync.value(f"select count(*) from app.schools where salesforce_id = '{good}' and deleted_at is null")
        == 1
    )
