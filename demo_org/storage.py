"""Keeps the demo org: a DuckDB file with one table per object, and what the org knows about itself."""

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from demo_org import records
from demo_org.ids import record_id
from demo_org.metadata import load_objects
from demo_org.metadata.fields import Field, field_from
from demo_org.metadata.sobjects import SObject, child_relationships
from demo_org.records import Sizes

__all__ = ["Field", "Org", "SObject", "quoted"]

ORGANIZATION_ID = record_id("00D", 1)
BOOKKEEPING = """
create schema org;
create table org.settings(name varchar primary key, value varchar not null);
create table org.custom_fields(object varchar, name varchar, definition json, primary key (object, name));
create table org.hidden_fields(object varchar, name varchar, primary key (object, name));
create table org.deletion_log(object varchar, id varchar, "deletedDate" timestamp, hard boolean, root varchar);
create sequence org.new_records;
"""


class Org:
    """One demo org. Every thread reads through a cursor of its own; who writes holds write_lock."""

    organization_id = ORGANIZATION_ID

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Use create or open."""
        self._connection = connection
        self._ahead = timedelta(seconds=float(_setting(connection, "seconds_ahead") or 0))
        self._stopped: datetime | None = None  # this machine's clock when the org's was stopped
        self.write_lock = threading.RLock()
        self.objects: dict[str, SObject] = {}
        self.reload_objects()

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        seed: int,
        scale: int = 300,
        contacts: int | None = None,
        sizes: Sizes | None = None,
        at: datetime | None = None,
        memory_limit: str = "400MB",
    ) -> "Org":
        """A new org in a new private file.

        The same seed and sizes (or scale and contacts, which give sizes) give the same records. Their stamps end a day before `at` (now), so
        the content of two orgs made on the same day is the same, and with the same `at` on any day.
        """
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists():
            raise FileExistsError(f"{path} exists; a new org needs a new file")
        connection = _connect(path, memory_limit)
        connection.execute(BOOKKEEPING)
        for sobject in load_objects().values():
            columns = ", ".join(f"{quoted(field.name)} {field.column_type}" for field in sobject.columns)
            connection.execute(f"create table main.{quoted(sobject.name)} ({columns})")
        made_at = (at or datetime.now(UTC)).astimezone(UTC)
        records.generate(
            connection,
            load_objects(),
            seed=seed,
            sizes=sizes or Sizes.of(scale, contacts),
            made_at=made_at,
        )
        _save_setting(connection, "made_at", made_at.isoformat())
        connection.execute("checkpoint")
        return cls(connection)

    @classmethod
    def open(cls, path: Path, *, memory_limit: str = "400MB") -> "Org":
        """The org that create made in this file, as it was left."""
        if not path.exists():
            raise FileNotFoundError(f"{path} does not exist; create an org there first")
        return cls(_connect(path, memory_limit))

    def close(self) -> None:
        """Write everything down and let go of the file."""
        self._connection.close()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A new connection to the same database, for one thread."""
        return self._connection.cursor()

    @contextmanager
    def changing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """One change at a time, all of it or nothing."""
        with self.write_lock:
            cursor = self.cursor()
            cursor.begin()
            try:
                yield cursor
                cursor.commit()
            except BaseException:
                cursor.rollback()
                raise
            finally:
                cursor.close()

    def now(self) -> datetime:
        """The org's clock: UTC, whole seconds."""
        return (self.ticking_now() + self._ahead).replace(microsecond=0)

    def ticking_now(self) -> datetime:
        """This machine's clock, as far as the org follows it."""
        return self._stopped or datetime.now(UTC)

    def stop_clock(self, stopped: bool) -> None:
        """Let the org's clock stand still, or go on from where it stands."""
        with self.write_lock:
            shown, self._stopped = self.now(), datetime.now(UTC) if stopped else None
            self.set_ahead(shown - self.ticking_now())

    def set_ahead(self, ahead: timedelta) -> None:
        """Let the org's clock go ahead of (or behind) this machine's."""
        with self.write_lock:
            self._ahead = ahead
            _save_setting(self.cursor(), "seconds_ahead", str(ahead.total_seconds()))

    def describe(self, name: str, version: str = "64.0") -> dict[str, Any]:
        """An object's whole description, with its children and its record types in this org."""
        sobject = self.objects[name]
        types = _record_types(self.cursor(), name) if "RecordTypeId" in sobject.by_name else []
        children = child_relationships(name, self.objects)
        return sobject.describe(version, children=children, record_types=types)

    def reload_objects(self) -> None:
        """Read again which fields were added and which are hidden; readers see all of it or nothing."""
        cursor = self.cursor()
        added = cursor.execute(
            "select object, name, definition from org.custom_fields order by rowid"
        ).fetchall()
        hidden = set(cursor.execute("select object, name from org.hidden_fields").fetchall())
        objects = {}
        for sobject in load_objects().values():
            extra = (
                field_from(name, json.loads(entry)) for owner, name, entry in added if owner == sobject.name
            )
            objects[sobject.name] = _with_fields(sobject, [*sobject.fields, *extra], hidden)
        self.objects = objects


def quoted(name: str) -> str:
    """A name as SQL takes it."""
    return '"' + name.replace('"', '""') + '"'


def _with_fields(sobject: SObject, fields: Iterable[Field], hidden: set[tuple[str, str]]) -> SObject:
    return replace(sobject, fields=tuple(f for f in fields if (sobject.name, f.name) not in hidden))


def _connect(path: Path, memory_limit: str) -> duckdb.DuckDBPyConnection:
    """The file is private: a demo org may be filled with a copy of something real."""
    if path.stem == "org":
        raise ValueError(f"{path}: DuckDB would take the file's name for the schema org; use another name")
    connection = duckdb.connect(path, config={"memory_limit": memory_limit, "threads": 2})
    path.chmod(0o600)
    connection.execute("set timezone = 'UTC'")
    return connection


def _setting(connection: duckdb.DuckDBPyConnection, name: str) -> str | None:
    found = connection.execute("select value from org.settings where name = ?", [name]).fetchone()
    return found[0] if found else None


def _save_setting(connection: duckdb.DuckDBPyConnection, name: str, value: str) -> None:
    connection.execute("insert or replace into org.settings values (?, ?)", [name, value])


def _record_types(cursor: duckdb.DuckDBPyConnection, name: str) -> list[dict[str, Any]]:
    rows = cursor.execute(
        'select "Id", "Name", "DeveloperName", "IsActive" from "RecordType" where "SobjectType" = ? order by "Id"',
        [name],
    ).fetchall()
    return [
        {
            "active": active,
            "available": True,
            "defaultRecordTypeMapping": number == 0,
            "developerName": developer_name,
            "master": False,
            "name": label,
            "recordTypeId": id_,
            "urls": {},
        }
        for number, (id_, label, developer_name, active) in enumerate(rows)
    ]
