"""Judges all that is held of an object by two numbers that cost nothing to know: how many records, and how old is the newest change.

The records are counted by the landing. The newest change is carried on from batch to batch, so nothing is read again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from expectations.batch import Batch
from expectations.issues import Finding, settle_issues
from expectations.predicates import NEWEST, ROW_COUNT, literal
from expectations.rules import Rule, RuleOutcome, Suite
from expectations.suites import FOLDER, load_suites
from extract.database import Connection

CHANGES = "quality.newest_changes"
TABLE = f"""
    create table if not exists {CHANGES} (
        object text primary key, newest timestamptz, rule text, max_age_days integer
    )
"""
RECENT_RUNS = 5  # the number of records is compared with the median of so many
RECORDS_ALWAYS_TOLERATED = 20  # below, a share would be a few records


@dataclass(frozen=True)
class HeldState:
    """What is known of an object: `records` that are not deleted; None where no run has counted or seen any."""

    records: int | None
    newest: dt.datetime | None


def carry_on(connection: Connection, batches: Iterable[Batch], suites: Mapping[str, Suite]) -> None:
    """Within the caller's transaction: note the newest change that these batches brought, and how old it may become.

    A stamp of the future, which a rule sets aside, says nothing.
    """
    for batch in batches:
        if "systemmodstamp" not in batch.columns:
            continue
        connection.execute(
            f"insert into {CHANGES} (object, newest) select ?, max(systemmodstamp) from {batch.sql} "
            "where systemmodstamp <= _extracted_at + interval '1 day' having max(systemmodstamp) is not null "
            "on conflict (object) do update set newest = greatest(newest_changes.newest, excluded.newest)",
            (batch.object,),
        )
    for suite in suites.values():
        rule = next((rule for rule in suite.held if rule.type == NEWEST), None)
        connection.execute(
            f"update {CHANGES} set rule = ?, max_age_days = ? where object = ?",
            (rule.name, int(rule.kwargs["max_age_days"]), suite.object)
            if rule
            else (None, None, suite.object),
        )


def judge_held(
    connection: Connection, run_id: str, suites: Iterable[Suite], now: dt.datetime | None = None
) -> list[RuleOutcome]:
    """What the rules about all that is held say, each with the bounds of this run. Objects that never landed are not judged."""
    moment = now or dt.datetime.now(dt.UTC)
    chosen, states, outcomes = list(suites), _states(connection), []
    counting = {rule.name for suite in chosen for rule in suite.held if rule.type == ROW_COUNT}
    before = _recent_counts(connection, run_id, counting)
    for suite in chosen:
        state = states.get(suite.object, HeldState(None, None))
        for rule in suite.held:
            judged = (
                _judge_count(suite.object, rule, state.records, before.get((suite.object, rule.name), []))
                if rule.type == ROW_COUNT
                else _judge_age(suite.object, rule, state.newest, moment)
            )
            outcomes += [judged] if judged else []
    return outcomes


def tell_silence(
    connection: Connection, run_id: str, folder: Path = FOLDER, now: dt.datetime | None = None
) -> list[str]:
    """For a run that brought nothing: open the issues of objects of which too long nothing has come; their names.

    An integration user that lost its permissions looks just like that. Suites are read when there is something to say.
    """
    moment = now or dt.datetime.now(dt.UTC)
    if not connection.has_table("quality", "newest_changes"):
        return []
    silent = connection.rows(
        f"select object from {CHANGES} as c where newest + max_age_days * interval '1 day' < ? and not exists ("
        "select 1 from quality.issues as i where i.object = c.object and i.rule = c.rule and i.closed_at is null)",
        (moment,),
    )
    if not silent:
        return []
    suites = load_suites(folder)
    judged = judge_held(connection, run_id, [suites[name] for (name,) in silent if name in suites], moment)
    late = [each for each in judged if each.rule.type == NEWEST and each.rows_failed]
    with connection.transaction():
        settle_issues(connection, run_id, find_held_issues(late), whole=())
    return [each.object for each in late]


def find_held_issues(outcomes: Iterable[RuleOutcome]) -> list[Finding]:
    """A finding for each outcome. What is too few or too old is of no field."""
    return [Finding(each.object, each.rule, each.rows_failed, "") for each in outcomes]


def _judge_count(name: str, rule: Rule, records: int | None, before: Sequence[int]) -> RuleOutcome | None:
    if records is None:
        return None
    usual = int(median(before)) if before else records
    slack = max(int(usual * float(rule.kwargs["tolerance"])), RECORDS_ALWAYS_TOLERATED)
    failed = abs(records - usual) if abs(records - usual) > slack else 0
    bounds = {"min_value": max(usual - slack, 0), "max_value": usual + slack}
    judged = replace(rule, kwargs={**rule.kwargs, **bounds})
    return RuleOutcome(name, judged, records, failed, "failed" if failed else "passed")


def _judge_age(name: str, rule: Rule, newest: dt.datetime | None, now: dt.datetime) -> RuleOutcome | None:
    if newest is None:
        return None
    late = now - newest > dt.timedelta(days=int(rule.kwargs["max_age_days"]))
    return RuleOutcome(name, rule, 1, int(late), "failed" if late else "passed")


def _states(connection: Connection) -> dict[str, HeldState]:
    counts = {}
    if connection.has_table("raw", "_cursors"):
        counts = dict(connection.rows("select object, records_held from raw._cursors"))
    newest = dict(connection.rows(f"select object, newest from {CHANGES}"))
    return {name: HeldState(counts.get(name), newest.get(name)) for name in {*counts, *newest}}


def _recent_counts(
    connection: Connection, run_id: str, rules: Iterable[str]
) -> dict[tuple[str, str], list[int]]:
    """What each of these rules counted in the runs before this one."""
    names = ", ".join(map(literal, sorted(rules)))
    if not names:
        return {}
    found = connection.rows(
        "select object, rule, rows_checked from ("
        " select object, rule, rows_checked, row_number() over (partition by object, rule order by run_id desc) as age"
        f" from quality.results where run_id < ? and object not like 'build.%' and rule in ({names})"
        f") as counted where age <= {RECENT_RUNS}",
        (run_id,),
    )
    counts: dict[tuple[str, str], list[int]] = {}
    for name, rule, count in found:
        counts.setdefault((name, rule), []).append(count)
    return counts
