"""An org after a day of changes, a target from before that day, and what an undisturbed sync makes of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from tests.demo_org.running import RunningOrg, start_demo_org
from tests.sync.secrets import CLIENT_SECRET
from tests.sync.targets import (
    Contents,
    Target,
    last_write,
    new_target,
    published,
    records_held,
    written_since,
)
from tests.sync.whole_runs import Ended, Sync

KINDS = ("duckdb", "postgres")
# A world takes two syncs to make: the share in CI has one on DuckDB, and of PostgreSQL tests/sync/test_whole_runs.py.
IN_SHARE_ON_DUCKDB = pytest.mark.parametrize(
    "world",
    [pytest.param("duckdb", marks=pytest.mark.share), pytest.param("postgres", marks=pytest.mark.slow)],
    indirect=True,
)
WELL = (0, 3)  # published; 3 says that rows were set aside
# The libraries' own talkativeness, as somebody may have set it on the machine.
TALKATIVE = {
    "RUNTIME__LOG_LEVEL": "DEBUG",
    "DBT_DEBUG": "1",
    "DBT_LOG_LEVEL": "debug",
    "DBT_LOG_LEVEL_FILE": "debug",
    "PYTHONDEVMODE": "0",
}


class World:
    """Tests copy `before`; nobody changes it, the twin or the org's records. Each is made when it is first asked for."""

    def __init__(self, org: RunningOrg, folder: Path, server: str, until_the_end: ExitStack) -> None:
        self.org = org
        self.server = server  # PostgreSQL's maintenance database; "" is a world of DuckDB
        self._folder = folder
        self._until_the_end = until_the_end

    def sync(self, target: Target) -> Sync:
        return Sync(self.org, target.database, target.data_dir)

    @cached_property
    def before(self) -> Target:
        """A target after its first sync; the org has had a day of changes since."""
        target = self._until_the_end.enter_context(new_target(self._folder, self.server))
        must_end_well(self.sync(target))
        self.org.control("POST", "/scenario", {"name": "second_day"})
        return target

    @cached_property
    def published_before(self) -> Contents:
        return published(self.before.database)

    @cached_property
    def twin(self) -> Twin:
        """A copy of `before` after one more, undisturbed sync, with every log turned up."""
        target = self._until_the_end.enter_context(self.before.copied())
        started = time.monotonic()
        ended = must_end_well(self.sync(target), **TALKATIVE)
        return Twin(
            target=target,
            ended=ended,
            seconds=time.monotonic() - started,
            holds=records_held(target.database),
            written=written_since(target.database, last_write(self.before.database)),
        )


@dataclass(frozen=True)
class Twin:
    """What an undisturbed sync makes of a day of changes."""

    target: Target
    ended: Ended
    seconds: float  # that the sync took
    holds: Contents
    written: Contents  # the application's rows that the sync wrote


@contextmanager
def make_world(folder: Path, server: str) -> Iterator[World]:
    """On PostgreSQL when there is a server, else on DuckDB."""
    with (
        start_demo_org(folder / "org", scale=20, client_secret=CLIENT_SECRET) as org,
        ExitStack() as until_the_end,
    ):
        yield World(org, folder, server, until_the_end)


def must_end_well(sync: Sync, **settings: str) -> Ended:
    ended = sync.run(**settings)
    assert ended.code in WELL, ended.messages
    return ended
