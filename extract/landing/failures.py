"""Tells, from what a database or dlt raised, what a person can do about it."""

from __future__ import annotations

import errno
from collections.abc import Iterator

from extract.database import Database
from extract.errors import DatabaseUnavailable, LandfallError, StorageError

NOTHING_KEPT = "then run again; nothing half done was kept."


def explain_failure(error: BaseException, database: Database) -> LandfallError:
    """The error to end with; the first cause that we know decides."""
    for cause in _causes(error):
        known = _known(cause, database)
        if known is not None:
            return known
    # only the kind of error: the text of a reader's or a database's error may quote a record
    kinds = " < ".join(dict.fromkeys(type(cause).__name__ for cause in _causes(error)))
    return LandfallError(
        f"The landing stopped on an error we did not expect: {kinds}",
        database.name,
        "Run again; nothing half done was kept. If it happens again, please report it with the log.",
    )


def _known(cause: BaseException, database: Database) -> LandfallError | None:
    import duckdb
    import psycopg2

    if isinstance(cause, LandfallError):
        return cause
    if isinstance(cause, psycopg2.errors.DiskFull | psycopg2.errors.OutOfMemory):
        return StorageError(
            "PostgreSQL has no room left.", database.name, f"Make room on the server, {NOTHING_KEPT}"
        )
    if isinstance(cause, psycopg2.OperationalError | psycopg2.InterfaceError):
        what = f"PostgreSQL stopped answering: {_first_line(cause)}"
        return DatabaseUnavailable(what, database.name, f"See that the server runs, {NOTHING_KEPT}")
    if isinstance(cause, duckdb.IOException | duckdb.OutOfMemoryException):
        return _duckdb_failure(cause, database)
    if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
        where = str(cause.filename or database.name)
        return StorageError(
            f"A file cannot be written: {cause.strerror}.", where, f"Make room, {NOTHING_KEPT}"
        )
    return None


def _duckdb_failure(cause: BaseException, database: Database) -> LandfallError:
    text = _first_line(cause)
    if "lock on file" in text:
        what = "The DuckDB file is open in another program."
        return DatabaseUnavailable(what, database.name, f"Close it there, {NOTHING_KEPT}")
    return StorageError(
        f"DuckDB could not write: {text}", database.name, f"See that the disk has room, {NOTHING_KEPT}"
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return (text.splitlines()[0] if text else type(error).__name__)[:300]
