"""Remembers the Bulk job of a window on disk, so that a run after a crash need not pay for another."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from extract.salesforce.disk import written_in

NOTE = "job.json"


@dataclass(frozen=True)
class KeptJob:
    job_id: str
    instance_url: str
    query: str
    api_version: str  # its results must be asked for with the same


def keep_job(folder: Path, instance_url: str, query: str, job_id: str, api_version: str) -> None:
    with written_in(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = folder / "job.new"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(KeptJob(job_id, instance_url, query, api_version)), file)
        draft.replace(folder / NOTE)


def kept_job(folder: Path) -> KeptJob | None:
    """The job that was kept; None when there is none, or the file makes no sense."""
    try:
        return KeptJob(**json.loads((folder / NOTE).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def forget_job(folder: Path) -> None:
    (folder / NOTE).unlink(missing_ok=True)
