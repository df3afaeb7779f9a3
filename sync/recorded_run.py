"""Holds the lock, keeps the record and runs the stages of one run, from its first line to its last."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from extract.errors import DataRefused, LandfallError
from sync.defect import explain
from sync.display.progress import Display
from sync.display.watched import watch
from sync.display.words import spell_stage
from sync.fingerprint import Fingerprint, take_fingerprint
from sync.lock import Lock, hold_lock
from sync.outcome import WITH_WARNINGS, Outcome, state_after
from sync.record import RunRecord
from sync.settings import ROOT, Settings
from sync.stage_process import StageCall, run_stage
from sync.stopping import stop_on_signal
from sync.webhook import tell_webhook

PAGE = "index.html"
LETTERS = "bcdfghjklmnpqrstvwxz"  # no vowels: no words, and no names of months
Judge = Callable[[Mapping[str, Any]], LandfallError | None]


@dataclass(frozen=True)
class RecordedRun:
    """A run that is on record and holds the lock."""

    settings: Settings
    record: RunRecord
    lock: Lock
    display: Display
    fingerprint: Fingerprint
    outcome: Outcome

    @property
    def run_id(self) -> str:
        return self.record.run_id

    def stage(
        self,
        stage: str,
        request: Mapping[str, Any],
        *,
        through: str | None = None,
        judge: Judge | None = None,
    ) -> dict[str, Any]:
        """Run one stage, record how it went, and return its result; raise its error, or the judge's."""
        self.display.stage_started(stage)
        self.record.start_stage(stage)
        end = run_stage(self._call(stage, request), lambda event: self.display.event(stage, event))
        error = end.error or (judge(end.result) if judge and end.result is not None else None)
        state = "passed" if error is None else "refused" if isinstance(error, DataRefused) else "failed"
        self.record.end_stage(stage, state, end.seconds, end.peak_mb, through)
        self.outcome.stages.append(
            {"stage": stage, "state": state, "seconds": round(end.seconds, 2), "peak_mb": end.peak_mb}
        )
        summary = spell_stage(stage, end.result) if end.result is not None else ""
        self.display.stage_ended(stage, state, end.seconds, summary)
        if error is not None:
            raise error
        assert end.result is not None
        return end.result

    def _call(self, stage: str, request: Mapping[str, Any]) -> StageCall:
        return stage_call(self.settings, self.lock, stage, request)


def stage_call(settings: Settings, lock: Lock, stage: str, request: Mapping[str, Any]) -> StageCall:
    """What the stage of the run that holds the lock is asked, and where its files go."""
    run_id = lock.owner.run_id
    return StageCall(
        stage=stage,
        request={**request, "run_id": run_id},
        request_file=settings.data_dir / "runs" / run_id / f"{stage}.json",
        log_file=log_folder(settings, run_id) / f"{stage}.log",
        inherited=lock.descriptors,
    )


@contextmanager
def open_run(settings: Settings, command: str, display: Display) -> Iterator[RecordedRun]:
    """A run from lock to page. What is raised inside becomes the outcome's error; LockHeld is raised.

    The record is written first and last, whatever happens in between.
    """
    run_id = new_run_id()
    record = RunRecord(settings.database, run_id)
    outcome = Outcome(run_id, command, settings.database.name)
    started = time.monotonic()
    with (
        stop_on_signal(),
        tell_webhook(settings, outcome, display),
        hold_lock(settings.database, settings.data_dir, run_id) as lock,
        watch(display, settings.site_dir, outcome) as watched,
    ):
        watched.run_started(run_id, command, settings.database.name)
        record.start(command, lock.owner)
        fingerprint = take_fingerprint(ROOT, settings.for_models, record.overrides())
        record.note(fingerprint=str(fingerprint))
        run = RecordedRun(settings, record, lock, watched, fingerprint, outcome)
        if not (settings.site_dir / PAGE).exists():
            _make_site(run)  # so that the first run can be watched too
        try:
            yield run
        except LandfallError as error:
            outcome.error = error
        except Exception as error:
            outcome.error = explain(error, settings.database.name, log_folder(settings, run_id) / "run.log")
        outcome.seconds = round(time.monotonic() - started, 2)
        _close(run)
        outcome.site = _make_site(run)


def new_run_id() -> str:
    """Sorts by time, and two runs of one second differ.

    Letters alone after the dash: Great Expectations reads a run's name as a time, and digits there as its zone.
    """
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{''.join(secrets.choice(LETTERS) for _ in range(4))}"


def log_folder(settings: Settings, run_id: str) -> Path:
    return settings.data_dir / "logs" / run_id


def _close(run: RecordedRun) -> None:
    outcome = run.outcome
    outcome.state = state_after(outcome.error, published=bool(outcome.tables))
    outcome.exit_code = _exit_code(outcome)
    try:
        run.record.finish(outcome.state, outcome.exit_code, outcome.error)
    except LandfallError as error:
        # The first error is the one that matters; the next run closes the record.
        outcome.error = outcome.error or error
        outcome.exit_code = _exit_code(outcome)


def _exit_code(outcome: Outcome) -> int:
    if outcome.error is not None:
        return outcome.error.exit_code
    return WITH_WARNINGS if outcome.warnings else 0


def _make_site(run: RecordedRun) -> str:
    """The status page's path. A page that cannot be made never hides what the run came to."""
    from sync.site.build import make_site
    from sync.site.expected import expected_by

    try:
        return str(make_site(run.settings.database, run.settings.site_dir, expected_by(run.settings)))
    except LandfallError as error:
        problem = error
    except Exception as error:
        log_file = log_folder(run.settings, run.run_id) / "site.log"
        problem = explain(error, run.settings.database.name, log_file)
    run.display.note(f"The status page was not made: {problem.what} ({problem.where})")
    return ""
