"""Erasures within a run: what a person asks for, and what an earlier run left open."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from dataclasses import replace

from extract.errors import SettingsError
from extract.record_ids import full_id
from sync.fingerprint import hash_overrides
from sync.recorded_run import RecordedRun


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


def begin_erasure(
    run: RecordedRun, ids: Sequence[str], *, who: str, why: str, ask_org: bool, dry_run: bool = False
) -> RecordedRun:
    """Take the records out of raw; without Ids those that an earlier run left. Gives the run with its overrides anew."""
    done = run.stage(
        "erase", {"ids": list(ids), "who": who, "why": why, "ask_org": ask_org, "dry_run": dry_run}
    )
    run.outcome.erased = done["records"]
    run.outcome.erased_rows = done["tables"]
    run.outcome.in_org = done["in_org"]
    if dry_run:
        return run
    fingerprint = replace(run.fingerprint, overrides=hash_overrides(run.record.overrides()))
    run.record.note(fingerprint=str(fingerprint))
    return replace(run, fingerprint=fingerprint)


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
