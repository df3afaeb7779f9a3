"""Reads the open issues: what is broken as one thing over many runs, with its age, its trend and its first records."""

from __future__ import annotations

from collections import defaultdict
from types import SimpleNamespace

from extract.database import Connection
from sync.site.runs import RUNS_SHOWN
from sync.site.select import select

RECORDS_SHOWN = 3


def read_open_issues(connection: Connection, instance: str) -> list[SimpleNamespace]:
    """Worst first; none while no validation has kept any. `instance` is the org's address, for links to its records."""
    if not connection.has_table("quality", "issues"):
        return []
    issues = select(
        connection,
        "object rule kind severity owner meaning fields affected opened_at first_opened_at seen_run reopened",
        """
        select
            object, rule, kind, severity, owner, meaning, fields, affected, opened_at, first_opened_at, seen_run,
            coalesce(reopened, 0)
        from quality.issues where closed_at is null
        order by
            case severity when 'refuse' then 1 when 'quarantine' then 2 else 3 end, coalesce(affected, 0) desc,
            object, rule
        """,
    )
    trends, records = _trends(connection), _records(connection)
    for each in issues:
        key = (each.object, each.rule)
        each.trend, each.records = trends.get(key, []), records.get(key, [])
        each.links = [
            f"{instance.rstrip('/')}/{one}" if instance.startswith("https://") else "" for one in each.records
        ]
    return issues


def _trends(connection: Connection) -> dict[tuple[str, str], list[int]]:
    """How many records each had in the last runs, oldest first."""
    trends: dict[tuple[str, str], list[int]] = defaultdict(list)
    for name, rule, affected in connection.rows(
        "select object, rule, coalesce(affected, 0) from ("
        " select *, row_number() over (partition by object, rule order by counted_at desc, run_id desc) as age"
        f" from quality.issue_runs) as counted where age <= {RUNS_SHOWN} order by object, rule, counted_at, run_id"
    ):
        trends[name, rule].append(affected)
    return trends


def _records(connection: Connection) -> dict[tuple[str, str], list[str]]:
    """The first ids of each."""
    records: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, rule, record_id in connection.rows(
        "select object, rule, record_id from ("
        " select *, row_number() over (partition by object, rule order by record_id) as place"
        f" from quality.issue_records) as placed where place <= {RECORDS_SHOWN} order by object, rule, record_id"
    ):
        records[name, rule].append(record_id)
    return records
