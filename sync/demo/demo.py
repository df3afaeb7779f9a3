"""Shows Landfall at work: a demo org, a first sync, a day of changes, a second sync, and what came of it.

Everything is made anew in data/demo; the user's own settings and data are neither read nor touched.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extract.database import Database
from extract.errors import LandfallError, LockHeld, error_from_dict
from sync.demo.server import DemoOrg, start_demo_org
from sync.demo.story import Story, tell
from sync.lock import Owner, hold_file
from sync.outcome import WITH_WARNINGS
from sync.settings import ROOT, other_environment

FOLDER = ROOT / "data" / "demo"
SCALE = 300  # volunteers
Say = Callable[[str], None]


@dataclass(frozen=True)
class DemoSync:
    """One sync of the demonstration, as `landfall sync --json` told it."""

    exit_code: int
    outcome: Mapping[str, Any]


def show_demo(say: Say, folder: Path = FOLDER) -> int:
    """The whole demonstration; 0 when both syncs ended well."""
    started = time.monotonic()
    with _alone(folder):
        shutil.rmtree(folder, ignore_errors=True)
        _tell_step("1 of 4  A demo org starts: a Salesforce of its own, with invented people")
        with start_demo_org(folder / "org", scale=SCALE) as org:
            _tell_step(f"2 of 4  First sync, from {org.url}")
            first = _sync(org, folder)
            _tell_step(
                "3 of 4  A day passes in the org: records are added, edited, deleted, restored, spoilt"
            )
            changes = org.play("second_day")
            _tell_step("4 of 4  Second sync")
            second = _sync(org, folder)
        story = Story(
            first=first.outcome,
            changes=changes,
            second=second.outcome,
            broken_rules=_broken_rules(folder),
            seconds=time.monotonic() - started,
        )
        say(tell(story))
    return 0


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with ExitStack() as held:
        try:
            held.enter_context(hold_file(folder.with_suffix(".lock"), Owner.here("demo")))
        except LockHeld as error:  # `landfall status` looks at the user's own target
            next_step = "Wait for it to end; the terminal it was started in shows how far it is."
            raise LockHeld(error.what, error.where, next_step) from None
        yield


def _sync(org: DemoOrg, folder: Path) -> DemoSync:
    """`landfall sync` as a user would run it; raises the error it ended with."""
    environment = other_environment(
        **org.settings,
        DATABASE_URL=f"duckdb:///{folder / 'landfall.duckdb'}",
        LANDFALL_DATA_DIR=str(folder),
    )
    done = subprocess.run(
        [sys.executable, "-m", "sync", "sync", "--json"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        check=False,
    )
    outcome = json.loads(done.stdout) if done.stdout.strip() else {}
    if done.returncode not in (0, WITH_WARNINGS):
        raise _sync_error(outcome, done.returncode)
    return DemoSync(done.returncode, outcome)


def _sync_error(outcome: Mapping[str, Any], exit_code: int) -> LandfallError:
    if outcome.get("error"):
        return error_from_dict(outcome["error"])
    return LandfallError(
        f"The sync ended with code {exit_code}.", "its message is above", "Run `make demo` again."
    )


def _broken_rules(folder: Path) -> Sequence[Mapping[str, Any]]:
    """The rules that rows broke, run by run, with how many records each set aside."""
    with Database(f"duckdb:///{folder / 'landfall.duckdb'}").connect(read_only=True) as connection:
        found = connection.rows(
            "select run_id, object, rule, meaning, rows_failed from quality.results "
            "where severity = 'quarantine' and outcome = 'failed' order by run_id, object, rule"
        )
    names = ("run_id", "object", "rule", "meaning", "rows_failed")
    return [dict(zip(names, row, strict=True)) for row in found]


def _tell_step(text: str) -> None:
    print(f"\n── {text}", file=sys.stderr, flush=True)
