"""Validates what landed: makes the batches, runs the suites, decides, sets rows aside, and builds the pages."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from expectations.batch import Batch, drop_batches, make_batch
from expectations.checkpoint import Checks, identify_run, open_context, run_checkpoint
from expectations.data_docs.pages import build_pages
from expectations.quarantine import (
    SetAside,
    count_set_aside,
    example_ids,
    make_tables,
    name_rows,
    update_quarantine,
)
from expectations.results import write_results
from expectations.rules import RuleOutcome, Suite
from expectations.suites import FOLDER, load_suites
from expectations.verdict import Verdict, decide
from extract.database import Connection, Database
from extract.errors import SettingsError

Report = Callable[..., None]


@dataclass(frozen=True)
class ValidationOptions:
    """`loads` names, for each object's API name, the loads that were not validated yet."""

    database: Database
    run_id: str
    loads: Mapping[str, tuple[str, ...]]
    docs_dir: Path
    results_dir: Path
    quarantine_limit: float
    suites_dir: Path = FOLDER


@dataclass(frozen=True)
class ObjectVerdict:
    object: str
    rows_checked: int
    rules_run: int
    rules_failed: int
    set_aside: int
    could_not_run: int


@dataclass(frozen=True)
class ValidationResult:
    verdict: Literal["passed", "refused"]
    reasons: tuple[str, ...]
    objects: tuple[ObjectVerdict, ...]
    seconds: float


def validate_landing(options: ValidationOptions, report: Report) -> ValidationResult:
    """Say whether what landed may go on, and set single rows aside.

    A refused run writes its results and pages and leaves the quarantine as it was, so that the same loads are judged
    by the same measure in the next run. Running it again for the same loads changes nothing but times.
    """
    started = time.monotonic()
    report("point", name="validate.started")
    suites = load_suites(options.suites_dir)
    _see_that_all_have_suites(options.loads, suites)
    with _private_files():
        batches = _make_batches(options, suites)
        checks = _run_checkpoints(options, suites, batches, report) if batches else {}
        outcomes, set_aside, verdict = _judge_and_write(options, batches, checks, report)
    report("point", name="validate.done")
    objects = tuple(_object_verdict(name, suites, outcomes, set_aside) for name in options.loads)
    return ValidationResult(verdict.verdict, verdict.reasons, objects, time.monotonic() - started)


def _see_that_all_have_suites(loads: Mapping[str, object], suites: Mapping[str, Suite]) -> None:
    for name in loads:
        if name not in suites:
            raise SettingsError(
                f"{name} landed and has no suite.",
                f"expectations/suites/{name.lower().removesuffix('__c')}.yml",
                f"Write one; objects with a suite: {', '.join(sorted(suites))}.",
            )


def _make_batches(options: ValidationOptions, suites: Mapping[str, Suite]) -> list[Batch]:
    """One table for each object that landed rows; an object without new rows is not validated."""
    with options.database.connect() as connection:
        make_tables(connection)
        drop_batches(connection)
        made = [make_batch(connection, suites[name], loads) for name, loads in options.loads.items() if loads]
    return [batch for batch in made if batch.rows]


def _run_checkpoints(
    options: ValidationOptions, suites: Mapping[str, Suite], batches: Sequence[Batch], report: Report
) -> dict[str, Checks]:
    checks = {}
    run = identify_run(options.run_id)
    with open_context(options.database, options.docs_dir, options.results_dir, suites) as context:
        for done, batch in enumerate(batches, start=1):
            checks[batch.object] = run_checkpoint(context, batch, run)
            report("progress", object=batch.object, done=done, expected=len(batches), unit="suites")
        stored = [key for check in checks.values() for key in check.stored]
        report("progress", step="pages", done=0, expected=1, unit="sites")
        build_pages(
            context, stored, [suite.name for suite in suites.values()], options.docs_dir, options.results_dir
        )
        report("progress", step="pages", done=1, expected=1, unit="sites")
    return checks


def _judge_and_write(
    options: ValidationOptions, batches: Sequence[Batch], checks: Mapping[str, Checks], report: Report
) -> tuple[list[RuleOutcome], list[SetAside], Verdict]:
    outcomes: list[RuleOutcome] = []
    set_aside: list[SetAside] = []
    with options.database.connect() as connection:
        for batch in batches:
            named = name_rows(connection, batch, checks[batch.object].outcomes)
            outcomes += [_with_examples(connection, batch, outcome) for outcome in named]
            set_aside.append(count_set_aside(connection, batch))
        verdict = decide(outcomes, set_aside, options.quarantine_limit)
        with connection.transaction():
            write_results(connection, options.run_id, outcomes)
            if verdict.verdict == "passed":
                for batch in batches:
                    update_quarantine(connection, batch, options.run_id)
            report("point", name="validate.before_commit")
        drop_batches(connection)
    return outcomes, set_aside, verdict


def _with_examples(connection: Connection, batch: Batch, outcome: RuleOutcome) -> RuleOutcome:
    """A refuse rule that failed, with the first ids that break it: where to begin looking."""
    if outcome.outcome != "failed" or outcome.rule.severity != "refuse":
        return outcome
    ids = example_ids(connection, batch, outcome)
    return replace(outcome, detail=f"first ids: {', '.join(ids)}" if ids else "")


def _object_verdict(
    name: str, suites: Mapping[str, Suite], outcomes: Sequence[RuleOutcome], set_aside: Sequence[SetAside]
) -> ObjectVerdict:
    own = [outcome for outcome in outcomes if outcome.object == name]
    share = next((share for share in set_aside if share.object == name), SetAside(name, 0, 0, 0))
    return ObjectVerdict(
        object=name,
        rows_checked=share.rows_checked,
        rules_run=sum(outcome.outcome != "could_not_run" for outcome in own),
        rules_failed=sum(outcome.outcome == "failed" for outcome in own),
        set_aside=share.all,
        could_not_run=sum(outcome.outcome == "could_not_run" for outcome in own),
    )


@contextmanager
def _private_files() -> Iterator[None]:
    """Files written within the block are readable by their owner alone; Great Expectations sets no permissions."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
