"""Reads each application table's newest publish and what it holds; and the references and corrections that are open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from types import SimpleNamespace

from extract.database import Connection, quoted
from sync.proof.held import HeldProof
from sync.site.expected import Expected
from sync.site.runs import GOOD_STATES
from sync.site.select import select


def read_tables(
    connection: Connection,
    expected: Expected,
    newest: SimpleNamespace | None,
    proofs: Sequence[HeldProof],
    now: datetime,
) -> list[SimpleNamespace]:
    """By name, with `state`, `mood` and the moment as of which each is right. `newest` is the run that says how things stand."""
    tables = select(
        connection,
        "table_name inserted updated deleted unchanged seconds run_id last_changed as_of unresolved",
        f"""
        with publishes as (
            select
                published.*, run.ended_at,
                row_number() over (partition by published.table_name order by published.run_id desc) as age
            from ops.run_tables as published
            inner join ops.runs as run on run.run_id = published.run_id
        ),
        history as (
            select
                table_name, max(ended_at) as published_at,
                max(case when inserted + updated + deleted > 0 then ended_at end) as last_changed
            from publishes group by table_name
        ),
        quiet as (  -- a sync that finds nothing new says that all tables are as they should be
            select max(ended_at) as ended_at from ops.runs where command = 'sync' and state in {GOOD_STATES}
        ),
        open_references as (
            select table_name, count(*) as references_open from ops.unresolved_references group by table_name
        )
        select
            latest.table_name, latest.inserted, latest.updated, latest.deleted, latest.unchanged, latest.seconds,
            latest.run_id, history.last_changed, greatest(history.published_at, quiet.ended_at),
            coalesce(open_references.references_open, 0)
        from publishes as latest
        inner join history on history.table_name = latest.table_name
        cross join quiet
        left join open_references on open_references.table_name = latest.table_name
        where latest.age = 1
        order by latest.table_name
        """,
    )
    rows = _rows(connection, [each.table_name for each in tables])
    proven = {proof.table_name: proof for proof in proofs}
    for each in tables:
        proof = proven.get(each.table_name)
        each.proven_at = proof.checked_at if proof and proof.is_proven else None
        each.not_proven = proof.reason if proof else ""
        each.live, each.gone = rows.get(each.table_name, (None, None))
        written = each.inserted + each.updated + each.deleted
        each.rate = (written + each.unchanged) / each.seconds if each.seconds else None
        each.late_at = each.as_of + expected.late_after if each.as_of else None
        each.state, each.mood = _state_of(each, newest, now)
    return tables


def _state_of(each: SimpleNamespace, newest: SimpleNamespace | None, now: datetime) -> tuple[str, str]:
    if each.live is None:
        return "missing", "bad"
    if each.not_proven:
        return "incomplete", "bad"
    if newest is not None and newest.command == "sync" and newest.state == "refused":
        return "refused", "warn"  # what it holds is right, and as of the last good run
    if each.late_at is None or now > each.late_at:
        return "late", "warn"
    return "fresh", "good"


def _rows(connection: Connection, names: list[str]) -> dict[str, tuple[int, int]]:
    """Rows that live and rows that are deleted in Salesforce, of the tables that are there, in one query."""
    found = connection.rows("select table_name from information_schema.tables where table_schema = 'app'")
    there = [name for name in names if (name,) in found]
    if not there:
        return {}
    counts = [
        f"select '{name}', count(*) filter (where deleted_at is null), count(deleted_at) from app.{quoted(name)}"
        for name in there
    ]
    return {name: (live, gone) for name, live, gone in connection.rows(" union all ".join(counts))}


def newest_publish(connection: Connection) -> str | None:
    """The run that last published, whatever it changed."""
    found: str | None = connection.value("select max(run_id) from ops.run_tables")
    return found


def read_unresolved(connection: Connection) -> list[SimpleNamespace]:
    return select(
        connection,
        "table_name column_name missing_object references_open missing oldest",
        """
        select table_name, column_name, missing_object, count(*), count(distinct missing_id), min(first_seen)
        from ops.unresolved_references
        group by table_name, column_name, missing_object
        order by min(first_seen), count(*) desc, table_name, column_name
        """,
    )


def read_conflicts(connection: Connection) -> list[SimpleNamespace]:
    """Corrections by staff that Salesforce disagrees with, or that could not be applied."""
    if not connection.has_table("ops", "conflicts"):
        return []
    return select(
        connection,
        "table_name column_name kind corrections oldest",
        """
        select table_name, column_name, kind, count(*), min(first_seen)
        from ops.conflicts
        group by table_name, column_name, kind
        order by kind desc, count(*) desc, table_name, column_name
        """,
    )


def read_overrides(connection: Connection) -> list[SimpleNamespace]:
    """How many corrections there are, by column. What they say stays in the table."""
    if not connection.has_table("app", "overrides"):
        return []
    return select(
        connection,
        "table_name column_name corrections oldest",
        """
        select table_name, column_name, count(*), min(created_at) from app.overrides
        group by table_name, column_name order by count(*) desc, table_name, column_name
        """,
    )
