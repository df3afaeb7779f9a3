"""Looks up what raw holds: how many records are alive, and which versions of a small part are already there."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

import duckdb

from extract.database import Connection, quoted
from extract.landing.load_part import spelling_connection
from extract.landing.parts import Part
from extract.landing.returned import STAMP, says_the_same
from extract.landing.tables import columns_of_raw, newest_first

SMALL_ROWS = 5_000


def count_records(connection: Connection, table: str, columns: set[str]) -> int:
    """The records whose newest version is not deleted. Costs by the size of the table."""
    held = f"raw.{quoted(table)}"
    records = int(connection.value(f"select count(*) from (select distinct id from {held}) records"))
    if "isdeleted" not in columns:
        return records
    deleted = connection.value(
        f"select count(*) from (select isdeleted, row_number() over (partition by id order by"
        f" {newest_first(columns)}) as age from {held}"
        f" where id in (select id from {held} where isdeleted = 'true')) versions"
        " where age = 1 and isdeleted = 'true'"
    )
    return records - int(deleted)


def brings_nothing(connection: Connection, part: Part) -> bool:
    """Whether every version of a small part is held already, as is usual for what the lookback reads again.

    This keeps dlt out of a sync that finds nothing new. False for a part that is not small, and for one that cannot be
    read: whoever loads it says so of its object alone.
    """
    if part.rows > SMALL_ROWS:
        return False
    try:
        with closing(spelling_connection(part.path.parent)) as spelling:
            served = set(spelling.execute(f"select id, _version from ({part.select})").fetchall())
    except duckdb.Error:
        return False
    if not served:
        return True
    ids = sorted({record for record, _ in served})
    marks = ", ".join("?" * len(ids))
    pairs = connection.rows(f"select id, _version from raw.{quoted(part.table)} where id in ({marks})", ids)
    if not served <= set(pairs):
        return False
    if len(pairs) == len(ids):  # one version of each
        return True
    columns = columns_of_raw(connection)[part.table]
    stamp = STAMP if STAMP in columns and STAMP in part.names else "null"
    held: dict[str, list[tuple[str, str | None]]] = {}
    for record, version, moment in connection.rows(
        f"select id, _version, {stamp} from raw.{quoted(part.table)} where id in ({marks})"
        f" order by {newest_first(columns)}",
        ids,
    ):
        held.setdefault(record, []).append((version, moment))
    return all(_says_nothing_new(version, held[record]) for record, version in served)


def _says_nothing_new(version: str, held: Sequence[tuple[str, str | None]]) -> bool:
    """Whether a content that is held is the newest or has an older stamp. `held`: versions and stamps, newest first."""
    newest, moment = held[0]
    return dict(held)[version] != moment or says_the_same(newest, version, len(held))
