"""The extract step of a run: lands what is new, and keeps what it came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sync.display.reconcile_words import warn_reconciled
from sync.drift import name_models, warn_not_followed, warn_waiting
from sync.outcome import failed_objects_error
from sync.reconciling import find_due, record_reconciled
from sync.record import now
from sync.recorded_run import RecordedRun


def extract_objects(
    run: RecordedRun, only: Sequence[str], full: bool, refresh: Sequence[str] | None = None
) -> None:
    again = None if refresh is None else list(refresh)
    landed = run.stage("extract", {"only": list(only), "full": full, "refresh": again})
    run.outcome.objects = landed["objects"]
    run.outcome.schema_changes = name_models(landed["schema_changes"], run.settings.manifest)
    run.outcome.columns_read = landed["columns_read"]
    run.outcome.followed = landed["followed"]
    run.outcome.formula_samples = landed["formula_samples"]
    run.outcome.warnings += warn_waiting(landed["columns_read"]) + warn_not_followed(landed["followed"])
    run.outcome.calls += landed["calls"]
    noted = {name: landed[name] for name in ("org_id", "instance", "api_used", "api_limit")}
    run.record.note(**noted, calls=run.outcome.calls)
    run.record.add("run_objects", [object_row(each) for each in landed["objects"]])
    run.record.add("column_reads", [_column_row(each) for each in landed["columns_read"]])
    run.record.add("formula_samples", [{**each, "sampled_at": now()} for each in landed["formula_samples"]])
    run.record.add("schema_changes", [_schema_row(each) for each in run.outcome.schema_changes])


def reconcile_due(run: RecordedRun, only: Sequence[str]) -> None:
    """Compare all Ids of the objects that are due; one that cannot be compared is a warning, and due again."""
    due = [each.object for each in find_due(run.settings.database, run.settings.reconcile_days)]
    chosen = [name for name in due if not only or name in only]
    if not chosen:
        return
    done = run.stage("reconcile", {"only": chosen})
    record_reconciled(run.record, done["objects"])
    run.outcome.reconciled = done["objects"]
    run.outcome.calls += done["calls"]
    run.outcome.warnings += warn_reconciled(done["objects"])


def tell_due(run: RecordedRun) -> None:
    due = find_due(run.settings.database, run.settings.reconcile_days)
    run.outcome.reconcile_due = [each.to_row() for each in due]


def object_row(each: Mapping[str, Any]) -> dict[str, Any]:
    """An object's share of a stage as ops.run_objects has it."""
    error = each["error"] or {}
    return {**each, "error": error.get("what"), "next_step": error.get("next_step")}


def _column_row(each: Mapping[str, Any]) -> dict[str, Any]:
    error = (each["error"] or {}).get("what")
    return {**each, "fields": ", ".join(each["fields"]), "error": error}


def _schema_row(each: Mapping[str, Any]) -> dict[str, Any]:
    listed = {name: None if each[name] is None else ", ".join(each[name]) for name in ("models", "tables")}
    return {**each, **listed, "before_": each["before"], "after_": each["after"], "seen_at": now()}


def raise_failed_objects(run: RecordedRun) -> None:
    """The other objects went on; the run is no success all the same."""
    if run.outcome.failed_objects:
        raise failed_objects_error(run.outcome.failed_objects, of=len(run.outcome.objects))
