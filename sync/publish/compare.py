"""Compares what was built with the application's tables, in the one way in which a publish and a diff both do."""

from __future__ import annotations

from collections.abc import Sequence

from extract.database import Connection
from sync.publish.changes import Changes, find_changes
from sync.publish.contract import Table
from sync.publish.effective import Effective, apply_overrides, with_today
from sync.publish.failures import explained
from sync.publish.overrides import OVERRIDES, take_picture

JOIN_MEMORY_MB = 64  # PostgreSQL's own 4 MB would put every comparison of a large table on disk in pieces
LOCK_WAIT_SECONDS = 30


def set_up(connection: Connection, lock_wait_seconds: int = LOCK_WAIT_SECONDS) -> None:
    """How long to wait for others, and how much memory to compare with."""
    if connection.kind == "postgres":
        connection.execute(f"set lock_timeout = '{int(lock_wait_seconds)}s'")
        connection.execute(f"set work_mem = '{JOIN_MEMORY_MB}MB'")


def compare(
    connection: Connection,
    contract: Sequence[Table],
    chosen: Sequence[Table] | None = None,
    rolled_back_to: str = "",
) -> list[Changes]:
    """What would be written of each of the chosen tables, or of all of the contract. Raises PublishFailed.

    `rolled_back_to` is the run as of which it was built, if it is not the build of every day.
    Inside the caller's transaction: the temporary tables that it makes are read later, or go with it.
    """
    tables = contract if chosen is None else chosen
    with explained(connection, OVERRIDES):
        take_picture(connection, contract)
        effective = apply_overrides(connection, tables)
    if rolled_back_to:
        effective = {name: with_today(connection, each) for name, each in effective.items()}
    return [_find(connection, effective[table.name]) for table in tables]


def _find(connection: Connection, effective: Effective) -> Changes:
    with explained(connection, effective.table.label):
        return find_changes(connection, effective)
