"""Compares a complete scan of an object's Ids with what raw holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from extract.database import Connection, quoted
from extract.errors import SalesforceError
from extract.landing.erased import drop_erased, note_scanned
from extract.landing.holdings import count_records
from extract.landing.parts import Part
from extract.landing.tables import DELETED, columns_of_raw, newest_first
from extract.landing.take_in import make_temporary, take_in


@dataclass(frozen=True)
class FoundIds:
    """How many records, and their Ids in order; without Ids where they are more than were wanted."""

    count: int
    ids: tuple[str, ...]


@dataclass(frozen=True)
class IdComparison:
    """Only records that were created before the scan's bound are looked at."""

    held: int  # records that raw holds as live
    shown: int  # live records of the scan
    absent: FoundIds  # held as live, not in the scan
    changed: int  # stamped there as no version held here is
    unlike_here: (
        FoundIds  # those, and: deleted on one side only; in the org, live or in its recycle bin, and not held
    )


def compare_ids(
    connection: Connection,
    parts: Sequence[Part],
    created_before: str,
    stamp: str = "",
    settled: str = "",
    *,
    most_absent: Callable[[int], float] = lambda held: math.inf,
    most_unlike: float = math.inf,
) -> IdComparison:
    """What differs; `created_before` is the scan's bound as canonical text, "" when it had none.

    With a column `stamp` in the scan, what is stamped at `settled` or later is on its way and not unlike. Without
    IsDeleted in it, all that it shows lives. `most_absent` (by the number held) and `most_unlike` bound the Ids. A changed record is looked for among all versions held, not the newest alone: that takes no memory by
    the table's size, and a stamp that is held has been landed. Raises SalesforceError when the scan served a record twice, so that another may be lacking.
    """
    table = parts[0].table
    columns = columns_of_raw(connection)[table]
    held, newest = f"raw.{quoted(table)}", newest_first(columns)
    with connection.transaction():
        take_in(connection, parts, "_scan")
        if DELETED not in {column.column for column in parts[0].columns}:
            connection.execute(f"alter table _scan add column {DELETED} varchar default 'false'")
        _refuse_repeated(connection, parts[0].object)
        created = "createddate" if created_before and "createddate" in columns else "cast(null as varchar)"
        looked_at = f"coalesce({created}, '') < '{created_before or 'all'}'"
        note_scanned(connection, parts[0].object, "_scan", f"select id from {held} where {looked_at}")
        drop_erased(connection, parts[0].object, "_scan")
        absent = (
            f"select id from (select id, isdeleted, {created} as created, row_number() over (partition by id"
            f" order by {newest}) as age from {held} where not exists (select 1 from _scan where _scan.id = {held}.id))"
            " versions where age = 1 and coalesce(isdeleted, 'false') <> 'true'"
            f" and coalesce(created, '') < '{created_before or 'all'}'"
        )
        arrived = f"coalesce(_scan.{stamp}, '') < '{settled}'" if stamp else "true"
        # only records that either side calls deleted: the newest versions of all would take memory by the table's size
        make_temporary(
            connection,
            "_doubted",
            f"select id from _scan where isdeleted = 'true' union select id from {held} where isdeleted = 'true'",
        )
        unlike = (
            "select versions.id from (select id, isdeleted, row_number() over"
            f" (partition by id order by {newest}) as age from {held} where id in (select id from _doubted)) versions"
            " inner join _scan on _scan.id = versions.id"
            f" where age = 1 and coalesce(versions.isdeleted, 'false') <> _scan.isdeleted and {arrived}"
        )
        missing = (
            f"select id from _scan where {arrived}"
            f" and not exists (select 1 from {held} where {held}.id = _scan.id)"
        )
        changed = (
            f"select id from _scan where {arrived} and exists (select 1 from {held} where {held}.id = _scan.id)"
            f" and not exists (select 1 from {held} where {held}.id = _scan.id and {held}.{stamp} = _scan.{stamp})"
            if stamp in columns
            else "select id from _scan where false"
        )
        records = count_records(connection, table, columns)
        return IdComparison(
            held=records,
            shown=int(connection.value("select count(*) from _scan where isdeleted = 'false'")),
            absent=_found(connection, absent, most_absent(records)),
            changed=_counted(connection, changed),
            unlike_here=_found(connection, f"{unlike} union {missing} union {changed}", most_unlike),
        )


def _refuse_repeated(connection: Connection, name: str) -> None:
    rows, ids = connection.rows("select count(*), count(distinct id) from _scan")[0]
    if rows != ids:
        raise SalesforceError(
            f"The scan of {name} served {rows - ids:,} records twice, so others may be lacking.",
            name,
            "Run it again; nothing was concluded from this scan.",
        )


def _counted(connection: Connection, query: str) -> int:
    return int(connection.value(f"select count(*) from ({query}) found"))


def _found(connection: Connection, query: str, most: float) -> FoundIds:
    count = _counted(connection, query)
    wanted = connection.rows(f"select id from ({query}) found order by id") if count <= most else []
    return FoundIds(count, tuple(str(row[0]) for row in wanted))
