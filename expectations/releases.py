"""Lets single versions pass in spite of a rule, because somebody said so, with who and why; and takes that back.

A release is for one version: what Salesforce says of the record next is judged anew.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from expectations.batch import NEWEST_FIRST
from extract.database import Connection, quoted

RELEASES = "quality.releases"
TABLE = f"""
    create table if not exists {RELEASES} (
        object text, record_id text, version text, rule text, who text, why text,
        released_at timestamptz, undone_at timestamptz, undone_by text, undone_why text,
        primary key (object, record_id, version, rule, released_at)
    )
"""
HELD = "resolved_at is null and severity = 'quarantine'"


@dataclass(frozen=True)
class Held:
    """One version that one rule sets aside, or that was released from it."""

    object: str
    record_id: str
    version: str
    rule: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.object, self.record_id, self.version, self.rule


def make_release_table(connection: Connection) -> None:
    connection.execute("create schema if not exists quality")
    connection.execute(TABLE)


def is_released(name: str, record_id: str, version: str, rule: str) -> str:
    """True, in SQL, for a version that is let pass in spite of the rule; the arguments are SQL expressions."""
    return (
        f"exists (select 1 from {RELEASES} as freed where freed.undone_at is null and freed.object = {name} "
        f"and freed.record_id = {record_id} and freed.version = {version} and freed.rule = {rule})"
    )


def held_versions(connection: Connection, record_id: str) -> list[Held]:
    """What is set aside of a record, by which rules."""
    found = connection.rows(
        f"select object, record_id, version, rule from quality.quarantine where record_id = ? and {HELD} "
        "order by object, version, rule",
        (record_id,),
    )
    return [Held(*row) for row in found]


def released_versions(connection: Connection, record_id: str) -> list[Held]:
    """What of a record passes because it was released."""
    found = connection.rows(
        f"select object, record_id, version, rule from {RELEASES} where record_id = ? and undone_at is null "
        "order by object, version, rule",
        (record_id,),
    )
    return [Held(*row) for row in found]


def release(connection: Connection, versions: Sequence[Held], who: str, why: str) -> None:
    """Within the caller's transaction: these pass from now on, and their issues no longer count them."""
    for each in versions:
        connection.execute(
            f"insert into {RELEASES} (object, record_id, version, rule, who, why, released_at) "
            "values (?, ?, ?, ?, ?, ?, current_timestamp)",
            (*each.key, who, why),
        )
        connection.execute(
            "update quality.quarantine set resolved_at = current_timestamp, resolved_how = 'released' "
            "where object = ? and record_id = ? and version = ? and rule = ?",
            each.key,
        )
    for name, record_id, rule in {(each.object, each.record_id, each.rule) for each in versions}:
        connection.execute(
            "delete from quality.issue_records where object = ? and record_id = ? and rule = ? and not exists ("
            f"select 1 from quality.quarantine where object = ? and record_id = ? and rule = ? and {HELD})",
            (name, record_id, rule) * 2,
        )


def undo_release(connection: Connection, versions: Sequence[Held], who: str, why: str) -> None:
    """Within the caller's transaction: these are set aside again, if nothing newer has come that passed."""
    for each in versions:
        connection.execute(
            f"update {RELEASES} set undone_at = current_timestamp, undone_by = ?, undone_why = ? "
            "where object = ? and record_id = ? and version = ? and rule = ? and undone_at is null",
            (who, why, *each.key),
        )
        superseded = _is_superseded(connection, each)
        connection.execute(
            "update quality.quarantine set resolved_at = case when ? then resolved_at end, "
            "resolved_how = case when ? then 'superseded' end "
            "where object = ? and record_id = ? and version = ? and rule = ? and resolved_how = 'released'",
            (superseded, superseded, *each.key),
        )
        if not superseded:
            connection.execute(
                "insert into quality.issue_records values (?, ?, ?, current_timestamp) "
                "on conflict (object, rule, record_id) do nothing",
                (each.object, each.rule, each.record_id),
            )


def _is_superseded(connection: Connection, each: Held) -> bool:
    """Whether the record has a newer version that no rule sets aside."""
    is_held = (
        "exists (select 1 from quality.quarantine as held where held.object = ? and held.record_id = id "
        "and held.version = _version and held.severity = 'quarantine' and held.resolved_at is null)"
    )
    found = connection.rows(
        f"select _version, {is_held} from typed.{quoted(each.object.lower())} where id = ? order by {NEWEST_FIRST}",
        (each.object, each.record_id),
    )
    newer = itertools.takewhile(lambda row: row[0] != each.version, found)
    return any(not held for _, held in newer)
