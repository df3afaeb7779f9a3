"""Makes folders and files that only their owner can read."""

from __future__ import annotations

import json
import os
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
    try:
        return open(path, mode, opener=lambda name, flags: os.open(name, flags, 0o600))
    except OSError as error:
        raise StorageError(
            f"The file cannot be written: {error.strerror}.",
            str(path),
            "Make room, or fix the folder's permissions.",
        ) from error


def write_private_json(path: Path, content: object) -> Path:
    with open_private(path) as file:
        json.dump(content, file)
    return path
