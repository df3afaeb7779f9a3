"""The publish step of a run: what was built is checked, then published, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from extract.errors import DataRefused, LandfallError
from sync.chosen_tables import add_referenced
from sync.models import read_models
from sync.outcome import failed_objects_error, warn_unresolved
from sync.recorded_run import RecordedRun
from sync.stopping import Stopped


def refuse_half_joined(run: RecordedRun) -> None:
    """An object that failed holds back the publish when an application table is made of it."""
    needed = read_models(run.settings.manifest).needed
    failed = [each for each in run.outcome.failed_objects if each["object"].lower() in needed]
    if failed:
        raise failed_objects_error(failed, of=len(run.outcome.objects))


def with_referenced(run: RecordedRun, only: Sequence[str]) -> tuple[str, ...]:
    """The tables to publish, told where they are more than were asked for; none: all of them."""
    chosen = add_referenced(run.settings.manifest, only)
    added = [name for name in chosen if name not in only]
    if added:
        run.display.note(f"Published too, because they are referred to: {', '.join(added)}.")
    if not chosen:
        run.display.note("All tables are published: these refer to all others.")
    run.outcome.only = chosen
    return chosen


def publish_build(
    run: RecordedRun, through: str, only: Sequence[str] = (), beside: Mapping[str, Any] | None = None
) -> None:
    """All tables, or those of `only`; `beside` names a build that is not that of every day (sync/rollback/rollback.py)."""
    request = {"manifest": str(run.settings.manifest), "only": list(only), **(beside or {})}
    _check(run, through, request)
    stopped: Stopped | None = None
    try:
        published = run.stage("publish", {**request, "through": through}, through=through)
    except LandfallError as error:
        committed = run.record.published()
        if committed is None:
            raise
        # killed, stopped, or cut off from the server, between the commit and its word of it
        run.display.note(f"The publish was committed all the same: {error.what}")
        published, stopped = committed, error if isinstance(error, Stopped) else None
    run.outcome.tables = published["tables"]
    run.outcome.unresolved = published["unresolved"]
    run.outcome.warnings += warn_unresolved(
        published["unresolved"], published["tables"], run.settings.warn_unresolved
    )
    if stopped is not None:
        raise stopped


def _check(run: RecordedRun, through: str, request: Mapping[str, Any]) -> None:
    """Rules over whole tables, as they are about to be published."""
    run.stage("check", request, through=through, judge=_judge_check)


def _judge_check(result: Mapping[str, Any]) -> LandfallError | None:
    if result["verdict"] != "refused":
        return None
    return DataRefused(
        " ".join(result["reasons"]),
        "the rules in expectations/suites/application, results in quality.results",
        "Look at the Data Docs that the status page links to; correct the model, the records in Salesforce, or the "
        "rule. Nothing was published; what was built is checked again by the next run.",
    )
