"""docs/reference/faults.md tells the truth: every fault is there, and the tests that it names show it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.catalogue import as_shown, load_faults, marked_tests
from tests.faults.page import page

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "faults.md"


def test_the_page_says_what_the_tests_say() -> None:
    again = "make it again: .venv/bin/python -m tests.faults.page > docs/reference/faults.md"
    assert PAGE.read_text(encoding="utf-8") == page(), again


def test_all_faults_are_there_once_and_in_order() -> None:
    found = [fault.id for fault in load_faults()]
    assert len(found) >= 92
    assert found == [f"F{number}" for number in range(1, len(found) + 1)]


def test_every_fault_is_shown_by_a_test_and_leaves_nothing_open() -> None:
    assert [fault.id for fault in load_faults() if not fault.tests or fault.not_yet] == []


def test_every_fault_that_passes_ends_well_without_a_hand() -> None:
    assert [fault.id for fault in load_faults() if fault.transient and not fault.ends_well] == []


def test_every_mark_names_a_fault_and_a_test_names_it_once() -> None:
    marks = list(marked_tests())
    assert {mark.fault for mark in marks} <= {fault.id for fault in load_faults()}
    twice = [each for each, times in Counter((mark.fault, mark.test) for mark in marks).items() if times > 1]
    assert twice == []


def test_no_mark_stands_where_the_page_does_not_see_it() -> None:
    """Only on a test of a module, or on one of the cases in its own decorator."""
    written = sum(
        len(re.findall(r"mark\.fault\(", path.read_text(encoding="utf-8")))
        for path in (ROOT / "tests").rglob("*.py")
        if path.is_relative_to(ROOT / "tests" / "faults") is False and path != Path(__file__)
    )
    assert written == len(list(marked_tests()))


@pytest.mark.parametrize(
    ("arguments", "named"),
    [([], {}), (["F1"], {}), (["F1", "a"], {"ends": "x"}), (["F1", "a"], {"ends_well": "some day"})],
)
def test_a_mark_that_says_something_else_is_refused(arguments: list[str], named: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="how it is planted"):
        as_shown("tests/a.py::test_b", arguments, named)


@pytest.mark.slow
def test_pytest_collects_every_test_that_the_page_names() -> None:
    named = {mark.test for mark in marked_tests()}
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", "fault"]
    done = subprocess.run(
        [*command, *sorted({test.partition("::")[0] for test in named})],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    collected = {line.partition("[")[0] for line in done.stdout.splitlines() if "::" in line}
    assert collected == named
