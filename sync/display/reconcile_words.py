"""Says what a reconcile found, and for which objects one is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def spell_due(due: Sequence[Mapping[str, Any]]) -> list[str]:
    """For the end of a run: which objects, how old, and what to do."""
    if not due:
        return []
    differing = [each["object"] for each in due if each["why"] == "count"]
    moments = [each["reconciled_at"] for each in due if each["reconciled_at"] is not None]
    last = f"last {min(moments):%Y-%m-%d}" if len(moments) == len(due) else "not yet done for all"
    counts = f", the counts of {', '.join(differing)} differed since" if differing else ""
    return [
        f"due for {len(due)} object{'' if len(due) == 1 else 's'} ({last}{counts}): `landfall reconcile`, "
        "or `landfall sync --reconcile` each time, which does it when it is due"
    ]


def spell_reconciled(objects: Sequence[Mapping[str, Any]]) -> list[str]:
    """One line for each object of which something was put right, or could not be compared."""
    told = []
    for each in objects:
        if each["state"] == "failed":
            continue  # told with the warnings
        found = [
            f"{each[name]:,} {words}"
            for name, words in (
                ("tombstones", "gone"),
                ("read_again", "read again"),
                ("brought", "brought"),
                ("missing", "missing"),
            )
            if each[name]
        ]
        told += [f"{each['object']}: {', '.join(found)}"] if found else []
    return told


def warn_reconciled(objects: Sequence[Mapping[str, Any]]) -> list[str]:
    """One sentence for each object that could not be compared, or of which too much is missing to be read by Id."""
    failed = [
        f"{each['object']} was not reconciled: {each['error']['what']} {each['error']['next_step']}"
        for each in objects
        if each["state"] == "failed"
    ]
    missing = [
        f"{each['object']}: {each['missing']:,} records are not held as they are in the org; "
        f"`landfall sync --full --only {each['object']}` reads them"
        for each in objects
        if each["missing"]
    ]
    return [*failed, *missing]
