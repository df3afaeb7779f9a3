"""Tells why the org counts other numbers of records than are held right after they were read: what is in flight.

A record that was deleted, undeleted or committed late between the read and the count is no loss: the next window,
which begins a lookback before the end of this one, brings it. Asked only where the counts differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from extract.database import Connection, quoted
from extract.errors import SalesforceError
from extract.landing.asking import AskedObject, spooled, texts_of
from extract.landing.reader import FOR_THE_WHOLE_RUN, ObjectRun
from extract.landing.results import LandingOptions, Report
from extract.landing.tables import newest_first
from extract.salesforce import soql

MOST_ASKED = 20_000  # records that changed within one lookback; more are not looked at
IDS_AT_ONCE = 1_000


def find_in_flight(
    runs: Sequence[ObjectRun], held: Mapping[str, int], options: LandingOptions, report: Report
) -> dict[str, int]:
    """By object: how many more live records the next window brings, negative for how many fewer; none: left out."""
    found = {}
    for run in runs:
        name = run.entry.sobject
        if run.in_org is None or run.error is not None or name not in held:
            continue
        difference = run.in_org - held[name]
        if difference and (share := _explains(run, difference, options, report)):
            found[name] = share
    return found


def _explains(run: ObjectRun, difference: int, options: LandingOptions, report: Report) -> int:
    try:
        come, go = _ask(run, options, report)
    except FOR_THE_WHOLE_RUN:
        raise
    except SalesforceError as error:
        report("note", text=f"{run.entry.sobject}: what is in flight is not known: {error.what}")
        return 0
    return min(difference, come) if difference > 0 else max(difference, -go)


def _ask(run: ObjectRun, options: LandingOptions, report: Report) -> tuple[int, int]:
    """Records that are live in the org and not here, and the other way round, among those the next window reads."""
    assert run.window is not None
    assert run.description is not None
    fields = {entry.field for entry in run.fields}
    if not run.window.field or "IsDeleted" not in fields:
        return 0, 0
    where = f"{run.window.field} >= {soql.moment(run.window.cursor.reaches - run.entry.lookback(options.lookback))}"
    if "CreatedDate" in fields:  # as the count has it
        where += f" AND {soql.window('CreatedDate', None, run.window.end)}"
    if run.client.count(run.entry.sobject, where, include_deleted=True) > MOST_ASKED:
        return 0, 0
    with spooled(options.data_dir / "spool" / f"in-flight-{run.entry.table_name}") as folder:
        asked = AskedObject(
            client=run.client,
            entry=run.entry,
            description=run.description,
            fields=run.fields,
            folder=folder,
            run_id=options.run_id,
            bulk_from_rows=options.bulk_from_rows,
            api_reserve=options.api_reserve,
            report=report,
        )
        shown = {
            str(record): deleted != "true"
            for record, deleted in texts_of(asked.shown(where), ("id", "isdeleted"))
        }
    with options.database.connect() as connection:
        alive = _alive(connection, run, list(shown))
    come = sum(lives and record not in alive for record, lives in shown.items())
    go = sum(not lives and record in alive for record, lives in shown.items())
    return come, go


def _alive(connection: Connection, run: ObjectRun, ids: Sequence[str]) -> set[str]:
    """Those whose newest version held is not deleted."""
    order = newest_first({entry.column for entry in run.fields})
    alive: set[str] = set()
    for first in range(0, len(ids), IDS_AT_ONCE):
        some = ids[first : first + IDS_AT_ONCE]
        alive |= {
            record
            for (record,) in connection.rows(
                f"select id from (select id, isdeleted, row_number() over (partition by id order by {order}) as age"
                f" from raw.{quoted(run.entry.table_name)} where id in ({', '.join('?' * len(some))})) as versions"
                " where age = 1 and isdeleted is distinct from 'true'",
                some,
            )
        }
    return alive
