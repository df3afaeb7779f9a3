"""Marks records that are gone from the org as deleted: a composed version of each, and why in `raw._tombstones`."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import datetime

from extract.database import Connection
from extract.landing.asking import AskedObject
from extract.landing.canonical import LandedColumn
from extract.landing.compose import Composed, compose_part
from extract.landing.parts import Part
from extract.landing.spool import make_private
from extract.landing.tables import complete_tables

TABLE = """create table if not exists raw._tombstones (
    object text, record_id text, reason text, seen_at timestamptz, load_id text,
    primary key (object, record_id, load_id))"""
HARD_DELETED = "hard deleted"  # the org's log of deletions has it
NOT_SHOWN = "no longer shown"  # nor has the log: purged since, or hidden from our user
AT_ONCE = 500


def lay_tombstones(
    connection: Connection, asked: AskedObject, reasons: Mapping[str, str], seen_at: datetime
) -> Composed:
    """A version that says deleted for each of the records (id → reason), in one transaction with the reasons.

    A record that raw already holds as deleted gets none.
    """
    connection.execute(TABLE)
    complete_tables(connection, {asked.name: asked.fields})

    def beside(connection: Connection, load_id: str) -> None:
        ids = [row[0] for row in connection.rows("select id from _composed order by id")]
        for first in range(0, len(ids), AT_ONCE):
            some = ids[first : first + AT_ONCE]
            values = [value for each in some for value in (asked.name, each, reasons[each], seen_at, load_id)]
            connection.execute(
                f"insert into raw._tombstones values {', '.join(['(?, ?, ?, ?, ?)'] * len(some))}", values
            )

    return compose_part(connection, _part(asked, list(reasons), seen_at), asked.report, beside)


def _part(asked: AskedObject, ids: list[str], seen_at: datetime) -> Part:
    path = make_private(asked.folder) / "tombstones.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(("Id", "IsDeleted"))
        writer.writerows((each, "true") for each in ids)
    path.chmod(0o600)
    return Part(
        part_id=f"{asked.run_id}/{asked.entry.table_name}/tombstones",
        object=asked.name,
        table=asked.entry.table_name,
        path=path,
        rows=len(ids),
        header=("Id", "IsDeleted"),
        columns=(LandedColumn("Id", "id", "id"), LandedColumn("IsDeleted", "isdeleted", "boolean")),
        extracted_at=seen_at,
        end=None,
    )
