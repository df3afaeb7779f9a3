"""Counts what an erasure concerns before anything is touched, and finds what of the application's stands in its way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from extract.database import Connection, quoted
from extract.landing.erasure import LIST, FoundRecord
from sync.models import read_models
from sync.publish.contract import Table
from sync.publish.erased_rows import held_by_the_application
from sync.publish.manifest import read_contract

IDS = f"select record_id from {LIST} where kept_out"


def of_erased(key: str) -> str:
    """The condition that a row key begins with one or two Ids of which one is erased."""
    return (
        f"({key} in ({IDS}) or split_part({key}, '|', 1) in ({IDS}) or split_part({key}, '|', 2) in ({IDS}))"
    )


def count_rows(
    connection: Connection, records: Sequence[FoundRecord], manifest: Path
) -> list[dict[str, object]]:
    """How many rows of each table are the records': versions of raw, rows of staging, build and app, overrides.

    The records have to be in the temporary table LIST. Tables that no build has told of yet are left out.
    """
    versions: dict[str, int] = {}
    for each in records:
        table = f"raw.{each.object.lower()}"
        versions[table] = versions.get(table, 0) + each.versions
    counted = [*versions.items(), *_derived(connection, manifest)]
    return [{"table_name": table, "rows": rows} for table, rows in counted if rows]


def _derived(connection: Connection, manifest: Path) -> Iterator[tuple[str, int]]:
    if manifest.exists():
        for model in read_models(manifest).staging:
            if connection.has_table(model.schema, model.name):
                where = f"{quoted(model.id_column)} in ({IDS})"
                yield _count(connection, model.schema, model.name, where)
        contract = read_contract(manifest)
        for table in contract:
            if connection.has_table(table.build_schema, table.build_name):
                yield _count(connection, table.build_schema, table.build_name, of_erased(table.key))
        for table in contract:
            if connection.has_table("app", table.name):
                yield _count(connection, "app", table.name, of_erased(table.key))
    if connection.has_table("app", "overrides"):
        yield _count(connection, "app", "overrides", of_erased("row_key"))
    if connection.has_table("quality", "quarantine"):
        yield _count(connection, "quality", "quarantine", f"record_id in ({IDS})")
    for name in ("releases", "issue_records"):
        if connection.has_table("quality", name):
            yield _count(connection, "quality", name, f"record_id in ({IDS})")


def _count(connection: Connection, schema: str, name: str, where: str) -> tuple[str, int]:
    rows = connection.value(f"select count(*) from {quoted(schema)}.{quoted(name)} where {where}")
    return f"{schema}.{name}", int(rows)


@dataclass(frozen=True)
class ForeignKey:
    """A reference from a table of the application's own that does not let go of the row it points at."""

    schema: str
    table: str
    columns: tuple[str, ...]
    to_table: str
    to_columns: tuple[str, ...]


def refuse_what_is_held(connection: Connection, manifest: Path) -> None:
    """Raises PublishFailed when rows of the application's own refer to rows that would go."""
    if not manifest.exists():
        return  # publish looks again, before it removes anything
    contract = {
        table.name: table for table in read_contract(manifest) if connection.has_table("app", table.name)
    }
    for table in contract.values():
        for column in table.referring:
            parent = contract.get(column.references)
            if parent is not None:
                pointing = f"{table.key} is null and {quoted(column.name)} in ({_going(parent)})"
                _refuse(connection, "app", table.name, column.name, pointing)
    for key in _foreign_keys(connection, set(contract)):
        parent = contract[key.to_table]
        pairs = " and ".join(
            f"own.{quoted(here)} = a.{quoted(there)}"
            for here, there in zip(key.columns, key.to_columns, strict=True)
        )
        pointing = f"exists (select 1 from {parent.app} as a where a.id in ({_going(parent)}) and {pairs})"
        _refuse(connection, key.schema, key.table, ", ".join(key.columns), pointing)


def _going(table: Table) -> str:
    return f"select id from {table.app} where {of_erased(table.key)}"


def _refuse(connection: Connection, schema: str, table: str, columns: str, pointing: str) -> None:
    rows = connection.value(f"select count(*) from {quoted(schema)}.{quoted(table)} as own where {pointing}")
    if rows:
        raise held_by_the_application(connection, f"{schema}.{table}.{columns}", int(rows))


def _foreign_keys(connection: Connection, ours: set[str]) -> list[ForeignKey]:
    """Those to our tables from tables that are not ours. One that cascades or sets null lets go by itself."""
    rows = connection.rows(_KEYS_OF[connection.kind])
    keys = [
        ForeignKey(schema, table, tuple(columns), to_table, tuple(to_columns))
        for schema, table, columns, to_table, to_columns in rows
    ]
    return [key for key in keys if key.to_table in ours and not (key.schema == "app" and key.table in ours)]


_KEYS_OF = {
    "duckdb": (
        "select schema_name, table_name, constraint_column_names, referenced_table, referenced_column_names"
        " from duckdb_constraints() where constraint_type = 'FOREIGN KEY'"
    ),
    "postgres": (
        "select own_schema.nspname, own.relname,"
        " array(select attname::text from unnest(c.conkey) with ordinality k(n, i)"
        " join pg_attribute on attrelid = c.conrelid and attnum = k.n order by k.i),"
        " parent.relname,"
        " array(select attname::text from unnest(c.confkey) with ordinality k(n, i)"
        " join pg_attribute on attrelid = c.confrelid and attnum = k.n order by k.i)"
        " from pg_constraint c join pg_class own on own.oid = c.conrelid"
        " join pg_namespace own_schema on own_schema.oid = own.relnamespace"
        " join pg_class parent on parent.oid = c.confrelid"
        " join pg_namespace parent_schema on parent_schema.oid = parent.relnamespace"
        " where c.contype = 'f' and c.confdeltype in ('a', 'r') and parent_schema.nspname = 'app'"
    ),
}
