"""A suite that loads is a suite whose every rule runs; a mistake names its file, its line and what is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from expectations.rules import LIVE_CONDITION
from expectations.suites import load_suites
from extract.errors import SettingsError

SHARED = """
expectations:
  - type: expect_column_values_to_match_regex
    kwargs: {column: id, regex: "^<key_prefix>"}
    severity: refuse
    meta: {rule: id_begins_right, meaning: Ids begin right., owner: Data team}
  - type: expect_column_values_to_not_be_null
    kwargs: {column: isdeleted}
    severity: warn
    needs: is_deleted
    meta: {rule: is_deleted_is_known, meaning: It is known., owner: Data team}
"""
HEAD = "object: Thing__c\nkey_prefix: a0T\nis_deleted: {}\nexpectations:\n"
RULE = """
  - type: expect_column_values_to_not_be_null
    kwargs: {column: name}
    severity: quarantine
    meta: {rule: name_is_there, meaning: There is a name., owner: Data team}
"""
GOOD = HEAD.format("true") + RULE
META = "meta: {rule: r, meaning: It is so., owner: o}"


def _folder(tmp_path: Path, suite: str, shared: str = SHARED) -> Path:
    (tmp_path / "shared.yml").write_text(shared)
    (tmp_path / "thing.yml").write_text(suite)
    return tmp_path


def test_a_suite_is_the_shared_rules_and_its_own(tmp_path: Path) -> None:
    suite = load_suites(_folder(tmp_path, GOOD))["Thing__c"]

    assert (suite.name, suite.object) == ("thing", "Thing__c")
    assert [rule.name for rule in suite.rules] == ["id_begins_right", "is_deleted_is_known", "name_is_there"]
    assert suite.rules[0].kwargs["regex"] == "^a0T"
    assert suite.rules[2].where == "thing.yml:6"


def test_an_object_without_is_deleted_has_no_rule_about_it(tmp_path: Path) -> None:
    suite = load_suites(_folder(tmp_path, HEAD.format("false") + RULE))["Thing__c"]

    assert [rule.name for rule in suite.rules] == ["id_begins_right", "name_is_there"]


def test_an_own_rule_looks_at_live_rows_and_a_shared_one_at_all(tmp_path: Path) -> None:
    shared, _, own = load_suites(_folder(tmp_path, GOOD))["Thing__c"].rules

    assert shared.condition is None
    assert own.condition == LIVE_CONDITION


def test_an_own_condition_is_added_to_the_one_for_live_rows(tmp_path: Path) -> None:
    condition = "{type: nullity, column: {name: type}, is_null: false}"
    suite = GOOD.replace("{column: name}", f"{{column: name, row_condition: {condition}}}")

    own = load_suites(_folder(tmp_path, suite))["Thing__c"].rules[-1]

    assert own.condition == {
        "type": "and",
        "conditions": [LIVE_CONDITION, {"type": "nullity", "column": {"name": "type"}, "is_null": False}],
    }


def test_a_rule_for_several_columns_is_one_rule_for_each(tmp_path: Path) -> None:
    several = RULE.replace(
        "    kwargs: {column: name}", "    columns: [name, city]\n    kwargs: {column: <column>}"
    )
    suite = HEAD.format("true") + several.replace("name_is_there", "<column>_is_there").replace(
        "There is a name.", "There is a <column>."
    )

    rules = load_suites(_folder(tmp_path, suite))["Thing__c"].rules[-2:]

    assert [(rule.name, rule.kwargs["column"], rule.meaning) for rule in rules] == [
        ("name_is_there", "name", "There is a name."),
        ("city_is_there", "city", "There is a city."),
    ]


def test_a_suite_s_owner_answers_for_its_rules_that_name_none(tmp_path: Path) -> None:
    anonymous = RULE.replace(", owner: Data team", "").replace("name_is_there", "name_is_here")
    suite = HEAD.format("true").replace("expectations:", "owner: Events\nexpectations:") + RULE + anonymous

    rules = load_suites(_folder(tmp_path, suite))["Thing__c"].rules

    assert [rule.owner for rule in rules] == ["Data team", "Data team", "Data team", "Events"]


def test_a_suite_says_how_much_of_its_object_may_be_set_aside(tmp_path: Path) -> None:
    suite = GOOD.replace("expectations:", "quarantine_limit: 0.02\nexpectations:")

    assert load_suites(_folder(tmp_path, suite))["Thing__c"].quarantine_limit == 0.02


def test_a_rule_s_threshold_is_the_share_that_may_break_it(tmp_path: Path) -> None:
    suite = GOOD.replace("name}", "name, mostly: 0.973}", 1).replace("quarantine", "warn")

    shared, *_, own = load_suites(_folder(tmp_path, suite))["Thing__c"].rules

    assert (shared.threshold, own.threshold) == (0.0, 0.027)


BROKEN = {
    "columns that are a text": (
        GOOD.replace("    kwargs", "    columns: name\n    kwargs").replace(
            "name_is_there", "<column>_is_there"
        ),
        "'columns' is not a list",
        "thing.yml:6",
        "[one, two]",
    ),
    "any of nothing": (
        GOOD.replace("    kwargs", "    any_of: [name]\n    kwargs"),
        "asks nothing of its columns",
        "thing.yml:6",
        "<any>",
    ),
    "columns under one name": (
        GOOD.replace("    kwargs", "    columns: [name, city]\n    kwargs"),
        "would have one name",
        "thing.yml:6",
        "<column>",
    ),
    "not yaml": ("object: [", "not YAML", "thing.yml", ""),
    "not a mapping": ("- a", "not a mapping", "thing.yml", "object, key_prefix"),
    "empty": ("", "not a mapping", "thing.yml", "object, key_prefix"),
    "unknown suite key": (GOOD + "ojbect: x\n", "'ojbect' is not known", "thing.yml:1", "object, key_prefix"),
    "missing suite key": (GOOD.replace("object: Thing__c\n", ""), "no 'object'", "thing.yml:1", "key_prefix"),
    "no rules": (HEAD.format("true") + "  []", "no rules", "thing.yml:1", "'expectations'"),
    "rules are a text": (
        HEAD.format("true").rstrip() + " all\n",
        "no rules",
        "thing.yml:1",
        "'expectations'",
    ),
    "a rule is a text": (
        HEAD.format("true") + "  - not_null\n",
        "not a mapping",
        "thing.yml:5",
        "type, kwargs",
    ),
    "a key twice": (
        GOOD.replace("kwargs:", "severity: warn\n    kwargs:"),
        "'severity' is written twice",
        ":9",
        "Keep",
    ),
    "unknown rule key": (
        GOOD.replace("severity:", "severty:"),
        "'severty' is not known",
        "thing.yml:6",
        "severity",
    ),
    "unknown severity": (
        GOOD.replace("quarantine", "error"),
        "severity is 'error'",
        ":6",
        "refuse, quarantine, warn",
    ),
    "no severity": (
        GOOD.replace("    severity: quarantine\n", ""),
        "severity is None",
        ":6",
        "refuse, quarantine",
    ),
    "unknown type": (GOOD.replace("to_not_be_null", "to_be_grand"), "to_be_grand", ":6", "to_match_regex"),
    "a type that leaks": (
        GOOD.replace("expect_column_values_to_not_be_null", "expect_column_kl_divergence_to_be_less_than"),
        "kl_divergence",
        ":6",
        "Known types",
    ),
    "a type that names no rows": (
        GOOD.replace("expect_column_values_to_not_be_null", "expect_column_max_to_be_between"),
        "expect_column_max_to_be_between",
        ":6",
        "Known types",
    ),
    "no type": (
        GOOD.replace("type: expect_column_values_to_not_be_null", "rows: all"),
        "None is not a type",
        ":6",
        "",
    ),
    "unknown kwarg": (
        GOOD.replace("{column: name}", "{colum: name}"),
        "'colum' is not known",
        ":6",
        "column",
    ),
    "missing kwarg": (GOOD.replace("{column: name}", "{}"), "has no 'column'", ":6", "column"),
    "no kwargs": (GOOD.replace("    kwargs: {column: name}\n", ""), "no 'kwargs'", ":6", "column"),
    "a suite parameter": (
        GOOD.replace("to_not_be_null", "to_be_in_set").replace(
            "{column: name}", "{column: name, value_set: [{$PARAMETER: names}]}"
        ),
        "$PARAMETER",
        ":6",
        "value itself",
    ),
    "a type that is a list": (
        GOOD.replace("type: expect_column_values_to_not_be_null", "type: [expect]"),
        "['expect'] is not a type",
        ":6",
        "Known types",
    ),
    "mostly in a refuse rule of what landed": (
        GOOD.replace("name}", "name, mostly: 0.9}", 1).replace("quarantine", "refuse"),
        "100 % of its run",
        ":6",
        "built table",
    ),
    "mostly in a quarantine rule": (
        GOOD.replace("name}", "name, mostly: 0.9}", 1),
        "'mostly' has no",
        ":6",
        "warn",
    ),
    "no rule name": (GOOD.replace("rule: name_is_there, ", ""), "no 'rule'", ":6", "rule, meaning, owner"),
    "an ugly rule name": (GOOD.replace("name_is_there", "Name is there!"), "not plain", ":6", "underscores"),
    "no meaning": (GOOD.replace("meaning: There is a name., ", ""), "no 'meaning'", ":6", "meaning"),
    "a meaning without an end": (GOOD.replace("a name.,", "a name,"), "not one sentence", ":6", "full stop"),
    "no owner": (GOOD.replace(", owner: Data team", ""), "no 'owner'", ":6", "owner"),
    "unknown meta": (
        GOOD.replace("owner:", "boss: x, owner:"),
        "'boss' is not known",
        ":6",
        "rule, meaning, owner",
    ),
    "two rules of one name": (GOOD + RULE, "Two rules are named 'name_is_there'", ":11", "thing.yml:6"),
    "a shared rule's name": (
        GOOD.replace("name_is_there", "id_begins_right"),
        "Two rules",
        ":6",
        "shared.yml:3",
    ),
    "unknown rows": (
        GOOD.replace("severity:", "rows: some\n    severity:"),
        "'rows' is 'some'",
        ":6",
        "live",
    ),
    "a condition as text": (
        GOOD.replace("name}", "name, row_condition: type = 1}", 1),
        "structured form",
        ":6",
        "comparison, nullity, and",
    ),
    "a condition with or": (
        GOOD.replace("name}", "name, row_condition: {type: or, conditions: []}}", 1),
        "structured form",
        ":6",
        "two rules",
    ),
    "half a condition": (
        GOOD.replace("name}", "name, row_condition: {type: comparison, column: {name: a}}}", 1),
        "not complete",
        ":6",
        "parameter",
    ),
    "an unknown operator": (
        GOOD.replace(
            "name}",
            'name, row_condition: {type: comparison, column: {name: a}, operator: "~", parameter: b}}',
            1,
        ),
        "operator is not known",
        ":6",
        "==",
    ),
    "a broken regex": (
        GOOD.replace("to_not_be_null", "to_match_regex").replace("name}", 'name, regex: "["}', 1),
        "regular expression cannot be read",
        ":6",
        "Correct",
    ),
    "a range without bounds": (
        GOOD.replace("to_not_be_null", "to_be_between"),
        "no bound",
        ":6",
        "min_value",
    ),
    "a column that is a list": (
        GOOD.replace("{column: name}", "{column: [name]}"),
        "'column' is not the name of a column",
        ":6",
        "name of a column",
    ),
    "columns that are one": (
        GOOD.replace("column_values_to_not_be_null", "compound_columns_to_be_unique").replace(
            "{column: name}", "{column_list: [name]}"
        ),
        "'column_list' is not a list",
        ":6",
        "[one, two]",
    ),
    "a share in percent": (
        GOOD.replace("name}", "name, mostly: 95}", 1).replace("quarantine", "warn"),
        "'mostly' is not a share",
        ":6",
        "0.95",
    ),
    "a bound that is a list": (
        GOOD.replace("to_not_be_null", "to_be_between").replace("name}", "name, min_value: [1]}", 1),
        "'min_value' is not a number",
        ":6",
        "a date",
    ),
    "an owner that is nobody": ("owner: ''\n" + GOOD, "'owner' is not a name", ":1", "who answers"),
    "a limit in percent": (
        GOOD.replace("expectations:", "quarantine_limit: 10\nexpectations:"),
        "'quarantine_limit' is not a share",
        "thing.yml:4",
        "0.05",
    ),
    "an optional column that no guard reads": (
        GOOD.replace("expectations:", "optional: [absent__c]\nexpectations:"),
        "No rule that guards reads the optional column 'absent__c'",
        "thing.yml:4",
        "only warns",
    ),
    "an optional column alone": (
        GOOD.replace("expectations:", "optional: name\nexpectations:"),
        "'optional' is not a list of columns",
        "thing.yml:4",
        "[one, two]",
    ),
    "a tolerance that is a text": (
        GOOD.replace("expectations:", "tolerance: much\nexpectations:"),
        "'tolerance' is not a share",
        ":4",
        "0.05",
    ),
    "a freshness in hours": (
        GOOD.replace("expectations:", "fresh_within_days: 12h\nexpectations:"),
        "'fresh_within_days' is not a number of days",
        ":4",
        "30",
    ),
    "a set that is no list": (
        GOOD.replace("to_not_be_null", "to_be_in_set").replace("name}", "name, value_set: a}", 1),
        "not a list",
        ":6",
        "[one, two]",
    ),
    "a query without its batch": (
        HEAD.format("true")
        + "  - type: unexpected_rows_expectation\n"
        + "    kwargs: {unexpected_rows_query: 'select id, _version from app.contacts'}\n"
        + f"    severity: warn\n    {META}\n",
        "does not name its rows",
        ":5",
        "{batch}",
    ),
    "a query that shows values": (
        HEAD.format("true")
        + "  - type: unexpected_rows_expectation\n"
        + "    kwargs: {unexpected_rows_query: 'select email from {batch}'}\n"
        + f"    severity: warn\n    {META}\n",
        "does not name its rows",
        ":5",
        "select id, _version",
    ),
}


@pytest.mark.parametrize(("suite", "what", "where", "next_step"), BROKEN.values(), ids=BROKEN)
def test_a_mistake_is_named_with_its_place_and_what_is_known(
    tmp_path: Path, suite: str, what: str, where: str, next_step: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load_suites(_folder(tmp_path, suite))

    assert what in caught.value.what
    assert where in caught.value.where
    assert next_step in caught.value.next_step


def test_a_suite_that_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    folder = _folder(tmp_path, GOOD)
    (folder / "thing.yml").write_bytes(GOOD.replace("Data team", "\xc9quipe").encode("latin-1"))

    with pytest.raises(SettingsError, match="not UTF-8 text") as caught:
        load_suites(folder)

    assert caught.value.where == "expectations/suites/thing.yml:9"


def test_a_mistake_in_the_shared_rules_names_the_shared_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_suites(_folder(tmp_path, GOOD, SHARED.replace("severity: refuse", "severity: fatal")))

    assert caught.value.where == "expectations/suites/shared.yml:3"


def test_an_object_has_one_suite(tmp_path: Path) -> None:
    _folder(tmp_path, GOOD)
    (tmp_path / "thing_again.yml").write_text(GOOD)

    with pytest.raises(SettingsError, match="two suites"):
        load_suites(tmp_path)


def test_a_folder_without_shared_rules_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "thing.yml").write_text(GOOD)

    with pytest.raises(SettingsError, match="cannot be read"):
        load_suites(tmp_path)


def test_a_rule_may_ask_the_same_of_any_of_several_columns(tmp_path: Path) -> None:
    rule = (
        "  - type: unexpected_rows_expectation\n    any_of: [name, city]\n"
        "    kwargs: {unexpected_rows_query: \"select id, _version from {batch} where <any><column> = 'None'</any>\"}\n"
        f"    severity: warn\n    {META}\n"
    )

    (own,) = load_suites(_folder(tmp_path, HEAD.format("false") + rule))["Thing__c"].rules[1:]

    asked = "select id, _version from {batch} where (name = 'None' or city = 'None')"
    assert own.kwargs["unexpected_rows_query"] == asked
