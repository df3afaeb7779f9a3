"""What counts as a change of the rules or the models."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.fingerprint import NO_OVERRIDES, Fingerprint, Override, hash_overrides, take_fingerprint


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in (
        "expectations/suites/account.yml",
        "dbt_project/models/a.sql",
        "dbt_project/target/manifest.json",
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("one")
    return tmp_path


def test_the_same_files_have_the_same_fingerprint(checkout: Path) -> None:
    assert take_fingerprint(checkout, {}) == take_fingerprint(checkout, {})


@pytest.mark.parametrize(
    ("file", "rules_change", "models_change"),
    [
        ("expectations/suites/account.yml", True, False),
        ("dbt_project/models/a.sql", False, True),
        ("dbt_project/target/manifest.json", False, False),  # made by dbt itself
    ],
)
def test_a_change_of_a_file_is_a_change_of_its_own_half(
    checkout: Path, file: str, rules_change: bool, models_change: bool
) -> None:
    before = take_fingerprint(checkout, {})
    (checkout / file).write_text("two")
    after = take_fingerprint(checkout, {})
    assert (before.rules != after.rules, before.models != after.models) == (rules_change, models_change)


def test_a_setting_that_the_models_read_is_a_change_of_the_models(checkout: Path) -> None:
    before = take_fingerprint(checkout, {"LANDFALL_TIME_ZONE": "America/Chicago"})
    after = take_fingerprint(checkout, {"LANDFALL_TIME_ZONE": "Europe/Paris"})
    assert (before.rules != after.rules, before.models != after.models) == (False, True)


def test_the_same_overrides_have_the_same_hash_in_any_order() -> None:
    first: Override = ("schools", "S1", "name", "x", "staff")
    second: Override = ("schools", "S1", "level", None, "staff")
    assert hash_overrides([first, second]) == hash_overrides([second, first])
    assert hash_overrides([("schools", "S1", "level", "", "staff")]) == hash_overrides([second])
    assert len({hash_overrides(each) for each in ([], [first], [second], [first, second])}) == 4
    assert hash_overrides([]) == NO_OVERRIDES


def test_an_override_is_a_change_of_neither_the_rules_nor_the_models(checkout: Path) -> None:
    before = take_fingerprint(checkout, {})
    after = take_fingerprint(checkout, {}, [("schools", "S1", "name", "x", "staff")])
    assert (after.rules, after.models) == (before.rules, before.models)
    assert before.overrides == NO_OVERRIDES != after.overrides


def test_a_fingerprint_survives_the_record() -> None:
    taken = Fingerprint("abc", "def", "123")
    assert Fingerprint.parse(str(taken)) == taken
    assert Fingerprint.parse("rules:abc models:def") == Fingerprint("abc", "def", NO_OVERRIDES)
    assert Fingerprint.parse(None) is None
    assert Fingerprint.parse("something old") is None
