"""What the demonstration tells adds up."""

from __future__ import annotations

from typing import Any

import pytest

from sync.demo.story import Story, tell


def outcome(**given: object) -> dict[str, Any]:
    none: tuple[object, ...] = ()
    blank = {"run_id": "r1", "seconds": 4.0, "objects": none, "followed": none, "schema_changes": none}
    return {**blank, "validated": none, "tables": none, "completeness": none, "site": "x", **given}


def table(name: str, inserted: int = 0, updated: int = 0, deleted: int = 0) -> dict[str, object]:
    counts = {"inserted": inserted, "updated": updated, "deleted": deleted, "unchanged": 7}
    return {"table_name": name, **counts}


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        ([table("schools", 1200), table("emails", 3)], "2 tables, 1,203 rows inserted\n"),
        (
            [table("schools", 1, 2, 4), table("emails", 0, 3)],
            "2 tables, 1 row inserted, 5 updated, 4 deleted\n",
        ),
        ([table("schools", deleted=1)], "1 table, 1 row deleted\n"),
        ([table("schools")], "1 table, 0 rows changed\n"),
    ],
)
def test_what_was_published_is_summed_up(tables: list[dict[str, object]], told: str) -> None:
    story = Story(outcome(tables=tables), {}, outcome(), (), 9.0)
    assert f"published  in one transaction: {told}" in tell(story)


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ((2,), "2 rows, kept in raw and out of the application:"),
        ((2, 1), "out of the application (one of them breaks two rules):"),
        ((2, 2), "out of the application (some of them break several rules):"),
    ],
)
def test_a_list_of_rules_that_adds_up_to_more_than_the_rows_says_why(
    broken: tuple[int, ...], told: str
) -> None:
    rules = [
        {"run_id": "r1", "object": "Contact", "meaning": "It is there.", "rows_failed": rows}
        for rows in broken
    ]
    first = outcome(validated=[{"set_aside": 2}])
    assert told in tell(Story(first, {}, outcome(), rules, 9.0))
