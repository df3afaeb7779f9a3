"""Sets rows aside: names the versions that break a quarantine rule, and keeps the list of them up to date.

The list holds ids, versions and rules, never a value; the values stay in raw.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from expectations.batch import SCHEMA, Batch
from expectations.data_docs.safe_result import IDS_SHOWN, is_record_id
from expectations.held_rules import TABLE as NEWEST_CHANGES
from expectations.issue_tables import make_issue_tables
from expectations.predicates import ROW_COUNT, breaking_rows, literal
from expectations.releases import is_released, make_release_table
from expectations.rules import RuleOutcome
from extract.database import Connection, quoted

FAILING = "_failing"  # a temporary table: (object, record_id, version, rule)

TABLES = (
    f"create schema if not exists {SCHEMA}",
    f"""
    create table if not exists {SCHEMA}.quarantine (
        object text, record_id text, version text, rule text, severity text, run_id text,
        first_seen timestamptz, last_seen timestamptz, resolved_at timestamptz, resolved_how text,
        primary key (object, record_id, version, rule)
    )
    """,
    f"""
    create table if not exists {SCHEMA}.results (
        run_id text, object text, rule text, severity text, rows_checked bigint, rows_failed bigint,
        percent double precision, outcome text, meaning text, checked_at timestamptz,
        primary key (run_id, object, rule)
    )
    """,
)


@dataclass(frozen=True)
class SetAside:
    """How many versions of a batch break a quarantine rule, and how many of them were not set aside before."""

    object: str
    rows_checked: int
    all: int
    new: int


def make_tables(connection: Connection) -> None:
    """All tables of the schema `quality` are there afterwards."""
    for statement in TABLES:
        connection.execute(statement)
    make_issue_tables(connection)
    make_release_table(connection)
    connection.execute(NEWEST_CHANGES)


def objects_set_aside(connection: Connection) -> set[str]:
    """The objects of which a version is in quarantine."""
    found = connection.rows(f"select distinct object from {SCHEMA}.quarantine where resolved_at is null")
    return {name for (name,) in found}


def name_rows(
    connection: Connection, batch: Batch, outcomes: Sequence[RuleOutcome]
) -> tuple[RuleOutcome, ...]:
    """Collect the rows that break each quarantine rule of the batch.

    A rule for which our count is not Great Expectations' count cannot say which rows it means: it could not run.
    """
    connection.execute(
        f"create temporary table if not exists {FAILING} (object text, record_id text, version text, rule text)"
    )
    return tuple(
        _name_rows(connection, batch, outcome)
        if outcome.rule.severity == "quarantine" and outcome.outcome != "could_not_run"
        else outcome
        for outcome in outcomes
    )


def _name_rows(connection: Connection, batch: Batch, outcome: RuleOutcome) -> RuleOutcome:
    rows = breaking_rows(outcome.rule, batch.sql, connection.kind)
    this = f"object = {literal(batch.object)} and rule = {literal(outcome.rule.name)}"
    named = connection.execute(
        f"insert into {FAILING} select {literal(batch.object)}, id, _version, {literal(outcome.rule.name)} "
        f"from ({rows}) as broken"
    )
    if named == outcome.rows_failed:
        if named:
            _let_released_pass(connection, this)
        return outcome
    connection.execute(f"delete from {FAILING} where {this}")
    detail = f"it counts {outcome.rows_failed} rows and {named} can be named"
    return replace(outcome, outcome="could_not_run", detail=detail)


def _let_released_pass(connection: Connection, this: str) -> None:
    """What somebody released breaks the rule and is not set aside for it."""
    passes = is_released(*(f"{FAILING}.{name}" for name in ("object", "record_id", "version", "rule")))
    connection.execute(f"delete from {FAILING} where {this} and {passes}")


def count_set_aside(connection: Connection, batch: Batch) -> SetAside:
    failing = f"select distinct record_id, version from {FAILING} where object = {literal(batch.object)}"
    held = (
        f"select record_id, version from {SCHEMA}.quarantine "
        f"where object = {literal(batch.object)} and resolved_at is null"
    )
    everything = int(connection.value(f"select count(*) from ({failing}) as f"))
    new = int(connection.value(f"select count(*) from ({failing} except {held}) as f"))
    return SetAside(batch.object, batch.rows, everything, new)


def example_ids(connection: Connection, batch: Batch, outcome: RuleOutcome, most: int) -> list[str]:
    """The first record ids that break a rule; only what has the shape of an id, which is not a record's value."""
    if outcome.rule.type == ROW_COUNT:
        return []
    rows, name = breaking_rows(outcome.rule, batch.sql, connection.kind, batch.names), batch.names[0]
    found = connection.rows(
        f"select distinct {name} from ({rows}) as broken where {name} is not null order by 1 limit {most}"
    )
    return [record_id for (record_id,) in found if is_record_id(record_id)]


def ids_of_broken_rules(
    connection: Connection, batch: Batch, outcomes: Iterable[RuleOutcome]
) -> dict[str, list[str]]:
    """Of each rule that failed the first records that break it, for the pages."""
    return {
        outcome.rule.name: example_ids(connection, batch, outcome, IDS_SHOWN)
        for outcome in outcomes
        if outcome.outcome == "failed"
    }


def with_examples(connection: Connection, batch: Batch, outcome: RuleOutcome) -> RuleOutcome:
    """A refuse rule that failed, with the first ids that break it: where to begin looking."""
    if outcome.outcome != "failed" or outcome.rule.severity != "refuse":
        return outcome
    ids = example_ids(connection, batch, outcome, 5)
    return replace(outcome, detail=f"first ids: {', '.join(ids)}" if ids else "")


def update_quarantine(connection: Connection, batch: Batch, run_id: str) -> None:
    """Write what the batch says, within the caller's transaction. Doing it twice changes only `last_seen`.

    Set aside: first_seen stays, last_seen moves. Passed: this very version was validated again and breaks the rule
    no more. Superseded: a newer version of the record is in the batch and breaks no rule.
    """
    name = literal(batch.object)
    now, run = "current_timestamp", literal(run_id)
    quarantine = f"{SCHEMA}.quarantine"
    connection.execute(
        f"update {quarantine} set resolved_at = {now}, resolved_how = 'passed' "
        f"where object = {name} and resolved_at is null "
        f"and exists (select 1 from {batch.sql} b where b.id = record_id and b._version = version) "
        f"and not exists (select 1 from {FAILING} f where f.object = {name} and f.record_id = {quarantine}.record_id "
        f"and f.version = {quarantine}.version and f.rule = {quarantine}.rule)"
    )
    connection.execute(
        f"insert into {quarantine} "
        f"select distinct object, record_id, version, rule, 'quarantine', {run}, {now}, {now}, "
        f"cast(null as timestamptz), cast(null as text) from {FAILING} where object = {name} "
        "on conflict (object, record_id, version, rule) do update set "
        "severity = excluded.severity, last_seen = excluded.last_seen, resolved_at = null, resolved_how = null, "
        "run_id = case when quarantine.resolved_at is null then quarantine.run_id else excluded.run_id end"
    )
    _resolve_superseded(connection, batch)


def _resolve_superseded(connection: Connection, batch: Batch) -> None:
    name, quarantine = literal(batch.object), f"{SCHEMA}.quarantine"
    source = f"typed.{quoted(batch.object.lower())}"
    # versions are ordered as staging orders them: by Salesforce's stamp, then by when they were read
    early = "timestamptz '1900-01-01 00:00:00+00'"
    connection.execute(
        f"create temporary table _superseded as "
        f"select q.record_id, q.version from {quarantine} q "
        f"join {source} held on held.id = q.record_id and held._version = q.version "
        f"join {batch.sql} newer on newer.id = q.record_id and newer._version <> q.version "
        f"where q.object = {name} and q.resolved_at is null "
        f"and (coalesce(newer.systemmodstamp, {early}), newer._extracted_at) "
        f"> (coalesce(held.systemmodstamp, {early}), held._extracted_at) "
        f"and not exists (select 1 from {FAILING} f where f.object = {name} and f.record_id = newer.id "
        "and f.version = newer._version)"
    )
    connection.execute(
        f"update {quarantine} set resolved_at = current_timestamp, resolved_how = 'superseded' "
        f"where object = {name} and resolved_at is null and exists (select 1 from _superseded s "
        f"where s.record_id = {quarantine}.record_id and s.version = {quarantine}.version)"
    )
    connection.execute("drop table _superseded")
