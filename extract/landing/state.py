"""Keeps how far each object has been read, in tables of raw that change in the same transaction as the rows.

docs/decisions/0001-state-lives-with-the-rows.md says why dlt's own state is not used for this.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from extract.database import Connection
from extract.landing import column_state, turned
from extract.landing.fields import HeldField
from extract.landing.tables import columns_of_raw
from extract.landing.window import Cursor

TABLES = (
    """create table if not exists raw._landed (
        part_id text primary key, object text, load_id text,
        rows_served bigint, versions_new bigint, landed_at timestamptz)""",
    """create table if not exists raw._cursors (
        object text primary key, org_id text, cursor_field text, window_end timestamptz,
        updated_by_load text, records_held bigint, clock timestamptz)""",
    """create table if not exists raw._fields (
        object text, field text, column_name text, type text, length bigint, precision_ bigint, scale bigint,
        label text, calculated boolean, reference_to text,
        first_seen timestamptz, last_seen timestamptz, vanished_at timestamptz, primary key (object, field))""",
    # of the records held, from the first part on: cursors come with an object's last
    """create table if not exists raw._orgs (org_id text primary key)""",
    # kept_out: false where only older versions went. in_org: whether the org showed it as live when it was last seen
    """create table if not exists raw._erased (
        object text, record_id text, kept_out boolean, in_org boolean, erased_at timestamptz,
        primary key (object, record_id))""",
    column_state.TABLE,
    turned.TABLE,
    turned.TABLE_OF_REFERRERS,
)
FIELD_COLUMNS = (
    "object, field, column_name, type, length, precision_, scale, label, calculated, reference_to,"
    " first_seen, last_seen, vanished_at"
)


@dataclass(frozen=True)
class HeldCursor:
    org_id: str
    cursor: Cursor
    records_held: int | None  # not deleted, by their newest version; None until counted


@dataclass(frozen=True)
class Held:
    """What the target holds when a landing begins."""

    cursors: Mapping[str, HeldCursor]
    fields: Mapping[str, Mapping[str, HeldField]]
    tables: Mapping[str, set[str]]  # raw's tables and their columns
    columns: Mapping[str, Sequence[column_state.ColumnState]]  # what is known of single columns, by object
    erased: Mapping[str, frozenset[str]]  # records that are kept out, by object
    orgs: frozenset[str] = frozenset()  # of which records are held
    turned: bool = False  # records turned whose referrers are not read yet
    # when each object's first landing read it, or before
    first_seen: Mapping[str, datetime] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class WindowEnd:
    """What becomes true when a window's last part is committed."""

    object: str
    org_id: str
    cursor: Cursor
    fields: tuple[HeldField, ...]
    held_before: tuple[HeldField, ...]
    whole: bool = False  # the window held every record
    columns_wanted: tuple[tuple[str, str], ...] = ()  # fields, each with why, to be read for all records


def create_tables(connection: Connection) -> None:
    """Make the tables of the state where they are missing."""
    connection.execute("create schema if not exists raw")
    for statement in TABLES:
        connection.execute(statement)
    if "clock" not in columns_of_raw(connection)["_cursors"]:  # made by an older version
        connection.execute("alter table raw._cursors add column clock timestamptz")


def load_held(connection: Connection) -> Held:
    """What is held; nothing where nothing has landed yet."""
    tables = columns_of_raw(connection)
    if not {"_cursors", "_fields"} <= tables.keys():
        return Held({}, {}, tables, {}, {})
    columns = column_state.load_column_states(connection) if "_column_reads" in tables else {}
    erased = load_erased(connection) if "_erased" in tables else {}
    waits = any(
        name in tables and connection.value(f"select 1 from raw.{name} limit 1") is not None
        for name in ("_turned", "_referrers")
    )
    first_seen = dict(connection.rows("select object, min(first_seen) from raw._fields group by object"))
    cursors, fields = load_cursors(connection), load_fields(connection)
    orgs = frozenset(load_orgs(connection))
    return Held(cursors, fields, tables, columns, erased, orgs, waits, first_seen)


def load_cursors(connection: Connection) -> dict[str, HeldCursor]:
    clock = "clock" if "clock" in columns_of_raw(connection)["_cursors"] else "null"
    found = connection.rows(
        f"select object, org_id, cursor_field, window_end, {clock}, records_held from raw._cursors"
    )
    return {name: HeldCursor(org, Cursor(field, end, at), held) for name, org, field, end, at, held in found}


def load_orgs(connection: Connection) -> set[str]:
    """The orgs of which records are held; of what an older version landed, the cursors alone tell."""
    found = [
        row
        for table in ("_orgs", "_cursors")
        if connection.has_table("raw", table)
        for row in connection.rows(f"select distinct org_id from raw.{table} where org_id is not null")
    ]
    return {org_id for (org_id,) in found}


def remember_org(connection: Connection, org_id: str) -> None:
    """Call it in the transaction that holds the first rows."""
    connection.execute("insert into raw._orgs (org_id) values (?) on conflict do nothing", (org_id,))


def load_fields(connection: Connection) -> dict[str, dict[str, HeldField]]:
    found: dict[str, dict[str, HeldField]] = {}
    for name, *entry in connection.rows(
        "select object, field, column_name, type, length, precision_, scale, label, calculated, reference_to,"
        " vanished_at is not null from raw._fields order by object, field"
    ):
        found.setdefault(name, {})[entry[0]] = HeldField(*entry)
    return found


def load_erased(connection: Connection) -> dict[str, frozenset[str]]:
    """The records that are kept out, by object."""
    found: dict[str, set[str]] = {}
    for name, record_id in connection.rows("select object, record_id from raw._erased where kept_out"):
        found.setdefault(name, set()).add(record_id)
    return {name: frozenset(ids) for name, ids in found.items()}


def is_landed(connection: Connection, part_id: str) -> tuple[int, str] | None:
    """The versions a part brought and the load that brought them, when it is already in."""
    found = connection.rows("select versions_new, load_id from raw._landed where part_id = ?", (part_id,))
    return (found[0][0], found[0][1]) if found else None


def landed_keys(connection: Connection, job_ids: Iterable[str]) -> frozenset[str]:
    """The keys of the parts that are landed of these Bulk jobs."""
    found: list[tuple[str]] = []
    for job_id in job_ids:
        found += connection.rows("select part_id from raw._landed where part_id like ?", (f"{job_id}-%",))
    return frozenset(part_id.partition("/")[0] for (part_id,) in found)


def record_part(
    connection: Connection, part_id: str, name: str, load_id: str, rows: int, versions_new: int
) -> None:
    connection.execute(
        "insert into raw._landed values (?, ?, ?, ?, ?, current_timestamp)",
        (part_id, name, load_id, rows, versions_new),
    )


def end_window(connection: Connection, end: WindowEnd, load_id: str | None, *, changed: bool) -> None:
    """Move the cursor and remember the fields; call it in the transaction that holds the window's last rows."""
    connection.execute(
        "insert into raw._cursors as held (object, org_id, cursor_field, window_end, clock, updated_by_load)"
        " values (?, ?, ?, ?, ?, ?) on conflict (object) do update set org_id = excluded.org_id,"
        " cursor_field = excluded.cursor_field, window_end = excluded.window_end, clock = excluded.clock,"
        " updated_by_load = coalesce(excluded.updated_by_load, held.updated_by_load)",
        (end.object, end.org_id, end.cursor.field, end.cursor.end, end.cursor.clock, load_id),
    )
    if changed:
        forget_count(connection, end.object)
    remember_fields(connection, end.object, end.fields, end.held_before, end.cursor.end)
    if end.whole:
        calculated = [field.field for field in end.fields if field.calculated]
        column_state.end_whole_read(connection, end.object, calculated, end.cursor.end)
    column_state.want_columns(connection, end.object, end.columns_wanted, end.cursor.end)


def remember_fields(
    connection: Connection, name: str, fields: Sequence[HeldField], before: Iterable[HeldField], now: datetime
) -> None:
    """Write what describe said: new and different fields, those that vanished, and when each was last seen."""
    known = {entry.field: entry for entry in before}
    _write_fields(connection, name, [field for field in fields if known.get(field.field) != field], now)
    gone = [field for field in known.keys() - {field.field for field in fields} if not known[field].vanished]
    for field in gone:
        connection.execute(
            "update raw._fields set vanished_at = ? where object = ? and field = ?", (now, name, field)
        )
    connection.execute(
        "update raw._fields set last_seen = ? where object = ? and vanished_at is null and last_seen < ?",
        (now, name, now),
    )


def forget_count(connection: Connection, name: str) -> None:
    connection.execute("update raw._cursors set records_held = null where object = ?", (name,))


def remember_count(connection: Connection, name: str, records_held: int) -> None:
    connection.execute("update raw._cursors set records_held = ? where object = ?", (records_held, name))


def _write_fields(connection: Connection, name: str, fields: Sequence[HeldField], now: datetime) -> None:
    if not fields:
        return
    row = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, null)"
    values = [value for field in fields for value in (name, *_values(field), now, now)]
    connection.execute(
        f"insert into raw._fields ({FIELD_COLUMNS}) values {', '.join([row] * len(fields))}"
        " on conflict (object, field) do update set type = excluded.type, length = excluded.length,"
        " precision_ = excluded.precision_, scale = excluded.scale, label = excluded.label,"
        " calculated = excluded.calculated, reference_to = excluded.reference_to,"
        " last_seen = excluded.last_seen, vanished_at = null",
        values,
    )


def _values(field: HeldField) -> tuple[object, ...]:
    size = (field.length, field.precision, field.scale)
    return (field.field, field.column, field.type, *size, field.label, field.calculated, field.reference_to)
