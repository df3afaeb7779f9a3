"""Tells, from what a database or the operating system raised, what a person can do about it."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator

from extract.errors import DatabaseUnavailable, LandfallError, StorageError

NOTHING_KEPT = "then run again; nothing half done was kept."
FULL = (errno.ENOSPC, errno.EDQUOT)
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
# What databases say when a file could not be written, whichever of their exceptions that ends in.
NOT_WRITTEN = re.compile(
    "no space left|disk full|disk quota exceeded|could not (write|sync|truncate|extend)", re.I
)
NOT_THERE = re.compile(
    "connection to server|server closed the connection|terminating connection|connection refused|"
    "could not set lock|conflicting lock",
    re.I,
)


def known_cause(error: BaseException, where: str) -> LandfallError | None:
    """The error to end with, by the first cause that we know; `where` is the database's name. None: a defect."""
    for cause in causes(error):
        known = known_error(cause, where) or _not_permitted(cause, where)
        if known is not None:
            return known
    return None


def known_error(cause: BaseException, where: str) -> LandfallError | None:
    """The same for one exception alone, without what it was raised from."""
    import duckdb
    import psycopg2

    if isinstance(cause, LandfallError):
        return cause
    if isinstance(cause, psycopg2.errors.DiskFull | psycopg2.errors.OutOfMemory):
        return StorageError("PostgreSQL has no room left.", where, f"Make room on the server, {NOTHING_KEPT}")
    if isinstance(cause, psycopg2.errors.ProgramLimitExceeded):  # an OperationalError by its class
        return LandfallError(
            f"PostgreSQL cannot hold it: {first_line(cause)}.",
            where,
            "A row of PostgreSQL holds 8 kB of short values. Leave fields out that nobody needs (`leave_out` in "
            "extract/catalogue/objects.toml), then run again.",
        )
    if isinstance(cause, psycopg2.OperationalError | psycopg2.InterfaceError):
        what = f"PostgreSQL stopped answering: {first_line(cause)}"
        return DatabaseUnavailable(what, where, f"See that the server runs, {NOTHING_KEPT}")
    if isinstance(cause, duckdb.Error):
        return _duckdb_failure(cause, where)
    if isinstance(cause, OSError) and cause.errno in (*FULL, *FORBIDDEN):
        return _file_failure(cause)
    return None


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """The exception, what it was raised from, and so on."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def first_line(error: BaseException) -> str:
    text = str(error).strip()
    return (text.splitlines()[0] if text else type(error).__name__)[:300]


def is_full(error: BaseException) -> bool:
    """The database could not write its files."""
    return NOT_WRITTEN.search(str(error)) is not None


def cause_in_words(message: str, where: str) -> LandfallError | None:
    """The same by a message alone, where a library has thrown the exception away; none of it is repeated."""
    if NOT_WRITTEN.search(message):
        return StorageError("The database has no room left.", where, f"Make room, {NOTHING_KEPT}")
    if NOT_THERE.search(message):
        step = f"See that it runs and that no other program has the file open, {NOTHING_KEPT}"
        return DatabaseUnavailable("The database does not answer, or does not let us in.", where, step)
    return None


def _not_permitted(cause: BaseException, where: str) -> LandfallError | None:
    """Not a part of `known_error`: publish has more to say about the application's schema."""
    import psycopg2

    if not isinstance(cause, psycopg2.errors.InsufficientPrivilege):
        return None
    return DatabaseUnavailable(
        f"PostgreSQL does not permit it: {first_line(cause)}.",
        where,
        "Grant the user in DATABASE_URL the right to create schemas (grant create on database …), or make it the "
        "owner of the schemas that are there already; then run again.",
    )


def _duckdb_failure(cause: Exception, where: str) -> LandfallError | None:
    if "lock on file" in str(cause):
        what = "The DuckDB file is open in another program."
        return DatabaseUnavailable(what, where, f"Close it there, {NOTHING_KEPT}")
    if is_full(cause):
        # no more of its text: DuckDB's gravest errors repeat the statement they came from
        return StorageError(
            "DuckDB could not write its file.", where, f"Make room on the disk, {NOTHING_KEPT}"
        )
    import duckdb

    if isinstance(cause, duckdb.IOException | duckdb.OutOfMemoryException):
        what = f"DuckDB could not read or write: {first_line(cause)}"
        return StorageError(what, where, f"See that the disk has room, {NOTHING_KEPT}")
    return None


def _file_failure(cause: OSError) -> StorageError:
    step = "Make room" if cause.errno in FULL else "Fix the permissions"
    where = str(cause.filename or "the folder of LANDFALL_DATA_DIR")  # where all files are that we write
    return StorageError(f"A file cannot be written: {cause.strerror}.", where, f"{step}, {NOTHING_KEPT}")
