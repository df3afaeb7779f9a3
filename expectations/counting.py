"""Counts the rows that break each rule of a batch in one statement of our own, without Great Expectations.

For what was built: the rules are the same, in the same words, and a test holds each of them, on both databases, to
what Great Expectations counts. It takes a process three seconds to load it and more to ask rule by rule; a run
would pay for that between its models and its publish.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from expectations.batch import Batch
from expectations.predicates import (
    ROW_COUNT,
    TABLE_PREDICATES,
    columns_read,
    condition_sql,
    query_of,
)
from expectations.rules import FOLDED, LIVE, Rule, RuleOutcome
from extract.database import Connection, Kind, quoted

LOG = logging.getLogger(__name__)
ABOUT_NULLS = ("expect_column_values_to_be_null", "expect_column_values_to_not_be_null")


@dataclass(frozen=True)
class RuleCount:
    """What one rule found: rows that meet its condition, of them those without a value, and those that break it."""

    outcome: RuleOutcome
    elements: int
    missing: int
    found: int


def count_rules(connection: Connection, batch: Batch) -> tuple[RuleCount, ...]:
    """One count for each declared rule. A rule that the database cannot evaluate costs the others nothing."""
    failures = _database_failures(connection.kind)
    rules = batch.suite.rules
    try:
        counts = _count(connection, batch, rules)
    except failures:
        counts = [_count_alone(connection, batch, rule, failures) for rule in rules]
    return tuple(
        counted if isinstance(counted, RuleCount) else _judged(batch, rule, *counted)
        for rule, counted in zip(rules, counts, strict=True)
    )


def _count(
    connection: Connection, batch: Batch, rules: Sequence[Rule]
) -> list[tuple[int, int, int] | RuleCount]:
    parts = [part for rule in rules for part in _parts(rule, batch, connection.kind)]
    (row,) = connection.rows(f"select {', '.join(parts)} from {batch.sql}")
    return [(int(row[at]), int(row[at + 1]), int(row[at + 2])) for at in range(0, len(row), 3)]


def _count_alone(
    connection: Connection, batch: Batch, rule: Rule, failures: type[Exception]
) -> tuple[int, int, int] | RuleCount:
    try:
        return _count(connection, batch, [rule])[0]
    except failures as error:
        why = _why_not(batch, rule, error)
        LOG.warning("%s: the rule %s could not run: %s", batch.object, rule.name, why)
        return RuleCount(RuleOutcome(batch.object, rule, 0, 0, "could_not_run", why), 0, 0, 0)


def _parts(rule: Rule, batch: Batch, kind: Kind) -> tuple[str, str, str]:
    """Three expressions of a select over the batch: elements, missing, found."""
    predicate, where = TABLE_PREDICATES[rule.type], condition_sql(rule.condition)
    elements = f"count(*) filter (where {where})"
    if rule.type == ROW_COUNT:
        return elements, "0", elements
    if rule.type == "unexpected_rows_expectation":
        return elements, "0", f"(select count(*) from ({query_of(rule, batch.sql)}) as found)"
    if predicate.unique_over:
        columns, considered = predicate.unique_over(rule.kwargs)
        keys = ", ".join(quoted(column) for column in columns)
        copies = (
            f"select count(*) as copies from {batch.sql} where {where} and {considered} "
            f"group by {keys} having count(*) > 1"
        )
        missing = f"count(*) filter (where {where} and not ({considered}))"
        return elements, missing, f"(select coalesce(sum(copies), 0) from ({copies}) as copied)"
    assert predicate.breaks is not None
    missing = "0"
    if rule.type not in ABOUT_NULLS:
        columns = [str(rule.kwargs[key]) for key in ("column", "column_A", "column_B") if key in rule.kwargs]
        absent = " or ".join(f"{quoted(column)} is null" for column in columns)
        missing = f"count(*) filter (where {where} and ({absent}))"
    return elements, missing, f"count(*) filter (where {where} and ({predicate.breaks(rule.kwargs, kind)}))"


def _judged(batch: Batch, rule: Rule, elements: int, missing: int, found: int) -> RuleCount:
    checked, failed, holds = elements, found, found == 0
    if rule.type == ROW_COUNT:
        checked = batch.live_rows if batch.published is None else batch.published
        holds = _is_within(found, rule.kwargs)
        failed = 0 if holds else abs(found - checked)
    elif "mostly" in rule.kwargs:
        filled = elements - missing
        holds = not filled or (filled - found) / filled >= float(rule.kwargs["mostly"])
    outcome = RuleOutcome(batch.object, rule, checked, failed, "passed" if holds else "failed")
    return RuleCount(outcome, elements, missing, found)


def _is_within(count: int, bounds: Mapping[str, object]) -> bool:
    low, high = bounds.get("min_value", 0), bounds.get("max_value", count)
    return int(str(low)) <= count <= int(str(high))


def _why_not(batch: Batch, rule: Rule, error: Exception) -> str:
    """The reason without the database's own words, which may quote a record's value: the kind of its error alone."""
    absent = sorted(columns_read(rule, set()) - batch.columns - {LIVE})
    if absent:
        return f"{batch.object} has no column {absent[0].removeprefix(FOLDED)}"
    return f"the database could not evaluate it ({type(error).__name__})"


def _database_failures(kind: Kind) -> type[Exception]:
    if kind == "duckdb":
        import duckdb

        return duckdb.Error
    import psycopg2

    failures: type[Exception] = psycopg2.Error
    return failures
