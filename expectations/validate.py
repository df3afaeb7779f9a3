"""Validates what landed: makes the batches, runs the suites, decides, sets rows aside, and builds the pages."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from expectations.batch import Batch, drop_batches, make_batch
from expectations.broken_records import count_broken, find_broken, remember_broken
from expectations.data_docs.pages import Folders, build_pages
from expectations.held_page import suite_of_held, write_held_result
from expectations.held_rules import carry_on, find_held_issues, judge_held
from expectations.issues import find_issues, settle_issues
from expectations.loading import load_great_expectations
from expectations.private_files import private_files
from expectations.quarantine import (
    SetAside,
    count_set_aside,
    ids_of_broken_rules,
    make_tables,
    name_rows,
    objects_set_aside,
    update_quarantine,
    with_examples,
)
from expectations.results import write_results
from expectations.rules import RuleOutcome, Suite
from expectations.suites import FOLDER, load_suites
from expectations.table_suites import load_table_suites
from expectations.verdict import ObjectVerdict, ValidationResult, Verdict, decide
from extract.database import Connection, Database
from extract.errors import SettingsError

if TYPE_CHECKING:
    from expectations.checkpoint import Checks

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
    runs_kept: int = 30  # of how many runs the pages are kept
    replay: bool = False  # judge every version in quarantine again, besides what landed

    @property
    def folders(self) -> Folders:
        return Folders(self.docs_dir, self.results_dir, self.runs_kept)


def validate_landing(options: ValidationOptions, report: Report) -> ValidationResult:
    """Say whether what landed may go on, and set single rows aside.

    A refused run writes its results and pages and leaves the quarantine as it was, so that the same loads are judged
    by the same measure in the next run. Running it again for the same loads changes nothing but times.
    """
    started = time.monotonic()
    report("point", name="validate.started")
    suites = load_suites(options.suites_dir)
    every = _with_table_suites(suites, options.suites_dir)  # a mistake in any of them is told before anything
    _see_that_all_have_suites(options.loads, suites)
    with private_files(), ThreadPoolExecutor(1) as beside:
        loading = beside.submit(load_great_expectations)  # while the database copies rows
        batches = make_batches(options, suites)
        held = judge_all_held(options, suites, batches)
        loading.result()
        checks = _run_checkpoints(options, every, batches, held, report) if batches else {}
        outcomes, set_aside, verdict = judge_and_write(options, suites, batches, checks, held, report)
    report("point", name="validate.done")
    names = [*options.loads, *(batch.object for batch in batches if batch.object not in options.loads)]
    objects = tuple(_object_verdict(name, suites, outcomes, set_aside) for name in names)
    return ValidationResult(verdict.verdict, verdict.reasons, objects, time.monotonic() - started)


def _see_that_all_have_suites(loads: Mapping[str, object], suites: Mapping[str, Suite]) -> None:
    for name in loads:
        if name not in suites:
            raise SettingsError(
                f"{name} landed and has no suite.",
                f"expectations/suites/{name.lower().removesuffix('__c')}.yml",
                f"Write one; objects with a suite: {', '.join(sorted(suites))}.",
            )


def make_batches(options: ValidationOptions, suites: Mapping[str, Suite]) -> list[Batch]:
    """One table for each object that landed rows; an object without new rows is not validated."""
    with options.database.connect() as connection:
        make_tables(connection)
        drop_batches(connection)
        loads = {name: ids for name, ids in options.loads.items() if ids}
        again = objects_set_aside(connection) if options.replay else set()
        made = [
            make_batch(connection, suites[name], loads.get(name, ()), set_aside_too=options.replay)
            for name in [*loads, *sorted(again - loads.keys())]
            if name in suites
        ]
    return [batch for batch in made if batch.rows]


def judge_all_held(
    options: ValidationOptions, suites: Mapping[str, Suite], batches: Sequence[Batch]
) -> list[RuleOutcome]:
    """What the rules about all that is held say, now that these batches came."""
    with options.database.connect() as connection:
        with connection.transaction():
            carry_on(connection, batches, suites)
        return judge_held(connection, options.run_id, suites.values())


def _run_checkpoints(
    options: ValidationOptions,
    every: Mapping[str, Suite],
    batches: Sequence[Batch],
    held: Sequence[RuleOutcome],
    report: Report,
) -> dict[str, Checks]:
    from expectations.checkpoint import identify_run, open_context, run_checkpoint, store_result
    from expectations.dialect import close_connections

    checks = {}
    run = identify_run(options.run_id)
    if held:
        write_held_result(options.results_dir, options.run_id, run.run_time, held)
    folders = options.folders
    with open_context(options.database, folders, every) as context:
        for done, batch in enumerate(batches, start=1):
            checks[batch.object] = run_checkpoint(context, batch, run)
            report("progress", object=batch.object, done=done, expected=len(batches), unit="suites")
        close_connections()  # DuckDB lets a process open a file in one way at a time
        ids = _ids_to_tell(options.database, batches, checks)
        stored = [store_result(context, checks[name], of_rules) for name, of_rules in ids.items()]
        report("progress", step="pages", done=0, expected=1, unit="sites")
        build_pages(context, stored, every.values(), folders)
        report("progress", step="pages", done=1, expected=1, unit="sites")
    return checks


def _ids_to_tell(
    database: Database, batches: Sequence[Batch], checks: Mapping[str, Checks]
) -> dict[str, dict[str, list[str]]]:
    with database.connect() as connection:
        return {
            batch.object: ids_of_broken_rules(connection, batch, checks[batch.object].outcomes)
            for batch in batches
        }


def make_pages(database: Database, folders: Folders, suites_dir: Path, checked: Sequence[Batch]) -> None:
    """The pages of results that have none yet; of the tables just checked with the bounds of this run."""
    suites = _with_table_suites(load_suites(suites_dir), suites_dir)
    suites |= {batch.object: batch.suite for batch in checked}
    load_great_expectations()
    from expectations.checkpoint import open_context

    with open_context(database, folders, suites) as context:
        build_pages(context, [], suites.values(), folders)


def _with_table_suites(suites: Mapping[str, Suite], suites_dir: Path) -> dict[str, Suite]:
    """The pages show the suites of what is built and held too; those that are not there would lose theirs."""
    tables = load_table_suites(suites_dir / "application").values()
    return {suite.object: suite for suite in (*suites.values(), suite_of_held(suites.values()), *tables)}


def judge_and_write(
    options: ValidationOptions,
    suites: Mapping[str, Suite],
    batches: Sequence[Batch],
    checks: Mapping[str, Checks],
    held: Sequence[RuleOutcome],
    report: Report,
) -> tuple[list[RuleOutcome], list[SetAside], Verdict]:
    outcomes: list[RuleOutcome] = []
    set_aside: list[SetAside] = []
    by_batch: list[tuple[Batch, Sequence[RuleOutcome]]] = []
    with options.database.connect() as connection:
        for batch in batches:
            named = name_rows(connection, batch, checks[batch.object].outcomes)
            find_broken(connection, batch, named)
            by_batch.append((batch, named))
            outcomes += [with_examples(connection, batch, outcome) for outcome in named]
            set_aside.append(count_set_aside(connection, batch))
        outcomes += held
        limits = {suite.object: suite.quarantine_limit for suite in suites.values() if suite.quarantine_limit}
        verdict = decide(outcomes, set_aside, options.quarantine_limit, limits)
        with connection.transaction():
            write_results(connection, options.run_id, outcomes)
            if verdict.verdict == "passed":
                for batch in batches:
                    update_quarantine(connection, batch, options.run_id)
            _write_issues(connection, options.run_id, by_batch, held)
            report("point", name="validate.before_commit")
        drop_batches(connection)
    return outcomes, set_aside, verdict


def _write_issues(
    connection: Connection,
    run_id: str,
    by_batch: Sequence[tuple[Batch, Sequence[RuleOutcome]]],
    held: Sequence[RuleOutcome],
) -> None:
    """Also of a run that is refused: what it found is in raw, and somebody has to repair it."""
    for batch, outcomes in by_batch:
        remember_broken(connection, batch, outcomes)
    objects = [batch.object for batch, _ in by_batch]
    counts = count_broken(connection, objects)
    findings = [
        finding
        for batch, outcomes in by_batch
        for finding in find_issues(connection, batch, outcomes, counts)
    ]
    settle_issues(connection, run_id, [*findings, *find_held_issues(held)], whole=objects)


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
