"""Tells in words what the two syncs of the demonstration did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync.display.words import counted, table_of

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Story:
    """Both syncs as `landfall sync --json` told them, and what happened in the org between them."""

    first: Row
    changes: Row
    second: Row
    broken_rules: Sequence[Row]
    seconds: float


def tell(story: Story) -> str:
    """The end of `make demo`."""
    parts = [
        _chapter("First sync: everything was new", story.first, story.broken_rules),
        f"Then a day in the org: {_changes(story.changes)}",
        "",
        _chapter("Second sync: only what changed was read and written", story.second, story.broken_rules),
        f"All of it took {story.seconds:.0f} seconds. Look at it:",
        f"  {story.second['site']}",
        "Your own org: docs/how-to/connect-your-org.md",
    ]
    return "\n" + "\n".join(parts)


def _chapter(heading: str, outcome: Row, broken_rules: Sequence[Row]) -> str:
    landed = sum(each["versions_new"] for each in outcome["objects"])
    served = sum(each["rows_served"] for each in outcome["objects"])
    served += sum(each["records"] for each in outcome["followed"])  # read again, for what they refer to
    lines = [
        f"{heading} ({outcome['seconds']:.0f} s)",
        f"  landed     {counted(landed, 'new version')} of {counted(served, 'row')} served, "
        f"from {counted(len(outcome['objects']), 'object')}",
        *_schema(outcome),
        *_set_aside(outcome, broken_rules),
        *_published(outcome),
        *_proof(outcome),
        "",
    ]
    return "\n".join(lines)


def _schema(outcome: Row) -> list[str]:
    added = [
        f"{each['object']}.{each['field']}" for each in outcome["schema_changes"] if each["change"] == "added"
    ]
    return [f"  new field  {', '.join(added)}: has its column in raw, nothing to configure"] if added else []


def _set_aside(outcome: Row, broken_rules: Sequence[Row]) -> list[str]:
    total = sum(each["set_aside"] for each in outcome["validated"])
    broken = [each for each in broken_rules if each["run_id"] == outcome["run_id"]]
    again = sum(each["rows_failed"] for each in broken) - total
    twice = "one of them breaks two rules" if again == 1 else "some of them break several rules"
    lines = (
        [
            f"  set aside  {counted(total, 'row')}, kept in raw and out of the application"
            f"{f' ({twice})' if again > 0 else ''}:"
        ]
        if total
        else []
    )
    return lines + [
        f"               {each['object']}: {counted(each['rows_failed'], 'row')} - {each['meaning'].rstrip('.')}"
        for each in broken
    ]


def _published(outcome: Row) -> list[str]:
    names = ("table_name", "inserted", "updated", "deleted", "unchanged")
    rows = [[each[name] for name in names] for each in outcome["tables"]]
    if not rows:
        return ["  published  nothing: the application schema is as it was"]
    indented = table_of(("app table", *names[1:]), rows).splitlines()
    return [
        f"  published  in one transaction: {counted(len(rows), 'table')}, {_written(outcome['tables'])}",
        *(f"             {line}" for line in indented),
    ]


def _written(tables: Sequence[Row]) -> str:
    """The rows of all tables together: 37 rows inserted, 45 updated."""
    sums = {kind: sum(each[kind] for each in tables) for kind in ("inserted", "updated", "deleted")}
    first, *others = [(kind, number) for kind, number in sums.items() if number] or [("changed", 0)]
    told = [f"{counted(first[1], 'row')} {first[0]}", *(f"{number:,} {kind}" for kind, number in others)]
    return ", ".join(told)


def _proof(outcome: Row) -> list[str]:
    counts = outcome["completeness"]
    differing = [each for each in counts if each["difference"]]
    total = sum(each["in_org"] for each in counts)
    return [
        f"  proven     {total:,} records in the org, all of them accounted for here, object by object",
        *(f"             {each['object']}: {each['reason']}" for each in differing),
    ]


# The kinds of change the org counts, in the order of the story: one, many.
CHANGES = {
    "inserted": ("record added", "records added"),
    "updated": ("edited", "edited"),
    "deleted": ("deleted", "deleted"),
    "hard_deleted": ("deleted past the recycle bin", "deleted past the recycle bin"),
    "undeleted": ("restored", "restored"),
    "merged": ("merged into another", "merged into others"),
    "bad_rows": ("spoilt", "spoilt"),
    "new_fields": ("new field", "new fields"),
}


def _changes(changes: Mapping[str, int]) -> str:
    """The kinds of change with their counts; one that we have no words for keeps its name."""
    known = [(changes[kind], words) for kind, words in CHANGES.items() if changes.get(kind)]
    new = [(number, (kind, kind)) for kind, number in changes.items() if kind not in CHANGES]
    return ", ".join(f"{number:,} {words[number != 1]}" for number, words in [*known, *new])
