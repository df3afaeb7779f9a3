"""An Id in its two spellings, and what is none."""

from __future__ import annotations

import pytest

from extract.record_ids import full_id


@pytest.mark.parametrize(
    ("given", "full"),
    [
        ("001D000000IqhSL", "001D000000IqhSLIAZ"),  # a known pair
        ("001D000000IqhSLIAZ", "001D000000IqhSLIAZ"),
        (" 001D000000IqhSLIAZ ", "001D000000IqhSLIAZ"),
        ("001D000000IqhSLIAA", None),  # its last three do not fit
        ("001d000000iqhsliaz", None),  # capitals were lost on the way
        ("001D000000IqhS", None),
        ("001D000000Iqh-L", None),
        ("", None),
    ],
)
def test_an_id_gets_its_eighteen_characters_or_is_none(given: str, full: str | None) -> None:
    assert full_id(given) == full
