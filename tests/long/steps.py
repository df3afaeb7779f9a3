"""What may happen in a history: a kind and three small numbers, which mean something only where they are taken.

So Hypothesis can draw any step at any moment, leave any of them out, and make the numbers smaller, and what is left is
still a history.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

# kind → how often, compared with the others. The first is the simplest.
CHANGES = {
    "edit": 8,
    "create": 4,
    "link": 3,
    "touch": 1,
    "delete": 3,
    "undelete": 2,
    "hard_delete": 1,
    "merge": 1,
    "late_create": 2,
    "late_edit": 2,
    "silent": 2,
    "child_of_nobody": 1,
    "parent_arrives": 1,
    "add_field": 1,
    "fill_field": 2,
    "hide_field": 1,
    "show_field": 1,
    "retype_field": 1,
    "rename_field": 1,
    "time_passes": 4,
    "lose_object": 1,
    "lose_rows": 1,
    "regain": 2,
    "use_up_calls": 1,
    "new_day": 2,
    "end_sessions": 1,
    "skew_clock": 1,
}
COMMANDS = {
    "land": 7,
    "land_all": 2,
    "land_with_fault": 7,
    "land_killed": 5,
    "land_disturbed": 4,
    "land_while_a_field_goes": 1,
    "land_full": 1,
    "refresh": 2,
    "refresh_killed": 1,
    "reconcile": 2,
    "reconcile_with_fault": 1,
    "reconcile_killed": 1,
    "verify": 1,
    "plan": 1,
}
# Of whole runs, each of which takes seconds: changes are more than twice as often as in landings alone.
WHOLE_CHANGES = {**CHANGES, "spoil": 2, "correct": 2, "edit": 20, "create": 10, "link": 10, "skew_clock": 0}
WHOLE_COMMANDS = {
    "sync": 5,
    "sync_killed": 6,
    "sync_stopped": 2,
    "sync_with_fault": 4,
    "sync_only": 1,
    "extract": 1,
    "refresh": 1,
    "reconcile": 2,
    "verify": 1,
    "plan": 1,
    "diff": 1,
    "publish_only": 1,
}
LARGEST = 999


@dataclass(frozen=True)
class Step:
    kind: str
    a: int = 0
    b: int = 0
    c: int = 0


_NUMBER = st.integers(0, LARGEST)


def _steps(kinds: dict[str, int]) -> st.SearchStrategy[Step]:
    as_often = [kind for kind, often in kinds.items() for _ in range(often)]
    return st.builds(Step, st.sampled_from(as_often), _NUMBER, _NUMBER, _NUMBER)


STEPS = _steps({**CHANGES, **COMMANDS})
WHOLE_STEPS = _steps({**WHOLE_CHANGES, **WHOLE_COMMANDS})
