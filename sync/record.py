"""Writes what a run did into `ops`: first and last, also when it fails; a crashed one is closed by the next.

Every write opens the database, writes and closes it again, because DuckDB lets one process in at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from extract.database import Connection, Database
from extract.errors import LandfallError
from sync.fingerprint import Override, read_overrides, read_releases
from sync.lock import Owner
from sync.ops_tables import OPS_TABLES, create_ops_tables
from sync.rollback.as_of import drop_schemas

CRASHED = (
    "The run's process ended without a word (killed, or the machine went down).",
    "Nothing to do: this run went on from what that one had committed.",
)


@dataclass(frozen=True)
class RunRecord:
    """The record of one run. The lock must be held: a record found open is that of a crashed run."""

    database: Database
    run_id: str

    def start(self, command: str, owner: Owner) -> None:
        with self.database.connect() as connection:
            create_ops_tables(connection)
            _close_crashed(connection)
            drop_schemas(
                connection
            )  # of a rollback that was killed: they stand on views that landing may remake
            _put(
                connection,
                "runs",
                {
                    "run_id": self.run_id,
                    "command": command,
                    "state": "running",
                    "started_at": now(),
                    "pid": owner.pid,
                    "host": owner.host,
                    "landfall_version": version("landfall"),
                },
            )

    def overrides(self) -> list[Override]:
        """What staff says against Salesforce and against the rules, as it stands now."""
        with self.database.connect() as connection:
            return read_overrides(connection) + read_releases(connection)

    def note(self, **columns: object) -> None:
        """Set columns of the run's row."""
        with self.database.connect() as connection:
            _update(connection, "runs", columns, {"run_id": self.run_id})

    def start_stage(self, stage: str) -> None:
        with self.database.connect() as connection, connection.transaction():
            _update(connection, "runs", {"stage": stage}, {"run_id": self.run_id})
            _put(
                connection,
                "run_stages",
                {"run_id": self.run_id, "stage": stage, "state": "running", "started_at": now()},
            )

    def end_stage(self, stage: str, state: str, seconds: float, peak_mb: float, through: str | None) -> None:
        ended = {
            "state": state,
            "ended_at": now(),
            "seconds": seconds,
            "peak_mb": peak_mb,
            "loads_through": through,
        }
        with self.database.connect() as connection:
            _update(connection, "run_stages", ended, {"run_id": self.run_id, "stage": stage})

    def add(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows of this run for one of its tables; keys that are not columns are left out."""
        columns = OPS_TABLES[table][0].keys()
        with self.database.connect() as connection, connection.transaction():
            for row in rows:
                kept = {name: _timestamp(name, row[name]) for name in columns if name in row}
                _put(connection, table, {**kept, "run_id": self.run_id})

    def set_aside(self, counts: Mapping[str, int]) -> None:
        """How many rows of each object the validation set aside."""
        with self.database.connect() as connection, connection.transaction():
            for name, count in counts.items():
                _put(connection, "run_objects", {"run_id": self.run_id, "object": name, "set_aside": count})

    def published(self) -> dict[str, Any] | None:
        """What this run's publish committed, as its result tells it; None when it committed nothing."""
        names = ("table_name", "inserted", "updated", "deleted", "unchanged", "seconds")
        this = (self.run_id,)
        with self.database.connect() as connection:
            tables = connection.rows(f"select {', '.join(names)} from ops.run_tables where run_id = ?", this)
            if not tables:  # they are written in the transaction that publishes
                return None
            unresolved = "select count(*) from ops.unresolved_references where last_run = ?"
            return {
                "tables": [dict(zip(names, row, strict=True)) for row in tables],
                "unresolved": connection.value(unresolved, this),
            }

    def finish(self, state: str, exit_code: int, error: LandfallError | None) -> None:
        with self.database.connect() as connection, connection.transaction():
            # A stage that is still open was cut short by the error.
            connection.execute(
                "update ops.run_stages set state = 'failed', ended_at = ? where run_id = ? and state = 'running'",
                (now(), self.run_id),
            )
            _update(
                connection,
                "runs",
                {"state": state, "exit_code": exit_code, "ended_at": now(), **_error_columns(error)},
                {"run_id": self.run_id},
            )


def now() -> datetime:
    return datetime.now(UTC)


def _close_crashed(connection: Connection) -> None:
    what, next_step = CRASHED
    with connection.transaction():
        connection.execute(
            "update ops.run_stages set state = 'failed', ended_at = ? where state = 'running'", (now(),)
        )
        connection.execute(
            "update ops.runs set state = 'crashed', exit_code = 1, ended_at = ?, what = ?, next_step = ? "
            "where state = 'running'",
            (now(), what, next_step),
        )


def _error_columns(error: LandfallError | None) -> dict[str, object]:
    if error is None:
        return {}
    return {"what": error.what, "where_": error.where, "next_step": error.next_step}


def _put(connection: Connection, table: str, row: Mapping[str, object]) -> None:
    """Insert the row, or set its columns where the key is there already."""
    key = OPS_TABLES[table][1]
    rest = [name for name in row if name not in key]
    change = (
        f"do update set {', '.join(f'{name} = excluded.{name}' for name in rest)}" if rest else "do nothing"
    )
    connection.execute(
        f"insert into ops.{table} ({', '.join(row)}) values ({_marks(row)}) on conflict ({', '.join(key)}) {change}",
        list(row.values()),
    )


def _update(
    connection: Connection, table: str, columns: Mapping[str, object], where: Mapping[str, object]
) -> None:
    setting = ", ".join(f"{name} = ?" for name in columns)
    matching = " and ".join(f"{name} = ?" for name in where)
    connection.execute(
        f"update ops.{table} set {setting} where {matching}", [*columns.values(), *where.values()]
    )


def _marks(values: Sequence[object] | Mapping[str, object]) -> str:
    return ", ".join("?" for _ in values)


def _timestamp(name: str, value: object) -> object:
    """Stages hand times over as ISO text."""
    if isinstance(value, str) and (name.endswith("_at") or name.startswith("window_")):
        return datetime.fromisoformat(value)
    return value
