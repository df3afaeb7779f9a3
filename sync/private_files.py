"""Makes folders and files that only their owner can read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from extract.errors import StorageError


def make_private_folder(folder: Path) -> Path:
    """The folder and its parents, 0700 where we made them. Raises StorageError."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        for each in reversed(missing):
            each.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"The folder cannot be made: {error.strerror}.",
            str(folder),
            "Choose a folder you may write to in LANDFALL_DATA_DIR.",
        ) from error
    return folder


def open_private(path: Path, mode: str = "w") -> IO[Any]:
    """The file open for writing (`w`, `a`, `ab` …), readable by its owner alone. Raises StorageError."""
    make_private_folder(path.parent)
    with told_when_not_written(path):
        return open(path, mode, opener=lambda name, flags: os.open(name, flags, 0o600))


def write_private_json(path: Path, content: object) -> Path:
    """Raises StorageError, also when the disk fills while writing."""
    with told_when_not_written(path), open_private(path) as file:
        json.dump(content, file)
    return path


@contextmanager
def told_when_not_written(path: Path) -> Iterator[None]:
    """Turns the block's OSError into StorageError."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"The file cannot be written: {error.strerror}.",
            str(path),
            "Make room, or fix the folder's permissions.",
        ) from error
