"""Tells, from what a database or dlt raised, what a person can do about it."""

from __future__ import annotations

from extract.causes import causes, known_cause
from extract.database import Database
from extract.errors import LandfallError


def explain_failure(error: BaseException, database: Database, table: str = "") -> LandfallError:
    """The error to end with; the first cause that we know decides. `table`: of raw, where only one was concerned."""
    where = f"{database.name}, raw.{table}" if table else database.name
    known = known_cause(error, where)
    if known is not None:
        return known
    # only the kind of error: the text of a reader's or a database's error may quote a record
    kinds = " < ".join(dict.fromkeys(type(cause).__name__ for cause in causes(error)))
    return LandfallError(
        f"The landing stopped on an error we did not expect: {kinds}",
        where,
        "Run again; nothing half done was kept. If it happens again, please report it with the log.",
    )
