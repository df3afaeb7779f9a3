"""Lands small text tables: raw rows under the views that landing makes, with the demo org's fields."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from demo_org.metadata import load_objects
from extract.database import Connection, Database, quoted
from extract.landing.fields import HeldField
from extract.landing.typed_views import refresh_views

DAY = "2026-01-05"


def record_id(short: str, key_prefix: str = "001") -> str:
    """`S1` as an id of 18 characters."""
    return key_prefix + short.rjust(18 - len(key_prefix), "0")


def short_id(value: object, key_prefix: str = "001") -> str:
    return str(value)[len(key_prefix) :].lstrip("0")


def make_landing_tables(database: Database, without_objects: tuple[str, ...] = ()) -> None:
    """Empty raw tables of every object of the demo org, and the typed views over them."""
    objects = [name for name in load_objects() if name not in without_objects]
    with database.connect() as connection:
        connection.execute("create schema raw")
        for name in objects:
            columns = ", ".join(f"{quoted(field.column)} text" for field in described(name))
            connection.execute(
                f"create table raw.{quoted(name.lower())} ({columns},"
                " _dlt_load_id text, _extracted_at timestamptz, _version text)"
            )
        refresh_views(connection, {name: described(name) for name in objects})


def show_fields(connection: Connection, name: str, without: tuple[str, ...] = ()) -> None:
    """The object's typed view as landing makes it when describe has all its fields but these."""
    refresh_views(connection, {name: [field for field in described(name) if field.field not in without]})


def described(name: str) -> list[HeldField]:
    return [
        HeldField(field.name, field.name.lower(), field.type, field.length, field.precision, field.scale)
        for field in load_objects()[name].columns
        if field.name not in ("LastViewedDate", "LastReferencedDate")
    ]


def read_table(text: str) -> list[dict[str, str]]:
    """Rows of `a | b` text; the first line names the columns."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return [dict(zip(lines[0], cells, strict=True)) for cells in lines[1:]]


def land_accounts(connection: Connection, load: str, text: str, key_prefix: str = "001") -> None:
    """One load of Account versions. `at` is the SystemModstamp, an hour of one day; `x` in deleted means yes."""
    for row in read_table(text):
        values = {
            "id": record_id(row["id"], key_prefix),
            "name": row.get("name", f"Fictional {row['id']}"),
            "type": row.get("type", ""),
            "parentid": record_id(row["parent"], key_prefix) if row.get("parent") else "",
            "masterrecordid": record_id(row["master"], key_prefix) if row.get("master") else "",
            "school_code_external_id__c": row.get("code", ""),
            "isdeleted": "true" if row.get("deleted") else "false",
            "systemmodstamp": _moment(row["at"]),
            "lastactivitydate": DAY,
        }
        insert(connection, "account", load, values)


def insert(connection: Connection, table: str, load: str, values: Mapping[str, str]) -> None:
    """One version as landing stores it: text, "" is null."""
    version = hashlib.md5(repr(sorted(values.items())).encode()).hexdigest()
    stored = {name: value or None for name, value in values.items()}
    stored |= {"_dlt_load_id": load, "_extracted_at": f"{DAY} 23:00:00+00", "_version": version}
    names = ", ".join(quoted(name) for name in stored)
    marks = ", ".join("?" for _ in stored)
    connection.execute(f"insert into raw.{table} ({names}) values ({marks})", list(stored.values()))


def _moment(hour: str) -> str:
    return f"{DAY}T{hour}:00.000Z"


def set_aside(connection: Connection, short: str, at: str, severity: str = "quarantine") -> None:
    """The version of an account with that SystemModstamp breaks a rule."""
    connection.execute(
        "insert into quality.quarantine (object, record_id, version, rule, severity, run_id, first_seen, last_seen)"
        f" select 'Account', id, _version, 'a_rule', '{severity}', 'run', _extracted_at, _extracted_at"
        " from raw.account where id = ? and systemmodstamp = ?",
        (record_id(short), _moment(at)),
    )


def resolve(connection: Connection, short: str) -> None:
    connection.execute(
        "update quality.quarantine set resolved_at = last_seen, resolved_how = 'rule changed' where record_id = ?",
        (record_id(short),),
    )
