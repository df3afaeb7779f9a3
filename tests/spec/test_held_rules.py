"""Rules about all that is held of an object: how many records beside recent runs, how old the newest change; both databases."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from expectations.held_rules import tell_silence
from extract.database import Database
from sync.quality.issues import read_issues
from tests.spec.judged import JudgedLanding

HELD = """
held:
  - type: expect_table_row_count_to_be_between
    kwargs: {tolerance: "<tolerance>"}
    severity: warn
    meta: {rule: count_is_near, meaning: "The number of records of <object> is within <percent>.", owner: Data team}
  - type: expect_column_max_to_be_between
    kwargs: {column: systemmodstamp, max_age_days: "<days>"}
    severity: warn
    needs: fresh_within_days
    meta: {rule: change_is_recent, meaning: "<object> changed within <days> days.", owner: Data team}
"""
# What the other tests ask of both databases is asked of one here: time is short.
ON_POSTGRES = pytest.mark.parametrize("database", ["postgres"], indirect=True)
NOW = dt.datetime.now(dt.UTC)


def days_ago(days: float) -> str:
    return (NOW - dt.timedelta(days=days)).isoformat()


class HeldLanding(JudgedLanding):
    def __init__(self, database: Database, folder: Path) -> None:
        super().__init__(database, folder, limit=1.0)
        shared = folder / "suites" / "shared.yml"
        shared.write_text(HELD + shared.read_text())
        self.edit("is_deleted: true", "is_deleted: true\ntolerance: 0.05\nfresh_within_days: 7")
        with database.connect() as connection:
            connection.execute("create schema raw")
            connection.execute("create table raw._cursors (object text, records_held bigint)")
            connection.execute("insert into raw._cursors values ('Thing__c', 0), ('Other__c', 5)")

    def run(self, number: int, records: int, changed: str = "") -> None:
        """One run that brings one version, after which so many records are held."""
        with self.database.connect() as connection:
            connection.execute(
                "update raw._cursors set records_held = ? where object = 'Thing__c'", (records,)
            )
        at = changed or days_ago(1)
        row = {"id": f"t{number}", "_version": "v", "systemmodstamp": at, "_extracted_at": NOW.isoformat()}
        self.land(f"l{number}", row)
        self.judge(f"run-{number}", f"l{number}")

    def said(self, rule: str) -> list[tuple[Any, ...]]:
        counts = "select rows_checked, rows_failed, outcome from quality.results"
        return self.rows(f"{counts} where rule = '{rule}' order by run_id")

    def open_issues(self) -> dict[str, Any]:
        with self.database.connect() as connection:
            return {each["rule"]: each["affected"] for each in read_issues(connection)}


@pytest.fixture
def held(database: Database, tmp_path: Path) -> HeldLanding:
    return HeldLanding(database, tmp_path)


def test_the_number_of_records_is_compared_with_the_middle_of_recent_runs(held: HeldLanding) -> None:
    for number, records in enumerate((1000, 1010, 700, 1050, 1100)):
        held.run(number, records)

    assert held.said("count_is_near") == [
        (1000, 0, "passed"),  # the first has nothing to be near to
        (1010, 0, "passed"),
        (700, 305, "failed"),  # beside 1,005
        (1050, 0, "passed"),  # beside 1,000: the run that was wrong weighs little
        (1100, 95, "failed"),
    ]
    assert held.open_issues() == {"count_is_near": 95}
    meaning = "select distinct meaning from quality.results where rule = 'count_is_near'"
    assert held.rows(meaning) == [("The number of records of Thing__c is within 5 %.",)]


@ON_POSTGRES
def test_twenty_records_more_or_fewer_are_never_too_many(held: HeldLanding) -> None:
    for number, records in enumerate((10, 30, 51)):
        held.run(number, records)

    assert [outcome for _, _, outcome in held.said("count_is_near")] == ["passed", "passed", "failed"]


def test_an_object_that_changed_long_ago_is_told_until_it_changes(held: HeldLanding) -> None:
    held.run(0, 10, changed=days_ago(8))
    assert held.said("change_is_recent") == [(1, 1, "failed")]
    assert held.open_issues() == {"change_is_recent": 1}

    held.run(1, 10, changed=days_ago(9))  # nothing newer
    assert held.open_issues() == {"change_is_recent": 1}
    held.run(2, 10, changed=days_ago(-5))  # a stamp of the future says nothing
    assert "change_is_recent" in held.open_issues()
    held.run(3, 10, changed=days_ago(6))

    assert "change_is_recent" not in held.open_issues()


def test_a_run_that_brings_nothing_tells_the_silence_once(held: HeldLanding) -> None:
    held.run(0, 10, changed=days_ago(1))
    suites = held.folder / "suites"
    with held.database.connect() as connection:
        assert tell_silence(connection, "run-1", suites) == []
        later = NOW + dt.timedelta(days=7)

        assert tell_silence(connection, "run-2", suites, later) == ["Thing__c"]
        assert tell_silence(connection, "run-3", suites, later) == []

    assert held.open_issues() == {"change_is_recent": 1}
    held.run(4, 10, changed=days_ago(0))
    assert held.open_issues() == {}


@ON_POSTGRES
def test_a_suite_that_asks_for_no_freshness_has_no_such_rule(held: HeldLanding) -> None:
    held.edit("\nfresh_within_days: 7", "")
    held.run(0, 10, changed=days_ago(4000))

    assert held.said("change_is_recent") == []
    assert held.open_issues() == {}
    with held.database.connect() as connection:
        assert tell_silence(connection, "run-1", held.folder / "suites") == []


@ON_POSTGRES
def test_a_rule_about_all_that_is_held_may_refuse_the_run(held: HeldLanding) -> None:
    shared = held.folder / "suites" / "shared.yml"
    shared.write_text(
        shared.read_text().replace(
            "severity: warn\n    meta: {rule: count", "severity: refuse\n    meta: {rule: count"
        )
    )
    held.run(0, 1000)
    with held.database.connect() as connection:
        connection.execute("update raw._cursors set records_held = 400 where object = 'Thing__c'")

    verdict = held.judge("run-1")

    assert verdict.reasons == (
        "Thing__c: 600 rows more or fewer than usual break the rule count_is_near: The number of records of Thing__c is within 5 %.",
    )
