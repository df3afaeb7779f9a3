"""Tells how things stand, in a terminal: the same numbers as the status page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from extract.database import Database
from extract.errors import DatabaseUnavailable
from sync.lock import Owner, find_owner
from sync.proof.held import HeldProof
from sync.reconciling import reconcile_ages
from sync.site.build import spell_seconds
from sync.site.numbers import Numbers, read_numbers
from sync.words import table_of

RUNS_TOLD = 10


@dataclass(frozen=True)
class Status:
    """`numbers` is None when no run has been recorded, or a run at work keeps the DuckDB file to itself."""

    target: str
    at_work: Owner | None
    numbers: Numbers | None
    reconciled: dict[str, datetime] = field(default_factory=dict)  # when each object was last


def read_status(database: Database, data_dir: Path) -> Status:
    """Reads only; never waits for a run that is at work."""
    owner = find_owner(data_dir)
    if database.kind == "duckdb" and not database.path.exists():
        return Status(database.name, owner, None)
    try:
        with database.connect(read_only=True) as connection:
            recorded = connection.has_table("ops", "runs")
            ages = reconcile_ages(connection) if connection.has_table("ops", "reconciles") else {}
            return Status(database.name, owner, read_numbers(connection) if recorded else None, ages)
    except DatabaseUnavailable:
        if owner is None:
            raise
        return Status(database.name, owner, None)


def spell_status(status: Status) -> str:
    """For a terminal."""
    parts = [status.target]
    if status.at_work:
        parts.append(f"Run {status.at_work.run_id} is at work since {status.at_work.since}.")
    if status.numbers is None:
        nothing = "No run has been recorded yet: `landfall sync`, or `make demo` to see it work."
        return "\n".join(parts if status.at_work else [*parts, nothing])
    numbers = status.numbers
    parts += [f"{each.question} {each.words} {each.next_step}".rstrip() for each in numbers.answers]
    parts += ["", table_of(("run", "command", "state", "exit", "seconds", "new"), _run_rows(numbers))]
    objects = [
        (each.object, each.words, each.versions_new, each.set_aside, each.in_org) for each in numbers.objects
    ]
    parts += ["", table_of(("object", "state", "new", "set aside", "in org"), objects)] if objects else []
    proven = {each.table_name: _proof_words(each) for each in numbers.proofs}
    tables = [
        (each.table_name, each.live, each.gone, each.unresolved, proven.get(each.table_name))
        for each in numbers.tables
    ]
    headings = ("table", "rows", "deleted", "unresolved", "proven")
    parts += ["", table_of(headings, tables)] if tables else []
    parts += ["", *_column_lines(numbers)] if numbers.columns else []
    parts += [_reconciled_line(status.reconciled, numbers)]
    return "\n".join(parts)


def _proof_words(proof: HeldProof) -> str:
    return f"{proof.checked_at:%Y-%m-%d %H:%M}Z" if proof.is_proven else "no"


def _column_lines(numbers: Numbers) -> list[str]:
    """The age of the oldest formula of each object, and what waits to be read for all records."""
    oldest = {each.object: each for each in reversed(numbers.columns) if each.read_at}
    lines = [
        f"Formulas of {name}: as of {each.read_at:%Y-%m-%d %H:%M}Z" for name, each in sorted(oldest.items())
    ]
    waiting = [each for each in numbers.columns if each.waits_since]
    return lines + [
        f"{each.object}.{each.field} ({each.why}) waits to be read for all records since {each.waits_since:%Y-%m-%d %H:%M}Z"
        for each in waiting
    ]


def _reconciled_line(reconciled: Mapping[str, datetime], numbers: Numbers) -> str:
    """How long ago the objects were compared with the org by all their Ids."""
    never = [each.object for each in numbers.objects if each.object not in reconciled]
    oldest = min(reconciled, key=reconciled.__getitem__, default=None)
    if oldest is None:
        return "Reconciled: never."
    left = f"; never {', '.join(never)}" if never else ""
    return f"Reconciled: all since {reconciled[oldest]:%Y-%m-%d %H:%M}Z{left}."


def _run_rows(numbers: Numbers) -> list[tuple[Any, ...]]:
    return [
        (each.run_id, _command(each), each.state, each.exit_code, spell_seconds(each.seconds), each.landed)
        for each in numbers.runs[:RUNS_TOLD]
    ]


def _command(run: SimpleNamespace) -> str:
    return f"{run.command} to {run.rolled_back_to}" if run.rolled_back_to else str(run.command)
