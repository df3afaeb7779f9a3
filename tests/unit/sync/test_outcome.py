"""What a run's result means: its state, its exit code, its warnings."""

from __future__ import annotations

import pytest

from extract.errors import (
    BudgetReached,
    DataRefused,
    LandfallError,
    NotProven,
    ObjectRefused,
    PublishFailed,
    SalesforceError,
)
from sync.outcome import failed_objects_error, state_after, warn_set_aside, warn_unresolved


@pytest.mark.parametrize(
    ("error", "published", "state"),
    [
        (None, True, "published"),
        (None, False, "unchanged"),
        (DataRefused("x"), False, "refused"),
        (BudgetReached("x"), False, "deferred"),
        (PublishFailed("x"), False, "failed"),
        (NotProven("x"), True, "published"),
        (NotProven("x"), False, "unchanged"),
        (BudgetReached("x"), True, "published"),
        (SalesforceError("x"), True, "published"),
    ],
)
def test_what_was_published_stays_published_whatever_failed_later(
    error: LandfallError | None, published: bool, state: str
) -> None:
    assert state_after(error, published) == state


def test_one_failed_object_speaks_for_itself() -> None:
    failed = {"object": "Task", "error": ObjectRefused("not there", "org", "allow it").to_dict()}
    error = failed_objects_error([failed], of=15)
    assert (type(error), error.what, error.next_step) == (ObjectRefused, "Task: not there", "allow it")


def test_several_failed_objects_are_named_in_one_error() -> None:
    failed = [{"object": name, "error": ObjectRefused("not there").to_dict()} for name in ("Task", "Case")]
    error = failed_objects_error(failed, of=15)
    assert "2 of 15 objects were not read: Task, Case" in error.what


def test_rows_set_aside_are_a_warning_from_the_threshold_on() -> None:
    rows = [
        {"object": "Account", "set_aside": 1, "rows_checked": 100},
        {"object": "Task", "set_aside": 2, "rows_checked": 100},
        {"object": "Case", "set_aside": 0, "rows_checked": 0},
    ]
    assert [line.split(":")[0] for line in warn_set_aside(rows, 0.01)] == ["Task"]
    assert [line.split(":")[0] for line in warn_set_aside(rows, 0.0)] == ["Account", "Task"]


def test_unresolved_references_are_a_warning_from_the_threshold_on() -> None:
    tables = [{"inserted": 10, "updated": 0, "unchanged": 90}]
    assert warn_unresolved(1, tables, 0.01) == []
    assert warn_unresolved(2, tables, 0.01)
