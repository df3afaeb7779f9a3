"""Compares a complete scan of an object's Ids with what raw holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from extract.database import Connection, quoted
from extract.errors import SalesforceError
from extract.landing.erased import drop_erased
from extract.landing.holdings import count_records
from extract.landing.parts import Part
from extract.landing.tables import columns_of_raw, newest_first
from extract.landing.take_in import make_temporary, take_in


@dataclass(frozen=True)
class IdComparison:
    """Ids in order. Only records that were created before the scan's bound are looked at."""

    held: int  # records that raw holds as live
    shown: int  # live records of the scan
    absent: tuple[str, ...]  # held as live, not in the scan
    unlike: tuple[str, ...]  # deleted here and not there, or there and not here
    changed: tuple[str, ...]  # stamped there as no version held here is
    missing: tuple[str, ...]  # in the org, live or in its recycle bin, and not held at all


def compare_ids(
    connection: Connection, parts: Sequence[Part], created_before: str, stamp: str = "", settled: str = ""
) -> IdComparison:
    """What differs; `created_before` is the scan's bound as canonical text, "" when it had none.

    With a column `stamp` in the scan, what is stamped at `settled` or later is on its way and neither changed nor
    missing. A changed record is looked for among all versions held, not the newest alone: that takes no memory by
    the table's size, and a stamp that is held has been landed. Raises SalesforceError when the scan served a record twice, so that another may be lacking.
    """
    table = parts[0].table
    columns = columns_of_raw(connection)[table]
    held, newest = f"raw.{quoted(table)}", newest_first(columns)
    with connection.transaction():
        take_in(connection, parts, "_scan")
        _refuse_repeated(connection, parts[0].object)
        drop_erased(connection, parts[0].object, "_scan")
        created = "createddate" if created_before and "createddate" in columns else "cast(null as varchar)"
        absent = (
            f"select id from (select id, isdeleted, {created} as created, row_number() over (partition by id"
            f" order by {newest}) as age from {held} where not exists (select 1 from _scan where _scan.id = {held}.id))"
            " versions where age = 1 and coalesce(isdeleted, 'false') <> 'true'"
            f" and coalesce(created, '') < '{created_before or 'all'}' order by id"
        )
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
            " where age = 1 and coalesce(versions.isdeleted, 'false') <> _scan.isdeleted order by versions.id"
        )
        arrived = f"coalesce(_scan.{stamp}, '') < '{settled}'" if stamp else "true"
        missing = (
            f"select id from _scan where {arrived}"
            f" and not exists (select 1 from {held} where {held}.id = _scan.id) order by id"
        )
        changed = (
            f"select id from _scan where {arrived} and exists (select 1 from {held} where {held}.id = _scan.id)"
            f" and not exists (select 1 from {held} where {held}.id = _scan.id and {held}.{stamp} = _scan.{stamp})"
            " order by id"
        )
        return IdComparison(
            held=count_records(connection, table, columns),
            shown=int(connection.value("select count(*) from _scan where isdeleted = 'false'")),
            absent=_ids(connection, absent),
            unlike=_ids(connection, unlike),
            changed=_ids(connection, changed) if stamp in columns else (),
            missing=_ids(connection, missing),
        )


def _refuse_repeated(connection: Connection, name: str) -> None:
    rows, ids = connection.rows("select count(*), count(distinct id) from _scan")[0]
    if rows != ids:
        raise SalesforceError(
            f"The scan of {name} served {rows - ids:,} records twice, so others may be lacking.",
            name,
            "Run it again; nothing was concluded from this scan.",
        )


def _ids(connection: Connection, query: str) -> tuple[str, ...]:
    return tuple(str(row[0]) for row in connection.rows(query))
