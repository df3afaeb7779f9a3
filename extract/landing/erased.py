"""Keeps out what a person had erased: the list `raw._erased`, and what of a part that was read may be landed.

An erased record leaves one version in raw, its tombstone: Id, IsDeleted and timestamps, under the name `erased`. The
views of `typed` do not show it. The org may serve the record again, from its recycle bin or because it lives there
still; then nothing of it is landed, and the list only learns whether the org showed it as live.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace

from extract.database import Connection, Database, quoted
from extract.landing.failures import reading
from extract.landing.load_part import spelling_connection
from extract.landing.parts import Part

ERASED = "erased"  # the version of a tombstone


def without_erased(database: Database, part: Part, erased: Iterable[str]) -> Part:
    """The part without these records: the same where it has none of them, else one with a file of its own.

    Raises LandfallError when the part cannot be read."""
    listed = ", ".join(f"'{each}'" for each in sorted(erased))
    if not listed or not part.rows:
        return part
    known = {name.lower(): name for name in part.header}
    record_id = quoted(known["id"])
    deleted = quoted(known["isdeleted"]) if "isdeleted" in known else "'false'"
    path = part.path.with_name(f"{part.path.stem}-kept.csv")
    with reading(part), closing(spelling_connection(part.path.parent)) as spelling:
        found = spelling.execute(
            f"select {record_id}, lower({deleted}) = 'false' from {part.scan} where {record_id} in ({listed})"
        ).fetchall()
        if not found:
            return part
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        target = str(path).replace("'", "''")
        spelling.execute(
            f"copy (select * from {part.scan} where {record_id} is null or {record_id} not in ({listed}))"
            f" to '{target}' (format csv, header, force_quote *)"
        )
    with database.connect() as connection:
        for record, is_live in found:
            note_in_org(connection, part.object, [record], is_live)
    return replace(part, path=path, rows=part.rows - len(found))


def note_in_org(connection: Connection, name: str, ids: Sequence[str], is_live: bool) -> None:
    """Remember whether the org shows these erased records as live: it counts them, and we do not."""
    for each in ids:
        connection.execute(
            "update raw._erased set in_org = ? where object = ? and record_id = ?", (is_live, name, each)
        )


def note_scanned(connection: Connection, name: str, scan: str, looked_at: str) -> None:
    """The same by a scan of all Ids. What it does not have is gone from the org, if the scan looked for it.

    `looked_at` selects the Ids of records held, and so of tombstones, for which it did.
    """
    connection.execute(
        "update raw._erased as listed set in_org = exists (select 1 from"
        f" {scan} as shown where shown.id = listed.record_id and shown.isdeleted = 'false')"
        f" where object = ? and kept_out and record_id in ({looked_at})",
        (name,),
    )


def drop_erased(connection: Connection, name: str, table: str) -> None:
    """Take the records that are kept out of a temporary table of records that were read."""
    connection.execute(
        f"delete from {table} where id in (select record_id from raw._erased where object = ? and kept_out)",
        (name,),
    )
