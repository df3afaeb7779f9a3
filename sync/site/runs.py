"""Reads the last runs with their stages and sums."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from extract.database import Connection
from sync.rollback.record import rolled_back_to
from sync.site.select import select

RUNS_SHOWN = 30

# States in which the application holds what the org had when the run read it.
GOOD_STATES = ("published", "unchanged")
# Commands that read what is new; the others compare, or work with what is here.
READING = ("sync", "extract", "refresh")

SUMS = """
select
    run.run_id, run.command, run.state, run.exit_code, run.started_at, run.ended_at, run.stage,
    run.what, run.where_, run.next_step, run.org_id, run.instance, run.calls, run.api_used, run.api_limit,
    coalesce(objects.landed, 0), coalesce(objects.set_aside, 0), coalesce(objects.retries, 0),
    coalesce(tables.written, 0)
from (select * from ops.runs order by started_at desc, run_id desc limit ?) as run
left join (
    select
        run_id, sum(versions_new) as landed, sum(set_aside) as set_aside, sum(retries) as retries
    from ops.run_objects group by run_id
) as objects on objects.run_id = run.run_id
left join (
    select run_id, sum(inserted + updated + deleted) as written from ops.run_tables group by run_id
) as tables on tables.run_id = run.run_id
order by run.started_at desc, run.run_id desc
"""


def read_runs(connection: Connection) -> list[SimpleNamespace]:
    """The newest first. `mood` says how each ended: good, warn, bad, or none while it runs."""
    runs = select(
        connection,
        "run_id command state exit_code started_at ended_at stage what where next_step org_id instance "
        "calls api_used api_limit landed set_aside retries written",
        SUMS,
        (RUNS_SHOWN,),
    )
    stages = select(
        connection,
        "run_id stage seconds state peak_mb",
        "select run_id, stage, seconds, state, peak_mb from ops.run_stages where run_id in "
        "(select run_id from ops.runs order by started_at desc, run_id desc limit ?) order by started_at",
        (RUNS_SHOWN,),
    )
    went_back = rolled_back_to(connection)
    for run in runs:
        run.rolled_back_to = went_back.get(run.run_id, "")
        for name in ("landed", "set_aside", "retries", "written"):
            setattr(run, name, int(getattr(run, name)))
        run.stages = [stage for stage in stages if stage.run_id == run.run_id]
        run.seconds = (run.ended_at - run.started_at).total_seconds() if run.ended_at else None
        run.mood = mood_of(run)
    return runs


def mood_of(run: SimpleNamespace) -> str:
    if run.state == "running":
        return "none"
    if run.state in GOOD_STATES:
        return {0: "good", 3: "warn"}.get(run.exit_code or 0, "bad")
    return "warn" if run.state in ("deferred", "held") else "bad"


def newest_that_counts(runs: Sequence[Any]) -> Any | None:
    """Of these runs, the newest first, the one that says how things stand: a good run only if nothing bad is left.

    A good extract after a refused sync has cured nothing: the refused data are still not in the application.
    """
    ended = [run for run in runs if run.state != "running" and not _was_turned_down(run)]
    good: list[Any] = []
    for run in ended:
        if _is_good(run):
            if run.command == "sync" or run.state == "published":
                break
            good.append(run)
        elif not any(_cures(later, run) for later in good):
            return run
    return ended[0] if ended else None


def _is_good(run: Any) -> bool:
    return run.state in GOOD_STATES and (run.exit_code or 0) in (0, 3)


def _was_turned_down(run: Any) -> bool:
    """Whether a command for one thing could not be done as it was asked, and touched nothing: whoever asked was told.

    An erasure begins in its first stage, with what it may be refused for; what fails later leaves it open.
    """
    if run.command not in ("refresh", "rollback", "erase") or len(run.stages) > 1:
        return False
    codes = (10, 30, 41) if run.command == "erase" else (10,)
    return run.exit_code in codes


def _cures(good: Any, bad: Any) -> bool:
    """Whether what was bad may be well since this good run, which published nothing: it did what had not been done."""
    if good.command == "rollback":  # its end lets publish again
        return bool(bad.state == "held")
    return bool(good.command == bad.command and good.command != "erase")  # only a dry run publishes nothing


def read_last_good(connection: Connection) -> SimpleNamespace | None:
    """The newest sync that left the application up to date, however long ago."""
    found = select(
        connection,
        "run_id ended_at",
        f"select run_id, ended_at from ops.runs where command = 'sync' and state in {GOOD_STATES} "
        "order by started_at desc, run_id desc limit 1",
    )
    return found[0] if found else None
