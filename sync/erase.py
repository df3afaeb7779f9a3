"""Erasures within a run: what a person asks for, and what an earlier run left open."""

from __future__ import annotations

import getpass
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from extract.errors import SettingsError
from extract.record_ids import full_id
from sync.diff import run_unrecorded
from sync.display.progress import Display
from sync.fingerprint import hash_overrides
from sync.landed import refuse_without_landed
from sync.lock import hold_lock
from sync.outcome import Outcome
from sync.recorded_run import RecordedRun, new_run_id
from sync.settings import Settings
from sync.stopping import stop_on_signal


def check_ids(ids: Sequence[str]) -> tuple[str, ...]:
    """The Ids with 18 characters, each once. Raises SettingsError for what is no Id."""
    full = {each: full_id(each) for each in ids}
    wrong = [each for each, whole in full.items() if whole is None]
    if wrong:
        raise SettingsError(
            f"{len(wrong)} of the Ids given {'is' if len(wrong) == 1 else 'are'} not a Salesforce Id"
            f" (number {', '.join(str(ids.index(each) + 1) for each in wrong)}).",
            "landfall erase",
            "An Id has 15 or 18 letters and digits, capitals as in Salesforce. Names and addresses are not looked for.",
        )
    return tuple(dict.fromkeys(whole for whole in full.values() if whole is not None))


def check_reason(why: str) -> str:
    """Raises SettingsError when none is given: an erasure is audited."""
    if not why.strip():
        raise SettingsError(
            "An erasure needs a reason.",
            "--why",
            'Give one that names nobody: --why "request 2026-17"; or --dry-run, which changes nothing.',
        )
    return why.strip()


def myself() -> str:
    """The name of the account that runs this."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def begin_erasure(run: RecordedRun, ids: Sequence[str], *, who: str, why: str, ask_org: bool) -> RecordedRun:
    """Take the records out of raw; without Ids those that an earlier run left. Gives the run with its overrides anew."""
    _tell(run.outcome, run.stage("erase", _request(ids, who, why, ask_org)))
    fingerprint = replace(run.fingerprint, overrides=hash_overrides(run.record.overrides()))
    run.record.note(fingerprint=str(fingerprint))
    return replace(run, fingerprint=fingerprint)


def try_erase(settings: Settings, display: Display, *, ids: Sequence[str], ask_org: bool) -> Outcome:
    """Count what an erasure would remove. It holds the run lock and leaves no record: nothing changed."""
    if ask_org:
        settings.login()  # half a login is refused before anything starts
    refuse_without_landed(settings)
    started = time.monotonic()
    outcome = Outcome(new_run_id(), "erase", settings.database.name, state="unchanged")
    with stop_on_signal(), hold_lock(settings.database, settings.data_dir, outcome.run_id) as lock:
        display.run_started(outcome.run_id, "erase --dry-run", settings.database.name)
        request = _request(ids, "", "", ask_org, dry_run=True)
        _tell(outcome, run_unrecorded(settings, display, lock, "erase", request))
    outcome.seconds = round(time.monotonic() - started, 2)
    return outcome


def _request(
    ids: Sequence[str], who: str, why: str, ask_org: bool, *, dry_run: bool = False
) -> dict[str, Any]:
    return {"ids": list(ids), "who": who, "why": why, "ask_org": ask_org, "dry_run": dry_run}


def _tell(outcome: Outcome, done: Mapping[str, Any]) -> None:
    outcome.erased, outcome.erased_rows, outcome.in_org = done["records"], done["tables"], done["in_org"]


def complete_erasures(run: RecordedRun) -> tuple[RecordedRun, bool]:
    """Begin again what an earlier run left open; whether there was anything."""
    with run.settings.database.connect() as connection:
        if not connection.value("select 1 from ops.erasures where finished_at is null limit 1"):
            return run, False
    run.display.note("An erasure that was cut short is completed first.")
    return begin_erasure(run, (), who="", why="", ask_org=False), True


def end_erasures(run: RecordedRun) -> None:
    """When app is published: files, free space, and the record's end."""
    done = run.stage("sweep", {})
    run.outcome.erased_rows = done["tables"]
