"""Stores what a record says again after it said something else meanwhile, with no newer stamp to tell.

A formula, a masked field or an object without a stamp may go from one content to another and back. The version with
that content is held, but it is not the newest, and the newest must say what is true. So it is stored once more, with
the number of the record's versions in its hash, as compose.py does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from extract.database import Connection, quoted
from extract.landing.canonical import UNIT_SEPARATOR, hash_again
from extract.landing.parts import BOOKKEEPING, Part
from extract.landing.tables import DELETED, columns_of_raw, newest_first
from extract.landing.turned import note_returned

STAMP = "systemmodstamp"


def store_returned(connection: Connection, part: Part, load_id: str, served: str, held: str) -> int:
    """Store the contents that are true again, and say how many; after the new versions of the part were inserted.

    `served` is a relation with the part's canonical texts, `held` one with the versions of its records. A record that
    is served with two contents, and one whose newest version was read later than this part, are left as they are.
    """
    connection.execute("drop table if exists _several")
    connection.execute("drop table if exists _returned")
    connection.execute(
        f"create temp table _several as select id from {held} versions group by id having count(*) > 1"
    )
    if not connection.value("select 1 from _several limit 1"):
        return 0
    table, columns = f"raw.{quoted(part.table)}", columns_of_raw(connection)[part.table]
    stamp = STAMP if STAMP in columns and STAMP in part.names else ""
    same_stamp = f"seen.{stamp} is not distinct from newest.{stamp}" if stamp else "true"
    listed = f", {stamp}" if stamp else ""
    connection.execute(
        "create temp table _returned as select seen.id, seen._version, newest._version as _follows, newest._versions from"
        f" (select id, min(_version) as _version, count(distinct _version) as contents{listed} from {served}"
        f" where id in (select id from _several) group by id{listed}) seen inner join (select * from (select id,"
        f" _version, _extracted_at{listed}, count(*) over (partition by id) as _versions, row_number() over"
        f" (partition by id order by {newest_first(columns)}) as age from {table} where id in (select id from _several))"
        f" versions where age = 1) newest on newest.id = seen.id and {same_stamp}"
        " where seen.contents = 1 and seen._version <> newest._version and newest._extracted_at < ?",
        (part.extracted_at,),
    )
    return (
        _insert(connection, part, load_id, served, columns)
        if connection.value("select 1 from _returned limit 1")
        else 0
    )


def _insert(connection: Connection, part: Part, load_id: str, served: str, columns: set[str]) -> int:
    """Those whose newest version differs in a cell: it may say the same under another hash."""
    table = f"raw.{quoted(part.table)}"
    names = [quoted(name) for name in part.names if name not in BOOKKEEPING]
    differs = " or ".join(f"newest.{name} is distinct from again.{name}" for name in names)
    if DELETED in columns and DELETED not in part.names:  # a tombstone, of a record that is shown again
        differs += f" or newest.{DELETED} = 'true'"
    connection.execute(
        f"delete from _returned where not exists (select 1 from {served} again inner join {table} newest"
        " on newest.id = again.id where again.id = _returned.id and again._version = _returned._version"
        f" and newest._version = _returned._follows and ({differs}))"
    )
    if DELETED in columns:
        note_returned(connection, part.object, table)
    cells = ", ".join(f"again.{name}" for name in names)
    salted = hash_again("again._version", "back._versions")
    return connection.execute(
        f"insert into {table} ({', '.join(names)}, {', '.join(BOOKKEEPING)})"
        f" select distinct {cells}, {salted}, ?, cast(? as timestamptz) from {served} again"
        " inner join _returned back on back.id = again.id and back._version = again._version",
        (load_id, part.extracted_at),
    )


def says_the_same(newest: str, version: str, versions: int) -> bool:
    """Whether the newest of so many versions has the content whose hash is `version`, be it as one that came back."""
    return newest in (version, *_salted(version, range(1, versions)))


def _salted(version: str, numbers: Iterable[int]) -> Iterable[str]:
    for number in numbers:
        text = f"{version}{chr(UNIT_SEPARATOR)}{number}"
        yield hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
