"""What happens to rows that break a rule, from run to run, the same on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from expectations.validate import ValidationOptions, validate_landing
from expectations.verdict import ValidationResult
from extract.database import Database
from extract.errors import SettingsError
from tests.spec.landed import land, make_typed

SUITE = """
object: Thing__c
key_prefix: a0T
is_deleted: true
expectations:
  - type: expect_column_values_to_not_be_null
    kwargs: {column: name}
    severity: quarantine
    meta: {rule: name_is_there, meaning: There is a name., owner: Data team}
  - type: expect_column_values_to_be_in_set
    kwargs: {column: kind, value_set: [one, two]}
    severity: quarantine
    meta: {rule: kind_is_known, meaning: The kind is known., owner: Data team}
  - type: expect_column_value_lengths_to_be_between
    kwargs: {column: name, max_value: 10}
    severity: warn
    meta: {rule: name_is_short, meaning: The name is short., owner: Data team}
  - type: expect_column_values_to_not_be_in_set
    kwargs: {column: kind, value_set: [poison]}
    severity: refuse
    meta: {rule: kind_is_no_poison, meaning: No row is poison., owner: Data team}
"""
SHARED = """
expectations:
  - type: expect_column_values_to_not_be_null
    kwargs: {column: id}
    severity: refuse
    meta: {rule: id_is_there, meaning: There is an id., owner: Data team}
"""


class Landing:
    """One object, Thing__c, that lands rows load by load, and is validated run by run."""

    def __init__(self, database: Database, folder: Path, limit: float) -> None:
        self.database, self.folder, self.limit = database, folder, limit
        self.events: list[tuple[str, dict[str, Any]]] = []
        suites = folder / "suites"
        suites.mkdir()
        (suites / "shared.yml").write_text(SHARED)
        (suites / "thing.yml").write_text(SUITE)
        with database.connect() as connection:
            make_typed(connection, "Thing__c", {"name": "text", "kind": "text"})

    def land(self, load: str, *rows: Mapping[str, Any]) -> None:
        with self.database.connect() as connection:
            filled = [{"name": "Acme", "kind": "one", "_dlt_load_id": load, **row} for row in rows]
            land(connection, "Thing__c", filled)

    def validate(self, run: str, *loads: str) -> ValidationResult:
        return validate_landing(self.options(run, {"Thing__c": loads}), self._report)

    def options(
        self, run: str, loads: Mapping[str, tuple[str, ...]], *, replay: bool = False
    ) -> ValidationOptions:
        docs, results, suites = (self.folder / name for name in ("site/data-docs", "results", "suites"))
        return ValidationOptions(
            self.database, run, loads, docs, results, self.limit, suites_dir=suites, replay=replay
        )

    def quarantine(self) -> dict[tuple[str, str, str], str | None]:
        """How each row that was ever set aside was resolved; None is open."""
        found = self.rows("select record_id, version, rule, resolved_how from quality.quarantine")
        return {(record_id, version, rule): how for record_id, version, rule, how in found}

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.database.connect() as connection:
            return connection.rows(sql)

    def _report(self, event: str, **fields: Any) -> None:
        self.events.append((event, fields))


@pytest.fixture
def landing(database: Database, tmp_path: Path) -> Landing:
    return Landing(database, tmp_path, limit=1.0)


def _clean(count: int, start: int = 100) -> list[dict[str, Any]]:
    return [{"id": f"t{n}", "_version": f"v{n}"} for n in range(start, start + count)]


@pytest.mark.fault("F85", "Rows that break a rule")
def test_a_row_that_breaks_a_quarantine_rule_is_set_aside_and_the_rest_goes_on(landing: Landing) -> None:
    landing.land("l1", {"id": "t1", "_version": "v1"}, {"id": "t2", "_version": "v1", "name": None})

    result = landing.validate("run-1", "l1")

    assert (result.verdict, result.reasons) == ("passed", ())
    assert landing.quarantine() == {("t2", "v1", "name_is_there"): None}
    (thing,) = result.objects
    assert (thing.object, thing.rows_checked, thing.rules_run, thing.rules_failed) == ("Thing__c", 2, 5, 1)
    assert (thing.set_aside, thing.could_not_run) == (1, 0)


def test_a_row_that_breaks_two_rules_is_held_by_both(landing: Landing) -> None:
    landing.land("l1", {"id": "t2", "_version": "v1", "name": None, "kind": "nine"})

    result = landing.validate("run-1", "l1")

    held = {("t2", "v1", "name_is_there"): None, ("t2", "v1", "kind_is_known"): None}
    assert landing.quarantine() == held
    assert result.objects[0].set_aside == 1


def test_a_row_that_breaks_a_warn_rule_goes_on(landing: Landing) -> None:
    landing.land("l1", {"id": "t1", "_version": "v1", "name": "a very long name"})

    assert landing.validate("run-1", "l1").verdict == "passed"
    assert landing.quarantine() == {}
    counts = landing.rows(
        "select rows_checked, rows_failed, percent, outcome from quality.results where rule = 'name_is_short'"
    )
    assert counts == [(1, 1, 100.0, "failed")]


def test_a_deleted_record_is_not_set_aside_for_its_content(landing: Landing) -> None:
    landing.land("l1", {"id": "t1", "_version": "v1", "name": None, "isdeleted": True})

    result = landing.validate("run-1", "l1")

    assert (result.verdict, result.objects[0].rules_run) == ("passed", 5)
    assert landing.quarantine() == {}
    checked = "select rows_checked, rows_failed, outcome from quality.results where rule = 'name_is_there'"
    assert landing.rows(checked) == [(0, 0, "passed")]


def test_only_what_these_loads_landed_is_looked_at(landing: Landing) -> None:
    landing.land("l1", {"id": "t1", "_version": "v1", "name": None})
    landing.land("l2", {"id": "t2", "_version": "v1"})

    result = landing.validate("run-1", "l2")

    assert result.objects[0].rows_checked == 1
    assert landing.quarantine() == {}


def test_validating_again_keeps_when_a_row_was_first_seen(landing: Landing) -> None:
    landing.land("l1", {"id": "t1", "_version": "v1", "name": None})
    landing.validate("run-1", "l1")
    before = landing.rows("select run_id, first_seen, last_seen from quality.quarantine")[0]

    landing.validate("run-2", "l1")

    after = landing.rows("select run_id, first_seen, last_seen from quality.quarantine")[0]
    assert after[:2] == before[:2] == ("run-1", before[1])
    assert after[2] > before[2]


def test_a_newer_version_that_passes_supersedes_the_older_one(landing: Landing) -> None:
    landing.land("l1", {"id": "t1", "_version": "v1", "name": None})
    landing.validate("run-1", "l1")
    landing.land("l2", {"id": "t1", "_version": "v2", "systemmodstamp": "2026-02-02 11:30:00+00"})

    assert landing.validate("run-2", "l2").verdict == "passed"
    assert landing.quarantine() == {("t1", "v1", "name_is_there"): "superseded"}


def test_a_newer_version_that_fails_leaves_the_older_one_open(landing: Landing) -> None:
    landing.land("l1", {"id": "t1", "_version": "v1", "name": None})
    landing.validate("run-1", "l1")
    newer = {"id": "t1", "_version": "v2", "systemmodstamp": "2026-02-02 11:30:00+00", "kind": "nine"}
    landing.land("l2", newer)

    assert landing.validate("run-2", "l2").verdict == "passed"
    assert landing.quarantine() == {("t1", "v1", "name_is_there"): None, ("t1", "v2", "kind_is_known"): None}


def test_an_older_version_that_arrives_late_supersedes_nothing(landing: Landing) -> None:
    landing.land("l1", {"id": "t1", "_version": "v2", "name": None})
    landing.validate("run-1", "l1")
    landing.land("l2", {"id": "t1", "_version": "v1", "systemmodstamp": "2026-01-01 00:00:00+00"})

    landing.validate("run-2", "l2")

    assert landing.quarantine() == {("t1", "v2", "name_is_there"): None}


def test_a_deletion_supersedes_what_was_set_aside(landing: Landing) -> None:
    landing.land("l1", {"id": "t1", "_version": "v1", "name": None})
    landing.validate("run-1", "l1")
    gone = {
        "id": "t1",
        "_version": "v2",
        "name": None,
        "isdeleted": True,
        "systemmodstamp": "2026-02-02 11:30:00+00",
    }
    landing.land("l2", gone)

    assert landing.validate("run-2", "l2").verdict == "passed"
    assert landing.quarantine() == {("t1", "v1", "name_is_there"): "superseded"}


def test_two_versions_in_one_batch_are_judged_each_by_itself(landing: Landing) -> None:
    newer = {"id": "t1", "_version": "v2", "systemmodstamp": "2026-02-02 11:30:00+00"}
    landing.land("l1", {"id": "t1", "_version": "v1", "name": None}, newer)

    result = landing.validate("run-1", "l1")

    assert result.objects[0].rows_checked == 2
    assert landing.quarantine() == {("t1", "v1", "name_is_there"): "superseded"}


def test_a_version_that_breaks_the_rule_no_more_is_let_go(landing: Landing) -> None:
    landing.land("l1", {"id": "t1", "_version": "v1", "kind": "three"})
    landing.validate("run-1", "l1")
    suite = landing.folder / "suites" / "thing.yml"
    suite.write_text(suite.read_text().replace("[one, two]", "[one, two, three]"))

    landing.validate("run-2", "l1")

    assert landing.quarantine() == {("t1", "v1", "kind_is_known"): "passed"}


def test_a_version_that_breaks_the_rule_again_is_set_aside_again(landing: Landing) -> None:
    landing.land("l1", {"id": "t1", "_version": "v1", "kind": "three"})
    landing.validate("run-1", "l1")
    suite = landing.folder / "suites" / "thing.yml"
    strict = suite.read_text()
    suite.write_text(strict.replace("[one, two]", "[one, two, three]"))
    landing.validate("run-2", "l1")
    suite.write_text(strict)

    landing.validate("run-3", "l1")

    assert landing.quarantine() == {("t1", "v1", "kind_is_known"): None}
    assert landing.rows("select run_id, resolved_at from quality.quarantine") == [("run-3", None)]


@pytest.mark.fault("F85", "Rows that break a rule which refuses the run")
def test_a_refuse_rule_refuses_the_run_and_changes_no_quarantine(landing: Landing) -> None:
    landing.land(
        "l1",
        {"id": "a0T000000000001AAA", "_version": "v1", "kind": "poison"},
        {"id": "t2", "_version": "v1", "name": None},
    )

    result = landing.validate("run-1", "l1")

    assert result.verdict == "refused"
    assert result.reasons == (
        "Thing__c: 1 of 2 rows break the rule kind_is_no_poison: No row is poison. (first ids: a0T000000000001AAA)",
    )
    assert landing.quarantine() == {}
    assert len(landing.rows("select rule from quality.results where run_id = 'run-1'")) == 5


def test_too_large_a_share_refuses_every_time_until_it_is_mended(database: Database, tmp_path: Path) -> None:
    landing = Landing(database, tmp_path, limit=0.1)
    landing.land("l1", *_clean(27), *({"id": f"bad{n}", "_version": "v", "name": None} for n in range(4)))

    first, second = landing.validate("run-1", "l1"), landing.validate("run-2", "l1")

    reason = "Thing__c: 4 of 31 rows would be set aside, more than the limit of 10%."
    assert (first.reasons, second.reasons) == ((reason,), (reason,))
    assert landing.quarantine() == {}


def test_a_share_within_the_limit_is_set_aside(database: Database, tmp_path: Path) -> None:
    landing = Landing(database, tmp_path, limit=0.1)
    landing.land("l1", *_clean(28), *({"id": f"bad{n}", "_version": "v", "name": None} for n in range(3)))

    assert landing.validate("run-1", "l1").verdict == "passed"
    assert len(landing.quarantine()) == 3


def test_a_guarding_rule_that_could_not_run_refuses_the_run(landing: Landing) -> None:
    landing.land("l1", {"id": "t1", "_version": "v1"})
    suite = landing.folder / "suites" / "thing.yml"
    suite.write_text(
        suite.read_text().replace("{column: kind, value_set: [one", "{column: absent__c, value_set: [one")
    )

    result = landing.validate("run-1", "l1")

    assert result.verdict == "refused"
    assert result.reasons == (
        "Thing__c: the rule kind_is_known could not run: Thing__c has no column absent__c.",
    )
    assert result.objects[0].could_not_run == 1
    outcomes = dict(landing.rows("select rule, outcome from quality.results"))
    assert outcomes["kind_is_known"] == "could_not_run"
    assert len(outcomes) == 5


def test_a_guarding_rule_about_an_optional_column_only_warns_where_the_org_lacks_it(landing: Landing) -> None:
    landing.land("l1", {"id": "t1", "_version": "v1"})
    suite = landing.folder / "suites" / "thing.yml"
    text = suite.read_text().replace("{column: kind, value_set: [one", "{column: absent__c, value_set: [one")
    suite.write_text(text.replace("expectations:", "optional: [absent__c]\nexpectations:", 1))

    assert landing.validate("run-1", "l1").verdict == "passed"
    told = landing.rows("select severity, outcome from quality.results where rule = 'kind_is_known'")
    assert told == [("warn", "could_not_run")]


def test_a_warning_that_could_not_run_is_reported_and_lets_the_run_go_on(landing: Landing) -> None:
    landing.land("l1", {"id": "t1", "_version": "v1"})
    suite = landing.folder / "suites" / "thing.yml"
    suite.write_text(suite.read_text().replace("{column: name, max_value", "{column: absent__c, max_value"))

    result = landing.validate("run-1", "l1")

    assert result.verdict == "passed"
    assert result.objects[0].could_not_run == 1
    assert ("name_is_short", "could_not_run") in landing.rows("select rule, outcome from quality.results")


def test_an_object_that_landed_no_rows_is_not_validated(landing: Landing) -> None:
    result = landing.validate("run-1", "l1")

    assert (result.verdict, result.objects[0].rows_checked, result.objects[0].rules_run) == ("passed", 0, 0)
    assert landing.rows("select * from quality.results") == []


def test_an_object_without_a_suite_is_a_mistake_in_the_settings(landing: Landing) -> None:
    with pytest.raises(SettingsError, match="Other__c landed and has no suite"):
        validate_landing(landing.options("run-1", {"Other__c": ("l1",)}), lambda *_, **__: None)


def test_no_batch_is_left_behind(landing: Landing) -> None:
    landing.land("l1", {"id": "t1", "_version": "v1"})
    with landing.database.connect() as connection:
        connection.execute("create schema if not exists quality")
        connection.execute("create table quality._batch_of_a_killed_run (secret text)")

    landing.validate("run-1", "l1")

    tables = landing.rows(
        "select table_name from information_schema.tables where table_schema = 'quality' order by 1"
    )
    kept = ("issue_records", "issue_runs", "issues", "newest_changes", "quarantine", "releases", "results")
    assert tables == [(name,) for name in kept]


def test_a_run_that_dies_before_its_commit_leaves_nothing(landing: Landing) -> None:
    landing.land("l1", {"id": "t1", "_version": "v1", "name": None})

    def die(event: str, **fields: Any) -> None:
        if fields.get("name") == "validate.before_commit":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        validate_landing(landing.options("run-1", {"Thing__c": ("l1",)}), die)

    assert landing.quarantine() == {}
    assert landing.rows("select * from quality.results") == []
    assert landing.validate("run-2", "l1").objects[0].set_aside == 1


def test_progress_is_reported_and_the_points_come_in_order(landing: Landing) -> None:
    landing.land("l1", {"id": "t1", "_version": "v1"})

    landing.validate("run-1", "l1")

    points = [fields["name"] for event, fields in landing.events if event == "point"]
    assert points == ["validate.started", "validate.before_commit", "validate.done"]
    assert ("progress", {"object": "Thing__c", "done": 1, "expected": 1, "unit": "suites"}) in landing.events
