"""One sync from lock to proof, and its stages one at a time."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from extract.errors import DataRefused, LandfallError, TransformFailed
from sync.chosen_tables import check_tables
from sync.display.progress import Display
from sync.display.words import counted
from sync.erase import begin_erasure, complete_erasures, end_erasures
from sync.extracting import extract_objects, raise_failed_objects, reconcile_due, tell_due
from sync.landed import refuse_without_landed
from sync.outcome import Outcome, failed_objects_error, warn_set_aside
from sync.pending import (
    Pending,
    is_built,
    last_build,
    newest_through,
    read_pending,
    read_unvalidated,
)
from sync.proof.held import has_lost_rows
from sync.proving import prove_app_tables, prove_complete, raise_first
from sync.publishing import publish_build, refuse_half_joined, with_referenced
from sync.quality.replayed import compare_held, held_by_object
from sync.recorded_run import RecordedRun, open_run
from sync.rollback.hold import read_rollback, refuse_held
from sync.settings import Settings


def sync(
    settings: Settings,
    display: Display,
    *,
    only: Sequence[str] = (),
    full: bool = False,
    reconcile: bool = False,
) -> Outcome:
    """Bring the application schema up to date with Salesforce, or leave it untouched.

    With `reconcile`, the objects that are due are reconciled first, so that what it finds is published too.
    """
    settings.login()  # half a login is refused before anything starts
    with open_run(settings, "sync", display) as opened:
        run, is_erasing = complete_erasures(opened)
        if reconcile:
            reconcile_due(run, only)
        extract_objects(run, only, full)
        pending = _pending(run)
        if full or is_erasing or _is_anything_new(run, pending):
            if full or is_erasing or not _is_built(run, pending):
                _validate(run, pending)
                _transform(run, pending, full)
            refuse_half_joined(run)
            if not _is_held(pending):
                publish_build(run, pending.through)
        else:
            _tell_silence(run)
        if is_erasing and not _is_held(pending):
            end_erasures(run)
        tell_due(run)
        prove_complete(run, everything=full, with_tables=not _is_held(pending))
        raise_failed_objects(run)
        refuse_held(pending.rollback, settings.database)
    return opened.outcome


def erase(
    settings: Settings,
    display: Display,
    *,
    ids: Sequence[str],
    who: str,
    why: str,
    even_if_in_org: bool = False,
) -> Outcome:
    """Take the records with these Ids, and all that belongs to them, out of everything."""
    if not even_if_in_org:
        settings.login()  # half a login is refused before anything starts
    refuse_without_landed(settings)
    with open_run(settings, "erase", display) as opened:
        # its publish would undo a rollback
        refuse_held(read_rollback(settings.database), settings.database)
        run = begin_erasure(opened, ids, who=who, why=why, ask_org=not even_if_in_org)
        pending = _pending(run)
        if pending.loads:
            _validate(run, pending)
        _transform(run, pending, full=False)
        publish_build(run, pending.through)
        end_erasures(run)
    return opened.outcome


def extract(settings: Settings, display: Display, *, only: Sequence[str] = (), full: bool = False) -> Outcome:
    """Land what is new in Salesforce in `raw`."""
    settings.login()  # half a login is refused before anything starts
    with open_run(settings, "extract", display) as run:
        extract_objects(run, only, full)
        raise_failed_objects(run)
    return run.outcome


def refresh(
    settings: Settings, display: Display, *, only: Sequence[str], fields: Sequence[str] = ()
) -> Outcome:
    """Read some fields again for all records of objects: these, or all formulas when none is named."""
    settings.login()  # half a login is refused before anything starts
    with open_run(settings, "refresh", display) as run:
        extract_objects(run, only, full=False, refresh=fields)
        if fields:  # the landing knows no other reason to read a field again than that it is a formula
            run.outcome.columns_read = [
                {**each, "why": each["why"].replace("formula", "asked for")}
                for each in run.outcome.columns_read
            ]
        raise_failed_objects(run)
    return run.outcome


def validate(settings: Settings, display: Display) -> Outcome:
    """Check what landed and is not published yet; set aside what breaks a rule."""
    with open_run(settings, "validate", display) as run:
        _validate(run, _pending(run))
    return run.outcome


def transform(settings: Settings, display: Display, *, full: bool = False) -> Outcome:
    """Build the application's tables from what was validated."""
    with open_run(settings, "transform", display) as run:
        pending = _pending(run, validates=False)
        _refuse_unvalidated(run, pending)
        _transform(run, pending, full)
    return run.outcome


def publish(settings: Settings, display: Display, *, only: Sequence[str] = ()) -> Outcome:
    """Bring what was built into the application schema, all or nothing; or these tables with all they refer to."""
    check_tables(settings.manifest, only, "--only")
    with open_run(settings, "publish", display) as run:
        refuse_held(read_rollback(settings.database), settings.database)
        built_through, built_with = last_build(settings.database)
        run.record.note(fingerprint=str(built_with or run.fingerprint))
        publish_build(run, built_through, with_referenced(run, only) if only else ())
        raise_first(prove_app_tables(run, everything=True))
    return run.outcome


def replay(settings: Settings, display: Display) -> Outcome:
    """Judge again what is set aside, by the rules as they are now, and publish what passes.

    What landed and waits is judged with it. All that passed before is left to the next sync, which sees that the
    rules changed: so this run is recorded with the rules of the last publish.
    """
    with open_run(settings, "replay", display) as run:
        pending = read_pending(settings.database)
        if pending.published_with is not None:
            worked_with = dataclasses.replace(run.fingerprint, rules=pending.published_with.rules)
            run.record.note(fingerprint=str(worked_with))
        before = held_by_object(settings.database)
        _validate(run, pending, replay=True)
        after = held_by_object(settings.database)
        run.outcome.replayed = compare_held(before, after)
        released = (
            pending.published_with is None or pending.published_with.overrides != run.fingerprint.overrides
        )
        if pending.loads or released or before != after:
            _transform(run, pending, full=False)
            refuse_held(pending.rollback, settings.database)
            publish_build(run, pending.through)
            raise_first(prove_app_tables(run, everything=False))
    return run.outcome


def _pending(run: RecordedRun, *, validates: bool = True) -> Pending:
    """What waits to be published; all that ever landed when the rules are others than at the last publish."""
    pending = read_pending(run.settings.database)
    if pending.rollback is not None:
        return read_unvalidated(run.settings.database, run.fingerprint)
    if pending.published_with is None or pending.published_with.rules == run.fingerprint.rules:
        return pending
    if validates:
        run.display.note(
            "The rules have changed since the last publish: everything that landed is validated again."
        )
    return read_pending(run.settings.database, all_loads=True)


def _is_built(run: RecordedRun, pending: Pending) -> bool:
    """While the application schema stands at an earlier run: what waits went through all but the publish already."""
    if pending.rollback is None or pending.loads:
        return False
    return is_built(run.settings.database, pending.through, run.fingerprint)


def _is_held(pending: Pending) -> bool:
    return pending.rollback is not None and pending.rollback.held


def _is_anything_new(run: RecordedRun, pending: Pending) -> bool:
    if _is_held(pending):
        return not _is_built(run, pending)
    if pending.loads or pending.published_with != run.fingerprint:
        return True
    with run.settings.database.connect() as connection:
        lost = has_lost_rows(connection)
    if lost:
        run.display.note(
            "The last run found other rows in the application's tables than were built: published again."
        )
    return lost


def _validate(run: RecordedRun, pending: Pending, *, replay: bool = False) -> None:
    request = {"loads": pending.loads, "replay": replay}
    checked = run.stage("validate", request, through=pending.through, judge=_judge_validation)
    run.outcome.validated = checked["objects"]
    if not replay:  # of which every row was set aside before
        run.outcome.warnings += warn_set_aside(checked["objects"], run.settings.warn_set_aside)
    if run.outcome.objects:
        run.record.set_aside({each["object"]: each["set_aside"] for each in checked["objects"]})


def _tell_silence(run: RecordedRun) -> None:
    """No stage looks at anything in a run that brought nothing, and that may be just what is wrong."""
    from expectations.held_rules import tell_silence

    with run.settings.database.connect() as connection:
        for name in tell_silence(connection, run.run_id):
            run.display.note(f"{name}: nothing of it changed in Salesforce for longer than its suite allows.")


def _judge_validation(result: Mapping[str, Any]) -> LandfallError | None:
    if result["verdict"] != "refused":
        return None
    return DataRefused(
        " ".join(result["reasons"]),
        "the rules in expectations/suites, results in quality.results",
        "Look at the status page and the Data Docs it links to; correct the records in Salesforce, or the rule. "
        "Nothing was published; what landed is kept and validated again by the next run.",
    )


def _refuse_unvalidated(run: RecordedRun, pending: Pending) -> None:
    """What no rule has looked at is not built on, also not by hand."""
    validated, _ = newest_through(run.settings.database, "validate")
    waiting = {load for loads in pending.loads.values() for load in loads if load > (validated or "")}
    if waiting:
        raise DataRefused(
            f"{counted(len(waiting), 'load')} landed and passed no validation yet.",
            run.settings.database.name,
            "Run `landfall validate` first, or `landfall sync`, which does all stages.",
        )


def _transform(run: RecordedRun, pending: Pending, full: bool) -> None:
    try:
        run.stage("transform", {"full": full}, through=pending.through)
    except TransformFailed as error:
        # An object that could not be read and never landed is why there was nothing to build from.
        never_landed = _never_landed(run)
        if never_landed:
            raise failed_objects_error(never_landed, of=len(run.outcome.objects)) from error
        raise


def _never_landed(run: RecordedRun) -> list[Mapping[str, Any]]:
    with run.settings.database.connect() as connection:
        return [
            each
            for each in run.outcome.failed_objects
            if not connection.has_table("raw", each["object"].lower())
        ]
