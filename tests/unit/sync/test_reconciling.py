"""When an object is due for a reconcile, and what a run says about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from extract.database import Database
from extract.landing.state import create_tables
from sync.display.reconcile_words import spell_due, spell_reconciled, warn_reconciled
from sync.lock import Owner
from sync.reconciling import find_due, record_reconciled
from sync.record import RunRecord

NOW = datetime.now(UTC)
BLANK: dict[str, Any] = {
    "state": "unchanged",
    "tombstones": 0,
    "read_again": 0,
    "brought": 0,
    "missing": 0,
    "error": None,
}


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def landed(
    database: Database, name: str, *, first: float, reconciled: float | None, differs: float | None
) -> None:
    """An object that landed so many days ago first, and was reconciled and last counted so many days ago."""
    with database.connect() as connection:
        connection.execute(
            "insert into raw._cursors (object, org_id, window_end) values (?, '00D', ?)", (name, NOW)
        )
        connection.execute(
            "insert into raw._fields (object, field, first_seen) values (?, 'Id', ?)", (name, days_ago(first))
        )
        if reconciled is not None:
            connection.execute(
                "insert into ops.reconciles (run_id, object, state, reconciled_at) values ('r', ?, 'unchanged', ?)",
                (name, days_ago(reconciled)),
            )
        if differs is not None:
            connection.execute(
                "insert into ops.completeness (run_id, object, difference, checked_at) values ('r', ?, 1, ?)",
                (name, days_ago(differs)),
            )


def test_an_object_is_due_by_its_age_or_by_counts_that_differ(database: Database) -> None:
    assert find_due(database, 7) == []  # nothing has landed
    record = RunRecord(database, "run")
    record.start("sync", Owner.here("run"))
    with database.connect() as connection:
        create_tables(connection)
    landed(database, "Fresh", first=30, reconciled=6, differs=None)
    landed(database, "New", first=2, reconciled=None, differs=None)
    landed(database, "Old", first=30, reconciled=8, differs=None)
    landed(database, "Never", first=8, reconciled=None, differs=None)
    landed(database, "Differs", first=2, reconciled=None, differs=0)
    landed(database, "Differs_Since", first=30, reconciled=2, differs=0)
    landed(database, "Differed_Then", first=30, reconciled=0.1, differs=0)  # looked at already
    landed(database, "Showed_Less", first=30, reconciled=3, differs=2)
    with database.connect() as connection:  # and shows all again since
        connection.execute(
            "insert into ops.completeness (run_id, object, difference, checked_at) values ('s', 'Showed_Less', 0, ?)",
            (days_ago(1),),
        )
    due = find_due(database, 7)
    assert {each.object: each.why for each in due} == {
        "Old": "age",
        "Never": "age",
        "Differs": "count",
        "Differs_Since": "count",
        "Showed_Less": "count",
    }
    assert find_due(database, 0) == []
    (words,) = spell_due([each.to_row() for each in due])
    assert words.startswith(
        "due for 5 objects (not yet done for all, the counts of Differs, Differs_Since, Showed_Less differed since)"
    )
    old = next(each for each in due if each.object == "Old")
    (words,) = spell_due([old.to_row()])
    assert words.startswith(f"due for 1 object (last {old.reconciled_at:%Y-%m-%d})")

    failed = {**BLANK, "object": "Old", "state": "failed", "error": {"what": "No."}}
    record_reconciled(record, [failed, {**BLANK, "object": "Never", "state": "skipped"}])
    assert {each.object for each in find_due(database, 7)} == {
        "Old",
        "Differs",
        "Differs_Since",
        "Showed_Less",
    }


@pytest.mark.parametrize(
    ("found", "said", "warned"),
    [
        ({}, [], []),
        ({"state": "landed", "tombstones": 2, "brought": 1}, ["Task: 2 gone, 1 brought"], []),
        ({"missing": 12_000}, ["Task: 12,000 missing"], ["landfall sync --full --only Task"]),
        ({"state": "failed", "error": {"what": "Refused.", "next_step": "Look."}}, [], ["Refused. Look."]),
    ],
)
def test_what_was_found_is_said_and_what_needs_a_hand_is_a_warning(
    found: dict[str, Any], said: list[str], warned: list[str]
) -> None:
    objects = [{**BLANK, "object": "Task", **found}]
    assert spell_reconciled(objects) == said
    warnings = warn_reconciled(objects)
    assert len(warnings) == len(warned)
    assert all(words in warning for words, warning in zip(warned, warnings, strict=True))
