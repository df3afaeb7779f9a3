"""Plays the history of a seed on a database, and says how to play it again when it fails."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from extract.database import Database
from tests.long.faults import Recovery
from tests.long.landing_history import LandingHistory
from tests.long.steps import STEPS, Step


class Made:
    """Makes a database for each history; Hypothesis plays more than one when it makes a failing one shorter."""

    def __init__(self, kind: str, server: str) -> None:
        self.kind, self.server, self.made = kind, server, 0

    @contextmanager
    def one(self) -> Iterator[tuple[Database, Path]]:
        from tests.sync.targets import administer

        self.made += 1
        with TemporaryDirectory(prefix="landfall-long-") as folder:
            if self.kind == "duckdb":
                yield Database(f"duckdb:///{folder}/target/landfall.duckdb"), Path(folder)
                return
            name = f"long_{Path(folder).name.rpartition('-')[2].lower()}_{self.made}"
            administer(self.server, f'create database "{name}"')
            try:
                yield Database(f"{self.server.rpartition('/')[0]}/{name}"), Path(folder)
            finally:
                administer(self.server, f'drop database "{name}" with (force)')


def play_seed(
    number: int, kind: str, server: str, *, steps: int, shrink: bool = False, recovery: Recovery | None = None
) -> None:
    """The history that Hypothesis draws from the seed, of so many steps. Raises what it fails with."""
    made, count = Made(kind, server), recovery if recovery is not None else Recovery()
    told: list[str] = []

    @seed(number)
    @settings(
        max_examples=2,  # the simplest one, which is empty, and one
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(st.data())
    def history(data: Any) -> None:
        way = data.draw(st.integers(0, 1_000_000), label="way")
        if way == 0:
            return  # the simplest history, with which Hypothesis always begins
        taken: list[Step] = []
        with made.one() as (database, folder):
            played = LandingHistory(database, folder, rotating=way % 3 == 0, recovery=count)
            try:
                for _ in range(steps):
                    taken.append(data.draw(STEPS))
                    played.take(taken[-1])
                played.end()
            except Exception as error:
                if not told:
                    told.append(_how_it_failed(number, kind, steps, taken, error))
                    print(told[0], file=sys.stderr, flush=True)
                raise
            finally:
                played.close()

    history()


def _how_it_failed(number: int, kind: str, steps: int, taken: list[Step], error: Exception) -> str:
    last = "\n".join(f"  {place:4} {step}" for place, step in enumerate(taken, 1))
    return (
        f"\nSeed {number} on {kind} failed after {len(taken)} of {steps} steps:\n{last}\n"
        f"{type(error).__name__}: {error}\n"
        f"Again:   .venv/bin/python -m tests.long --seed {number} --on {kind} --steps {steps}\n"
        "Shorter: the same with --shrink"
    )
