"""Keeps beside the status page what each of the last runs told while it worked: the lines that a CI log has."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from sync.private_files import open_private, told_when_not_written

FOLDER = "runs"


class TimedLines:
    """A stream that begins every line with the time."""

    def __init__(self, stream: IO[str], path: Path) -> None:
        self._stream = stream
        self._path = path
        self._at_start = True

    def write(self, text: str) -> int:
        """Raises StorageError when the disk is full."""
        with told_when_not_written(self._path):
            for line in text.splitlines(keepends=True):
                if self._at_start:
                    self._stream.write(f"{datetime.now(UTC):%H:%M:%S} ")
                self._stream.write(line)
                self._at_start = line.endswith("\n")
        return len(text)

    def flush(self) -> None:
        with told_when_not_written(self._path):
            self._stream.flush()

    def close(self) -> None:
        self._stream.close()


def open_run_log(site_dir: Path, run_id: str) -> TimedLines:
    """Raises StorageError."""
    path = site_dir / FOLDER / f"{run_id}.txt"
    return TimedLines(open_private(path), path)


def keep_newest(site_dir: Path, run_ids: Collection[str]) -> Sequence[str]:
    """Remove the logs of other runs than these; those that are there."""
    logs = {path.stem: path for path in (site_dir / FOLDER).glob("*.txt")}
    for run_id, path in logs.items():
        if run_id not in run_ids:
            path.unlink(missing_ok=True)
    return sorted(logs.keys() & set(run_ids))
