"""Judges all that is held of one object by its suite, for somebody at work on it. Nothing is changed by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from expectations.batch import Batch, for_org
from expectations.counting import count_rules
from expectations.held_batch import check_columns, columns_of_object, make_held_batch
from expectations.predicates import breaking_rows, literal
from expectations.quarantine import SetAside
from expectations.releases import HELD, is_released
from expectations.repair import field_names, fields_of
from expectations.rules import Rule, RuleOutcome, Suite
from expectations.suites import load_suites
from expectations.verdict import decide
from extract.database import Connection
from extract.errors import DataRefused, SettingsError
from sync.display.words import counted, table_of
from sync.reading import open_to_read
from sync.settings import Settings


def report_suite(settings: Settings, name: str) -> dict[str, Any]:
    """What each rule of the suite says of the newest version of every record, as `--json` prints it.

    Has: suite, object, records, verdict (passed | refused), reasons, and rules: rule, severity, owner, threshold,
    fields, rows_checked, rows_failed, percent, outcome, detail, and of a quarantine rule newly_set_aside and let_go,
    which a replay or the next sync would do; None for other rules. Raises SettingsError for a mistake in a suite
    before any row is looked at, LockHeld when a run keeps the DuckDB file to itself.
    """
    suite = _find(name)
    # PostgreSQL makes no temporary table for a connection that only reads
    with open_to_read(
        settings.database, settings.data_dir, read_only=settings.database.kind == "duckdb"
    ) as connection:
        known = set(columns_of_object(connection, suite))
        check_columns(for_org(suite, known), known)
        return _report(connection, make_held_batch(connection, suite), settings.quarantine_limit)


def exit_code(report: dict[str, Any]) -> int:
    """Of a suite that would refuse a run with these rows, what that run would end with."""
    return DataRefused.exit_code if report["verdict"] == "refused" else 0


def spell_report(report: dict[str, Any]) -> str:
    """For a terminal: the rules that something breaks, and how many nothing does."""
    told = [each for each in report["rules"] if each["outcome"] != "passed" or each["rows_failed"]]
    rows = [
        (
            each["rule"],
            each["severity"] if each["outcome"] != "could_not_run" else "could not run",
            each["rows_checked"],
            each["rows_failed"],
            f"{each['percent']:.1f} %",
            each["newly_set_aside"],
            each["let_go"],
        )
        for each in told
    ]
    headings = ("rule", "severity", "rows", "break it", "share", "newly aside", "let go")
    lines = [table_of(headings, rows)] if rows else []
    lines += [f"  {each['rule']}: {each['detail']}" for each in told if each["detail"]]
    quiet = len(report["rules"]) - len(told)
    lines += [f"  {counted(quiet, 'rule')} that no row breaks"] if quiet else []
    lines += [f"  A run would refuse these rows. {reason}" for reason in report["reasons"]]
    lines.append(
        f"{report['object']}: the newest version of {counted(report['records'], 'record')}. Nothing was changed: "
        "`landfall replay` judges what is set aside again, the next `landfall sync` everything."
    )
    return "\n".join(lines)


def _find(name: str) -> Suite:
    """By the file's name or the object's, in whatever case."""
    suites = load_suites()
    for suite in suites.values():
        if name.strip().lower() in (suite.name, suite.object.lower()):
            return suite
    raise SettingsError(
        f"There is no suite {name!r} of an object.",
        "--suite",
        f"Suites: {', '.join(sorted(suite.name for suite in suites.values()))}.",
    )


def _report(connection: Connection, batch: Batch, limit: float) -> dict[str, Any]:
    outcomes = [each.outcome for each in count_rules(connection, batch)]
    own = {batch.object: batch.suite.quarantine_limit} if batch.suite.quarantine_limit else {}
    verdict = decide(outcomes, [_set_aside(connection, batch, outcomes)], limit, own)
    names = field_names(connection, batch.object)
    return {
        "suite": batch.suite.name,
        "object": batch.object,
        "records": batch.rows,
        "verdict": verdict.verdict,
        "reasons": list(verdict.reasons),
        "rules": [_told(connection, batch, outcome, names) for outcome in outcomes],
    }


def _told(
    connection: Connection, batch: Batch, outcome: RuleOutcome, names: dict[str, str]
) -> dict[str, Any]:
    rule = outcome.rule
    newly, let_go = _moves(connection, batch, outcome)
    return {
        "rule": rule.name,
        "severity": rule.severity,
        "owner": rule.owner,
        "threshold": rule.threshold,
        "fields": [each for each in fields_of(connection, batch, outcome, names).split(", ") if each],
        "rows_checked": outcome.rows_checked,
        "rows_failed": outcome.rows_failed,
        "percent": round(outcome.percent, 3),
        "outcome": outcome.outcome,
        "detail": outcome.detail,
        "newly_set_aside": newly,
        "let_go": let_go,
    }


def _moves(connection: Connection, batch: Batch, outcome: RuleOutcome) -> tuple[int | None, int | None]:
    """Of a quarantine rule: how many versions would be set aside that are not, and how many the other way round."""
    rule = outcome.rule
    if rule.severity != "quarantine" or outcome.outcome == "could_not_run":
        return None, None
    broken, held = _broken(connection, batch, rule), _held(connection, batch, rule)
    newly = f"select id, _version from ({broken}) as broken except {held}"
    held_here = f"select record_id, version from ({held}) as held where (record_id, version) in (select id, _version from {batch.sql})"
    let_go = f"{held_here} except select id, _version from ({broken}) as broken"
    counts = (connection.value(f"select count(*) from ({query}) as moved") for query in (newly, let_go))
    return int(next(counts)), int(next(counts))


def _set_aside(connection: Connection, batch: Batch, outcomes: Sequence[RuleOutcome]) -> SetAside:
    """What a run would set aside of these versions by all rules together, and what of it no rule sets aside now."""
    guards = [each for each in outcomes if each.rule.severity == "quarantine"]
    broken = [_broken(connection, batch, each.rule) for each in guards if each.outcome != "could_not_run"]
    if not broken:
        return SetAside(batch.object, batch.rows, 0, 0)
    failing = " union ".join(broken)
    queries = (failing, f"select id, _version from ({failing}) as failing except {_held(connection, batch)}")
    counts = (connection.value(f"select count(*) from ({query}) as aside") for query in queries)
    return SetAside(batch.object, batch.rows, int(next(counts)), int(next(counts)))


def _broken(connection: Connection, batch: Batch, rule: Rule) -> str:
    """A query for the versions that break the rule and were not released from it."""
    broken = breaking_rows(rule, batch.sql, connection.kind)
    if not connection.has_table("quality", "releases"):
        return f"select id, _version from ({broken}) as breaking"
    freed = is_released(literal(batch.object), "breaking.id", "breaking._version", literal(rule.name))
    return f"select id, _version from ({broken}) as breaking where not {freed}"


def _held(connection: Connection, batch: Batch, rule: Rule | None = None) -> str:
    """A query for the versions of the object that are set aside: by this rule, or by any."""
    if not connection.has_table("quality", "quarantine"):
        return "select '' as record_id, '' as version where false"
    this = f"object = {literal(batch.object)}" + (f" and rule = {literal(rule.name)}" if rule else "")
    return f"select record_id, version from quality.quarantine where {this} and {HELD}"
