"""Carries what a vanished field last said into the new versions of a record: the org does not say it any more."""

from __future__ import annotations

from extract.database import Connection, quoted
from extract.landing.parts import Part


def carry_vanished(connection: Connection, part: Part, load_id: str) -> None:
    """Fill the vanished columns of the versions that this load has just inserted, in the transaction that did.

    Without it the newest version of every record that changes would be null there, as if the org had emptied it.
    The hash of a version is of what was served, so the same content served again is still the same version.
    """
    table = f"raw.{quoted(part.table)}"
    columns = [quoted(name) for name in part.vanished]
    stamp = "systemmodstamp desc nulls last, " if "systemmodstamp" in part.names else ""
    kept = f"row_number() over (partition by id order by {stamp}_extracted_at desc, _version desc) as age"
    said = " or ".join(f"held.{column} is not null" for column in columns)
    connection.execute(
        f"update {table} as new set {', '.join(f'{column} = held.{column}' for column in columns)}"
        f" from (select id, {', '.join(columns)}, {kept} from {table} where _dlt_load_id <> ?"
        f" and id in (select id from {table} where _dlt_load_id = ?)) held"
        f" where held.age = 1 and new.id = held.id and new._dlt_load_id = ? and ({said})",
        (load_id, load_id, load_id),
    )
