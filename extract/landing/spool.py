"""Keeps the folders in which parts wait to be loaded; they hold records, so only their owner may look in."""

from __future__ import annotations

import shutil
import time
from datetime import timedelta
from pathlib import Path

from extract.errors import StorageError
from extract.salesforce.kept_job import NOTE, kept_job
from extract.salesforce.page_store import FOLDER

ADOPT_WITHIN = timedelta(days=6)  # Salesforce keeps a job's results for seven


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


def remove_leftovers(spool: Path) -> list[str]:
    """Remove what a crash left behind; the ids of the Bulk jobs that may be taken up, whose pages stay.

    A job of which Salesforce keeps no results any more is no use, nor are its pages; a part that was being made of
    them is made again."""
    jobs = []
    for folder in spool.iterdir() if spool.is_dir() else ():
        left = kept_job(folder)
        if left is None or _age(folder / NOTE) > ADOPT_WITHIN:
            shutil.rmtree(folder, ignore_errors=True)
            continue
        jobs.append(left.job_id)
        for part in (entry for entry in folder.iterdir() if entry.name not in (NOTE, FOLDER)):
            if part.is_dir():
                shutil.rmtree(part, ignore_errors=True)
            else:
                part.unlink(missing_ok=True)
    return jobs


def _age(file: Path) -> timedelta:
    return timedelta(seconds=time.time() - file.stat().st_mtime)
