"""What a command says of its run at the end."""

from __future__ import annotations

from extract.errors import DatabaseUnavailable
from sync.display.words import spell_outcome
from sync.outcome import Outcome


def test_only_a_replay_that_looked_says_that_nothing_is_set_aside() -> None:
    looked = Outcome("r1", "replay", "DuckDB x", state="unchanged")
    failed = Outcome("r1", "replay", "DuckDB x", state="failed", error=DatabaseUnavailable("x"))
    assert "Nothing is set aside." in spell_outcome(looked)
    assert "set aside" not in spell_outcome(failed)
