"""Keeps which columns wait to be read for all records, and as of when each of the calculated ones was.

A field that came, returned or was retyped says something of old records that no window brings, and what a formula
says changes without a stamp. Such columns are read alone, for all records; `raw._column_reads` says how that stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from extract.database import Connection

FORMULA = "formula"
FOLLOWED = "followed"  # what it refers to turned
TABLE = """create table if not exists raw._column_reads (
    object text, field text, why text, wanted_at timestamptz, read_until timestamptz, read_at timestamptz,
    primary key (object, field))"""


@dataclass(frozen=True)
class ColumnState:
    """How the reading of one column stands; moments are of the org's clock."""

    field: str
    why: str  # added | returned | retyped | followed | formula
    wanted_at: datetime | None  # since when it waits; None when it does not
    read_until: datetime | None  # the end of a read that was begun and cut short
    read_at: datetime | None  # as of when every record's value is known; None when never


def load_column_states(connection: Connection) -> dict[str, list[ColumnState]]:
    """By object."""
    found: dict[str, list[ColumnState]] = {}
    for name, *state in connection.rows(
        "select object, field, why, wanted_at, read_until, read_at from raw._column_reads order by object, field"
    ):
        found.setdefault(name, []).append(ColumnState(*state))
    return found


def want_columns(connection: Connection, name: str, wanted: Iterable[tuple[str, str]], now: datetime) -> None:
    """Note that these fields (with why) wait; one that waits already begins anew."""
    for field, why in wanted:
        connection.execute(
            "insert into raw._column_reads (object, field, why, wanted_at) values (?, ?, ?, ?)"
            " on conflict (object, field) do update set why = excluded.why, wanted_at = excluded.wanted_at,"
            " read_until = null",
            (name, field, why, now),
        )


def begin_columns(connection: Connection, name: str, fields: Iterable[str], until: datetime) -> None:
    """Note the end of the read, so that one that is cut short goes on with the same query."""
    for field in fields:
        connection.execute(
            "update raw._column_reads set read_until = ? where object = ? and field = ?", (until, name, field)
        )


def end_columns(connection: Connection, name: str, fields: Iterable[str], at: datetime) -> None:
    """Note that the values of all records are known as of `at`."""
    for field in fields:
        connection.execute(
            "insert into raw._column_reads (object, field, why, read_at) values (?, ?, ?, ?)"
            " on conflict (object, field) do update set wanted_at = null, read_until = null,"
            " read_at = excluded.read_at",
            (name, field, FORMULA, at),
        )


def end_whole_read(connection: Connection, name: str, calculated: Iterable[str], at: datetime) -> None:
    """Every record was read with all its fields: no column waits any more, and formulas are as of now."""
    connection.execute(
        "update raw._column_reads set wanted_at = null, read_until = null, read_at = ? where object = ?",
        (at, name),
    )
    end_columns(connection, name, calculated, at)
