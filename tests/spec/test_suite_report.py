"""`landfall validate --suite`: all that is held of an object by its suite, and nothing is changed; on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from expectations.quarantine import make_tables
from expectations.suites import load_suites
from extract.database import Database
from extract.errors import DatabaseUnavailable, SettingsError
from sync.quality.quarantine import release_version
from sync.quality.suite_report import exit_code, report_suite, spell_report
from sync.settings import Settings
from tests.spec.judged import JudgedLanding
from tests.spec.landed_rows import land_accounts, make_landing_tables
from tests.spec.test_validation_quarantine import SHARED

LATE = "2026-02-03 11:00:00+00"
# What the other tests ask of both databases is asked of one here: time is short.
ON_POSTGRES = pytest.mark.parametrize("database", ["postgres"], indirect=True)


class Held(JudgedLanding):
    """Things of which one is set aside, one has a newer good version, one is released and one warns."""

    def __init__(self, database: Database, folder: Path) -> None:
        super().__init__(database, folder, limit=1.0)
        self.land(
            "l1",
            {"id": "t1", "_version": "v1", "kind": "three"},
            {"id": "t2", "_version": "v1", "kind": "four"},
            {"id": "t3", "_version": "v1", "kind": "five"},
            {"id": "t4", "_version": "v1", "name": "a very long name"},
        )
        self.judge("run-1", "l1")
        self.land("l2", {"id": "t2", "_version": "v2", "systemmodstamp": LATE})
        self.judge("run-2", "l2")
        release_version(self.settings, "t3", why="It is good.", who="Example Analyst")

    @property
    def settings(self) -> Settings:
        given = {"DATABASE_URL": self.database.url, "LANDFALL_DATA_DIR": str(self.folder / "data")}
        return Settings.model_validate(given)

    def report(self, name: str = "thing") -> dict[str, Any]:
        return report_suite(self.settings, name)

    def said(self, rule: str, *names: str) -> list[Any]:
        (found,) = (each for each in self.report()["rules"] if each["rule"] == rule)
        return [found[name] for name in names]


@pytest.fixture
def held(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Held:
    made = Held(database, tmp_path)
    monkeypatch.setattr("sync.quality.suite_report.load_suites", lambda: load_suites(tmp_path / "suites"))
    return made


def test_the_newest_version_of_every_record_is_judged_and_nothing_is_changed(held: Held) -> None:
    everything = "select object, rule, affected, seen_run, seen_at from quality.issues order by rule"
    before = (held.quarantine(), held.rows(everything), held.rows("select count(*) from quality.results"))

    report = held.report()

    assert (report["object"], report["records"], report["verdict"]) == ("Thing__c", 4, "passed")
    counts = ("rows_checked", "rows_failed", "newly_set_aside", "let_go")
    assert held.said("kind_is_known", *counts) == [4, 2, 0, 0]
    assert held.said("name_is_short", *counts) == [4, 1, None, None]
    after = (held.quarantine(), held.rows(everything), held.rows("select count(*) from quality.results"))
    assert after == before
    tables = "select count(*) from information_schema.tables where table_name like '%held_batch%'"
    assert held.rows(tables) == [(0,)]


def test_it_says_what_a_changed_rule_would_set_aside_and_let_go(held: Held) -> None:
    held.edit("[one, two]", "[two, three, five]")

    assert held.said("kind_is_known", "rows_failed", "newly_set_aside", "let_go") == [2, 2, 1]
    assert "kind_is_known" in spell_report(held.report())


@ON_POSTGRES
def test_what_would_refuse_a_run_is_told_with_its_exit_code(held: Held) -> None:
    held.edit("[poison]", "[poison, one]")

    report = held.report("THING__C")

    assert (report["verdict"], exit_code(report)) == ("refused", 30)
    assert report["reasons"][0].startswith("Thing__c: 2 of 4 rows break the rule kind_is_no_poison")


def test_a_rule_that_would_set_too_much_aside_is_told_as_a_run_would_refuse_it(held: Held) -> None:
    held.land("l3", *({"id": f"u{n}", "_version": "v1", "kind": "six"} for n in range(17)))
    held.judge("run-3", "l3")  # a limit of 100 %: they are old news
    assert exit_code(held.report()) == 0
    held.land("l4", *({"id": f"w{n}", "_version": "v1"} for n in range(2)))
    held.edit("[one, two]", "[two]")  # of 23 records it sets 4 more aside: t2, t4, w0, w1

    report = held.report()

    assert (report["verdict"], exit_code(report)) == ("refused", 30)
    assert report["reasons"] == ["Thing__c: 4 of 23 rows would be set aside, more than the limit of 10%."]
    held.edit("is_deleted: true", "is_deleted: true\nquarantine_limit: 0.2")
    assert held.report()["verdict"] == "passed"


@pytest.mark.parametrize(
    ("before", "after", "what", "where", "known"),
    [
        (
            "to_be_in_set",
            "to_be_in_sets",
            "'expect_column_values_to_be_in_sets' is not a type",
            ":10",
            "in_set",
        ),
        ("severity: warn", "severity: worn", "The severity is 'worn'", ":14", "refuse, quarantine, warn"),
        (
            "{column: kind, value_set: [one",
            "{column: knd, value_set: [one",
            "no column knd",
            ":10",
            "Did you mean kind",
        ),
        ("rule: kind_is_known", "rule: name_is_there", "Two rules are named", ":10", "thing.yml:6"),
        ("kwargs: {column: name}", "kwargs: {column: name", "not YAML", ":8", "Correct the line"),
    ],
    ids=["type", "severity", "column", "name", "yaml"],
)
@pytest.mark.parametrize("database", ["duckdb"], indirect=True)
def test_a_wrong_suite_is_told_with_file_line_and_the_known_names(
    held: Held, before: str, after: str, what: str, where: str, known: str
) -> None:
    held.edit(before, after)

    with pytest.raises(SettingsError, match=what) as caught:
        held.report()

    assert caught.value.where.endswith(f"expectations/suites/thing.yml{where}")
    assert known in caught.value.next_step


@ON_POSTGRES
def test_a_warning_about_a_column_that_is_not_there_could_not_run(held: Held) -> None:
    held.edit("{column: name, max_value", "{column: absent__c, max_value")

    assert held.said("name_is_short", "outcome", "detail") == [
        "could_not_run",
        "Thing__c has no column absent__c",
    ]


@ON_POSTGRES
def test_an_unknown_suite_is_told_with_those_there_are(held: Held) -> None:
    with pytest.raises(SettingsError, match="There is no suite 'thong'") as caught:
        held.report("thong")

    assert caught.value.next_step == "Suites: thing."


@ON_POSTGRES
def test_what_never_landed_cannot_be_judged(held: Held, tmp_path: Path) -> None:
    (tmp_path / "suites" / "other.yml").write_text(
        "object: Other__c\nkey_prefix: a0U\nis_deleted: true\n"
        + SHARED.lstrip().replace("id_is_there", "has_id")
    )
    with pytest.raises(SettingsError, match="Nothing of Other__c has landed yet"):
        held.report("other")
    nowhere = Settings.model_validate({"DATABASE_URL": f"duckdb:///{tmp_path}/none.duckdb"})
    with pytest.raises(DatabaseUnavailable, match="There is no database yet"):
        report_suite(nowhere, "thing")


def test_every_suite_of_the_checkout_can_be_asked(database: Database, tmp_path: Path) -> None:
    make_landing_tables(database)
    with database.connect() as connection:
        land_accounts(connection, "l1", "id | at\nO1 | 10:00\nO2 | 11:00")
        make_tables(connection)
    settings = Settings.model_validate({"DATABASE_URL": database.url, "LANDFALL_DATA_DIR": str(tmp_path)})

    reports = {name: report_suite(settings, name) for name in load_suites()}

    could_not = [each["rule"] for report in reports.values() for each in report["rules"] if each["detail"]]
    assert (could_not, {each["verdict"] for each in reports.values()}) == ([], {"passed"})
    assert {name: each["records"] for name, each in reports.items() if each["records"]} == {"Account": 2}
