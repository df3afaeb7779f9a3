"""Knows the answers that mean: not in one piece. Less time, or fewer fields, at once may do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from extract.errors import SalesforceError
from extract.salesforce.answers import Refusal
from extract.salesforce.refusals import ApiRefused, explain

# Each code with the part of its message that is the sign where the code is another, as a job's may be.
_SHORTER = ("OPERATION_TOO_LARGE", "distinct who/what")
_NARROWER = ("QUERY_TOO_COMPLICATED", "selecting too many fields")


class TooMuch(Exception):
    """Salesforce does not manage the window; a shorter one may do. `error` says it in words.

    `cuts` is how much of the cutting that is allowed it uses up: much, where it took hours to find out."""

    def __init__(self, error: SalesforceError, cuts: int = 1) -> None:
        super().__init__(error.what)
        self.error = error
        self.cuts = cuts


class TooComplicated(Exception):
    """Salesforce does not take the statement; one with fewer fields may do. `error` says it in words."""

    def __init__(self, error: SalesforceError) -> None:
        super().__init__(error.what)
        self.error = error


@contextmanager
def told_apart(name: str) -> Iterator[None]:
    """Turns an ApiRefused from inside the block into TooMuch or TooComplicated where it means that."""
    try:
        yield
    except ApiRefused as refused:
        found = less_may_do(refused.refusal, name)
        if found is None:
            raise
        raise found from refused


def less_may_do(refusal: Refusal, name: str) -> TooMuch | TooComplicated | None:
    """What to raise for a refusal, also a job's, that a smaller query may not meet; None for any other."""
    said = f"{refusal.code} {refusal.message}".lower()
    if any(sign.lower() in said for sign in _SHORTER):
        return TooMuch(explain(Refusal(refusal.status, _SHORTER[0], refusal.message), name))
    if any(sign.lower() in said for sign in _NARROWER):
        return TooComplicated(explain(Refusal(refusal.status, _NARROWER[0], refusal.message), name))
    return None
