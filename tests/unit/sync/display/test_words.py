"""What a command says of its run at the end."""

from __future__ import annotations

from extract.errors import DatabaseUnavailable
from sync.display.words import spell_outcome, spell_stage
from sync.outcome import Outcome


def test_only_a_replay_that_looked_says_that_nothing_is_set_aside() -> None:
    looked = Outcome("r1", "replay", "DuckDB x", state="unchanged")
    failed = Outcome("r1", "replay", "DuckDB x", state="failed", error=DatabaseUnavailable("x"))
    assert "Nothing is set aside." in spell_outcome(looked)
    assert "set aside" not in spell_outcome(failed)


def test_one_is_told_as_one() -> None:
    objects = [{"rows_served": 1, "versions_new": 1, "state": "landed"}]
    assert spell_stage("extract", {"objects": objects, "followed": []}) == "1 object: 1 row served, 1 new"
    proof = [{"table_name": "emails", "run_id": "r1", "checked_at": "2026-03-03", "reason": ""}]
    alone = Outcome("r1", "publish", "DuckDB x", state="published", proof=proof)
    assert "Proven: 1 table as it should be." in spell_outcome(alone)


def test_a_reconcile_says_why_two_of_its_counts_differ() -> None:
    found = {"object": "Account", "state": "unchanged", "rows_served": 304, "held": 299}
    found |= dict.fromkeys(("tombstones", "read_again", "brought", "missing"), 0)
    told = spell_outcome(Outcome("r1", "reconcile", "DuckDB x", state="unchanged", objects=[found]))
    assert "shown: by the org, with what is in its recycle bin; held: as live here" in told
