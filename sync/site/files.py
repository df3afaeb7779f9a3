"""Writes the site's files so that a reader sees the old one or the new one, never half of one."""

from __future__ import annotations

import os
from pathlib import Path

from extract.errors import StorageError


def replace_file(path: Path, text: str) -> Path:
    """Write the file beside its place, readable by its owner alone, then move it in. Raises StorageError."""
    new = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new.write_text(text, encoding="utf-8")
        new.chmod(0o600)
        os.replace(new, path)
    except OSError as error:
        raise StorageError(
            f"The status page cannot be written: {error.strerror}.",
            str(path),
            "See that the disk has room and that you may write to the folder, then run: landfall site",
        ) from error
    return path
