"""What a run says of the rules it works with."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from extract.database import Database
from sync import run
from sync.fingerprint import Fingerprint


@pytest.mark.parametrize(("validates", "said"), [(True, 1), (False, 0)])
def test_only_what_validates_says_that_everything_is_validated_again(
    validates: bool, said: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a publish by other rules."""
    notes: list[str] = []
    now = Fingerprint("new", "models")
    before = SimpleNamespace(rollback=None, published_with=Fingerprint("old", "models"))
    monkeypatch.setattr(run, "read_pending", lambda database, all_loads=False: before)
    opened: Any = SimpleNamespace(
        settings=SimpleNamespace(database=Database(f"duckdb:///{tmp_path}/none.duckdb")),
        fingerprint=now,
        display=SimpleNamespace(note=notes.append),
    )
    run._pending(opened, validates=validates)
    assert len(notes) == said
