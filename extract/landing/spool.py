"""Keeps the folders in which parts wait to be loaded; they hold records, so only their owner may look in."""

from __future__ import annotations

import shutil
from pathlib import Path

from extract.errors import StorageError


def make_private(folder: Path) -> Path:
    """The folder, made if missing, closed to everybody else."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    except OSError as error:
        raise StorageError(
            f"The folder cannot be made: {error.strerror}.",
            str(folder),
            "Choose a folder you may write to in LANDFALL_DATA_DIR.",
        ) from error
    return folder


def remove_leftovers(spool: Path, keep: str = "job.json") -> None:
    """Remove what a crash left behind, except the notes of Bulk jobs, whose results may still be fetched."""
    for folder in spool.iterdir() if spool.is_dir() else ():
        if not (folder / keep).exists():
            shutil.rmtree(folder, ignore_errors=True)
