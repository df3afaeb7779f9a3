"""Reads the issues for people, pages and machines: plain dicts of one stable shape, without any record's values."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from expectations.issue_tables import COLUMNS
from expectations.table_suites import PREFIX
from extract.database import Connection

Issue = dict[str, Any]
RECORDS_TOLD = 20
RUNS_TOLD = 30
SEVERITY_ORDER = "case severity when 'refuse' then 1 when 'quarantine' then 2 else 3 end"


def read_issues(
    connection: Connection,
    *,
    closed: bool = False,
    records_told: int = RECORDS_TOLD,
    now: dt.datetime | None = None,
) -> list[Issue]:
    """The open issues, worst first; with `closed` also those that are gone, after them. Reads only.

    Each has: object, rule, kind (broken | could_not_run), severity, owner, meaning, fields (where it is repaired),
    repair_in (salesforce | model), state (open | closed), affected (records; None when the rule could not run),
    direction (new | growing | shrinking | steady), trend ([{run_id, at, affected}], oldest first), opened_run,
    opened_at, first_opened_at, age_days, seen_run, seen_at, reopened, closed_run, closed_at, closed_how (gone |
    released | rule removed), records ([{id, url}], url is None when no run has told the org's address), more_records.
    """
    if not connection.has_table("quality", "issues"):
        return []
    found = connection.rows(
        f"select {', '.join(COLUMNS)} from quality.issues {'' if closed else 'where closed_at is null'} "
        f"order by closed_at is not null, {SEVERITY_ORDER}, coalesce(affected, 0) desc, object, rule"
    )
    issues = [dict(zip(COLUMNS, row, strict=True)) for row in found]
    trends, records = _trends(connection), _records(connection, records_told)
    instance, moment = org_address(connection), now or dt.datetime.now(dt.UTC)
    return [_told(each, trends, records, instance, moment) for each in issues]


def by_field(issues: Sequence[Issue]) -> list[dict[str, Any]]:
    """The open issues by the field in which they are repaired, most affected first.

    Each has: object, field, issues (their number), rules, affected (the most that one of its rules counts).
    """
    fields: dict[tuple[str, str], list[Issue]] = defaultdict(list)
    for each in issues:
        if each["state"] == "open":
            for field in each["fields"] or ["-"]:
                fields[each["object"], field].append(each)
    told = [
        {
            "object": name,
            "field": field,
            "issues": len(own),
            "rules": sorted(each["rule"] for each in own),
            "affected": max(each["affected"] or 0 for each in own),
        }
        for (name, field), own in fields.items()
    ]
    return sorted(told, key=lambda each: (-each["affected"], each["object"], each["field"]))


def org_address(connection: Connection) -> str | None:
    """Where the org was when a run last read it; None when none has."""
    if not connection.has_table("ops", "runs"):
        return None
    found = connection.value(
        "select instance from ops.runs where instance is not null order by started_at desc limit 1"
    )
    return str(found) if found else None


def record_url(instance: str | None, record_id: str) -> str | None:
    """The record's page in the org: Salesforce leads from the Id alone to whatever page shows it."""
    return f"{instance.rstrip('/')}/{record_id}" if instance else None


def _told(
    each: Issue,
    trends: dict[tuple[str, str], list[dict[str, Any]]],
    records: dict[tuple[str, str], list[str]],
    instance: str | None,
    now: dt.datetime,
) -> Issue:
    key = (each["object"], each["rule"])
    ids, trend, is_open = records.get(key, []), trends.get(key, []), each["closed_at"] is None
    return {
        **each,
        "fields": [name for name in (each["fields"] or "").split(", ") if name],
        "repair_in": "model" if each["object"].startswith(PREFIX) else "salesforce",
        "state": "open" if is_open else "closed",
        "age_days": round((now - each["opened_at"]).total_seconds() / 86400, 1) if is_open else None,
        "direction": _direction(trend),
        "trend": trend,
        "records": [{"id": one, "url": record_url(instance, one)} for one in ids],
        "more_records": max((each["affected"] or 0) - len(ids), 0),
    }


def _direction(trend: Sequence[dict[str, Any]]) -> str:
    """Between the last two runs that counted it."""
    counts = [each["affected"] for each in trend if each["affected"] is not None]
    if len(counts) < 2:
        return "new"
    before, now = counts[-2:]
    return "growing" if now > before else "shrinking" if now < before else "steady"


def _trends(connection: Connection) -> dict[tuple[str, str], list[dict[str, Any]]]:
    found = connection.rows(
        "select object, rule, run_id, counted_at, affected from ("
        " select *, row_number() over (partition by object, rule order by counted_at desc, run_id desc) as age"
        f" from quality.issue_runs) as counted where age <= {RUNS_TOLD} order by object, rule, counted_at, run_id"
    )
    trends: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for name, rule, run_id, at, affected in found:
        trends[name, rule].append({"run_id": run_id, "at": at, "affected": affected})
    return trends


def _records(connection: Connection, most: int) -> dict[tuple[str, str], list[str]]:
    """The first ids of each issue."""
    found = connection.rows(
        "select issue.object, issue.rule, held.record_id from quality.issues as issue cross join lateral ("
        " select record_id from quality.issue_records as record"
        " where record.object = issue.object and record.rule = issue.rule"
        f" order by record_id limit {int(most)}) as held order by 1, 2, 3"
    )
    records: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, rule, record_id in found:
        records[name, rule].append(record_id)
    return records
