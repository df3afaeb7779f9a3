"""Tells what the next sync would read and cost, in a terminal or as JSON; changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from extract.errors import LandfallError
from extract.landing import LandingOptions, LandingPlan, plan_landing
from extract.landing.plan import ObjectPlan
from sync.display.progress import Display
from sync.display.words import lines, table_of
from sync.drift import name_models, spell_change
from sync.outcome import failed_objects_error
from sync.reading import leave_to_a_run
from sync.settings import Settings

HEADINGS = ("object", "from", "to", "read by", "rows", "calls")


def make_plan(settings: Settings, display: Display, *, only: Sequence[str], full: bool) -> LandingPlan:
    """What `landfall sync` would do now. Raises LockHeld when a run keeps the DuckDB file to itself."""
    options = LandingOptions(
        login=settings.login(),
        database=settings.database,
        data_dir=settings.data_dir,
        run_id="plan",
        only=tuple(only),
        full=full,
        lookback=timedelta(minutes=settings.lookback_minutes),
        bulk_from_rows=settings.bulk_from_rows,
        api_reserve=settings.api_reserve,
        parallel=settings.parallel,
        formula_days=settings.formula_days,
    )
    with leave_to_a_run(settings.database, settings.data_dir):
        return plan_landing(
            options, lambda event, **fields: display.event("plan", {"event": event, **fields})
        )


def plan_error(plan: LandingPlan) -> LandfallError | None:
    """The error for objects that could not be looked at, or None."""
    failed = [asdict(each) for each in plan.objects if each.error]
    return failed_objects_error(failed, of=len(plan.objects)) if failed else None


def plan_to_dict(plan: LandingPlan, manifest: Path) -> dict[str, Any]:
    """As `--json` prints it."""
    objects = [
        {**asdict(each), "schema_changes": name_models(_changes(each), manifest)} for each in plan.objects
    ]
    return {**asdict(plan), "objects": objects, "budget": {**asdict(plan.budget), "left": plan.budget.left}}


def _changes(each: ObjectPlan) -> list[dict[str, Any]]:
    return [asdict(change) for change in each.schema_changes]


def spell_plan(plan: LandingPlan, manifest: Path) -> str:
    """For a terminal: the objects, why each is read so, what changed in their fields, and the verdict."""
    rows = [(each.object, *_window(each), each.api or "?", each.rows, each.calls) for each in plan.objects]
    changes = name_models([change for each in plan.objects for change in _changes(each)], manifest)
    parts = [
        table_of(HEADINGS, rows),
        _shared("Cursor", plan.objects, "reason"),
        _shared("API", plan.objects, "api_reason"),
        _shared("Deletes", plan.objects, "deletes"),
        lines("Columns for all records", [_columns(each) for each in plan.objects if each.columns]),
        lines("Formulas", _formula_ages(plan.objects)),
        lines("Schema", [spell_change(change) for change in changes]),
        lines("Not known", [f"{each.object}: {each.error['what']}" for each in plan.objects if each.error]),
        plan.verdict,
    ]
    return "\n".join(part for part in parts if part)


def _columns(each: ObjectPlan) -> str:
    rows = "not counted" if each.column_rows is None else f"{each.column_rows:,} rows"
    return f"{each.object}: {', '.join(each.columns)} ({rows})"


def _formula_ages(objects: Sequence[ObjectPlan]) -> list[str]:
    """As of when the oldest formula of each object is known; nothing of objects that were never landed."""
    ages = {each.object: list(each.formulas_as_of.values()) for each in objects}
    return [
        f"{name} as of {_minute(min(known))}"
        for name, moments in ages.items()
        if (known := [moment for moment in moments if moment])
    ]


def _window(each: ObjectPlan) -> tuple[str, str]:
    begin = _minute(each.window_from) or "the beginning"
    return (begin, _minute(each.window_to)) if each.window_to else ("?", "?")


def _minute(moment: str | None) -> str:
    """2026-03-01 12:00Z; the JSON has the whole of it."""
    return f"{moment[:16].replace('T', ' ')}Z" if moment else ""


def _shared(heading: str, objects: Sequence[ObjectPlan], name: str) -> str:
    """What is true of most objects is said once, with the objects it is true of."""
    by_words: dict[str, list[str]] = {}
    for each in objects:
        if words := getattr(each, name):
            by_words.setdefault(words, []).append(each.object)
    told = [
        f"{words}: {', '.join(names) if len(names) < len(objects) else f'all {len(names)} objects'}"
        for words, names in by_words.items()
    ]
    return lines(heading, told)
