"""Says in words what went wrong with the spool's disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from extract.errors import StorageError


@contextmanager
def written_in(folder: Path) -> Iterator[None]:
    """Turns the block's OSError into StorageError. For file calls only: broken connections are OSErrors too."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"The spool could not be written ({error.strerror or type(error).__name__}).",
            str(folder),
            "Make room on the disk, or set LANDFALL_DATA_DIR to a folder that can be written.",
        ) from error
