"""Knows a record's Id in its two spellings: 15 characters, where case matters, and 18, of which three say the case."""

from __future__ import annotations

import string

DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
CASE_LETTERS = string.ascii_uppercase + "012345"


def full_id(text: str) -> str | None:
    """The Id with 18 characters; None for what is no Id, also for one whose last three characters do not fit."""
    text = text.strip()
    if len(text) not in (15, 18) or any(letter not in DIGITS for letter in text):
        return None
    full = text[:15] + "".join(_case_letter(text[start : start + 5]) for start in (0, 5, 10))
    return full if len(text) == 15 or text == full else None


def _case_letter(five: str) -> str:
    return CASE_LETTERS[sum(1 << place for place, letter in enumerate(five) if "A" <= letter <= "Z")]
