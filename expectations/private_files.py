"""Keeps what is written about records from everybody but its owner."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def private_files() -> Iterator[None]:
    """Files written within the block are readable by their owner alone; Great Expectations sets no permissions."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
