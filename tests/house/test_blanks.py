"""What counts as a blank around a text is said once: SQL that leaves it to `trim` judges otherwise on each database."""

from __future__ import annotations

import re

import pytest
import yaml

from expectations.blanks import BLANKS
from sync.settings import ROOT

FOLDERS = ("dbt_project/models", "dbt_project/macros", "dbt_project/tests", "expectations/suites")
ARGUMENTS = re.compile(
    r"(?<![lr])trim(\((?:[^()']|'[^']*'|\([^()]*\))*\))"
)  # a call within one is looked at itself
FILES = [
    path
    for folder in FOLDERS
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in (".sql", ".yml")
]


def without_jinja(text: str) -> str:
    return re.sub(r"\{\{.*?\}\}", "x", re.sub(r"\{#.*?#\}", "", text, flags=re.S), flags=re.S)


def bare_trims(text: str) -> list[str]:
    """The calls of trim that do not say what they take away."""
    calls = [found[1] for found in ARGUMENTS.finditer(without_jinja(text))]
    return [
        f"trim{call}" for call in calls if "," not in re.sub(r"\(.*\)|'[^']*'", "", call[1:-1], flags=re.S)
    ]


def test_no_model_and_no_rule_leaves_the_blanks_to_the_database() -> None:
    found = {str(path.relative_to(ROOT)): bare_trims(path.read_text(encoding="utf-8")) for path in FILES}
    assert len(found) > 100
    assert {path: calls for path, calls in found.items() if calls} == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lower(trim(name))", ["trim(name)"]),
        ("trim(left(name, 2))", ["trim(left(name, 2))"]),
        ("trim({{ column }})", ["trim(x)"]),
        ("trim(name, ' ,')", []),
        ("{# lower(trim(name)) #}", []),
    ],
)
def test_a_bare_trim_is_found(text: str, expected: list[str]) -> None:
    assert bare_trims(text) == expected


def test_rules_and_models_take_the_same_for_a_blank() -> None:
    project = yaml.safe_load((ROOT / "dbt_project/dbt_project.yml").read_text(encoding="utf-8"))
    assert project["vars"]["blanks"] == BLANKS
