"""Tells what a replay changed: which versions were set aside before it and are no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from expectations.releases import HELD
from extract.database import Database

Held = Mapping[str, tuple[int, str]]  # object → how many versions are set aside, and which, as a hash


def held_by_object(database: Database) -> Held:
    """What is set aside at the moment."""
    with database.connect() as connection:
        if not connection.has_table("quality", "quarantine"):
            return {}
        found = connection.rows(
            "select object, count(*), md5(string_agg(version, ',' order by version)) from ("
            " select distinct object, record_id || ' ' || version as version"
            f" from quality.quarantine where {HELD}) as held group by object"
        )
    return {name: (count, which) for name, count, which in found}


def compare_held(before: Held, after: Held) -> list[dict[str, Any]]:
    """One row per object of which something was or is set aside: object, set_aside, let_go, still_set_aside."""
    rows = []
    for name in sorted({*before, *after}):
        was, now = before.get(name, (0, ""))[0], after.get(name, (0, ""))[0]
        rows.append({"object": name, "set_aside": was, "let_go": max(was - now, 0), "still_set_aside": now})
    return rows
