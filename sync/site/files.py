"""Writes the site's files so that a reader sees the old one or the new one, never half of one."""

from __future__ import annotations

from pathlib import Path

from extract.errors import StorageError
from extract.whole_file import write_whole


def replace_file(path: Path, text: str) -> Path:
    """Write the file whole, readable by its owner alone. Raises StorageError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(path, text)
    except OSError as error:
        raise StorageError(
            f"The status page cannot be written: {error.strerror}.",
            str(path),
            "See that the disk has room and that you may write to the folder, then run: landfall site",
        ) from error
    return path
