"""Reads what the status page shows, from `ops` and `quality`. Counts and ids only: no record's values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace

from extract.database import Connection
from sync.proof.held import HeldProof, read_table_proofs
from sync.reconciling import reconcile_ages
from sync.rollback.record import Rollback, find_rollback
from sync.site import answers
from sync.site.answers import Answer
from sync.site.expected import Expected
from sync.site.issues import read_open_issues
from sync.site.objects import read_objects
from sync.site.quality import read_broken_rules, read_columns, read_schema_changes, read_unmapped
from sync.site.runs import newest_that_counts, read_last_good, read_runs
from sync.site.tables import newest_publish, read_conflicts, read_overrides, read_tables, read_unresolved


@dataclass(frozen=True)
class Numbers:
    """Everything the page shows, as read at one moment."""

    read_at: datetime
    answers: tuple[Answer, ...]
    last_good: SimpleNamespace | None  # the newest sync that left the application up to date
    newest: SimpleNamespace | None  # the newest run that ended
    judged_by: SimpleNamespace | None  # the one that says how things stand
    runs: list[SimpleNamespace]
    objects: list[SimpleNamespace]
    tables: list[SimpleNamespace]
    proofs: list[HeldProof]  # what each application table was last proven to hold
    broken_rules: list[SimpleNamespace]
    issues: list[SimpleNamespace]
    unresolved: list[SimpleNamespace]
    conflicts: list[SimpleNamespace]
    overrides: list[SimpleNamespace]
    unmapped: list[SimpleNamespace]
    schema_changes: list[SimpleNamespace]
    columns: list[
        SimpleNamespace
    ]  # formulas with their age, and columns that wait to be read for all records
    published_run: str | None  # the newest that published
    rollback: Rollback | None  # the application schema stands at an earlier run
    org_id: str
    instance: str


def read_numbers(
    connection: Connection,
    expected: Expected,
    now: datetime,
    unmapped: list[SimpleNamespace] | None = None,
) -> Numbers:
    """All numbers of the page. The ops tables must exist; the quality and app tables may be missing yet.

    `unmapped`, where it is known, is not counted again.
    """
    runs = read_runs(connection)
    newest = next((run for run in runs if run.state != "running"), None)
    judged_by = newest_that_counts(runs)
    last_good = read_last_good(connection)
    objects = read_objects(connection, expected, judged_by, now)
    columns = read_columns(connection)
    proofs = read_table_proofs(connection)
    reconciled = reconcile_ages(connection) if connection.has_table("ops", "reconciles") else {}
    changes = read_schema_changes(connection)
    for each in objects:
        formulas = [one.read_at for one in columns if one.object == each.object and one.why == "formula"]
        each.formulas_at = None if not formulas or None in formulas else min(formulas)
        each.has_formulas = bool(formulas)
        each.reconciled_at = reconciled.get(each.object)
        each.schema_changes = sum(one.object == each.object for one in changes)
    broken = read_broken_rules(connection)
    instance = next((run.instance for run in runs if run.instance), "")
    issues = read_open_issues(connection)
    rollback = find_rollback(connection)
    return Numbers(
        read_at=now,
        answers=(
            answers.is_complete(objects, proofs),
            answers.is_fresh(objects, last_good, judged_by, rollback, expected, now),
            answers.was_anything_refused(judged_by, broken, objects, issues),
            answers.is_the_budget_fine(runs, expected),
        ),
        last_good=last_good,
        newest=newest,
        judged_by=judged_by,
        runs=runs,
        objects=objects,
        tables=read_tables(connection, expected, judged_by, proofs, now),
        proofs=proofs,
        broken_rules=broken,
        issues=issues,
        unresolved=read_unresolved(connection),
        conflicts=read_conflicts(connection),
        overrides=read_overrides(connection),
        unmapped=read_unmapped(connection) if unmapped is None else unmapped,
        schema_changes=changes,
        columns=columns,
        published_run=newest_publish(connection),
        rollback=rollback,
        org_id=next((run.org_id for run in runs if run.org_id), ""),
        instance=instance,
    )
