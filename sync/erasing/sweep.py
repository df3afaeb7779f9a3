"""Ends an erasure: files that may hold records go, free space of the database is cleared, the record is closed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extract.database import Database
from extract.errors import StorageError
from sync.erasing.compact import compact
from sync.erasing.ledger import finish, has_open, removed_by

Report = Callable[..., None]


@dataclass(frozen=True)
class SweepOptions:
    database: Database
    data_dir: Path
    run_id: str


def sweep(options: SweepOptions, report: Report) -> dict[str, Any]:
    """Call it when the application schema is published without the erased records. A second call does it again."""
    files = remove_files(options.data_dir)
    report("point", name="sweep.files_removed")
    compact(options.database)
    report("point", name="sweep.compacted")
    with options.database.connect() as connection:
        records = finish(connection, options.run_id) if has_open(connection) else 0
        tables = removed_by(connection, options.run_id)
    return {"records": records, "files": files, "tables": tables}


def remove_files(data_dir: Path) -> int:
    """Remove what was read and not landed yet, and what dlt was at work on; how many files that were.

    A window that was cut short is read again. Notes of Bulk jobs go with their pages.
    """
    removed = 0
    for folder in _working_folders(data_dir):
        removed += sum(each.is_file() for each in folder.rglob("*"))
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise StorageError(
                f"Files that may hold erased records cannot be removed: {error.strerror}.",
                str(folder),
                "Fix the folder's permissions, then run `landfall sync`, which completes the erasure.",
            ) from error
    return removed


def _working_folders(data_dir: Path) -> Iterator[Path]:
    if (data_dir / "spool").is_dir():
        yield from (each for each in (data_dir / "spool").iterdir() if each.is_dir())
    yield from (each for each in (data_dir / "dlt" / "temp",) if each.is_dir())
    packages = data_dir / "dlt" / "landfall"
    for stage in ("normalize/extracted", "load/new", "load/normalized", "load/loaded"):
        if (packages / stage).is_dir():
            yield from (each for each in (packages / stage).iterdir() if each.is_dir())
