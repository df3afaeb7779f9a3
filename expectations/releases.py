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


def release(connection: Connection, versions: Sequence[Held], who: str, why: str) -> set[tuple[str, str]]:
    """Within the caller's transaction: these pass from now on, and their issues no longer count them.

    Returns the issues, by object and rule, whose records may have changed.
    """
    for each in versions:
        connection.execute(
            f"insert into {RELEASES} (object, record_id, version, rule, who, why, released_at) "
            "values (?, ?, ?, ?, ?, ?, current_timestamp)",
            (*each.key, who, why),
        )
        _resolve(connection, each, "released")
    changed = [*versions, *_settle_versions(connection, versions)]
    for name, record_id, rule in {(each.object, each.record_id, each.rule) for each in changed}:
        connection.execute(
            "delete from quality.issue_records where object = ? and record_id = ? and rule = ? and not exists ("
            f"select 1 from quality.quarantine where object = ? and record_id = ? and rule = ? and {HELD})",
            (name, record_id, rule) * 2,
        )
    return {(each.object, each.rule) for each in changed}


def undo_release(
    connection: Connection, versions: Sequence[Held], who: str, why: str
) -> set[tuple[str, str]]:
    """Within the caller's transaction: these are set aside again, if nothing newer has come that passed.

    Returns the issues, by object and rule, whose records may have changed.
    """
    for each in versions:
        connection.execute(
            f"update {RELEASES} set undone_at = current_timestamp, undone_by = ?, undone_why = ? "
            "where object = ? and record_id = ? and version = ? and rule = ? and undone_at is null",
            (who, why, *each.key),
        )
        connection.execute(
            "update quality.quarantine set resolved_at = null, resolved_how = null "
            "where object = ? and record_id = ? and version = ? and rule = ? and resolved_how = 'released'",
            each.key,
        )
    changed = _settle_versions(connection, versions)
    for each in set(versions) - set(changed):
        connection.execute(
            "insert into quality.issue_records values (?, ?, ?, current_timestamp) "
            "on conflict (object, rule, record_id) do nothing",
            (each.object, each.rule, each.record_id),
        )
    return {(each.object, each.rule) for each in (*versions, *changed)}


def _resolve(connection: Connection, each: Held, how: str | None) -> None:
    """The version is no more set aside by the rule, or set aside again."""
    connection.execute(
        f"update quality.quarantine set resolved_at = {'current_timestamp' if how else 'null'}, resolved_how = ? "
        "where object = ? and record_id = ? and version = ? and rule = ?",
        (how, *each.key),
    )


def _settle_versions(connection: Connection, versions: Sequence[Held]) -> list[Held]:
    """What is older than the newest version that passes is superseded, what is newer is set aside; what that changed.

    Staging takes the newest version that is not set aside, so nothing may be superseded by what does not pass.
    """
    changed = []
    for name, record_id in {(each.object, each.record_id) for each in versions}:
        ordered = connection.rows(
            f"select _version from typed.{quoted(name.lower())} where id = ? order by {NEWEST_FIRST}",
            (record_id,),
        )
        listed = connection.rows(
            "select version, rule, resolved_how from quality.quarantine where object = ? and record_id = ? "
            "and severity = 'quarantine' and (resolved_at is null or resolved_how = 'superseded')",
            (name, record_id),
        )
        broken = {version for version, _, _ in listed}
        newer = set(itertools.takewhile(broken.__contains__, (version for (version,) in ordered)))
        for version, rule, how in listed:
            wanted = None if version in newer else "superseded"
            if how != wanted:
                changed.append(Held(name, record_id, version, rule))
                _resolve(connection, changed[-1], wanted)
    return changed
