"""Keeps which records turned: were deleted, merged, or taken back, so that what refers to them is read again.

Salesforce moves what hung on a merged record to the winner, and may empty what pointed at a deleted one, without a
new stamp: no window tells. A record that turned is noted in the transaction that lands it, and forgotten when its
referrers are noted; each of those is forgotten when it has been read again (referrers.py), so a crash in between loses
nothing, and an object that cannot be read holds up no other.
"""

from __future__ import annotations

from collections.abc import Sequence

from extract.database import Connection, quoted

TABLE = """create table if not exists raw._turned (
    object text, record_id text, deleted boolean, followed boolean, primary key (object, record_id))"""
# records that name one that turned, to be read again
TABLE_OF_REFERRERS = """create table if not exists raw._referrers (
    object text, record_id text, primary key (object, record_id))"""
AT_ONCE = 1_000
_INTO = "insert into raw._turned (object, record_id, deleted, followed)"
_AGAIN = " on conflict (object, record_id) do update set deleted = excluded.deleted, followed = false"


def note_landed(connection: Connection, name: str, table: str, load_id: str, where: str) -> None:
    """Note the records whose versions of this load say deleted, or live where a version before said deleted."""
    table = f"raw.{quoted(table)}"
    before = f"id in (select id from {table} where isdeleted = 'true' and _dlt_load_id <> ?)"
    connection.execute(
        f"{_INTO} select ?, id, bool_or(isdeleted = 'true'), false from {table}"
        f" where _dlt_load_id = ? and (isdeleted = 'true' or {before}) and {where} group by id{_AGAIN}",
        (name, load_id, load_id),
    )


def noting(table: str, new: str, where: str) -> str:
    """The same as a part of an insert's own statement, over the versions `new` that it returns; one parameter: the object.

    The table is as it was before the insert.
    """
    before = f"exists (select 1 from raw.{quoted(table)} held where held.id = {new}.id and held.isdeleted = 'true')"
    return (
        f"{_INTO} select ?, id, bool_or(isdeleted = 'true'), false from {new}"
        f" where (isdeleted = 'true' or {before}) and {where} group by id{_AGAIN}"
    )


def note_composed(connection: Connection, name: str) -> None:
    """The same for the versions in `_composed`, whose records are held in `_held` as they were before."""
    connection.execute(
        f"{_INTO} select ?, new.id, coalesce(new.isdeleted = 'true', false), false from _composed new"
        " inner join _held held on held.id = new.id and held.age = 1"
        f" where coalesce(new.isdeleted, 'false') <> coalesce(held.isdeleted, 'false'){_AGAIN}",
        (name,),
    )


def note_returned(connection: Connection, name: str, table: str) -> None:
    """The same for the contents in `_returned` that are to be stored, whose newest versions so far are in the table."""
    served = f"select id, isdeleted from {table} held where (held.id, held._version) in (select id, _version from _returned)"
    connection.execute(
        f"{_INTO} select ?, again.id, coalesce(again.isdeleted = 'true', false), false from ({served}) again"
        f" inner join _returned back on back.id = again.id inner join {table} newest on newest.id = back.id"
        " and newest._version = back._follows"
        f" where coalesce(again.isdeleted, 'false') <> coalesce(newest.isdeleted, 'false'){_AGAIN}",
        (name,),
    )


def take_turned(connection: Connection) -> set[str]:
    """The objects of the records that wait, which are marked: `forget_followed` is about these."""
    connection.execute("update raw._turned set followed = true where not followed")
    return {row[0] for row in connection.rows("select distinct object from raw._turned")}


def forget_followed(connection: Connection) -> None:
    """The referrers of all that were marked are noted."""
    connection.execute("delete from raw._turned where followed")


def note_referrers(connection: Connection, name: str, ids: Sequence[str]) -> None:
    for first in range(0, len(ids), AT_ONCE):
        some = ids[first : first + AT_ONCE]
        connection.execute(
            f"insert into raw._referrers values {', '.join(['(?, ?)'] * len(some))} on conflict do nothing",
            [value for each in some for value in (name, each)],
        )


def load_referrers(connection: Connection, name: str) -> list[str]:
    """Ids, in order, of the object's records that wait to be read again."""
    found = connection.rows("select record_id from raw._referrers where object = ? order by 1", (name,))
    return [row[0] for row in found]


def forget_referrers(connection: Connection, name: str) -> None:
    connection.execute("delete from raw._referrers where object = ?", (name,))
