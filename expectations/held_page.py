"""Shows the rules about all that is held as one suite more: a page for all objects, in Great Expectations' own words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from expectations.batch import Batch
from expectations.counting import RuleCount
from expectations.data_docs.results import write_result
from expectations.predicates import NEWEST, ROW_COUNT
from expectations.rules import Rule, RuleOutcome, Suite

NAME = "all_that_is_held"
QUERY = "unexpected_rows_expectation"


def suite_of_held(suites: Iterable[Suite]) -> Suite:
    """The rules of all objects, as the page of the suite shows them."""
    return Suite(NAME, NAME, tuple(_shown(suite.object, rule) for suite in suites for rule in suite.held))


def write_held_result(
    results_dir: Path, run_id: str, moment: dt.datetime, held: Iterable[RuleOutcome]
) -> None:
    """The outcomes as one result, of which the next build of the pages makes a page."""
    counts = [_counted(outcome) for outcome in held]
    suite = Suite(NAME, NAME, tuple(each.outcome.rule for each in counts))
    write_result(results_dir, run_id, moment, Batch(NAME, suite, NAME, frozenset(), 0, 0), counts)


def _counted(outcome: RuleOutcome) -> RuleCount:
    found = outcome.rows_checked if outcome.rule.type == ROW_COUNT else outcome.rows_failed
    shown = replace(outcome, rule=_shown(outcome.object, outcome.rule))
    return RuleCount(shown, outcome.rows_checked, 0, found)


def _shown(name: str, rule: Rule) -> Rule:
    """How old something is, as a query that finds it when it is too old: the newest stamp itself is a record's value."""
    if rule.type != NEWEST:
        return rule
    query = (
        f"select object from {{batch}} where object = '{name}' "
        f"and newest < current_timestamp - interval '{rule.kwargs['max_age_days']} days'"
    )
    return replace(rule, type=QUERY, kwargs={"unexpected_rows_query": query}, rows="all")
