"""Tells an address of the user's choice when runs begin to fail and when they are well again.

What it sends holds ids and counts only. Whatever becomes of it never changes how the run ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from extract.database import Database
from extract.errors import LandfallError, LockHeld
from sync.display.progress import Display
from sync.outcome import WITH_WARNINGS, Outcome, state_after
from sync.private_files import write_private_json
from sync.settings import Settings

TRIES = 3
SECONDS_TO_CONNECT, SECONDS_TO_ANSWER = 5, 10
WELL = (0, WITH_WARNINGS)


class NotTaken(Exception):
    """The address did not take the message; perhaps it will when asked again."""


@contextmanager
def tell_webhook(settings: Settings, outcome: Outcome, display: Display) -> Iterator[None]:
    """At the end of the block, tell of a failure, or that this command is well again after one.

    A run that found another at work has not failed, and is not told.
    """
    if not settings.webhook_url:
        yield
        return
    try:
        yield
    except LockHeld:
        raise
    except LandfallError as error:
        outcome.error = outcome.error or error
        _tell(settings, outcome, display)
        raise
    _tell(settings, outcome, display)


def _tell(settings: Settings, outcome: Outcome, display: Display) -> None:
    exit_code = outcome.error.exit_code if outcome.error else outcome.exit_code
    marker = settings.data_dir / f"{outcome.command}.failing"  # also where the database could not be told
    try:
        if exit_code not in WELL:
            event = "failure"
            write_private_json(marker, {"run_id": outcome.run_id})
        elif marker.exists() or _failed_before(settings.database, outcome):
            event = "recovery"
            marker.unlink(missing_ok=True)
        else:
            return
        _send(settings.webhook_url, message(event, outcome, exit_code))
    except LandfallError as error:
        display.note(f"The webhook was not told: {error.what}")
    except NotTaken as error:
        display.note(f"The webhook was not told of this {event}: {error}")


def message(event: str, outcome: Outcome, exit_code: int) -> dict[str, Any]:
    """What is sent. `text` is what chat services show; the rest is for programs."""
    state = state_after(outcome.error, bool(outcome.tables)) if outcome.state == "running" else outcome.state
    words = "is well again" if event == "recovery" else f"ended with exit code {exit_code}"
    return {
        "text": f"Landfall: {outcome.command} {outcome.run_id} {words} ({state}).",
        "event": event,
        "command": outcome.command,
        "run_id": outcome.run_id,
        "state": state,
        "exit_code": exit_code,
        "error": type(outcome.error).__name__ if outcome.error else None,
        "ended_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": outcome.seconds,
        "objects": len(outcome.objects),
        "objects_failed": len(outcome.failed_objects),
        "landed": _total(outcome, "objects", "versions_new"),
        "set_aside": _total(outcome, "validated", "set_aside"),
        "inserted": _total(outcome, "tables", "inserted"),
        "updated": _total(outcome, "tables", "updated"),
        "deleted": _total(outcome, "tables", "deleted"),
        "unresolved": outcome.unresolved,
        "landfall_version": version("landfall"),
    }


def _failed_before(database: Database, outcome: Outcome) -> bool:
    """Whether the last run of this command before this one ended badly."""
    with database.connect(read_only=True) as connection:
        found = connection.rows(
            "select exit_code from ops.runs where command = ? and run_id <> ? and state <> 'running' "
            "order by started_at desc, run_id desc limit 1",
            (outcome.command, outcome.run_id),
        )
    return bool(found) and found[0][0] not in WELL


def _send(url: str, content: Mapping[str, Any]) -> None:
    """Raises NotTaken, whose words never hold the address: it may be a secret."""
    # Imported here: most runs have nobody to tell, and a run shall start fast.
    import requests
    from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

    tries = Retrying(
        retry=retry_if_exception_type(NotTaken),
        stop=stop_after_attempt(TRIES),
        wait=wait_exponential(multiplier=0.5, max=5),
        reraise=True,
    )
    for attempt in tries:
        with attempt:
            try:
                answer = requests.post(
                    url,
                    json=dict(content),
                    timeout=(SECONDS_TO_CONNECT, SECONDS_TO_ANSWER),
                    allow_redirects=False,
                )
            except requests.RequestException as error:
                raise NotTaken(f"no answer ({type(error).__name__}).") from None
            if answer.status_code >= 300:
                raise NotTaken(f"it answered with status {answer.status_code}.")


def _total(outcome: Outcome, of: str, name: str) -> int:
    return sum(each.get(name) or 0 for each in getattr(outcome, of))
