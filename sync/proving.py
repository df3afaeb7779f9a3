"""The last step of a run: proves that what is in the org is here and in the application's tables."""

from __future__ import annotations

from extract.errors import LandfallError
from sync.completeness import count_objects, not_proven, warn_gone
from sync.models import read_models
from sync.proof import not_proven_tables, prove_tables
from sync.proof.declared import read_declared
from sync.proof.held import read_table_proofs
from sync.record import now
from sync.recorded_run import RecordedRun


def prove_complete(run: RecordedRun, *, everything: bool, with_tables: bool) -> None:
    """Count what is in the org, here and in the application's tables; NotProven when records are missing.

    While publishing is held, the application's tables are not what was built, and are not counted.
    """
    if not run.settings.manifest.exists():
        # A run with nothing new in a fresh checkout (CI): which model holds an object is only known after a build.
        run.display.note("Not counted: nothing has been built from this data folder yet.")
        return
    counts = count_objects(run.settings.database, run.outcome.objects, read_models(run.settings.manifest))
    run.outcome.completeness = [count.to_row() for count in counts]
    run.record.add("completeness", run.outcome.completeness)
    run.outcome.warnings += warn_gone(counts)
    wrong_tables = prove_app_tables(run, everything=everything) if with_tables else None
    if not run.outcome.failed_objects:
        raise_first(not_proven(counts), wrong_tables)


def prove_app_tables(run: RecordedRun, *, everything: bool) -> LandfallError | None:
    """Count the application's tables that changed, or everything; of a publish of some tables, those."""
    declared = [
        each
        for each in read_declared(run.settings.manifest)
        if not run.outcome.only or each.table.name in run.outcome.only
    ]
    with run.settings.database.connect() as connection:
        models = run.fingerprint.models
        proven = prove_tables(connection, declared, models, run.outcome.tables, everything=everything)
    run.record.add("completeness_tables", [{**row, "checked_at": now()} for row in proven.rows()])
    run.record.add("completeness_reasons", proven.reason_rows())
    with run.settings.database.connect() as connection:
        run.outcome.proof = [each.to_dict() for each in read_table_proofs(connection)]
    return not_proven_tables(proven.tables)


def raise_first(*errors: LandfallError | None) -> None:
    for error in errors:
        if error is not None:
            raise error
