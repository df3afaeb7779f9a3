"""Issues of what was built: every check looks at all rows of a table, so each rule's count is the whole truth."""

from __future__ import annotations

from collections.abc import Sequence

from expectations.batch import Batch
from expectations.broken_records import show_examples
from expectations.issues import Finding, counts_told, settle_issues
from expectations.quarantine import example_ids
from expectations.repair import fields_of
from expectations.rules import RuleOutcome
from extract.database import Connection

MOST_EXAMPLES = 20


def settle_built_issues(
    connection: Connection, run_id: str, batches: Sequence[Batch], outcomes: Sequence[RuleOutcome]
) -> None:
    """Within the caller's transaction, while the batches are there. Only the tables that were checked are told of.

    Records are named anew when their number changed: a rule that says the same as in the run before costs nothing.
    """
    by_object = {batch.object: batch for batch in batches}
    told = counts_told(connection, by_object)
    findings = []
    for outcome in outcomes:
        batch = by_object[outcome.object]
        affected = _affected(outcome)
        if affected is not None and affected != told.get((outcome.object, outcome.rule.name), 0):
            ids = example_ids(connection, batch, outcome, MOST_EXAMPLES) if affected else []
            show_examples(connection, outcome, ids)
        fields = "" if affected == 0 else fields_of(connection, batch, outcome, {})
        findings.append(Finding(outcome.object, outcome.rule, affected, fields))
    settle_issues(connection, run_id, findings, whole=by_object)


def _affected(outcome: RuleOutcome) -> int | None:
    if outcome.outcome == "could_not_run":
        return None
    return outcome.rows_failed if outcome.outcome == "failed" else 0
