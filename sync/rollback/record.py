"""Keeps which run the application schema was rolled back to, and whether publishing is held since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from extract.database import Connection

HELD, RELEASED, OVER = "held", "released", "over"


@dataclass(frozen=True)
class Rollback:
    """The application schema is as of an earlier run, and no publish of all tables has come after."""

    run_id: str
    to: str  # the run as of which it is
    through: str  # the newest load in it
    held: bool  # False: released, the next sync publishes again
    since: datetime


def find_rollback(connection: Connection) -> Rollback | None:
    """The rollback that the application schema stands at; None when it is as of its newest publish."""
    if not connection.has_table("ops", "rollbacks"):  # made by a version that knew of none
        return None
    found = connection.rows(
        "select r.run_id, r.rolled_back_to, runs.published_through, r.state, r.held_since"
        " from ops.rollbacks as r inner join ops.runs as runs on runs.run_id = r.run_id"
        f" where r.state <> '{OVER}' order by r.held_since desc limit 1"
    )
    if not found:
        return None
    run_id, to, through, state, since = found[0]
    return Rollback(run_id, to, through, state == HELD, since)


def rolled_back_to(connection: Connection) -> dict[str, str]:
    """Each run that was a rollback, and the run as of which it published."""
    if not connection.has_table("ops", "rollbacks"):
        return {}
    return dict(connection.rows("select run_id, rolled_back_to from ops.rollbacks"))


def record_rollback(connection: Connection, run_id: str, rolled_back_to: str) -> None:
    """In the transaction of a publish of all tables: it ends the rollback before it, and may be one itself."""
    connection.execute(
        f"update ops.rollbacks set state = '{OVER}', ended_by = ? where state <> '{OVER}'", (run_id,)
    )
    if rolled_back_to:
        connection.execute(
            "insert into ops.rollbacks (run_id, rolled_back_to, state, held_since)"
            f" values (?, ?, '{HELD}', now())",
            (run_id, rolled_back_to),
        )


def release(connection: Connection, rollback: Rollback) -> None:
    """From now on a sync publishes again."""
    connection.execute(
        f"update ops.rollbacks set state = '{RELEASED}', released_at = now() where run_id = ?",
        (rollback.run_id,),
    )
