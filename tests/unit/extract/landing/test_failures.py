from __future__ import annotations

import errno

import duckdb
import psycopg2
import pytest

from extract.database import Database
from extract.errors import DatabaseUnavailable, LandfallError, LoginRefused, StorageError
from extract.landing.failures import explain_failure

TARGET = Database("duckdb:///data/landfall.duckdb")


def wrapped(cause: BaseException) -> Exception:
    """As dlt hands it on: inside two exceptions of its own."""
    outer = RuntimeError("pipeline execution failed")
    outer.__cause__ = RuntimeError("job failed")
    outer.__cause__.__context__ = cause
    return outer


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (psycopg2.OperationalError("server closed the connection unexpectedly"), DatabaseUnavailable),
        (psycopg2.InterfaceError("connection already closed"), DatabaseUnavailable),
        (psycopg2.errors.DiskFull("could not extend file"), StorageError),
        (duckdb.IOException("Could not write file: No space left on device"), StorageError),
        (duckdb.TransactionException("Failed to commit: Could not write file: no space"), StorageError),
        (duckdb.FatalException("database has been invalidated. No space left on device"), StorageError),
        (duckdb.IOException("Could not set lock on file"), DatabaseUnavailable),
        (duckdb.OutOfMemoryException("failed to allocate data"), StorageError),
        (OSError(errno.ENOSPC, "No space left on device", "/data/spool"), StorageError),
        (OSError(errno.EROFS, "Read-only file system"), StorageError),
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), LandfallError),
        (LoginRefused("no"), LoginRefused),
        (ValueError("something else"), LandfallError),
    ],
)
def test_the_cause_decides_what_a_person_is_told(cause: BaseException, kind: type[LandfallError]) -> None:
    assert type(explain_failure(wrapped(cause), TARGET)) is kind


def test_an_unexpected_error_is_told_by_its_kind_alone_because_its_text_may_quote_a_record() -> None:
    error = explain_failure(wrapped(duckdb.InvalidInputException("Original Line: Vera Beispiel")), TARGET)
    assert "InvalidInputException" in error.what
    assert "Vera" not in "".join(error.to_dict().values())
