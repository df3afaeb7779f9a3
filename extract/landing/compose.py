"""Completes a partial read with the newest version that raw holds of each record, and stores what then differs.

A partial read says only some columns of a record: its formula fields, a new field, or that it is deleted. No row
of raw is ever half a record, so each is composed with the newest held version into a whole one. A part that says
nothing new stores nothing, so this may be stopped anywhere and repeated.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from extract.database import Connection, quoted
from extract.landing.canonical import UNIT_SEPARATOR, version_hash
from extract.landing.load_part import copy_canonical, memory_mb, refuse_short
from extract.landing.parts import BOOKKEEPING, Part
from extract.landing.results import Report
from extract.landing.state import record_part
from extract.landing.tables import columns_of_raw

STAMP = "systemmodstamp"
# Called in the same transaction with the load id; the ids of the stored versions are in the table `_composed`.
Beside = Callable[[Connection, str], None]


@dataclass(frozen=True)
class Composed:
    """What came of a partial read."""

    versions_new: int
    load_id: str  # "" when nothing was new: then nothing is recorded either
    left_out: int  # records not held, served with two contents, or stamped unlike the version held: landing brings them


def compose_part(
    connection: Connection, part: Part, report: Report, beside: Beside | None = None
) -> Composed:
    """Store the whole versions that the part's columns make of the newest ones held, as one load: all or nothing.

    The part's header holds Id and the columns that were read; all must be columns of the raw table already
    (`complete_tables`). With SystemModstamp among them, a record that changed since it was landed is left out: old
    and new values must not meet in one version. `_version` is the hash of the whole content, as landing makes it;
    when a record's content is again what an older version of it said, the hash is mixed with the number of its
    versions, because that one would not be the newest. The moment is the part's, or just after that of the version
    it follows. Raises LandfallError when the file holds fewer records than were served.
    """
    with connection.transaction():
        _take_in(connection, part)
        _compose(connection, part)
        served = int(connection.value("select count(distinct id) from _partial"))
        matched = int(connection.value("select count(*) from _matched"))
        versions = int(connection.value("select count(*) from _composed"))
        if not versions:
            return Composed(0, "", served - matched)
        load_id = new_load_id(connection)
        _insert(connection, part, load_id)
        record_part(connection, part.part_id, part.object, load_id, part.rows, versions)
        _record_for_dlt(connection, load_id)
        connection.execute("update raw._cursors set records_held = null where object = ?", (part.object,))
        if beside is not None:
            beside(connection, load_id)
        report("point", name="compose.before_commit")
    report("point", name="compose.committed")
    return Composed(versions, load_id, served - matched)


def new_load_id(connection: Connection) -> str:
    """A load id as dlt makes them, the time as text, that sorts after all in the ledger, whatever this clock says."""
    newest, now = connection.value("select max(load_id) from raw._landed") or "", str(time.time())
    return now if now > newest else newest + "1"


def _take_in(connection: Connection, part: Part) -> None:
    """The part as the temporary table `_partial`, in canonical text."""
    if connection.kind == "duckdb":
        connection.execute(f"set memory_limit = '{memory_mb(len(part.columns))}MB'")
        refuse_short(part, int(connection.value(f"select count(*) from {part.scan}")))
        connection.execute(f"create or replace temp table _partial as {part.select}")
        return
    names = [*(column.column for column in part.columns), "_version"]
    columns = ", ".join(f"{quoted(name)} text" for name in names)
    connection.execute(f"create temp table _partial ({columns}) on commit drop")
    refuse_short(part, copy_canonical(connection.native, part, "copy _partial from stdin with (format csv)"))


def _compose(connection: Connection, part: Part) -> None:
    """`_held`: the versions held of the part's records. `_matched`: those records. `_composed`: what is to be stored."""
    table = f"raw.{quoted(part.table)}"
    columns = _columns(connection, part.table)
    stamp = f"{STAMP} desc nulls last, " if STAMP in columns else ""
    _make(
        connection,
        "_held",
        "select id, _version, _extracted_at, count(*) over (partition by id) as versions,"
        f" row_number() over (partition by id order by {stamp}_extracted_at desc, _version desc) as age"
        f" from {table} where id in (select id from _partial)",
    )
    read = [column.column for column in part.columns if column.column != "id"]
    _make(
        connection,
        "_matched",
        "select read.*, newest._version as _follows, newest._extracted_at as _after, newest.versions as _versions"
        " from (select *, count(*) over (partition by id) as _copies from (select distinct * from _partial) one) read"
        f" inner join _held newest on newest.id = read.id and newest.age = 1 {_same_stamp(part, read)}"
        " where read._copies = 1",
    )
    whole = ", ".join(
        f"{'matched' if name in read else 'held'}.{quoted(name)} as {quoted(name)}" for name in columns
    )
    differs = " or ".join(
        f"held.{quoted(name)} is distinct from matched.{quoted(name)}" for name in read if name != STAMP
    )
    _make(
        connection,
        "_composed",
        f"select *, {version_hash(columns, connection.kind)} as _hash from (select {whole}, matched._after,"
        f" matched._versions from {table} held inner join _matched matched on held.id = matched.id"
        f" and held._version = matched._follows where {differs or 'false'}) composed",
    )


def _same_stamp(part: Part, read: list[str]) -> str:
    """The condition that nothing but the part's columns changed; the newest version's stamp is looked up for it."""
    if STAMP not in read:
        return ""
    held = f"select 1 from raw.{quoted(part.table)} held where held.id = newest.id"
    return f"and exists ({held} and held._version = newest._version and held.{STAMP} is not distinct from read.{STAMP})"


def _insert(connection: Connection, part: Part, load_id: str) -> None:
    columns = _columns(connection, part.table)
    listed = ", ".join(quoted(name) for name in columns)
    again = f"md5(_hash || chr({UNIT_SEPARATOR}) || cast(_versions as varchar))"
    connection.execute(
        f"insert into raw.{quoted(part.table)} ({listed}, {', '.join(BOOKKEEPING)}) select {listed},"
        f" case when exists (select 1 from _held where _held.id = new.id and _held._version = new._hash)"
        f" then {again} else _hash end,"
        " ?, greatest(cast(? as timestamptz), _after + interval '1 millisecond') from _composed new",
        (load_id, part.extracted_at),
    )


def _columns(connection: Connection, table: str) -> list[str]:
    """The columns of a raw table that hold a record's content."""
    return sorted(columns_of_raw(connection).get(table, set()) - set(BOOKKEEPING))


def _make(connection: Connection, name: str, query: str) -> None:
    if connection.kind == "duckdb":
        connection.execute(f"create or replace temp table {name} as {query}")
    else:
        connection.execute(f"create temp table {name} on commit drop as {query}")


def _record_for_dlt(connection: Connection, load_id: str) -> None:
    """dlt's own list of completed loads has ours too, for whoever follows its conventions."""
    if connection.has_table("raw", "_dlt_loads"):
        connection.execute(
            "insert into raw._dlt_loads (load_id, schema_name, status, inserted_at, schema_version_hash)"
            " select ?, schema_name, 0, current_timestamp, schema_version_hash from raw._dlt_loads"
            " where load_id = (select max(load_id) from raw._dlt_loads)",
            (load_id,),
        )
