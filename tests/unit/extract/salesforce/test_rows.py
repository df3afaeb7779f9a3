"""Records are counted by their ends, wherever the chunks are cut."""

import csv
import io
import random
import time

import pytest

from extract.salesforce.header import quoted_row
from extract.salesforce.rows import RowCounter

NASTY = [
    "plain",
    "",
    'a "quoted" word',
    "two\nlines",
    "\r\n",
    '"\n"',
    '"',
    '""',
    ",",
    "\u2028\u0085",
    "🚀",
    "\n" * 5,
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 100_000])
def test_the_count_agrees_with_a_csv_reader_at_every_cut(size: int) -> None:
    chance = random.Random(size)
    data = b"".join(quoted_row([chance.choice(NASTY) for _ in range(4)]) for _ in range(500))
    counter = RowCounter()
    for start in range(0, len(data), size):
        counter.feed(data[start : start + size])
    assert counter.rows == len(list(csv.reader(io.StringIO(data.decode(), newline="")))) == 500
    assert not counter.inside_quotes
    assert not counter.unfinished_line


@pytest.mark.parametrize(
    ("data", "rows", "inside", "unfinished"),
    [
        (b"", 0, False, False),
        (b'"a"\n', 1, False, False),
        (b'"a"\n"b"', 1, False, True),
        (b'"a"\n"b', 1, True, True),
        (b'"a"\n"b\n', 1, True, False),
    ],
)
def test_an_end_that_comes_too_early_is_noticed(
    data: bytes, rows: int, inside: bool, unfinished: bool
) -> None:
    counter = RowCounter()
    counter.feed(data)
    assert (counter.rows, counter.inside_quotes, counter.unfinished_line) == (rows, inside, unfinished)


def test_counting_keeps_up_with_a_download() -> None:
    page = quoted_row([f"value {n}" for n in range(40)]) * 5000
    counter = RowCounter()
    began = time.process_time()
    for _ in range(20):
        counter.feed(page)
    assert counter.rows == 100_000
    assert time.process_time() - began < 1.0  # it takes about 0.05 s; a loop over bytes takes 10 s
