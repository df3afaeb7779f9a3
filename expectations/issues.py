"""Turns what rules say from run to run into issues: opened once, counted in every run, closed when gone, reopened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from expectations.batch import Batch
from expectations.broken_records import count_broken
from expectations.issue_tables import COLUMNS, RUNS_KEPT
from expectations.predicates import literal
from expectations.repair import field_names, fields_of
from expectations.rules import Rule, RuleOutcome
from extract.database import Connection, quoted

Key = tuple[str, str]  # object, rule
Row = dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """What is known of one rule after a run: how many records break it, or None where it could not run."""

    object: str
    rule: Rule
    affected: int | None
    fields: str

    @property
    def is_good(self) -> bool:
        return self.affected == 0


def find_issues(
    connection: Connection, batch: Batch, outcomes: Iterable[RuleOutcome], counts: Mapping[Key, int]
) -> list[Finding]:
    """One finding for each rule of the batch; `counts` are the records that break it, of all that is held."""
    names, findings, rules = field_names(connection, batch.object), [], list(outcomes)
    records = _records_held(connection, batch.object) if any(each.rule.threshold for each in rules) else 0
    for outcome in rules:
        affected = _affected(outcome, counts.get((batch.object, outcome.rule.name), 0), records)
        fields = "" if affected == 0 else fields_of(connection, batch, outcome, names)
        findings.append(Finding(batch.object, outcome.rule, affected, fields))
    return findings


def _records_held(connection: Connection, name: str) -> int:
    """How many records of the object are held: live ones, as the landing counted them; all, where it has not."""
    if connection.has_table("raw", "_cursors"):
        found = connection.rows("select records_held from raw._cursors where object = ?", (name,))
        if found and found[0][0] is not None:
            return int(found[0][0])
    return int(connection.value(f"select count(distinct id) from typed.{quoted(name.lower())}"))


def _affected(outcome: RuleOutcome, held: int, records: int) -> int | None:
    """How many records the issue has. A threshold is a share of all records, not of those that happened to land."""
    if outcome.outcome == "could_not_run":
        return None
    if outcome.rule.threshold:
        return held if held > outcome.rule.threshold * records else 0  # or as few as it allows
    # rows without an id, which refuse the run, are of no record
    return held or (outcome.rows_failed if outcome.rule.severity == "refuse" else 0)


def settle_issues(
    connection: Connection, run_id: str, findings: Sequence[Finding], *, whole: Iterable[str]
) -> None:
    """Within the caller's transaction: bring the issues up to these findings. Doing it twice changes only times.

    `whole` are the objects of which every rule has a finding: an issue of theirs without one is of a rule that is gone.
    """
    now = connection.value("select current_timestamp")
    held = _held(connection, {each.object for each in findings})
    rows = [row for each in findings if (row := _settled(each, held, run_id, now))]
    rows += _of_rules_gone(findings, set(whole), held, run_id, now)
    _write(connection, "quality.issues", COLUMNS, ("object", "rule"), rows)
    counted = [{**row, "run_id": run_id, "counted_at": now} for row in rows]
    names = ("run_id", "object", "rule", "affected", "counted_at")
    _write(connection, "quality.issue_runs", names, ("run_id", "object", "rule"), counted)
    _forget_old_counts(connection, {each.object for each in findings})


def recount_issues(connection: Connection, keys: Iterable[Key], good: str) -> None:
    """Within the caller's transaction, outside a run: somebody changed which records of these issues count.

    An issue that no record shows any more is closed, and `good` says how; one that was closed so opens again.
    """
    now = connection.value("select current_timestamp")
    wanted = set(keys)
    names = sorted({name for name, _ in wanted})
    held, counts = _held(connection, names), count_broken(connection, names)
    rows = []
    for key in sorted(wanted & held.keys()):
        before, count = held[key], counts.get(key, 0)
        if count:
            rows.append(
                {**before, "affected": count, "closed_run": None, "closed_at": None, "closed_how": None}
            )
        elif before["closed_at"] is None:
            rows.append(_closed(before, None, now, good))
    _write(connection, "quality.issues", COLUMNS, ("object", "rule"), rows)


def counts_told(connection: Connection, objects: Iterable[str]) -> dict[Key, int | None]:
    """How many records each issue of these objects had when it was last seen; 0 of one that is closed."""
    return {key: row["affected"] for key, row in _held(connection, objects).items()}


def _held(connection: Connection, objects: Iterable[str]) -> dict[Key, Row]:
    names = ", ".join(map(literal, sorted(objects)))
    if not names:
        return {}
    found = connection.rows(f"select {', '.join(COLUMNS)} from quality.issues where object in ({names})")
    return {(row[0], row[1]): dict(zip(COLUMNS, row, strict=True)) for row in found}


def _settled(found: Finding, held: Mapping[Key, Row], run_id: str, now: Any) -> Row | None:
    """The issue as it is from now on; None when there is none, and when a closed one stays closed."""
    before = held.get((found.object, found.rule.name))
    is_open = before is not None and before["closed_at"] is None
    if found.is_good:
        return _closed(before, run_id, now, "gone") if before and is_open else None
    said = {
        "object": found.object,
        "rule": found.rule.name,
        "kind": "could_not_run" if found.affected is None else "broken",
        "severity": found.rule.severity,
        "owner": found.rule.owner,
        "meaning": found.rule.meaning,
        "fields": found.fields or (before["fields"] if before else ""),
        "affected": found.affected,
        "seen_run": run_id,
        "seen_at": now,
    }
    opened = {
        "opened_run": run_id,
        "opened_at": now,
        "closed_run": None,
        "closed_at": None,
        "closed_how": None,
    }
    if before is None:
        return {**said, **opened, "first_opened_at": now, "reopened": 0}
    if is_open:
        return {**before, **said}
    return {**before, **said, **opened, "reopened": before["reopened"] + 1}


def _closed(before: Row, run_id: str | None, now: Any, how: str) -> Row:
    return {**before, "affected": 0, "closed_run": run_id, "closed_at": now, "closed_how": how}


def _of_rules_gone(
    findings: Sequence[Finding], whole: set[str], held: Mapping[Key, Row], run_id: str, now: Any
) -> list[Row]:
    """An issue whose rule is in no suite any more is over."""
    there = {(each.object, each.rule.name) for each in findings}
    return [
        _closed(row, run_id, now, "rule removed")
        for key, row in held.items()
        if key[0] in whole and key not in there and row["closed_at"] is None
    ]


def _write(
    connection: Connection, table: str, names: Sequence[str], key: Sequence[str], rows: Sequence[Row]
) -> None:
    rest = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
    mark = f"({', '.join('?' * len(names))})"
    if rows:
        connection.execute(
            f"insert into {table} ({', '.join(names)}) values {', '.join([mark] * len(rows))} "
            f"on conflict ({', '.join(key)}) do update set {rest}",
            [row[name] for row in rows for name in names],
        )


def _forget_old_counts(connection: Connection, objects: Iterable[str]) -> None:
    names = ", ".join(map(literal, sorted(objects)))
    if names:
        connection.execute(
            "delete from quality.issue_runs where (run_id, object, rule) in (select run_id, object, rule from ("
            "select run_id, object, rule, row_number() over (partition by object, rule order by counted_at desc, run_id desc)"
            f" as age from quality.issue_runs where object in ({names})) as counted where age > {RUNS_KEPT})"
        )
