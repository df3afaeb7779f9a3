"""Reads what the status page shows, from `ops` and `quality`. Counts and ids only: no record's values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace

from extract.database import Connection, quoted
from sync.hold import spell_hold
from sync.proof.held import HeldProof, read_table_proofs
from sync.rollbacks import Rollback, find_rollback, rolled_back_to

RUNS_SHOWN = 30

# Which answer a run's state gives to "did it work", for colour and words.
GOOD_STATES = frozenset({"published", "unchanged"})


@dataclass(frozen=True)
class Answer:
    """One of the page's first questions: how it stands (good, warn, bad, none), in words, and the next step."""

    question: str
    mood: str
    words: str
    next_step: str = ""


@dataclass(frozen=True)
class Numbers:
    """Everything the page shows, as read at one moment."""

    answers: tuple[Answer, ...]
    runs: list[SimpleNamespace]
    objects: list[SimpleNamespace]
    tables: list[SimpleNamespace]
    proofs: list[HeldProof]  # what each application table was last proven to hold
    broken_rules: list[SimpleNamespace]
    unresolved: list[SimpleNamespace]
    conflicts: list[SimpleNamespace]
    unmapped: list[SimpleNamespace]
    schema_changes: list[SimpleNamespace]
    columns: list[
        SimpleNamespace
    ]  # formulas with their age, and columns that wait to be read for all records
    rollback: Rollback | None  # the application schema stands at an earlier run
    org_id: str
    instance: str


def read_numbers(connection: Connection) -> Numbers:
    """All numbers of the page. The ops tables must exist; the quality and app tables may be missing yet."""
    runs = _runs(connection)
    objects = _objects(connection)
    proofs = read_table_proofs(connection)
    broken = _broken_rules(connection)
    newest = runs[0] if runs else None
    rollback = find_rollback(connection)
    return Numbers(
        answers=(
            _is_complete(objects, proofs),
            _is_fresh(runs, rollback),
            _was_anything_refused(newest, broken, objects),
            _is_the_budget_fine(runs),
        ),
        runs=runs,
        objects=objects,
        tables=_tables(connection),
        proofs=proofs,
        broken_rules=broken,
        unresolved=_unresolved(connection),
        conflicts=_conflicts(connection),
        unmapped=_unmapped(connection),
        schema_changes=_schema_changes(connection),
        columns=_columns(connection),
        rollback=rollback,
        org_id=next((run.org_id for run in runs if run.org_id), ""),
        instance=next((run.instance for run in runs if run.instance), ""),
    )


def _select(
    connection: Connection, names: str, sql: str, parameters: Sequence[object] = ()
) -> list[SimpleNamespace]:
    """The rows of a query whose select list has the columns `names`, in that order."""
    keys = names.split()
    return [SimpleNamespace(**dict(zip(keys, row, strict=True))) for row in connection.rows(sql, parameters)]


def _runs(connection: Connection) -> list[SimpleNamespace]:
    runs = _select(
        connection,
        "run_id command state exit_code started_at ended_at what where next_step org_id instance "
        "calls api_used api_limit landed set_aside retries written",
        """
        select
            run.run_id, run.command, run.state, run.exit_code, run.started_at, run.ended_at,
            run.what, run.where_, run.next_step, run.org_id, run.instance, run.calls, run.api_used, run.api_limit,
            (select coalesce(sum(versions_new), 0) from ops.run_objects where run_id = run.run_id),
            (select coalesce(sum(set_aside), 0) from ops.run_objects where run_id = run.run_id),
            (select coalesce(sum(retries), 0) from ops.run_objects where run_id = run.run_id),
            (select coalesce(sum(inserted + updated + deleted), 0) from ops.run_tables where run_id = run.run_id)
        from ops.runs as run
        order by run.started_at desc, run.run_id desc
        limit ?
        """,
        (RUNS_SHOWN,),
    )
    stages = _select(
        connection,
        "run_id stage seconds state",
        "select run_id, stage, seconds, state from ops.run_stages order by started_at",
    )
    went_back = rolled_back_to(connection)
    for run in runs:
        run.rolled_back_to = went_back.get(run.run_id, "")
        run.stages = [stage for stage in stages if stage.run_id == run.run_id]
        run.seconds = (run.ended_at - run.started_at).total_seconds() if run.ended_at else None
    return runs


def _objects(connection: Connection) -> list[SimpleNamespace]:
    """Per object: its newest reading, its newest counts, its open quarantine, when it last changed."""
    quarantine = (
        "(select count(distinct record_id) from quality.quarantine as held "
        "where held.object = latest.object and held.resolved_at is null and held.severity = 'quarantine')"
        if connection.has_table("quality", "quarantine")
        else "0"
    )
    objects = _select(
        connection,
        "object table_name state cursor_field reason api window_to rows_served versions_new deleted_rows calls "
        "seconds retries error next_step run_id set_aside last_landed in_org in_raw in_staging difference why",
        f"""
        with latest as (
            select *, row_number() over (partition by object order by run_id desc) as age from ops.run_objects
            where run_id not in (select run_id from ops.runs where command in ('reconcile', 'verify'))
        ),
        counted as (
            select *, row_number() over (partition by object order by run_id desc) as age from ops.completeness
        )
        select
            latest.object, latest.table_name, latest.state, latest.cursor_field, latest.reason, latest.api,
            latest.window_to, latest.rows_served, latest.versions_new, latest.deleted_rows, latest.calls,
            latest.seconds, latest.retries, latest.error, latest.next_step, latest.run_id,
            {quarantine},
            (select max(window_to) from ops.run_objects as held
             where held.object = latest.object and held.versions_new > 0),
            counted.in_org, counted.in_raw, counted.in_staging, counted.difference, counted.reason
        from latest
        left join counted on counted.object = latest.object and counted.age = 1
        where latest.age = 1
        order by latest.object
        """,
    )
    for each in objects:
        each.mood, each.words = _state_of(each)
        each.rate = each.rows_served / each.seconds if each.rows_served and each.seconds else None
    return objects


def _state_of(each: SimpleNamespace) -> tuple[str, str]:
    if each.state == "failed":
        return "bad", "refused" if each.in_org is None else "not read"
    if each.difference:
        return "warn", "incomplete"
    if each.in_org is None:
        return "none", "not counted"
    return "good", "complete"


def _tables(connection: Connection) -> list[SimpleNamespace]:
    tables = _select(
        connection,
        "table_name inserted updated deleted unchanged seconds run_id unresolved",
        """
        with latest as (
            select *, row_number() over (partition by table_name order by run_id desc) as age from ops.run_tables
        )
        select
            latest.table_name, latest.inserted, latest.updated, latest.deleted, latest.unchanged, latest.seconds,
            latest.run_id,
            (select count(*) from ops.unresolved_references as open where open.table_name = latest.table_name)
        from latest
        where latest.age = 1
        order by latest.table_name
        """,
    )
    for each in tables:
        name = f"app.{quoted(each.table_name)}"
        each.live = connection.value(f"select count(*) from {name} where deleted_at is null")
        each.gone = connection.value(f"select count(*) from {name} where deleted_at is not null")
    return tables


def _broken_rules(connection: Connection) -> list[SimpleNamespace]:
    """The rules that rows broke in the newest validation, worst first."""
    if not connection.has_table("quality", "results"):
        return []
    return _select(
        connection,
        "object rule severity meaning rows_checked rows_failed percent outcome run_id",
        """
        select object, rule, severity, meaning, rows_checked, rows_failed, percent, outcome, run_id
        from quality.results
        where outcome <> 'passed' and run_id = (select max(run_id) from quality.results)
        order by
            case severity when 'refuse' then 1 when 'quarantine' then 2 else 3 end, rows_failed desc, object, rule
        """,
    )


def _unresolved(connection: Connection) -> list[SimpleNamespace]:
    return _select(
        connection,
        "table_name column_name missing_object references_open missing oldest",
        """
        select table_name, column_name, missing_object, count(*), count(distinct missing_id), min(first_seen)
        from ops.unresolved_references
        group by table_name, column_name, missing_object
        order by count(*) desc, table_name, column_name
        """,
    )


def _conflicts(connection: Connection) -> list[SimpleNamespace]:
    """Corrections by staff that Salesforce disagrees with, or that could not be applied."""
    if not connection.has_table("ops", "conflicts"):
        return []
    return _select(
        connection,
        "table_name column_name kind corrections oldest",
        """
        select table_name, column_name, kind, count(*), min(first_seen)
        from ops.conflicts
        group by table_name, column_name, kind
        order by kind desc, count(*) desc, table_name, column_name
        """,
    )


def _unmapped(connection: Connection) -> list[SimpleNamespace]:
    """Per vocabulary, how many values no seed has a word for. The values themselves may be anything, so not here."""
    if not connection.has_table("reporting", "unmapped_values"):
        return []
    return _select(
        connection,
        "vocabulary raw_values row_count",
        """
        select vocabulary, count(*), sum(row_count)
        from reporting.unmapped_values
        group by vocabulary
        order by sum(row_count) desc, vocabulary
        """,
    )


def _schema_changes(connection: Connection) -> list[SimpleNamespace]:
    return _select(
        connection,
        "object field change before after hint models tables seen_at",
        """
        select object, field, change, before_, after_, hint, models, tables, seen_at
        from ops.schema_changes
        order by seen_at desc, object, field
        limit 20
        """,
    )


def _columns(connection: Connection) -> list[SimpleNamespace]:
    """Oldest first: as of when each formula is known, and which columns wait to be read for all records."""
    if not connection.has_table("raw", "_column_reads"):
        return []
    return _select(
        connection,
        "object field why read_at waits_since",
        """
        select reads.object, reads.field, reads.why, reads.read_at, reads.wanted_at
        from raw._column_reads as reads
        inner join raw._fields as fields on fields.object = reads.object and fields.field = reads.field
        where fields.vanished_at is null and (fields.calculated or reads.wanted_at is not null)
        order by reads.read_at nulls first, reads.object, reads.field
        """,
    )


def _is_complete(objects: list[SimpleNamespace], proofs: list[HeldProof]) -> Answer:
    question = "Is it complete?"
    counted = [each for each in objects if each.in_org is not None]
    failed = [each.object for each in objects if each.state == "failed"]
    differing = [each.object for each in counted if each.difference]
    if not objects:
        return Answer(question, "none", "Nothing has been read yet.", "landfall sync")
    if failed:
        return Answer(question, "bad", f"Not read: {', '.join(failed)}.", "See the object's row below.")
    if unproven := [proof for proof in proofs if not proof.is_proven]:
        names = ", ".join(f"app.{proof.table_name}" for proof in unproven)
        words = f"Not proven: {names}. {unproven[0].reason[:1].upper()}{unproven[0].reason[1:]}."
        return Answer(question, "bad", words, "See exit code 60 in docs/reference/exit-codes.md.")
    if differing:
        return Answer(
            question,
            "warn",
            f"Counts differ: {', '.join(differing)}.",
            "See the reason in the object's row below.",
        )
    if not counted:
        return Answer(question, "none", "The org's counts have not been compared yet.", "landfall sync")
    total = sum(each.in_org for each in counted)
    return Answer(
        question,
        "good",
        f"{total:,} records in the org, {total:,} here, in {len(counted)} objects.{_tables_proven(proofs)}",
    )


def _tables_proven(proofs: list[HeldProof]) -> str:
    if not proofs:
        return ""
    oldest = min(proof.checked_at for proof in proofs)
    return f" {_counted(len(proofs), 'table is', 'tables are')} proven, counted {_utc(oldest)} or later."


def _is_fresh(runs: list[SimpleNamespace], rollback: Rollback | None) -> Answer:
    question = "Is it fresh?"
    if rollback is not None:
        next_step = "landfall rollback --end" if rollback.held else "landfall sync"
        return Answer(question, "warn", spell_hold(rollback), next_step)
    good = next((run for run in runs if run.state in GOOD_STATES and run.command == "sync"), None)
    if good is None:
        return Answer(
            question, "bad" if runs else "none", "No run has ended well yet.", "See the newest run below."
        )
    newest = runs[0]
    mood = "good" if newest is good or newest.state in GOOD_STATES else "warn"
    return Answer(question, mood, f"The last good run ended {_utc(good.ended_at)}.")


def _was_anything_refused(
    newest: SimpleNamespace | None, broken: list[SimpleNamespace], objects: list[SimpleNamespace]
) -> Answer:
    question = "Was anything refused?"
    if newest is not None and newest.state not in GOOD_STATES and newest.state != "running":
        return Answer(
            question, "bad", newest.what or f"The newest run {newest.state}.", newest.next_step or ""
        )
    set_aside = sum(each.set_aside for each in objects)
    warned = [rule for rule in broken if rule.severity == "warn"]
    warnings = f" {_counted(len(warned), 'rule warns', 'rules warn')}." if warned else ""
    if set_aside:
        return Answer(
            question,
            "warn",
            f"{_counted(set_aside, 'record is', 'records are')} set aside.{warnings}",
            "See which rules they break, below.",
        )
    return Answer(question, "good" if newest else "none", f"No record is set aside.{warnings}")


def _is_the_budget_fine(runs: list[SimpleNamespace]) -> Answer:
    question = "Is the API budget fine?"
    known = next((run for run in runs if run.api_limit), None)
    if known is None:
        return Answer(question, "none", "The org has not told its limit yet.")
    share = known.api_used / known.api_limit
    mood = "good" if share < 0.6 else "warn" if share < 0.8 else "bad"
    words = f"{known.api_used:,} of the org's {known.api_limit:,} calls a day are used; the newest run made {known.calls or 0:,}."
    return Answer(question, mood, words)


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _utc(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "never"
