"""Completes a partial read with the newest version that raw holds of each record, and stores what then differs.

A partial read says only some columns of a record: its formula fields, a new field, or that it is deleted. No row
of raw is ever half a record, so each is composed with the newest held version into a whole one. A part that says
nothing new stores nothing, so this may be stopped anywhere and repeated.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from extract.database import Connection, quoted
from extract.landing.canonical import hash_again, version_hash
from extract.landing.erased import drop_erased
from extract.landing.parts import BOOKKEEPING, Part
from extract.landing.results import Report
from extract.landing.state import record_part
from extract.landing.tables import DELETED, columns_of_raw, newest_first
from extract.landing.take_in import make_temporary, take_in
from extract.landing.turned import note_composed

STAMP = "systemmodstamp"
# Called in the same transaction with the load id; the ids of the stored versions are in the table `_composed`.
Beside = Callable[[Connection, str], None]


@dataclass(frozen=True)
class Composed:
    """What came of a partial read."""

    versions_new: int
    load_id: str  # "" when nothing was new: then nothing is recorded either
    left_out: int  # records not held, served with two contents, or stamped unlike the version held: landing brings them
    brought: int = 0  # of the versions: records that were not held


def compose_part(
    connection: Connection,
    part: Part,
    report: Report,
    beside: Beside | None = None,
    *,
    whole: bool = False,
    resumed: bool = False,
) -> Composed:
    """Store the whole versions that the part's columns make of the newest ones held, as one load: all or nothing.

    The part's header holds Id and the columns that were read; all must be columns of the raw table already
    (`complete_tables`). With SystemModstamp among them, a record that changed since it was landed is left out: old
    and new values must not meet in one version. A part that is `whole`, with every field that is read, brings it in,
    and records that are not held too. A part of a `resumed` read says what was true at its moment, and others may have
    read since: a record of which a version is later is left out.

    `_version` is the hash of the whole content, as landing makes it; when a content is again what an older version
    of the record said, the number of its versions goes into the hash, because that one would not be the newest. The
    moment is the part's, or just after that of the version it follows. Raises LandfallError when the file holds
    fewer records than were served.
    """
    with connection.transaction():
        take_in(connection, [part], "_partial")
        drop_erased(connection, part.object, "_partial")
        _compose(connection, part, whole, resumed)
        served = int(connection.value("select count(distinct id) from _partial"))
        matched = int(connection.value("select count(*) from _matched"))
        brought = _bring_in(connection, part) if whole else 0
        versions = int(connection.value("select count(*) from _composed"))
        if not versions:
            return Composed(0, "", served - matched)
        if any(column.column == "isdeleted" for column in part.columns):
            note_composed(connection, part.object)
        load_id = new_load_id(connection)
        _insert(connection, part, load_id)
        record_part(connection, part.part_id, part.object, load_id, part.rows, versions)
        _record_for_dlt(connection, load_id)
        connection.execute("update raw._cursors set records_held = null where object = ?", (part.object,))
        if beside is not None:
            beside(connection, load_id)
        report("point", name="compose.before_commit")
    report("point", name="compose.committed")
    return Composed(versions, load_id, served - matched - brought, brought)


def read_later_than(moment: datetime) -> datetime:
    """From when on a version was read later: moments are whole seconds, and those of composed versions just after."""
    return moment + timedelta(seconds=1)


def new_load_id(connection: Connection) -> str:
    """A load id as dlt makes them, the time as text, that sorts after all in the ledger, whatever this clock says."""
    newest, now = connection.value("select max(load_id) from raw._landed") or "", str(time.time())
    return now if now > newest else newest + "1"


def _compose(connection: Connection, part: Part, whole: bool, resumed: bool) -> None:
    """`_held`: the versions held of the part's records. `_matched`: those records. `_composed`: what is to be stored."""
    table = f"raw.{quoted(part.table)}"
    columns = _columns(connection, part.table)
    read = [column.column for column in part.columns if column.column != "id"]
    stamp, deleted = (name if name in columns else "null" for name in (STAMP, "isdeleted"))
    make_temporary(
        connection,
        "_held",
        f"select id, _version, _extracted_at, {stamp} as stamp, {deleted} as isdeleted, count(*) over (partition by id) as versions,"
        f" row_number() over (partition by id order by {newest_first(columns)}) as age"
        f" from {table} where id in (select id from _partial)",
    )
    make_temporary(connection, "_read", "select distinct * from _partial")
    connection.execute("delete from _read where id in (select id from _read group by id having count(*) > 1)")
    still = f" and held.stamp is not distinct from read.{STAMP}" if STAMP in read and not whole else ""
    if resumed:
        still += f" and held._extracted_at < timestamptz '{read_later_than(part.extracted_at).isoformat()}'"
    make_temporary(
        connection,
        "_matched",
        "select read.*, held._version as _follows, held._extracted_at as _after, held.versions as _versions"
        f" from _read read inner join _held held on held.id = read.id and held.age = 1{still}",
    )
    sources = {name: f"{'matched' if name in read else 'held'}.{quoted(name)}" for name in columns}
    differs = [f"held.{quoted(name)} is distinct from matched.{quoted(name)}" for name in read]
    if (
        whole and DELETED in columns and DELETED not in read
    ):  # it is there, as an org shows that has no such field
        sources[DELETED] = "cast(null as varchar)"
        differs.append(f"held.{quoted(DELETED)} = 'true'")
    cells = ", ".join(f"{source} as {quoted(name)}" for name, source in sources.items())
    make_temporary(
        connection,
        "_composed",
        f"select *, {version_hash(columns, connection.kind)} as _hash from (select {cells}, matched._after,"
        f" matched._versions from {table} held inner join _matched matched on held.id = matched.id"
        f" and held._version = matched._follows where {' or '.join(differs) or 'false'}) composed",
        joined=False,
    )


def _bring_in(connection: Connection, part: Part) -> int:
    """Add to `_composed` the records of a whole part that are not held; how many."""
    columns = _columns(connection, part.table)
    read = {column.column for column in part.columns}
    cells = ", ".join(quoted(name) if name in read else f"null as {quoted(name)}" for name in columns)
    return connection.execute(
        f"insert into _composed select *, {version_hash(columns, connection.kind)} as _hash from (select {cells},"
        " cast(null as timestamptz) as _after, 0 as _versions from _read"
        " where id not in (select id from _held)) unheld"
    )


def _insert(connection: Connection, part: Part, load_id: str) -> None:
    columns = _columns(connection, part.table)
    listed = ", ".join(quoted(name) for name in columns)
    new = ", ".join(f"new.{quoted(name)}" for name in columns)
    again = hash_again("new._hash", "new._versions")
    connection.execute(
        f"insert into raw.{quoted(part.table)} ({listed}, {', '.join(BOOKKEEPING)})"
        f" select {new}, case when twin.id is null then new._hash else {again} end, ?,"
        " coalesce(greatest(cast(? as timestamptz), new._after + interval '1 millisecond'), cast(? as timestamptz))"
        " from _composed new left join _held twin on twin.id = new.id and twin._version = new._hash",
        (load_id, part.extracted_at, part.extracted_at),
    )


def _columns(connection: Connection, table: str) -> list[str]:
    """The columns of a raw table that hold a record's content."""
    return sorted(columns_of_raw(connection).get(table, set()) - set(BOOKKEEPING))


def _record_for_dlt(connection: Connection, load_id: str) -> None:
    """dlt's own list of completed loads has ours too, for whoever follows its conventions."""
    if connection.has_table("raw", "_dlt_loads"):
        connection.execute(
            "insert into raw._dlt_loads (load_id, schema_name, status, inserted_at, schema_version_hash)"
            " select ?, schema_name, 0, current_timestamp, schema_version_hash from raw._dlt_loads"
            " where load_id = (select max(load_id) from raw._dlt_loads)",
            (load_id,),
        )
