"""Reads each object's newest reading, its counts, and what it was in the runs before; judges its state."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from types import SimpleNamespace

from extract.database import Connection
from sync.completeness import Count
from sync.site.expected import Expected
from sync.site.runs import GOOD_STATES, READING, RUNS_SHOWN
from sync.site.select import select

# What a state means for the reader's mood.
MOODS = {
    "never loaded": "bad",
    "fresh": "good",
    "late": "warn",
    "incomplete": "bad",
    "refused": "bad",
    "not read": "bad",
}


def read_objects(
    connection: Connection, expected: Expected, judged_by: SimpleNamespace | None, now: datetime
) -> list[SimpleNamespace]:
    """Every object of the catalogue, by name, with `state`, `mood` and `why`; without a catalogue every one that was read.

    What was misspelt once, or is no more in the catalogue, is of no concern: nothing will read it again.
    `judged_by` is the run that says how things stand.
    """
    readings = _newest_readings(connection)
    objects = [each for each in readings if each.object in expected.objects or not expected.objects]
    known = {each.object for each in objects}
    objects += [
        SimpleNamespace(**{**NEVER_READ, "object": name}) for name in expected.objects if name not in known
    ]
    trends, refused = _trends(connection), _refused(connection, judged_by)
    for each in objects:
        each.rate = each.rows_served / each.seconds if each.rows_served and each.seconds else None
        each.trend = trends.get(each.object, [])
        each.late_at = each.as_of + expected.late_after if each.as_of else None
        each.is_refused = each.object in refused
        each.state = state_of(each, now)
        each.mood = mood_of(each)
    return sorted(objects, key=lambda each: str(each.object))


def state_of(each: SimpleNamespace, now: datetime) -> str:
    """The worst that is true of an object. Whether it is late depends on when one looks."""
    if each.error:
        return "not read"
    if each.as_of is None and not each.is_refused:
        return "never loaded"
    if each.is_refused:
        return "refused"
    if each.difference:
        return "incomplete"
    return "late" if now > each.late_at else "fresh"


def mood_of(each: SimpleNamespace) -> str:
    if each.state == "incomplete" and is_explained(each):
        return "warn"
    return MOODS[each.state]


def is_explained(each: SimpleNamespace) -> bool:
    """Whether a known reason explains the difference, so that no record is lost."""
    return Count(each.object, each.in_org, each.in_raw, each.in_staging, each.counted_aside or 0).is_explained


NAMES = (
    "object table_name cursor_field reason api window_to rows_served versions_new deleted_rows calls "
    "bytes seconds retries error next_step run_id set_aside last_landed as_of "
    "in_org in_raw in_staging counted_aside difference why counted_at"
)
NEVER_READ = {**dict.fromkeys(NAMES.split()), "set_aside": 0}


def _newest_readings(connection: Connection) -> list[SimpleNamespace]:
    quarantine = (
        "(select count(distinct record_id) from quality.quarantine as held "
        "where held.object = latest.object and held.resolved_at is null and held.severity = 'quarantine')"
        if connection.has_table("quality", "quarantine")
        else "0"
    )
    return select(
        connection,
        NAMES,
        f"""
        with readings as (
            select
                reading.*, run.state as run_state, run.ended_at as run_ended_at,
                row_number() over (partition by reading.object order by reading.run_id desc) as age
            from ops.run_objects as reading
            left join ops.runs as run on run.run_id = reading.run_id
            where run.command in {READING}
        ),
        history as (
            select
                object,
                max(case when versions_new > 0 then window_to end) as last_landed,
                max(case when state <> 'failed' and run_state in {GOOD_STATES}
                    then coalesce(window_to, run_ended_at) end) as as_of
            from readings group by object
        ),
        counted as (
            select *, row_number() over (partition by object order by run_id desc) as age from ops.completeness
        )
        select
            latest.object, latest.table_name, latest.cursor_field, latest.reason, latest.api, latest.window_to,
            latest.rows_served, latest.versions_new, latest.deleted_rows, latest.calls, latest.bytes,
            latest.seconds, latest.retries,
            case when latest.state = 'failed' then coalesce(latest.error, 'It was not read.') end,
            latest.next_step, latest.run_id, {quarantine}, history.last_landed, history.as_of,
            counted.in_org, counted.in_raw, counted.in_staging, counted.set_aside, counted.difference,
            counted.reason, counted.checked_at
        from readings as latest
        inner join history on history.object = latest.object
        left join counted on counted.object = latest.object and counted.age = 1
        where latest.age = 1
        """,
    )


def _trends(connection: Connection) -> dict[str, list[int]]:
    """The new versions of each of the last readings, oldest first."""
    found = connection.rows(
        f"""
        select object, coalesce(versions_new, 0) from (
            select reading.*, row_number() over (partition by object order by reading.run_id desc) as age
            from ops.run_objects as reading
            inner join ops.runs as run on run.run_id = reading.run_id and run.command in {READING}
        ) as readings
        where age <= {RUNS_SHOWN} order by object, run_id
        """
    )
    trends: dict[str, list[int]] = defaultdict(list)
    for name, versions in found:
        trends[name].append(versions)
    return trends


def _refused(connection: Connection, run: SimpleNamespace | None) -> set[str]:
    """The objects whose rules refused this run's data."""
    if run is None or run.state != "refused" or not connection.has_table("quality", "results"):
        return set()
    found = connection.rows(
        "select distinct object from quality.results where run_id = ? and severity = 'refuse' and outcome <> 'passed'",
        (run.run_id,),
    )
    return {name for (name,) in found}
