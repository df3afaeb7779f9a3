"""Writes a file so that whoever reads it finds the old one or the new one, never half of one."""

from __future__ import annotations

import os
from pathlib import Path

DRAFT = (
    ".new"  # behind the file's name, while it is written; one that stays belongs to a process that was killed
)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write the file beside its place, readable by its owner alone, then move it in. Raises OSError; nothing is left then."""
    draft = path.with_name(path.name + DRAFT)
    try:
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
