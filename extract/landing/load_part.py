"""Puts one part into its raw table: the versions that are not held yet, once, in one transaction with the state.

Safe to repeat: after a crash between the commit and dlt's own note of it, the part is found in raw._landed, and
even without that its versions are found in the table.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb

from extract.database import Connection, quoted
from extract.errors import LandfallError
from extract.landing.parts import Part, PartOutcome
from extract.landing.results import Report
from extract.landing.returned import store_returned
from extract.landing.state import end_window, forget_count, is_landed, record_part, remember_org
from extract.landing.turned import note_landed, noting
from extract.landing.vanished import carry_vanished

# One thread: a second one takes as much memory again for its own row group, and more processor time than it saves.
DUCKDB_LIMITS: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "200MB",
    "threads": 1,
    "preserve_insertion_order": False,
}
# DuckDB gathers 122,880 rows of every column before it writes them: 16 bytes a cell and what the texts need.
ENOUGH_FOR_COLUMNS = 80
MORE_MB_A_COLUMN = 2.5
COPY_BYTES = 1 << 18

# Inserts what is not held, and says how many versions that were and how many of them say "deleted".
InsertRows = Callable[[Connection, Part, str], tuple[int, int]]


def load_part(
    connection: Connection, part: Part, load_id: str, insert_rows: InsertRows, report: Report
) -> PartOutcome:
    """Insert the part's new versions, note the part, and move the cursor when it ends the window: all or nothing."""
    with connection.transaction():
        landed = is_landed(connection, part.part_id)
        if landed is not None:
            if part.end is not None:  # a run that was killed may have left it to this one
                end_window(connection, part.end, None, changed=False)
            return PartOutcome(landed[0], _count(connection, part, landed[1])[1], landed[1])
        versions, deleted = insert_rows(connection, part, load_id)
        if versions and part.vanished:
            carry_vanished(connection, part, load_id)
        record_part(connection, part.part_id, part.object, load_id, part.rows, versions)
        if part.org_id:
            remember_org(connection, part.org_id)
        if part.end is not None:
            end_window(connection, part.end, load_id, changed=True)
        elif versions:  # the run that ends the window may be another one, and bring nothing itself
            forget_count(connection, part.object)
        report("point", name="load.before_commit")
    report("point", name="load.committed")
    return PartOutcome(versions, deleted, load_id)


def insert_duckdb(connection: Connection, part: Part, load_id: str) -> tuple[int, int]:
    """DuckDB reads the CSV straight into the table."""
    table = f"raw.{quoted(part.table)}"
    connection.execute(f"set memory_limit = '{memory_mb(len(part.columns))}MB'")
    refuse_short(part, int(connection.value(f"select count(*) from {part.scan}")))
    only_new = ""
    if connection.value(f"select 1 from {table} limit 1"):
        # Only the versions of this part's records: an anti join with the whole table needs memory by its size.
        connection.execute(
            f"create or replace temp table _held as select id, _version from {table}"
            f" where id in (select {quoted(_id_field(part))} from {part.scan})"
        )
        if connection.value("select 1 from _held limit 1"):
            only_new = "anti join _held on served.id = _held.id and served._version = _held._version"
    connection.execute(
        f"insert into {table} ({_columns(part)}) select served.*, ?, ? from ({part.select}) served {only_new}",
        (load_id, part.extracted_at),
    )
    _drop_repeated(connection, table, load_id)
    if only_new:
        store_returned(connection, part, load_id, f"({part.select})", "_held")
    if (where := part.may_have_turned) is not None:
        note_landed(connection, part.object, part.table, load_id, where)
    return _count(connection, part, load_id)


def insert_postgres(connection: Connection, part: Part, load_id: str) -> tuple[int, int]:
    """DuckDB spells the values, PostgreSQL takes them in by COPY at the same time; a unique index drops what is held."""
    table = f"raw.{quoted(part.table)}"
    served = ", ".join(quoted(name) for name in part.names[:-2])
    index = quoted(f"{part.table[:50]}_version")
    connection.execute(f"create unique index if not exists {index} on {table} (id, _version)")
    connection.execute(f"create temp table _part on commit drop as select {served} from {table} with no data")
    refuse_short(
        part, copy_canonical(connection.native, part, f"copy _part ({served}) from stdin with (format csv)")
    )
    where = part.may_have_turned
    looks_back = where is not None and not part.turned_since  # a first landing has nothing to look back to
    turned = f", turned as ({noting(part.table, 'new', where)})" if where is not None and looks_back else ""
    told = ["id", "isdeleted"] if looks_back else ["isdeleted" if "isdeleted" in part.names else "1"]
    found = connection.rows(
        f"with new as (insert into {table} ({_columns(part)}) select {served}, ?, cast(? as timestamptz) from _part"
        f" on conflict (id, _version) do nothing returning {', '.join(told)}){turned}"
        f" select count(*), {_deleted(part)} from new",
        (load_id, part.extracted_at, *([part.object] if turned else [])),
    )
    if where is not None and not looks_back:
        connection.execute(noting(part.table, "_part", where), (part.object,))
    versions, deleted = int(found[0][0]), int(found[0][1])
    if versions < part.rows:
        held = f"(select id from {table} where id in (select id from _part))"
        back = store_returned(connection, part, load_id, "_part", held)
        versions, deleted = _count(connection, part, load_id) if back else (versions, deleted)
    connection.execute("drop table _part")
    return versions, deleted


def memory_mb(columns: int) -> int:
    """Megabytes that DuckDB may use for a part with so many columns: the same up to 80, then more by the column."""
    return 200 + round(max(0, columns - ENOUGH_FOR_COLUMNS) * MORE_MB_A_COLUMN)


def spelling_connection(temp_folder: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that turns parts into canonical text."""
    settings = DUCKDB_LIMITS | ({"temp_directory": str(temp_folder)} if temp_folder else {})
    connection = duckdb.connect(":memory:", config=settings)
    connection.execute("set timezone = 'UTC'")
    return connection


def copy_canonical(postgres: Any, part: Part, statement: str) -> int:
    """PostgreSQL takes the part in by this COPY statement while DuckDB spells it; the rows that it copied."""
    reading, writing = os.pipe()
    failures: list[Exception] = []
    writer = threading.Thread(
        target=_write_canonical, args=(part, writing, failures), name="spell", daemon=True
    )
    writer.start()
    try:
        with open(reading, "rb") as stream, postgres.cursor() as cursor:
            cursor.copy_expert(statement, stream, size=COPY_BYTES)
            copied = int(cursor.rowcount)
    finally:
        writer.join()  # when COPY failed, the broken pipe ends it
    if failures:
        raise failures[0]
    return copied


def _write_canonical(part: Part, writing: int, failures: list[Exception]) -> None:
    try:
        with closing(spelling_connection(part.path.parent)) as connection:
            connection.execute(f"copy ({part.select}) to '/dev/fd/{writing}' (format csv, header false)")
    except duckdb.Error as error:
        failures.append(error)
    finally:
        os.close(writing)


def refuse_short(part: Part, rows: int) -> None:
    """Raises LandfallError when the file does not hold what was served."""
    if rows != part.rows:
        raise LandfallError(
            f"A spooled part of {part.object} has {rows:,} records, but {part.rows:,} were served.",
            str(part.path),
            "Run again; nothing of this part was kept. If it happens again, please report it.",
        )


def _drop_repeated(connection: Connection, table: str, load_id: str) -> None:
    """A page that was served twice: keep one of each version. Counting ids is cheap, so only then look closer."""
    rows, ids = connection.rows(
        f"select count(*), count(distinct id) from {table} where _dlt_load_id = ?", (load_id,)
    )[0]
    if rows != ids:
        connection.execute(
            f"delete from {table} where rowid in (select rowid from (select rowid, row_number() over"
            f" (partition by id, _version order by rowid) as copy from {table} where _dlt_load_id = ?) where copy > 1)",
            (load_id,),
        )


def _count(connection: Connection, part: Part, load_id: str) -> tuple[int, int]:
    found = connection.rows(
        f"select count(*), {_deleted(part)} from raw.{quoted(part.table)} where _dlt_load_id = ?", (load_id,)
    )
    return int(found[0][0]), int(found[0][1])


def _deleted(part: Part) -> str:
    return "count(case when isdeleted = 'true' then 1 end)" if "isdeleted" in part.names else "0"


def _columns(part: Part) -> str:
    return ", ".join(quoted(name) for name in part.names)


def _id_field(part: Part) -> str:
    return next(name for name in part.header if name.lower() == "id")
