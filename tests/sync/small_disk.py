"""A file system of a size that tests choose, where mounting one is permitted."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOMY = 1 << 30


@dataclass(frozen=True)
class SmallDisk:
    """In memory; what is there takes no room before it is written."""

    folder: Path

    def leave(self, room: int) -> None:
        """Make it so small that just so many bytes are free."""
        found = os.statvfs(self.folder)
        size = (found.f_blocks - found.f_bfree) * found.f_frsize + room
        assert size > 0, "a size of 0 means without limit"
        self._remount(f"size={size}")

    def make_room(self) -> None:
        self._remount(f"size={ROOMY}")

    def forbid_writing(self) -> None:
        self._remount("ro")

    def _remount(self, option: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{option}", str(self.folder)], check=True)


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """The disk, mounted on the folder until the end of the block; skips the test where that is not permitted."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOMY},mode=0777", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a small file system cannot be mounted here: that takes root")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
