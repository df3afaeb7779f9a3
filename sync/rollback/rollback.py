"""Brings the application schema back to an earlier run: builds it again from raw beside the tables of every day, and
publishes that in one transaction. Publishing is held from then on, so that no scheduled sync undoes it without a word.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from extract.database import Connection
from extract.errors import DatabaseUnavailable, LandfallError, SettingsError
from sync.diff import ROWS_TOLD, run_unrecorded
from sync.display.progress import Display
from sync.lock import hold_lock
from sync.outcome import Outcome
from sync.publishing import publish_build
from sync.reading import open_to_read
from sync.recorded_run import new_run_id, open_run
from sync.rollback.as_of import SUFFIX, drop_schemas, make_schemas
from sync.rollback.record import Rollback, find_rollback, release
from sync.rollback.target import Target, read_target
from sync.settings import Settings
from sync.stopping import stop_on_signal


def rollback(settings: Settings, display: Display, *, to: str) -> Outcome:
    """Publish the application schema as of the run `to`, all tables or none, and hold publishing from then on.

    Raises SettingsError for a run that cannot be gone back to, LockHeld."""
    with suppress(DatabaseUnavailable):  # a run at work keeps a DuckDB file: the lock tells which
        _read_target(settings, to)  # a slip of the pen leaves no record of a run
    with open_run(settings, "rollback", display) as run:
        target = _read_target(settings, to)
        run.outcome.warnings += target.gone
        with _built_beside(settings, display, target):
            run.stage("rebuild", {}, through=target.moment.through)
            run.outcome.rolled_back_to = to
            publish_build(run, target.moment.through, beside=_beside(settings, to))
    return run.outcome


def end_rollback(settings: Settings, display: Display) -> Outcome:
    """Let the next sync publish again. Raises SettingsError when there is nothing to end, LockHeld."""
    with open_to_read(settings.database, settings.data_dir) as connection:
        _standing(connection)  # a slip of the pen leaves no record of a run
    with (
        open_run(settings, "rollback", display) as run,
        settings.database.connect() as connection,
    ):
        release(connection, _standing(connection))
    return run.outcome


def _standing(connection: Connection) -> Rollback:
    found = find_rollback(connection)
    if found is None:
        raise SettingsError(
            "The application schema stands at no earlier run.", "--end", "There is nothing to end."
        )
    return found


def try_rollback(settings: Settings, display: Display, *, to: str, all_rows: bool = False) -> dict[str, Any]:
    """What the rollback would change, as `landfall diff --json` tells it. It builds, and drops what it built."""
    started = time.monotonic()
    run_id = new_run_id()
    with stop_on_signal(), hold_lock(settings.database, settings.data_dir, run_id) as lock:
        display.run_started(run_id, "rollback --dry-run", settings.database.name)
        target = _read_target(settings, to)
        with _built_beside(settings, display, target):
            run_unrecorded(settings, display, lock, "rebuild", {})
            told = {"tables": [], "rows_told": None if all_rows else ROWS_TOLD, **_beside(settings, to)}
            found = run_unrecorded(settings, display, lock, "diff", told)
    return {
        "run_id": run_id,
        "target": settings.database.name,
        "rolled_back_to": to,
        "built_through": target.moment.through,
        "changes": sum(each["inserted"] + each["updated"] + each["deleted"] for each in found["tables"]),
        **found,
        "notes": list(target.gone),
        "seconds": round(time.monotonic() - started, 2),
    }


def _read_target(settings: Settings, to: str) -> Target:
    return read_target(settings.database, to, allow_loss=settings.allow_mass_delete)


def _beside(settings: Settings, to: str) -> Mapping[str, Any]:
    """What the stages are asked that work on the build as of an earlier run."""
    manifest: Path = settings.data_dir / "dbt" / f"target{SUFFIX}" / "manifest.json"
    return {"manifest": str(manifest), "rolled_back_to": to}


@contextmanager
def _built_beside(settings: Settings, display: Display, target: Target) -> Iterator[None]:
    """The schemas of the build, for the length of the block."""
    with settings.database.connect() as connection:
        make_schemas(connection, target.moment)
    try:
        yield
    finally:
        try:
            with settings.database.connect() as connection:
                drop_schemas(connection)
        except LandfallError as error:
            display.note(
                f"What was built as of run {target.run_id} is left for the next run to drop: {error.what}"
            )
