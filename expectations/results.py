"""Writes what each rule said in a run: counts, percentages and outcomes."""

from __future__ import annotations

from collections.abc import Sequence

from expectations.batch import SCHEMA
from expectations.rules import RuleOutcome
from expectations.table_suites import PREFIX
from extract.database import Connection

ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?, current_timestamp)"


def write_results(
    connection: Connection, run_id: str, outcomes: Sequence[RuleOutcome], *, built: bool = False
) -> None:
    """Within the caller's transaction. The results of a run that is validated again replace its earlier ones.

    What landed and what was built are two validations of one run; each replaces its own.
    """
    own = f"object {'' if built else 'not '}like '{PREFIX}%'"
    connection.execute(f"delete from {SCHEMA}.results where run_id = ? and {own}", (run_id,))
    rows = [
        (
            run_id,
            outcome.object,
            outcome.rule.name,
            outcome.rule.severity,
            outcome.rows_checked,
            outcome.rows_failed,
            outcome.percent,
            outcome.outcome,
            outcome.rule.meaning,
        )
        for outcome in outcomes
    ]
    if rows:  # one statement: hundreds take half a second
        connection.execute(
            f"insert into {SCHEMA}.results values {', '.join([ROW] * len(rows))}",
            [value for row in rows for value in row],
        )
