"""Tells how things stand, in a terminal, for machines and for schedulers: the same numbers as the status page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from extract.database import Database
from extract.errors import BudgetReached, DatabaseUnavailable, NotProven
from sync.display.pace import Pace
from sync.display.words import table_of
from sync.lock import Owner, find_owner
from sync.outcome import WITH_WARNINGS
from sync.settings import Settings
from sync.site.build import DOCUMENT
from sync.site.expected import Expected, expected_by
from sync.site.live import read_live
from sync.site.numbers import read_numbers
from sync.site.spell import spell_seconds
from sync.status.document import VERSION, StatusDocument, judge_again, make_document
from sync.status.parts import AtWorkPart, RunPart, TablePart

RUNS_TOLD = 10
LATE = 5  # the exit code of a check that finds nothing wrong but the time


@dataclass(frozen=True)
class Status:
    """`document` is None when no run has been recorded, or the first one keeps the DuckDB file to itself."""

    target: str
    at_work: AtWorkPart | None
    document: StatusDocument | None


def read_status(settings: Settings) -> Status:
    """Reads only; never waits for a run that is at work: then it tells what the newest page tells."""
    database, now = settings.database, datetime.now(UTC)
    at_work = _at_work(find_owner(settings.data_dir), settings.site_dir)
    document: StatusDocument | None = None
    if database.kind == "duckdb" and at_work is not None:  # its file is the run's alone
        document = _read_beside_the_page(settings.site_dir, now)
    elif database.kind != "duckdb" or database.path.exists():
        try:
            document = _read(database, expected_by(settings), now)
        except DatabaseUnavailable:  # a run may have begun meanwhile
            at_work = _at_work(find_owner(settings.data_dir), settings.site_dir)
            if at_work is None:
                raise
            document = _read_beside_the_page(settings.site_dir, now)
    if document is not None:
        document.at_work = at_work
    return Status(database.name, at_work, document)


def check(status: Status) -> int:
    """An exit code for a scheduler: 0 when complete, fresh, accepted and within the budget, else what is worst."""
    if status.document is None:
        return 0 if status.at_work else LATE
    document, newest = status.document, status.document.judged_by
    if newest is not None and newest.exit_code not in (0, WITH_WARNINGS):
        return newest.exit_code or 1
    if document.answer("complete").mood == "bad":
        return NotProven.exit_code
    if document.answer("fresh").mood != "good":
        return LATE
    return BudgetReached.exit_code if document.answer("budget").mood == "bad" else 0


def to_json(status: Status) -> str:
    """The document; of a target without any, what there is of it."""
    if status.document is not None:
        return status.document.model_dump_json(indent=2)
    at_work = status.at_work.model_dump() if status.at_work else None
    return json.dumps({"version": VERSION, "target": status.target, "at_work": at_work}, indent=2)


def spell_check(status: Status) -> str:
    """The answers alone, worst first: a scheduler's mail shall be short."""
    if status.document is None:
        return spell_status(status)
    order = ("bad", "warn", "none", "good")
    answers = sorted(status.document.answers, key=lambda each: order.index(each.mood))
    return "\n".join(
        f"{each.question} {each.verdict}. {each.words} {each.next_step}".rstrip() for each in answers
    )


def spell_status(status: Status) -> str:
    """For a terminal."""
    parts = [status.target]
    if status.at_work:
        parts += _at_work_lines(status.at_work)
    document = status.document
    if document is None:
        nothing = "No run has been recorded yet: `landfall sync`, or `make demo` to see it work."
        return "\n".join(parts if status.at_work else [*parts, nothing])
    parts += [
        f"{each.question} {each.verdict}. {each.words} {each.next_step}".rstrip() for each in document.answers
    ]
    parts += ["", table_of(("run", "command", "state", "exit", "seconds", "new"), _run_rows(document))]
    objects = [
        (each.object, each.state, each.versions_new, each.set_aside, each.in_org) for each in document.objects
    ]
    parts += ["", table_of(("object", "state", "new", "set aside", "in org"), objects)] if objects else []
    tables = [
        (each.table_name, each.state, each.live, each.gone, each.unresolved, _proof_words(each))
        for each in document.tables
    ]
    parts += (
        ["", table_of(("table", "state", "rows", "deleted", "unresolved", "proven"), tables)]
        if tables
        else []
    )
    parts += ["", *_column_lines(document)] if document.columns else []
    parts += [_reconciled_line(document)]
    return "\n".join(parts)


def _read(database: Database, expected: Expected, now: datetime) -> StatusDocument | None:
    with database.connect(read_only=True) as connection:
        if not connection.has_table("ops", "runs"):
            return None
        return make_document(read_numbers(connection, expected, now), database.name, expected)


def _read_beside_the_page(site_dir: Path, now: datetime) -> StatusDocument | None:
    try:
        text = (site_dir / DOCUMENT).read_text(encoding="utf-8")
        return judge_again(StatusDocument.model_validate_json(text), now)
    except (OSError, ValidationError):  # there is none yet, or an older version's
        return None


def _at_work(owner: Owner | None, site_dir: Path) -> AtWorkPart | None:
    if owner is None:
        return None
    told: dict[str, Any] = {**vars(owner)}
    live = read_live(site_dir)
    if live is not None and live.get("run_id") == owner.run_id:
        running = [each["stage"] for each in live["stages"] if each["state"] == "running"]
        told |= {"command": live["command"], "stage": running[0] if running else None}
        told |= {"retries": live["retries"], "series": live["series"]}
    return AtWorkPart.model_validate(told)


def _at_work_lines(at_work: AtWorkPart) -> list[str]:
    stage = f": {at_work.stage}" if at_work.stage else ""
    lines = [f"Run {at_work.run_id} is at work since {at_work.since}{stage}."]
    for each in at_work.series:
        pace = Pace(each.unit, 0.0, 0, 0.0, each.done, each.expected)
        lines.append(f"  {each.name}: {pace.words()}")
    return lines


def _column_lines(document: StatusDocument) -> list[str]:
    """The age of the oldest formula of each object, and what waits to be read for all records."""
    oldest = {each.object: each.read_at for each in reversed(document.columns) if each.read_at}
    lines = [f"Formulas of {name}: as of {oldest[name]:%Y-%m-%d %H:%M}Z" for name in sorted(oldest)]
    return lines + [
        f"{each.object}.{each.field} ({each.why}) waits to be read for all records since {each.waits_since:%Y-%m-%d %H:%M}Z"
        for each in document.columns
        if each.waits_since
    ]


def _proof_words(table: TablePart) -> str | None:
    if table.not_proven:
        return "no"
    return f"{table.proven_at:%Y-%m-%d %H:%M}Z" if table.proven_at else None


def _reconciled_line(document: StatusDocument) -> str:
    """How long ago the objects were compared with the org by all their Ids."""
    never = [each.object for each in document.objects if each.reconciled_at is None]
    ages = [each.reconciled_at for each in document.objects if each.reconciled_at is not None]
    if not ages:
        return "Reconciled: never."
    left = f"; never {', '.join(never)}" if never else ""
    return f"Reconciled: all since {min(ages):%Y-%m-%d %H:%M}Z{left}."


def _run_rows(document: StatusDocument) -> list[tuple[Any, ...]]:
    return [
        (each.run_id, _command(each), each.state, each.exit_code, spell_seconds(each.seconds), each.landed)
        for each in document.runs[:RUNS_TOLD]
    ]


def _command(run: RunPart) -> str:
    return f"{run.command} to {run.rolled_back_to}" if run.rolled_back_to else run.command
