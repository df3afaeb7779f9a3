"""Makes raw's tables whole where dlt had no rows to make them for: an object without records, a field without values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from extract.database import Connection, quoted
from extract.landing.fields import HeldField

DELETED = "isdeleted"  # of every table: where the org has no IsDeleted, only a tombstone says so


def columns_of_raw(connection: Connection) -> dict[str, set[str]]:
    """The columns of each table of raw."""
    found: dict[str, set[str]] = {}
    for table, column in connection.rows(
        "select table_name, column_name from information_schema.columns where table_schema = 'raw'"
    ):
        found.setdefault(table, set()).add(column)
    return found


def newest_first(columns: Iterable[str]) -> str:
    """The order by which a record's newest version comes first, as staging has it too."""
    stamp = "systemmodstamp desc nulls last, " if "systemmodstamp" in columns else ""
    return f"{stamp}_extracted_at desc, _version desc"


def complete_tables(connection: Connection, fields: Mapping[str, Iterable[HeldField]]) -> None:
    """Add the tables and columns that the described fields need and that are not there yet, and a column for tombstones."""
    tables = columns_of_raw(connection)
    for name, entries in fields.items():
        table, columns = name.lower(), [entry.column for entry in entries]
        columns += [] if DELETED in columns else [DELETED]
        if table not in tables:
            connection.execute(_create(table, columns))
        for column in columns if table in tables else ():
            if column not in tables[table]:
                connection.execute(f"alter table raw.{quoted(table)} add column {quoted(column)} varchar")


def _create(table: str, columns: Iterable[str]) -> str:
    # the types that dlt would have chosen
    text = ", ".join(f"{quoted(column)} varchar" for column in columns)
    bookkeeping = "_version varchar, _dlt_load_id varchar, _extracted_at timestamp with time zone"
    return f"create table if not exists raw.{quoted(table)} ({text}, {bookkeeping})"
