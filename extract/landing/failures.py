"""Tells, from what a database or dlt raised, what a person can do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from extract.causes import causes, known_cause
from extract.database import Database
from extract.errors import LandfallError
from extract.landing.parts import Part
from extract.salesforce.kept_job import forget_job


def explain_failure(error: BaseException, database: Database, table: str = "") -> LandfallError:
    """The error to end with; the first cause that we know decides. `table`: of raw, where only one was concerned."""
    return _explained(error, f"{database.name}, raw.{table}" if table else database.name)


def explain_part(error: BaseException, part: Part, database: Database) -> LandfallError:
    """The same for a part that could not be loaded."""
    return _malformed(error, part) or explain_failure(error, database, part.table)


@contextmanager
def reading(part: Part) -> Iterator[None]:
    """Turns what DuckDB raises over a part's file into the error of the part's object."""
    try:
        yield
    except duckdb.Error as error:  # without it: its text may quote a record
        raise _malformed(error, part) or _explained(error, f"raw.{part.table}") from None


def _malformed(error: BaseException, part: Part) -> LandfallError | None:
    """The error for a file that DuckDB cannot read. The Bulk job that it may be of is not taken up again, nor its pages."""
    if not any(isinstance(cause, duckdb.InvalidInputException) for cause in causes(error)):
        return None
    forget_job(part.path.parent)
    return LandfallError(
        f"A spooled part of {part.object} is not the CSV that it ought to be.",
        str(part.path),
        "Run again; nothing of this part was kept, and the object is read anew. If it happens again, please report it.",
    )


def _explained(error: BaseException, where: str) -> LandfallError:
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
