"""Keeps the record of erasures in `ops`: what was begun, what is open, how many rows went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from extract.database import Connection
from extract.landing.erasure import FoundRecord

# Ids of erasures that are not finished. The second: of records that are gone whole.
OPEN = "select record_id from ops.erasures where finished_at is null"
OPEN_WHOLE = f"{OPEN} and kept_out"


def has_open(connection: Connection) -> bool:
    return bool(connection.value("select 1 from ops.erasures where finished_at is null limit 1"))


def open_records(connection: Connection) -> list[FoundRecord]:
    found = connection.rows(
        "select object, record_id, min(asked_for), bool_or(kept_out) from ops.erasures where finished_at is null"
        " group by object, record_id order by object, record_id"
    )
    return [FoundRecord(*row) for row in found]


def write_intent(
    connection: Connection,
    records: Sequence[FoundRecord],
    live: set[tuple[str, str]] | None,
    *,
    run_id: str,
    who: str,
    why: str,
) -> None:
    """From here on the records are kept out, and every later run completes what this one leaves open.

    `live`: those that the org shows still; None when it was not asked.
    """
    now = datetime.now(UTC)
    for each in records:
        in_org = None if live is None else (each.object, each.record_id) in live
        connection.execute(
            "insert into raw._erased as held values (?, ?, ?, ?, ?) on conflict (object, record_id) do update set"
            " kept_out = held.kept_out or excluded.kept_out, in_org = excluded.in_org, erased_at = excluded.erased_at",
            (each.object, each.record_id, each.kept_out, in_org, now),
        )
        connection.execute(
            "insert into ops.erasures (object, record_id, asked_for, kept_out, who, why, run_id, begun_at)"
            " values (?, ?, ?, ?, ?, ?, ?, ?)",
            (each.object, each.record_id, each.asked_for, each.kept_out, who, why, run_id, now),
        )


def count_removed(connection: Connection, run_id: str, removed: Mapping[str, int]) -> None:
    for table, rows in removed.items():
        if rows:
            connection.execute(
                "insert into ops.erased_rows as counted values (?, ?, ?) on conflict (run_id, table_name)"
                " do update set rows_removed = counted.rows_removed + excluded.rows_removed",
                (run_id, table, rows),
            )


def removed_by(connection: Connection, run_id: str) -> list[dict[str, object]]:
    rows = connection.rows(
        "select table_name, rows_removed from ops.erased_rows where run_id = ? order by table_name", (run_id,)
    )
    return [{"table_name": table, "rows": count} for table, count in rows]


def finish(connection: Connection, run_id: str) -> int:
    """Nothing of the open erasures is left anywhere; how many records those were."""
    return connection.execute(
        "update ops.erasures set finished_at = ?, finished_run = ? where finished_at is null",
        (datetime.now(UTC), run_id),
    )
