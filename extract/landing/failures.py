"""Tells, from what a database or dlt raised, what a person can do about it."""

from __future__ import annotations

from extract.causes import causes, known_cause
from extract.database import Database
from extract.errors import LandfallError


def explain_failure(error: BaseException, database: Database) -> LandfallError:
    """The error to end with; the first cause that we know decides."""
    known = known_cause(error, database.name)
    if known is not None:
        return known
    # only the kind of error: the text of a reader's or a database's error may quote a record
    kinds = " < ".join(dict.fromkeys(type(cause).__name__ for cause in causes(error)))
    return LandfallError(
        f"The landing stopped on an error we did not expect: {kinds}",
        database.name,
        "Run again; nothing half done was kept. If it happens again, please report it with the log.",
    )
