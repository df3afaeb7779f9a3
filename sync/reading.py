"""Opens the target to look at what runs left, outside any run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from extract.database import Connection, Database
from extract.errors import DatabaseUnavailable
from sync.lock import find_owner, lock_held


@contextmanager
def open_to_read(database: Database, data_dir: Path, *, read_only: bool = True) -> Iterator[Connection]:
    """A connection to look at what is there; one that is not `read_only` may make temporary tables.

    Raises DatabaseUnavailable, and LockHeld when a run is at work on a DuckDB file: the run opens it again and again, and
    whoever looks in between would be in its way.
    """
    if database.kind == "duckdb" and not database.path.exists():  # connecting would make it
        raise DatabaseUnavailable(
            "There is no database yet.", database.name, "Run `landfall sync` first, or set DATABASE_URL."
        )
    with leave_to_a_run(database, data_dir), database.connect(read_only=read_only) as connection:
        yield connection


@contextmanager
def leave_to_a_run(database: Database, data_dir: Path) -> Iterator[None]:
    """Raises LockHeld when a run is at work on a DuckDB file, or has begun when the file could not be opened."""
    owner = find_owner(data_dir) if database.kind == "duckdb" else None
    if owner is not None:
        raise lock_held(owner, database.name)
    try:
        yield
    except DatabaseUnavailable as error:
        owner = find_owner(data_dir)
        if owner is None:
            raise
        raise lock_held(owner, database.name) from error
