"""Checks what was built before it is published: rules over whole tables, as the application will have them.

What landed was judged row by row and batch by batch; here every row of a table is beside all others, its references
are resolved, and what is published now is there to compare with.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from expectations.batch import Batch, drop_batches
from expectations.built_batch import make_built_batch
from expectations.built_issues import settle_built_issues
from expectations.counting import RuleCount, count_rules
from expectations.data_docs.pages import Folders
from expectations.data_docs.results import write_result
from expectations.private_files import private_files
from expectations.quarantine import ids_of_broken_rules, make_tables, with_examples
from expectations.results import write_results
from expectations.rules import RuleOutcome
from expectations.suites import FOLDER
from expectations.table_suites import suites_of
from expectations.verdict import ObjectVerdict, ValidationResult, decide
from extract.database import Connection, Database

Report = Callable[..., None]


@dataclass(frozen=True)
class CheckOptions:
    """`tables` names the application's tables, and of each the column that is its row key."""

    database: Database
    run_id: str
    tables: Mapping[str, str]
    docs_dir: Path
    results_dir: Path
    suites_dir: Path = FOLDER
    only: tuple[str, ...] = ()  # the tables to check; none: all of them
    build_schema: str = "build"
    runs_kept: int = 30  # of how many runs the pages are kept


def check_build(options: CheckOptions, report: Report) -> ValidationResult:
    """Say whether what was built may be published. Reads `build` and `app`; writes results, and pages of a refusal."""
    started = time.monotonic()
    with private_files():
        batches, outcomes = _check_tables(options, report)
        verdict = decide(outcomes, [], limit=1.0)
        if verdict.verdict == "refused":
            _make_pages(options, batches)
    tables = tuple(_table_verdict(batch, outcomes) for batch in batches)
    return ValidationResult(verdict.verdict, verdict.reasons, tables, time.monotonic() - started)


def _check_tables(options: CheckOptions, report: Report) -> tuple[list[Batch], list[RuleOutcome]]:
    suites = suites_of(options.tables, options.suites_dir / "application")
    if options.only:
        suites = {table: suite for table, suite in suites.items() if table in options.only}
    moment = dt.datetime.now(dt.UTC)
    batches: list[Batch] = []
    outcomes: list[RuleOutcome] = []
    with options.database.connect() as connection:
        make_tables(connection)
        drop_batches(connection)
        for table, suite in suites.items():
            batch = make_built_batch(connection, suite, table, options.tables[table], options.build_schema)
            counts = _count(connection, batch)
            found = [each.outcome for each in counts]
            ids = ids_of_broken_rules(connection, batch, found)
            write_result(options.results_dir, options.run_id, moment, batch, counts, ids)
            batches.append(batch)
            outcomes += found
            report("progress", object=batch.object, done=len(batches), expected=len(suites), unit="suites")
        with connection.transaction():
            write_results(connection, options.run_id, outcomes, built=True)
            settle_built_issues(connection, options.run_id, batches, outcomes)
            report("point", name="check.before_commit")
        drop_batches(connection)
    return batches, outcomes


def _count(connection: Connection, batch: Batch) -> list[RuleCount]:
    return [
        replace(each, outcome=with_examples(connection, batch, each.outcome))
        for each in count_rules(connection, batch)
    ]


def _make_pages(options: CheckOptions, batches: Sequence[Batch]) -> None:
    """Whoever is refused wants to look now; pages of a check that passed wait for the next validation."""
    from expectations.validate import make_pages

    folders = Folders(options.docs_dir, options.results_dir, options.runs_kept)
    make_pages(options.database, folders, options.suites_dir, batches)


def _table_verdict(batch: Batch, outcomes: Sequence[RuleOutcome]) -> ObjectVerdict:
    own = [outcome.outcome for outcome in outcomes if outcome.object == batch.object]
    could_not_run = own.count("could_not_run")
    return ObjectVerdict(
        batch.object, batch.rows, len(own) - could_not_run, own.count("failed"), 0, could_not_run
    )
