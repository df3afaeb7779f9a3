"""The list of rules in the manual is the one that runs."""

from __future__ import annotations

from pathlib import Path

from expectations.reference import reference

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "rules.md"


def test_the_manual_lists_the_rules_that_run() -> None:
    again = "make it again: .venv/bin/python -m expectations.reference > docs/reference/rules.md"
    assert PAGE.read_text(encoding="utf-8") == reference(), again
