"""An org after a day of changes, a target from before that day, and what an undisturbed sync makes of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.demo_org.running import RunningOrg, start_demo_org
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

WELL = (0, 3)  # published; 3 says that rows were set aside
CLIENT_SECRET = "canary-client-secret"
# The libraries' own talkativeness, as somebody may have set it on the machine.
TALKATIVE = {
    "RUNTIME__LOG_LEVEL": "DEBUG",
    "DBT_DEBUG": "1",
    "DBT_LOG_LEVEL": "debug",
    "DBT_LOG_LEVEL_FILE": "debug",
    "PYTHONDEVMODE": "0",
}


@dataclass(frozen=True, eq=False)
class World:
    """Tests copy `before`; nobody changes it, the twin or the org's records."""

    org: RunningOrg
    before: Target  # after its first sync
    twin: Target  # a copy of it after one more, undisturbed, with every log turned up
    twin_ended: Ended
    published_before: Contents
    expected: Contents  # what the twin holds
    written: Contents  # the application's rows that its second sync wrote
    seconds: float  # that it took

    def sync(self, target: Target) -> Sync:
        return Sync(self.org, target.database, target.data_dir)


@contextmanager
def make_world(folder: Path, server: str) -> Iterator[World]:
    """On PostgreSQL when there is a server, else on DuckDB."""
    with (
        start_demo_org(folder / "org", scale=20, client_secret=CLIENT_SECRET) as org,
        new_target(folder, server) as before,
    ):
        must_end_well(Sync(org, before.database, before.data_dir))
        org.control("POST", "/scenario", {"name": "second_day"})
        with before.copied() as twin:
            started = time.monotonic()
            ended = must_end_well(Sync(org, twin.database, twin.data_dir), **TALKATIVE)
            seconds = time.monotonic() - started
            yield World(
                org=org,
                before=before,
                twin=twin,
                twin_ended=ended,
                published_before=published(before.database),
                expected=records_held(twin.database),
                written=written_since(twin.database, last_write(before.database)),
                seconds=seconds,
            )


def must_end_well(sync: Sync, **settings: str) -> Ended:
    ended = sync.run(**settings)
    assert ended.code in WELL, ended.messages
    return ended
