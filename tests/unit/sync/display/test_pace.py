"""How fast a series goes on and how long it will take, in words."""

from __future__ import annotations

import pytest

from sync.display.pace import Pace, spell_left


@pytest.mark.parametrize(
    ("reports", "words"),
    [
        ([(0, 2000, 40000)], "2,000 of 40,000 records"),
        ([(0, 2000, 40000), (0.5, 4000, 40000)], "4,000 of 40,000 records"),  # too early to say
        ([(0, 2000, 40000), (2, 4000, 40000)], "4,000 of 40,000 records, 1,000/s, 36 s left"),
        ([(0, 0, None), (4, 100, None)], "100 records, 25/s"),
        ([(0, 0, 10), (4, 0, 10)], "0 of 10 records"),  # it stands still: nobody knows
        ([(0, 0, 10), (4, 12, 10)], "12 of 10 records, 3/s"),  # more than the org had said
    ],
)
def test_a_pace_in_words(reports: list[tuple[float, int, int | None]], words: str) -> None:
    (moment, done, expected), *later = reports
    pace = Pace.start({"done": done, "expected": expected, "unit": "records"}, moment)
    for at, done, expected in later:
        pace.hear({"done": done, "expected": expected}, at)
    assert pace.words() == words


@pytest.mark.parametrize(
    ("seconds", "spelled"), [(0.2, "1 s"), (59, "59 s"), (61, "1 min 1 s"), (7260, "2 h 1 min")]
)
def test_time_left_is_no_more_exact_than_it_can_be(seconds: float, spelled: str) -> None:
    assert spell_left(seconds) == spelled
