from __future__ import annotations

import pytest

from extract.salesforce.bulk_window import page_rows


@pytest.mark.parametrize(
    ("part", "page"), [(245_760, 49_152), (250_000, 50_000), (50_001, 25_001), (300, 300), (1, 1)]
)
def test_pages_fill_a_part_exactly_and_are_not_too_much_to_lose(part: int, page: int) -> None:
    assert page_rows(part) == page
