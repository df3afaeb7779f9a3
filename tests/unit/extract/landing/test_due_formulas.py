"""Which formulas are due to be read again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from extract.landing.column_state import ColumnState
from extract.landing.columns import due_formulas
from extract.landing.fields import HeldField

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIELDS = [
    HeldField("Name", "name", "string", 80, 0, 0),
    HeldField("Hours__c", "hours__c", "double", 0, 18, 0, calculated=True),
]


@pytest.mark.parametrize(
    ("case", "read_at", "days", "due"),
    [
        ("never read", None, 1, ["Hours__c"]),
        ("a day ago", NOW - timedelta(days=1), 1, ["Hours__c"]),
        ("an hour ago", NOW - timedelta(hours=1), 1, []),
        ("six days of seven", NOW - timedelta(days=6), 7, []),
        ("switched off", None, 0, []),
        ("read in the future, by a clock that went back", NOW + timedelta(days=2), 1, []),
    ],
)
def test_a_formula_is_due_after_so_many_days(
    case: str, read_at: datetime | None, days: int, due: list[str]
) -> None:
    states = [ColumnState("Hours__c", "formula", None, None, read_at)] if read_at else []
    assert due_formulas(FIELDS, states, NOW, days) == due, case
