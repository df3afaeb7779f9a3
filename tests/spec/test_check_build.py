"""What the check of built tables says and leaves behind, the same on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from expectations.check import CheckOptions, check_build
from expectations.results import write_results
from expectations.rules import Rule, RuleOutcome
from expectations.verdict import ValidationResult
from extract.database import Database
from extract.errors import SettingsError, TransformFailed
from sync.quality.issues import read_issues
from tests.spec.built import make_built

SUITES = Path(__file__).resolve().parents[2] / "expectations" / "suites"
COLUMNS = {"salesforce_id": "text", "name": "text", "status": "text"}
SUITE = """
table: things
tolerance: 0.1
expectations:
  - type: expect_column_values_to_be_in_set
    kwargs: {column: status, value_set: [good, fair]}
    severity: refuse
    meta: {rule: status_is_known, meaning: A status is known., owner: Data team}
  - type: expect_column_values_to_not_be_null
    kwargs: {column: name, mostly: 0.9}
    severity: warn
    meta: {rule: name_is_mostly_there, meaning: At least 90 % have a name., owner: Data team}
"""


class Build:
    """One built table, things, that is checked run by run."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.suites = folder / "suites"
        (self.suites / "application").mkdir(parents=True)
        (self.suites / "shared.yml").write_text((SUITES / "shared.yml").read_text())
        shared = (SUITES / "application" / "shared.yml").read_text()
        (self.suites / "application" / "shared.yml").write_text(shared)
        self.write(SUITE)

    def write(self, suite: str) -> None:
        (self.suites / "application" / "things.yml").write_text(suite)

    def build(self, *rows: dict[str, Any], schema: str = "build") -> None:
        filled = [
            {"id": f"{n}", "salesforce_id": f"a0T{n:012d}AAA", "name": "A thing", "status": "good", **row}
            for n, row in enumerate(rows)
        ]
        with self.database.connect() as connection:
            make_built(connection, "things", COLUMNS, filled, schema=schema)

    def check(self, run: str = "run-1", only: tuple[str, ...] = (), **tables: str) -> ValidationResult:
        docs, results = self.folder / "docs", self.folder / "results"
        options = CheckOptions(
            self.database, run, tables or {"things": "salesforce_id"}, docs, results, self.suites, only
        )
        return check_build(options, lambda *_, **__: None)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.database.connect() as connection:
            return connection.rows(sql)

    def result(self, rule: str) -> tuple[Any, ...]:
        (found,) = self.rows(
            f"select rows_checked, rows_failed, outcome from quality.results where rule = '{rule}'"
        )
        return found


@pytest.fixture
def build(database: Database, tmp_path: Path) -> Build:
    return Build(database, tmp_path)


COUNT = "row_count_is_near_the_published_one"


def test_a_row_that_breaks_a_refuse_rule_refuses_the_publish_and_is_named(build: Build) -> None:
    build.build({}, {"status": "SECRET"}, {"status": "SECRET", "deleted_at": "2026-01-01 00:00:00+00"})

    result = build.check()

    assert (result.verdict, result.reasons) == (
        "refused",
        (
            "build.things: 1 of 2 rows break the rule status_is_known: A status is known. "
            "(first ids: a0T000000000001AAA)",
        ),
    )
    (table,) = result.objects
    assert (table.object, table.rows_checked, table.rules_run, table.rules_failed) == (
        "build.things",
        3,
        7,
        1,
    )
    assert build.result("status_is_known") == (2, 1, "failed")


def test_a_table_that_is_not_published_now_is_not_checked(build: Build) -> None:
    build.build({"status": "SECRET"})
    with build.database.connect() as connection:
        make_built(connection, "others", COLUMNS, [{"id": "1", "salesforce_id": "a0T000000000001AAA"}])
    tables = {"things": "salesforce_id", "others": "salesforce_id"}

    assert build.check(**tables).verdict == "refused"
    chosen = build.check("run-2", ("others",), **tables)

    assert (chosen.verdict, [each.object for each in chosen.objects]) == ("passed", ["build.others"])


def test_a_refusal_has_its_pages_at_once_and_no_record_s_value_in_them(build: Build) -> None:
    build.build({"status": "SECRET", "name": "SECRET"})

    build.check()

    pages = {
        path.relative_to(build.folder / "docs").parts[:2] for path in build.folder.rglob("docs/**/*.html")
    }
    assert ("validations", "build_things") in pages
    written = [path for path in build.folder.rglob("*") if path.is_file() and "target" not in path.parts]
    assert any(b"status_is_known" in path.read_bytes() for path in written if path.suffix == ".html")
    assert not [path for path in written if b"SECRET" in path.read_bytes()]


def test_a_row_that_breaks_a_warn_rule_is_reported_and_let_through(build: Build) -> None:
    build.build({"name": "None"}, {})

    assert build.check().verdict == "passed"
    assert build.result("text_is_not_a_programs_word_for_nothing") == (2, 1, "failed")


def test_a_share_holds_as_long_as_enough_rows_are_right(build: Build) -> None:
    build.build({"name": None}, *[{}] * 9)
    build.check("run-1")
    assert build.result("name_is_mostly_there") == (10, 1, "passed")

    build.build({"name": None}, {"name": None}, *[{}] * 9)
    build.check("run-1")
    assert build.result("name_is_mostly_there") == (11, 2, "failed")


def test_a_first_publish_has_no_rows_to_be_near_to(build: Build) -> None:
    build.build(*[{}] * 3)

    build.check()

    assert build.result(COUNT) == (3, 0, "passed")


@pytest.mark.parametrize(
    ("published", "built", "said"),
    [
        (400, 440, (400, 0, "passed")),
        (400, 441, (400, 41, "failed")),
        (400, 359, (400, 41, "failed")),
        (30, 50, (30, 0, "passed")),  # 20 rows are never too many
        (30, 51, (30, 21, "failed")),
    ],
)
def test_the_number_of_rows_is_compared_with_what_is_published(
    duckdb_database: Database, tmp_path: Path, published: int, built: int, said: tuple[Any, ...]
) -> None:
    build = Build(duckdb_database, tmp_path)
    own_row_of_the_application = {"salesforce_id": None}
    build.build(*[{}] * published, own_row_of_the_application, schema="app")
    build.build(*[{}] * built, {"deleted_at": "2026-01-01 00:00:00+00"})

    build.check()

    assert build.result(COUNT) == said


def test_a_table_without_a_suite_has_the_shared_rules(build: Build) -> None:
    (build.suites / "application" / "things.yml").unlink()
    build.build({}, {"id": "0"})

    result = build.check()

    assert result.reasons[0].startswith(
        "build.things: 2 of 2 rows break the rule id_is_unique: No two rows of things"
    )
    assert result.objects[0].rules_run == 5


def test_a_suite_without_a_table_is_a_mistake(build: Build) -> None:
    with pytest.raises(SettingsError, match="no application table 'things'") as caught:
        build.check(others="salesforce_id")

    assert caught.value.where == "expectations/suites/application/things.yml"
    assert "Application tables: others" in caught.value.next_step


def test_a_table_that_was_not_built_says_what_to_do(build: Build) -> None:
    with pytest.raises(TransformFailed, match="The table things was not built") as caught:
        build.check()

    assert "landfall transform" in caught.value.next_step


@pytest.mark.parametrize(("severity", "verdict"), [("refuse", "refused"), ("warn", "passed")])
def test_a_rule_that_cannot_run_costs_no_other_its_count(build: Build, severity: str, verdict: str) -> None:
    broken = SUITE.replace("{column: name, mostly", "{column: gone, mostly").replace(
        "severity: warn", f"severity: {severity}"
    )
    build.write(broken)
    build.build({}, {})

    result = build.check()

    assert (result.verdict, result.objects[0].could_not_run) == (verdict, 1)
    assert build.result("name_is_mostly_there") == (0, 0, "could_not_run")
    assert build.result("status_is_known") == (2, 0, "passed")
    if verdict == "refused":
        assert "could not run: build.things has no column gone." in result.reasons[0]


def test_results_of_what_landed_stay_beside_those_of_what_was_built(build: Build) -> None:
    build.build({})
    rule = Rule("of_what_landed", "", {}, "warn", "So.", "o", "live", "")
    build.check()
    with build.database.connect() as connection:
        write_results(connection, "run-1", [RuleOutcome("Thing__c", rule, 1, 0, "passed")])

    build.check()

    counts = "select object, count(*) from quality.results where run_id = 'run-1' group by 1 order by 1"
    assert build.rows(counts) == [("Thing__c", 1), ("build.things", 7)]


def test_nothing_is_left_behind_also_of_a_check_that_was_killed(build: Build) -> None:
    build.build({})
    with build.database.connect() as connection:
        connection.execute("create schema if not exists quality")
        connection.execute("create view quality._batch_build_gone as select 1 as one")

    build.check()

    tables = "select table_name from information_schema.tables where table_schema = 'quality' order by 1"
    kept = ("issue_records", "issue_runs", "issues", "newest_changes", "quarantine", "releases", "results")
    assert build.rows(tables) == [(name,) for name in kept]


def test_what_a_table_breaks_in_several_checks_is_one_issue_with_some_of_its_records(build: Build) -> None:
    def issues() -> list[tuple[Any, ...]]:
        with build.database.connect() as connection:
            told = read_issues(connection, closed=True)
        names = ("rule", "state", "affected", "fields", "opened_run", "reopened")
        return [(*(each[name] for name in names), [one["id"] for one in each["records"]]) for each in told]

    ids = [f"a0T{n:012d}AAA" for n in range(3)]
    nothing, fields = "text_is_not_a_programs_word_for_nothing", ["name"]
    for run, rows, expected in (
        ("run-1", [{}, {"name": "None"}], [(nothing, "open", 1, fields, "run-1", 0, ids[1:2])]),
        ("run-2", [{"name": "nan"}, {"name": "None"}], [(nothing, "open", 2, fields, "run-1", 0, ids[:2])]),
        ("run-3", [{}, {}], [(nothing, "closed", 0, fields, "run-1", 0, [])]),
        ("run-4", [{}, {}, {"name": "null"}], [(nothing, "open", 1, fields, "run-4", 1, ids[2:])]),
    ):
        build.build(*rows)
        build.check(run)
        assert issues() == expected, run


MISTAKES = {
    "another table": (SUITE.replace("table: things", "table: thing"), "about the table 'thing'"),
    "a tolerance that is no share": (SUITE.replace("0.1", "10"), "'tolerance' is not a share"),
    "quarantine": (SUITE.replace("severity: warn", "severity: quarantine"), "severity is 'quarantine'"),
    "an unknown key": (SUITE.replace("tolerance", "tollerance"), "'tollerance' is not known"),
    "a query that names versions": (
        SUITE
        + "  - type: unexpected_rows_expectation\n"
        + "    kwargs: {unexpected_rows_query: 'select id, _version from {batch}'}\n"
        + "    severity: warn\n    meta: {rule: r, meaning: So., owner: o}\n",
        "does not name its rows",
    ),
}


@pytest.mark.parametrize(("suite", "what"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_suite_is_named(
    duckdb_database: Database, tmp_path: Path, suite: str, what: str
) -> None:
    build = Build(duckdb_database, tmp_path)
    build.write(suite)

    with pytest.raises(SettingsError, match=what) as caught:
        build.check()

    assert caught.value.where.startswith("expectations/suites/application/things.yml")
