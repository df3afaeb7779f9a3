"""Compares what is held with the org outside a sync: all Ids (reconcile), or every cell of some records (verify)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from extract.errors import NotProven
from sync.display.progress import Display
from sync.display.words import counted
from sync.extracting import object_row
from sync.landed import refuse_without_landed
from sync.outcome import Outcome, failed_objects_error
from sync.reconciling import record_reconciled
from sync.recorded_run import RecordedRun, open_run
from sync.settings import Settings


def reconcile(settings: Settings, display: Display, *, only: Sequence[str] = ()) -> Outcome:
    """Find the records that are gone from the org and mark them as deleted in `raw`; the next sync publishes that."""
    settings.login()  # half a login is refused before anything starts
    with open_run(settings, "reconcile", display) as run:
        done = _compare(run, "reconcile", {"only": list(only)})
        record_reconciled(run.record, done["objects"])
        _raise_failed(run)
        missing = [each for each in run.outcome.objects if each["missing"]]
        if missing:
            raise NotProven(
                "The org shows more records that are not held as they are there than are read one by one: "
                f"{_names(missing, 'missing')}.",
                settings.database.name,
                f"Run `landfall sync --full --only {','.join(each['object'] for each in missing)}`, which reads every "
                "record again.",
            )
    return run.outcome


def verify(
    settings: Settings, display: Display, *, sample: int, seed: int | None = None, only: Sequence[str] = ()
) -> Outcome:
    """Compare every cell of a random sample of records with the org; nothing is changed."""
    settings.login()
    refuse_without_landed(settings, only)  # a comparison of nothing proves nothing
    with open_run(settings, "verify", display) as run:
        drawn = secrets.randbelow(1_000_000) if seed is None else seed
        _compare(run, "verify", {"only": list(only), "sample": sample, "seed": drawn})
        _raise_failed(run)
        differing = [each for each in run.outcome.objects if each["wrong"] or each["gone"]]
        if differing:
            raise NotProven(_differences(differing), settings.database.name, _next_step(differing))
    return run.outcome


def _differences(objects: Sequence[Mapping[str, Any]]) -> str:
    fields = [
        f"{each['object']}.{one['field']} in {counted(one['count'], 'record')}"
        for each in objects
        for one in each["wrong"]
    ]
    gone = [f"{each['object']}: {len(each['gone']):,} no longer there" for each in objects if each["gone"]]
    return f"What is held is not what the org says: {'; '.join([*fields, *gone])}."


def _next_step(objects: Sequence[Mapping[str, Any]]) -> str:
    steps = []
    if any(each["wrong"] for each in objects):
        steps.append("Run `landfall sync --full`, which reads every record again, and this once more.")
    if any(each["gone"] for each in objects):
        steps.append("`landfall reconcile` marks the records that are gone.")
    return " ".join(steps)


def _compare(run: RecordedRun, stage: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Run the stage and record it; its result."""
    done = run.stage(stage, request)
    run.outcome.objects = done["objects"]
    run.record.note(**{name: done[name] for name in ("org_id", "instance", "calls", "api_used", "api_limit")})
    run.record.add("run_objects", [object_row(each) for each in done["objects"]])
    return done


def _raise_failed(run: RecordedRun) -> None:
    """Raises the error of the objects that failed."""
    if run.outcome.failed_objects:
        raise failed_objects_error(
            run.outcome.failed_objects, of=len(run.outcome.objects), were="compared with the org"
        )


def _names(objects: Sequence[Mapping[str, Any]], count: str) -> str:
    return ", ".join(f"{each['object']} {each[count]:,}" for each in objects)
