"""One demonstration at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.errors import LockHeld
from sync.demo.demo import show_demo
from sync.lock import Owner, hold_file


def test_another_demonstration_is_told_without_sending_anybody_to_their_own_target(tmp_path: Path) -> None:
    with hold_file(tmp_path / "demo.lock", Owner.here("demo")), pytest.raises(LockHeld) as caught:
        show_demo(print, folder=tmp_path / "demo")
    assert "Run demo is at work since" in caught.value.what
    assert "status" not in caught.value.next_step
