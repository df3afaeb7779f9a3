"""Keeps publishing off while the application schema stands at an earlier run, until somebody says that it goes on."""

from __future__ import annotations

from extract.database import Database
from extract.errors import PublishHeld
from sync.rollback.record import Rollback, find_rollback


def read_rollback(database: Database) -> Rollback | None:
    """The rollback that the application schema stands at."""
    with database.connect() as connection:
        return find_rollback(connection)


def refuse_held(rollback: Rollback | None, database: Database) -> None:
    """Raises PublishHeld while publishing is held. What landed was validated and built all the same."""
    if rollback is not None and rollback.held:
        raise PublishHeld(
            f"{spell_hold(rollback)} Nothing was published.",
            database.name,
            "`landfall diff` tells what waits. `landfall rollback --end` lets the next `landfall sync` publish it.",
        )


def spell_hold(rollback: Rollback) -> str:
    """How the application schema stands, in a sentence."""
    stands = f"The application schema is as of run {rollback.to} since {rollback.since:%Y-%m-%d %H:%M}Z"
    if rollback.held:
        return f"{stands}, and publishing is held."
    return f"{stands}; the next `landfall sync` publishes again."
