"""Plays the history of a seed on a database, and says how to play it again when it fails."""

from __future__ import annotations

import os
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
from tests.long.steps import STEPS, WHOLE_STEPS, Step
from tests.long.whole_history import WholeHistory
from tests.sync.targets import administer


class Made:
    """Makes a database for each history; Hypothesis plays more than one when it makes a failing one shorter."""

    def __init__(self, kind: str, server: str) -> None:
        self.kind, self.server, self.made = kind, server, 0

    @contextmanager
    def one(self) -> Iterator[Database]:
        self.made += 1
        with TemporaryDirectory(prefix="landfall-long-") as folder:
            if self.kind == "duckdb":
                yield Database(f"duckdb:///{folder}/landfall.duckdb")
                return
            name = f"long_{os.getpid()}_{id(self)}_{self.made}"
            administer(self.server, f'create database "{name}"')
            try:
                yield Database(f"{self.server.rpartition('/')[0]}/{name}")
            finally:
                administer(self.server, f'drop database "{name}" with (force)')


def play_seed(
    number: int,
    kind: str,
    server: str,
    *,
    steps: int,
    whole: bool = False,
    shrink: bool = False,
    recovery: Recovery | None = None,
    objects: tuple[str, ...] = (),
) -> None:
    """The history that Hypothesis draws from the seed, of so many steps; of `whole` runs or of landings alone, then of
    these objects or of all. Raises what it fails with."""
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
        with _opened(made, count, objects, whole=whole, way=way) as played:
            try:
                for _ in range(steps):
                    taken.append(data.draw(WHOLE_STEPS if whole else STEPS))
                    played.take(taken[-1])
                played.end()
            except Exception as error:
                if not told:
                    told.append(_how_it_failed(number, kind, steps, whole, objects, taken, error))
                    print(told[0], file=sys.stderr, flush=True)
                raise

    history()


@contextmanager
def _opened(
    made: Made, recovery: Recovery, objects: tuple[str, ...], *, whole: bool, way: int
) -> Iterator[LandingHistory | WholeHistory]:
    with made.one() as database, made.one() as other, TemporaryDirectory(prefix="landfall-long-") as name:
        folder = Path(name)
        if whole:
            played: LandingHistory | WholeHistory = WholeHistory(database, other, folder, recovery=recovery)
        else:
            rotating = way % 3 == 0
            played = LandingHistory(database, folder, rotating=rotating, recovery=recovery, objects=objects)
        try:
            yield played
        finally:
            played.close()


def _how_it_failed(
    number: int,
    kind: str,
    steps: int,
    whole: bool,
    objects: tuple[str, ...],
    taken: list[Step],
    error: Exception,
) -> str:
    how = " --whole" if whole else ""
    how += f" --only {','.join(objects)}" if objects else ""
    last = "\n".join(f"  {place:4} {step}" for place, step in enumerate(taken, 1))
    return (
        f"\nSeed {number} on {kind} failed after {len(taken)} of {steps} steps:\n{last}\n"
        f"{type(error).__name__}: {error}\n"
        f"Again:   .venv/bin/python -m tests.long --seed {number} --on {kind} --steps {steps}{how}\n"
        "Shorter: the same with --shrink"
    )
