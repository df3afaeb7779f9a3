"""Clears what deleted rows leave behind in the database itself: free blocks of DuckDB's file, dead rows of PostgreSQL."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from extract.database import Connection, Database, quoted
from extract.duckdb_file import SETTINGS
from extract.errors import LandfallError, StorageError

OURS = ("raw", "quality", "staging", "seeds", "intermediate", "build", "reporting", "app", "ops")


def compact(database: Database) -> None:
    """Nothing else may have a DuckDB file open. Raises StorageError when there is no room for a second one."""
    if database.kind == "duckdb":
        with database.connect() as connection:
            connection.execute("checkpoint")  # also takes in a log that a crash left
        rewrite(database.path)
    else:
        with database.connect() as connection:
            _vacuum(connection)


def rewrite(path: Path) -> None:
    """Copy all that lives into a new file and put it in the place of the old one, at once or not at all.

    DuckDB never clears the blocks that deleted rows stood in, and packs texts so that a search would not find them.
    The old file stays open, and so locked, until the new one stands in its place.
    """
    import duckdb

    draft = path.with_name(path.name + ".new")
    _remove(draft)
    old, new = (str(each).replace("'", "''") for each in (path, draft))
    with duckdb.connect(":memory:", config=dict(SETTINGS)) as other:
        try:
            other.execute(f"attach '{old}' as landfall_old")
            os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            draft.unlink()  # it could be made; DuckDB wants to make it itself
            other.execute(f"attach '{new}' as landfall_new")
            draft.chmod(0o600)
            other.execute("copy from database landfall_old to landfall_new")
            _compare(other, path)
            other.execute("checkpoint landfall_new")
            other.execute("detach landfall_new")
        except (duckdb.IOException, duckdb.OutOfMemoryException, OSError) as error:
            _remove(draft)
            raise StorageError(
                "The database file could not be written anew, without the space that erased rows stood in.",
                str(draft),
                f"Make room for a second file of its size ({path.stat().st_size:,} bytes), and see that no other program"
                " has it open; then run `landfall sync`, which completes the erasure.",
            ) from error
        os.replace(draft, path)
        _sync_folder(path.parent)
        other.execute("detach landfall_old")


def _compare(other: Any, path: Path) -> None:
    """Raises LandfallError when a table of the copy has not as many rows as the one it was copied from."""
    tables = other.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = 'landfall_old' and not temporary"
    ).fetchall()
    for schema, table in tables:
        name = f"{quoted(schema)}.{quoted(table)}"
        old, new = other.execute(
            f"select (select count(*) from landfall_old.{name}), (select count(*) from landfall_new.{name})"
        ).fetchone()
        if old != new:
            raise LandfallError(
                f"{schema}.{table} has {old:,} rows, its copy {new:,}.",
                str(path),
                "The file was left as it was. Please report it.",
            )


def _remove(draft: Path) -> None:
    """What a rewrite that was killed left."""
    draft.unlink(missing_ok=True)
    draft.with_name(draft.name + ".wal").unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _vacuum(connection: Connection) -> None:
    """Every table of ours that has dead rows; the space is free then, and the next rows are written over it."""
    tables = connection.rows(
        "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        f" where c.relkind = 'r' and n.nspname in ({', '.join('?' * len(OURS))})"
        " and pg_has_role(c.relowner, 'usage') order by 1, 2",
        OURS,
    )
    for schema, table in tables:
        connection.execute(f"vacuum {quoted(schema)}.{quoted(table)}")
