"""Keeps which records break which rule, by their newest version: what landed replaces what was known of a record.

A run looks only at what landed, so what is broken over all that is held has to be remembered. Ids, never a value.
"""

from __future__ import annotations

from collections.abc import Sequence

from expectations.batch import NEWEST_FIRST, Batch
from expectations.predicates import breaking_rows, literal
from expectations.releases import is_released
from expectations.rules import RuleOutcome
from extract.database import Connection

BROKEN = "_broken"  # a temporary table: (object, rule, record_id) of the batches at hand
NEWEST = "_newest"  # a temporary table: the newest version of each record of a batch that has several
RECORDS = "quality.issue_records"


def find_broken(connection: Connection, batch: Batch, outcomes: Sequence[RuleOutcome]) -> None:
    """Collect the records whose newest version in the batch breaks a rule, for `remember_broken`."""
    connection.execute(
        f"create temporary table if not exists {BROKEN} (object text, rule text, record_id text)"
    )
    newest = _newest_only(connection, batch)
    for outcome in outcomes:
        if outcome.outcome == "could_not_run" or not outcome.rows_failed:
            continue
        rows = breaking_rows(outcome.rule, batch.sql, connection.kind)
        connection.execute(
            f"insert into {BROKEN} select distinct {literal(batch.object)}, {literal(outcome.rule.name)}, id "
            f"from ({rows}) as broken where id is not null{newest} "
            f"and not {is_released(literal(batch.object), 'broken.id', 'broken._version', literal(outcome.rule.name))}"
        )


def remember_broken(connection: Connection, batch: Batch, outcomes: Sequence[RuleOutcome]) -> None:
    """Within the caller's transaction: of the batch's records only those stay that still break their rule.

    Of a rule that could not run nothing new is known, so what was known of it stays. A version that somebody
    released counts as good.
    """
    name = literal(batch.object)
    found = f"select 1 from {BROKEN} as b where b.object = {name} and b.rule = {RECORDS}.rule and b.record_id = {RECORDS}.record_id"
    unknown = [outcome.rule.name for outcome in outcomes if outcome.outcome == "could_not_run"]
    ran = f"and rule not in ({', '.join(map(literal, unknown))}) " if unknown else ""
    connection.execute(
        f"delete from {RECORDS} where object = {name} {ran}"
        f"and record_id in (select id from {batch.sql}) and not exists ({found})"
    )
    connection.execute(
        f"insert into {RECORDS} (object, rule, record_id, since) "
        f"select object, rule, record_id, current_timestamp from {BROKEN} as b where object = {name} "
        "on conflict (object, rule, record_id) do nothing"
    )


def count_broken(connection: Connection, objects: Sequence[str]) -> dict[tuple[str, str], int]:
    """How many records of these objects break each rule, where any does."""
    if not objects:
        return {}
    found = connection.rows(
        f"select object, rule, count(*) from {RECORDS} where object in ({', '.join(map(literal, objects))}) "
        "group by object, rule"
    )
    return {(name, rule): count for name, rule, count in found}


def show_examples(connection: Connection, outcome: RuleOutcome, ids: Sequence[str]) -> None:
    """Of a built table all rows are looked at each time: these are the ids that its issue shows."""
    this = (outcome.object, outcome.rule.name)
    kept = f" and record_id not in ({', '.join('?' * len(ids))})" if ids else ""
    connection.execute(f"delete from {RECORDS} where object = ? and rule = ?{kept}", (*this, *ids))
    for record_id in ids:
        connection.execute(
            f"insert into {RECORDS} values (?, ?, ?, current_timestamp) "
            "on conflict (object, rule, record_id) do nothing",
            (*this, record_id),
        )


def _newest_only(connection: Connection, batch: Batch) -> str:
    """A condition for the newest versions alone; none when the batch has one version of each record."""
    if int(connection.value(f"select count(distinct id) from {batch.sql}") or 0) == batch.rows:
        return ""
    connection.execute(f"drop table if exists {NEWEST}")
    connection.execute(
        f"create temporary table {NEWEST} as select id as record_id, _version as version from ("
        f"select id, _version, row_number() over (partition by id order by {NEWEST_FIRST}) as newness "
        f"from {batch.sql}) as ranked where newness = 1"
    )
    return f" and (id, _version) in (select record_id, version from {NEWEST})"
