"""The same problem over many runs is one issue: opened, counted, closed when gone, reopened; the same on both databases."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from expectations.broken_records import count_broken
from extract.database import Database
from sync.ops_tables import create_ops_tables
from sync.quality.issues import by_field, read_issues
from tests.spec.judged import JudgedLanding

LONG = "a very long name"
EARLY, LATE, LATER = (f"2026-02-0{day} 11:00:00+00" for day in (2, 3, 4))
# What the other tests ask of both databases is asked of one here: time is short.
ON_POSTGRES = pytest.mark.parametrize("database", ["postgres"], indirect=True)


@pytest.fixture
def landing(database: Database, tmp_path: Path) -> JudgedLanding:
    return JudgedLanding(database, tmp_path, limit=1.0)


def _issues(landing: JudgedLanding, **options: Any) -> dict[str, dict[str, Any]]:
    with landing.database.connect() as connection:
        return {each["rule"]: each for each in read_issues(connection, **options)}


def _told(landing: JudgedLanding, *names: str, **options: Any) -> dict[str, tuple[Any, ...]]:
    return {rule: tuple(each[name] for name in names) for rule, each in _issues(landing, **options).items()}


def test_without_a_validation_there_are_none(database: Database) -> None:
    with database.connect() as connection:
        assert read_issues(connection) == []


def test_one_problem_over_runs_is_one_issue_with_its_records_and_its_trend(landing: JudgedLanding) -> None:
    landing.land("l1", {"id": "t1", "_version": "v1", "name": LONG}, {"id": "t2", "_version": "v1"})
    landing.judge("run-1", "l1")
    assert _issues(landing)["name_is_short"]["direction"] == "new"
    landing.land("l2", {"id": "t3", "_version": "v1", "name": LONG}, {"id": "t4", "_version": "v1"})
    landing.judge("run-2", "l2")

    issue = _issues(landing)["name_is_short"]

    assert (issue["state"], issue["kind"], issue["severity"], issue["owner"]) == (
        "open",
        "broken",
        "warn",
        "Data team",
    )
    assert (issue["meaning"], issue["fields"], issue["repair_in"]) == (
        "The name is short.",
        ["name"],
        "salesforce",
    )
    assert (issue["opened_run"], issue["seen_run"], issue["reopened"]) == ("run-1", "run-2", 0)
    assert (issue["affected"], issue["direction"]) == (2, "growing")
    assert [(each["run_id"], each["affected"]) for each in issue["trend"]] == [("run-1", 1), ("run-2", 2)]
    assert [each["id"] for each in issue["records"]] == ["t1", "t3"]


@ON_POSTGRES
def test_a_run_that_looks_at_other_records_closes_nothing(landing: JudgedLanding) -> None:
    landing.land("l1", {"id": "t1", "_version": "v1", "name": LONG})
    landing.judge("run-1", "l1")
    landing.land("l2", {"id": "t2", "_version": "v1"})

    landing.judge("run-2", "l2")

    assert _told(landing, "affected", "direction") == {"name_is_short": (1, "steady")}


@pytest.mark.parametrize(
    "good", [{"name": "Acme"}, {"name": LONG, "isdeleted": True}], ids=["mended", "deleted"]
)
def test_an_issue_closes_when_its_last_record_is_good_and_reopens_when_it_returns(
    landing: JudgedLanding, good: dict[str, Any]
) -> None:
    landing.land("l1", {"id": "t1", "_version": "v1", "name": LONG})
    landing.judge("run-1", "l1")
    landing.land("l2", {"id": "t1", "_version": "v2", "systemmodstamp": LATE, **good})
    landing.judge("run-2", "l2")
    assert _issues(landing) == {}
    names = ("state", "closed_run", "closed_how", "affected", "age_days")
    assert _told(landing, *names, closed=True) == {"name_is_short": ("closed", "run-2", "gone", 0, None)}
    assert _issues(landing, closed=True)["name_is_short"]["records"] == []

    landing.land("l3", {"id": "t1", "_version": "v3", "systemmodstamp": LATER, "name": LONG})
    landing.judge("run-3", "l3")

    told = _told(landing, "state", "opened_run", "reopened", "closed_run", "affected")
    assert told == {"name_is_short": ("open", "run-3", 1, None, 1)}
    trend = _issues(landing)["name_is_short"]["trend"]
    assert [(each["run_id"], each["affected"]) for each in trend] == [
        ("run-1", 1),
        ("run-2", 0),
        ("run-3", 1),
    ]


def test_of_several_versions_in_one_batch_the_newest_counts(landing: JudgedLanding) -> None:
    landing.land(
        "l1",
        {"id": "t1", "_version": "v1", "systemmodstamp": EARLY, "name": LONG},
        {"id": "t1", "_version": "v2", "systemmodstamp": LATE},
        {"id": "t2", "_version": "v1", "systemmodstamp": EARLY},
        {"id": "t2", "_version": "v2", "systemmodstamp": LATE, "name": LONG},
    )

    landing.judge("run-1", "l1")

    assert [each["id"] for each in _issues(landing)["name_is_short"]["records"]] == ["t2"]


def test_what_is_set_aside_and_what_refuses_are_issues_too(landing: JudgedLanding) -> None:
    landing.land(
        "l1", {"id": "t1", "_version": "v1", "name": None}, {"id": "t2", "_version": "v1", "kind": "poison"}
    )

    assert landing.judge("run-1", "l1").verdict == "refused"

    told = _told(landing, "severity", "affected", "seen_run")
    assert told == {
        "kind_is_no_poison": ("refuse", 1, "run-1"),
        "name_is_there": ("quarantine", 1, "run-1"),
        "kind_is_known": ("quarantine", 1, "run-1"),
    }
    assert next(iter(told)) == "kind_is_no_poison"  # the worst comes first


@ON_POSTGRES
def test_judging_the_same_loads_again_changes_nothing_but_times(landing: JudgedLanding) -> None:
    landing.land("l1", {"id": "t1", "_version": "v1", "name": LONG})
    landing.judge("run-1", "l1")
    before = _told(landing, "opened_run", "affected", "reopened", "first_opened_at")

    landing.judge("run-1", "l1")

    assert _told(landing, "opened_run", "affected", "reopened", "first_opened_at") == before
    assert len(_issues(landing)["name_is_short"]["trend"]) == 1


@ON_POSTGRES
def test_a_rule_that_could_not_run_is_an_issue_of_its_own_kind_and_forgets_no_record(
    landing: JudgedLanding,
) -> None:
    landing.land("l1", {"id": "t1", "_version": "v1", "name": LONG})
    landing.judge("run-1", "l1")
    landing.edit("{column: name, max_value", "{column: absent__c, max_value")
    landing.judge("run-2", "l1")
    assert _told(landing, "kind", "affected", "opened_run") == {
        "name_is_short": ("could_not_run", None, "run-1")
    }

    landing.edit("{column: absent__c, max_value", "{column: name, max_value")
    landing.judge("run-3", "l1")

    assert _told(landing, "kind", "affected") == {"name_is_short": ("broken", 1)}


def test_a_threshold_is_a_share_of_all_that_is_held_and_not_of_what_landed(landing: JudgedLanding) -> None:
    landing.edit("{column: name, max_value: 10}", "{column: name, max_value: 10, mostly: 0.6}")
    landing.land(
        "l1", {"id": "t1", "_version": "v1", "name": LONG}, {"id": "t2", "_version": "v1", "name": LONG}
    )
    landing.judge("run-1", "l1")
    landing.land("l2", {"id": "t3", "_version": "v1"})

    landing.judge("run-2", "l2")  # 0 % of what landed, and 67 % of what is held

    assert _told(landing, "affected", "opened_run", "reopened") == {"name_is_short": (2, "run-1", 0)}
    landing.land("l3", *({"id": f"u{n}", "_version": "v1"} for n in range(3)))
    landing.judge("run-3", "l3")
    assert _told(landing, "closed_how", closed=True) == {"name_is_short": ("gone",)}
    landing.land(
        "l4",
        {"id": "t4", "_version": "v1", "name": LONG},
        {"id": "t2", "_version": "v2", "systemmodstamp": LATE},
    )
    landing.judge("run-4", "l4")  # 50 % of what landed, and 29 % of what is held
    assert _issues(landing) == {}


@ON_POSTGRES
def test_a_threshold_is_a_share_of_the_live_records_that_the_landing_counted(landing: JudgedLanding) -> None:
    landing.edit("{column: name, max_value: 10}", "{column: name, max_value: 10, mostly: 0.6}")
    with landing.database.connect() as connection:
        connection.execute("create schema raw")
        connection.execute("create table raw._cursors (object text, records_held bigint)")
        connection.execute("insert into raw._cursors values ('Thing__c', 100)")
    landing.land("l1", {"id": "t1", "_version": "v1", "name": LONG})

    landing.judge("run-1", "l1")
    assert _issues(landing) == {}
    landing.rows("update raw._cursors set records_held = null returning object")
    landing.judge("run-2", "l1")
    assert _told(landing, "affected") == {"name_is_short": (1,)}


@ON_POSTGRES
def test_the_issue_of_a_rule_that_is_removed_is_closed(landing: JudgedLanding) -> None:
    landing.land("l1", {"id": "t1", "_version": "v1", "name": LONG})
    landing.judge("run-1", "l1")
    landing.edit("rule: name_is_short", "rule: name_is_brief")

    landing.judge("run-2", "l1")

    told = _told(landing, "state", "closed_how", closed=True)
    assert told == {"name_is_brief": ("open", None), "name_is_short": ("closed", "rule removed")}
    with landing.database.connect() as connection:
        assert count_broken(connection, ["Thing__c"]) == {("Thing__c", "name_is_brief"): 1}


def test_a_field_is_named_as_salesforce_does_and_a_record_has_its_page_in_the_org(
    landing: JudgedLanding,
) -> None:
    with landing.database.connect() as connection:
        create_ops_tables(connection)
        started = dt.datetime(2026, 2, 2, tzinfo=dt.UTC)
        connection.execute(
            "insert into ops.runs (run_id, instance, started_at) values ('r', 'https://example.my.salesforce.com/', ?)",
            (started,),
        )
        connection.execute("create schema raw")
        connection.execute("create table raw._fields (object text, field text, column_name text)")
        connection.execute("insert into raw._fields values ('Thing__c', 'Name', 'name')")
    ids = [f"a0T{n:012d}AAA" for n in range(3)]
    landing.land("l1", *({"id": each, "_version": "v", "name": LONG} for each in ids))

    landing.judge("run-1", "l1")

    issue = _issues(landing, records_told=2)["name_is_short"]
    assert issue["fields"] == ["Name"]
    assert issue["records"][0] == {"id": ids[0], "url": f"https://example.my.salesforce.com/{ids[0]}"}
    assert (len(issue["records"]), issue["more_records"]) == (2, 1)
    with landing.database.connect() as connection:
        (grouped,) = by_field(read_issues(connection))
    assert grouped == {
        "object": "Thing__c",
        "field": "Name",
        "issues": 1,
        "rules": ["name_is_short"],
        "affected": 3,
    }


@ON_POSTGRES
def test_the_counts_of_the_newest_runs_are_kept(
    landing: JudgedLanding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("expectations.issues.RUNS_KEPT", 2)
    landing.land("l1", {"id": "t1", "_version": "v1", "name": LONG})
    for number in range(4):
        landing.judge(f"run-{number}", "l1")

    trend = _issues(landing)["name_is_short"]["trend"]

    assert [each["run_id"] for each in trend] == ["run-2", "run-3"]
