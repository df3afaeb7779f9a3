"""The words that the suites know are the words that the models' seeds map: an analyst who adds one adds it to both."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from expectations.suites import load_suites

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"
SUITES = load_suites()
# object, rule, seed; words that the suite knows and no seed needs to
VOCABULARIES = [
    ("Account", "type_is_known", "organization_types", {"household"}),
    ("Contact", "contact_type_is_known", "contact_types", set()),
    ("Contact", "gender_is_known", "genders", set()),
    ("Contact", "race_and_ethnicity_are_known", "race_ethnicities", set()),
    ("Contact", "education_is_known", "education_levels", set()),
    ("Contact", "age_group_is_known", "age_groups", set()),
    ("Session__c", "session_status_is_known", "session_statuses", set()),
    ("Session__c", "session_type_is_known", "session_types", set()),
    ("Session__c", "session_format_is_known", "session_formats", set()),
    ("Session__c", "cancellation_reason_is_known", "cancellation_reasons", set()),
    ("Session_Participant__c", "status_of_volunteer_is_known", "participation_statuses", set()),
    ("Session_Participant__c", "status_of_student_is_known", "student_participation_statuses", set()),
]


@pytest.mark.parametrize(
    ("name", "rule", "seed", "more"), VOCABULARIES, ids=[seed for _, _, seed, _ in VOCABULARIES]
)
def test_a_suite_knows_the_words_of_its_seed(name: str, rule: str, seed: str, more: set[str]) -> None:
    (found,) = [each for each in SUITES[name].rules if each.name == rule]
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)

    assert set(found.kwargs["value_set"]) == {row[0].strip().lower() for row in rows} | more
    assert found.kwargs["column"].startswith("_folded_")
