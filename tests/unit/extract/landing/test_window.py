from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from extract.landing.window import Cursor, CursorChoice, Window, choose_cursor, plan_window
from extract.salesforce import FieldDescription

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
STAMP = CursorChoice("SystemModstamp", "")
QUARTER = timedelta(minutes=15)


def at(hour: int, minute: int = 0) -> datetime:
    return NOW.replace(hour=hour, minute=minute)


def fields(
    *names: str, unfilterable: tuple[str, ...] = (), unsortable: tuple[str, ...] = ()
) -> list[FieldDescription]:
    return [
        FieldDescription(
            name, "datetime", filterable=name not in unfilterable, sortable=name not in unsortable
        )
        for name in names
    ]


@pytest.mark.parametrize(
    ("described", "wanted", "chosen", "said"),
    [
        (
            fields("CreatedDate", "LastModifiedDate", "SystemModstamp"),
            "",
            "SystemModstamp",
            "moves with every",
        ),
        (fields("CreatedDate", "LastModifiedDate"), "", "LastModifiedDate", "SystemModstamp is not there"),
        (
            fields("LastModifiedDate", "SystemModstamp", unfilterable=("SystemModstamp",)),
            "",
            "LastModifiedDate",
            "SystemModstamp cannot be filtered by",
        ),
        (
            fields("LastModifiedDate", "SystemModstamp", unsortable=("SystemModstamp",)),
            "",
            "LastModifiedDate",
            "SystemModstamp cannot be sorted by",
        ),
        (
            fields("SystemModstamp", "Seen__c", unsortable=("Seen__c",)),
            "Seen__c",
            "SystemModstamp",
            "Seen__c cannot be sorted by",
        ),
        (fields("SystemModstamp", unsortable=("SystemModstamp",)), "", "", "every record is read each time"),
        (fields("CreatedDate"), "", "CreatedDate", "LastModifiedDate is not there"),
        (fields("LoginTime"), "", "LoginTime", "CreatedDate is not there"),
        (fields("Name"), "", "", "every record is read each time"),
        (fields("SystemModstamp", "Seen__c"), "Seen__c", "Seen__c", "by the catalogue"),
        (fields("SystemModstamp"), "Seen__c", "SystemModstamp", "Seen__c is not there"),
    ],
)
def test_the_cursor_is_the_best_field_by_which_a_window_can_be_cut(
    described: list[FieldDescription], wanted: str, chosen: str, said: str
) -> None:
    choice = choose_cursor(described, wanted)
    assert choice.field == chosen
    assert said in choice.reason


@pytest.mark.parametrize(
    ("case", "held", "full", "new_fields", "start", "end", "said"),
    [
        ("first read", None, False, [], None, NOW, "first read"),
        ("the next", Cursor("SystemModstamp", at(11)), False, [], at(10, 45), NOW, "15 minutes before"),
        ("at once again", Cursor("SystemModstamp", NOW), False, [], at(11, 45), NOW, "15 minutes before"),
        ("asked whole", Cursor("SystemModstamp", at(11)), True, [], None, NOW, "as asked"),
        ("another cursor", Cursor("CreatedDate", at(11)), False, [], None, NOW, "was CreatedDate before"),
        ("had none", Cursor("", at(11)), False, [], None, NOW, "was none before"),
        (
            "a new field",
            Cursor("SystemModstamp", at(11)),
            False,
            ["B__c", "A__c"],
            None,
            NOW,
            "fill A__c, B__c",
        ),
        (
            "org's clock a bit back",
            Cursor("SystemModstamp", at(12, 5)),
            False,
            [],
            at(11, 45),
            at(12, 5),
            "15",
        ),
        (
            "org's clock was back before",
            Cursor("SystemModstamp", at(12, 5), at(11, 52)),
            False,
            [],
            at(11, 37),
            at(12, 5),
            "15",
        ),
        (
            "org's clock far back",
            Cursor("SystemModstamp", at(18)),
            False,
            [],
            None,
            NOW,
            "after the org's own clock",
        ),
    ],
)
def test_a_window_loses_nothing_and_never_goes_back(
    case: str,
    held: Cursor | None,
    full: bool,
    new_fields: list[str],
    start: datetime | None,
    end: datetime,
    said: str,
) -> None:
    window = plan_window(held, STAMP, NOW, lookback=QUARTER, full=full, new_fields=new_fields)
    assert (window.start, window.end) == (start, end), case
    assert said in window.reason


def test_an_object_without_a_cursor_is_read_whole() -> None:
    window = plan_window(Cursor("", at(11)), CursorChoice("", "none"), NOW, lookback=QUARTER)
    assert (window.start, window.where) == (None, "")
    assert window.cursor == Cursor("", NOW)


def test_windows_that_follow_each_other_overlap_by_the_lookback() -> None:
    held = None
    ends = [NOW + timedelta(minutes=minutes) for minutes in (0, 1, 7, 60)]
    for end in ends:
        window = plan_window(held, STAMP, end, lookback=QUARTER)
        assert held is None or window.start == held.end - QUARTER
        held = window.cursor
        assert held.end == end


def test_the_filter_includes_the_start_and_excludes_the_end_in_utc() -> None:
    window = Window("SystemModstamp", at(10, 45), NOW, "")
    assert window.where == (
        "SystemModstamp >= 2026-03-01T10:45:00.000Z AND SystemModstamp < 2026-03-01T12:00:00.000Z"
    )
    assert Window("SystemModstamp", None, NOW, "").where == "SystemModstamp < 2026-03-01T12:00:00.000Z"
