"""A sync that loses a process to kill -9 leaves nothing half done, and the next one ends as if nothing had happened.

Each test starts from the same target after its first sync, and the same org after a day of changes. The next sync
must end in the same cells as an undisturbed one: raw, staging, build, app and the quarantine, except for what says
which run or load brought a row and when (`targets.BOOKKEEPING`, since those runs and loads are others). Which of the
application's rows were written at all must agree too.
"""

from __future__ import annotations

import time
from functools import cache

import pytest

from extract.errors import DatabaseUnavailable
from sync.lock import find_owner
from tests.sync.kills import Killed, Victim, held_at, pull_the_plug
from tests.sync.targets import (
    Contents,
    Target,
    assert_same,
    last_write,
    loads_that_do_not_add_up,
    new_target,
    of_schema,
    published,
    records_held,
    written_since,
)
from tests.sync.whole_runs import Sync
from tests.sync.worlds import KINDS, WELL, World, must_end_well

POINTS = (
    "extract.page",
    "extract.spooled",
    "normalize.started",
    "load.before_commit",
    "load.committed",
    "extract.done",
    "validate.before_commit",
    "transform.started",
    "transform.built",
    "publish.started",
    "publish.merged",
    "publish.committed",
)
IN_SHARE = ("duckdb", "publish.merged", "run")
SLOW = pytest.mark.slow


@cache
def first_sync(world: World) -> Contents:
    """What an undisturbed first sync makes of the org as it is now."""
    with new_target(world.before.folder.parent, world.server) as target:
        must_end_well(world.sync(target))
        return records_held(target.database)


@pytest.mark.fault("F46", "kill -9 at twelve points of a whole run", ends_well="next run")
@pytest.mark.parametrize(
    ("world", "point", "victim"),
    [
        # On PostgreSQL, tests/sync/test_whole_runs.py kills at this point.
        pytest.param(
            kind, point, victim, marks=pytest.mark.share if (kind, point, victim) == IN_SHARE else SLOW
        )
        for kind in KINDS
        for victim in ("run", "stage")
        for point in POINTS
    ],
    indirect=["world"],
)
def test_the_next_sync_ends_as_if_nothing_had_been_killed(world: World, point: str, victim: Victim) -> None:
    with world.before.copied() as target:
        sync = world.sync(target)
        with held_at(sync, point) as held:
            _readers_see_nothing_half_done(world, target, point)
            killed = held.kill(victim)
        _the_application_sees(world, target, point)
        _nothing_is_left_behind(target)
        must_end_well(sync)
        _the_killed_run_is_closed(sync, point, victim, killed)
        assert_same(records_held(target.database), world.twin.holds)
        since = last_write(world.before.database)
        assert_same(written_since(target.database, since), world.twin.written)


@SLOW
@pytest.mark.fault("F84", "SIGTERM at a point of each stage of a whole run", ends_well="next run")
@pytest.mark.parametrize("point", POINTS)
def test_a_sync_that_is_told_to_stop_ends_in_order(world: World, point: str) -> None:
    with world.before.copied() as target:
        sync = world.sync(target)
        with held_at(sync, point) as held:
            stopped = held.stop()
        assert stopped.code == 143
        assert "told to stop (SIGTERM)" in stopped.messages
        _the_application_sees(world, target, point)
        _nothing_is_left_behind(target)
        state = "published" if point == "publish.committed" else "failed"
        assert sync.rows("select state, exit_code from ops.runs order by started_at desc limit 1") == [
            (state, 143)
        ]
        must_end_well(sync)
        assert_same(records_held(target.database), world.twin.holds)


@SLOW
@pytest.mark.parametrize(
    "point", ["load.committed", "validate.before_commit", "transform.built", "publish.merged"]
)
def test_a_killed_first_sync_does_not_disturb_the_next(world: World, point: str) -> None:
    with new_target(world.before.folder.parent, world.server) as target:
        sync = world.sync(target)
        with held_at(sync, point) as held:
            killed = held.kill("run")
        assert [rows for rows in published(target.database).values() if rows] == []
        _nothing_is_left_behind(target)
        must_end_well(sync)
        _the_killed_run_is_closed(sync, point, "run", killed)
        assert_same(records_held(target.database), first_sync(world))


@SLOW
@pytest.mark.parametrize("share", [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
def test_the_machine_may_go_down_at_a_moment_without_a_name(world: World, share: float) -> None:
    """All processes of the run at once, after a share of the time that the undisturbed one took."""
    with world.before.copied() as target:
        sync = world.sync(target)
        pull_the_plug(sync, after=share * world.twin.seconds)
        if published(target.database) != world.published_before:
            _the_application_sees(world, target, "publish.committed")
        _nothing_is_left_behind(target)
        must_end_well(sync)
        assert_same(records_held(target.database), world.twin.holds)


def _readers_see_nothing_half_done(world: World, target: Target, point: str) -> None:
    """While the sync stands still. DuckDB lets no reader in while another process writes."""
    try:
        _the_application_sees(world, target, point)
    except DatabaseUnavailable:
        assert target.database.kind == "duckdb"


def _the_application_sees(world: World, target: Target, point: str) -> None:
    """What was published before, to the last cell; after the commit, what the run was to publish."""
    if point == "publish.committed":
        assert_same(_app(records_held(target.database)), _app(world.twin.holds))
    else:
        assert_same(published(target.database), world.published_before)


def _app(found: Contents) -> Contents:
    return of_schema(found, "app")


def _nothing_is_left_behind(target: Target) -> None:
    """No lock, no session of the dead, no load without its rows and no rows without their load."""
    assert find_owner(target.data_dir) is None
    assert loads_that_do_not_add_up(target.database) == []
    if target.server:
        others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        give_up = time.monotonic() + 10
        with target.database.connect() as connection:
            while connection.value(others):
                assert time.monotonic() < give_up, "a session of the killed run is still open"
                time.sleep(0.1)


def _the_killed_run_is_closed(sync: Sync, point: str, victim: Victim, killed: Killed) -> None:
    """A run that was killed says nothing: the next one closes its record. One whose stage died says so itself."""
    records = sync.rows("select state, exit_code, what from ops.runs order by started_at desc limit 2")
    published = point == "publish.committed"
    assert records[0][0] == ("unchanged" if published else "published")
    state, exit_code, what = records[1]
    if victim == "run":
        assert (killed.code, state, exit_code) == (-9, "crashed", 1)
        assert "killed" in what
    elif published:
        assert (state, exit_code) == ("published", killed.code)
        assert killed.code in WELL
        assert "The publish was committed all the same" in killed.messages
    else:
        stage = "extract" if point.startswith(("normalize", "load")) else point.partition(".")[0]
        assert (killed.code, state, exit_code) == (1, "failed", 1)
        assert f"The {stage} stage was killed by SIGKILL" in what
        assert what in killed.messages
    assert sync.rows("select 1 from ops.run_stages where state = 'running'") == []
