"""Finds which rows of a table a publish has to write, before it writes any, and knows a mass delete."""

from __future__ import annotations

import time
from dataclasses import dataclass

from extract.database import Connection, quoted
from extract.errors import PublishFailed
from sync.publish.contract import Column, Table
from sync.publish.effective import Effective

MASS_DELETE_ROWS = 100
MASS_DELETE_SHARE = 0.10
LOST = (
    "When the Salesforce user loses its permission on an object, or a model's filter breaks, it looks like"
    " this: compare the object's counts on the status page. If so many records were really deleted, publish once"
    " with LANDFALL_ALLOW_MASS_DELETE=true. Nothing was published."
)


@dataclass(frozen=True)
class Changes:
    """How many rows of a table change, by kind; the rows themselves stand in the temporary table `rows`."""

    effective: Effective
    rows: str
    synced_before: int  # rows with a row key, deleted ones too
    live_before: int
    inserted: int
    updated: int
    deleted: int  # deleted in Salesforce
    left_build: int  # no longer built at all
    built: int
    seconds: float
    erased: int = 0  # physically removed for `landfall erase`; counted nowhere else

    @property
    def table(self) -> Table:
        return self.effective.table

    @property
    def newly_deleted(self) -> int:
        return self.deleted + self.left_build

    @property
    def written(self) -> int:
        return self.inserted + self.updated + self.newly_deleted

    @property
    def unchanged(self) -> int:
        return self.synced_before + self.inserted - self.written


def find_changes(connection: Connection, effective: Effective) -> Changes:
    """Compare what should be with app by content. A row with the same content is not a change, however often it comes."""
    started = time.monotonic()
    table = effective.table
    built = _count_built(connection, table)
    ((before, live),) = connection.rows(
        "select count(*), count(*) filter (where deleted_at is null)"
        f" from {table.app} where {table.key} is not null"
    )
    rows = quoted(f"landfall_changes_{table.name}")
    connection.execute(changes_sql(effective, rows))
    connection.execute(f"analyze {rows}")
    counts = dict(connection.rows(f"select change, count(*) from {rows} group by change"))
    return Changes(
        effective=effective,
        rows=rows,
        synced_before=before,
        live_before=live,
        inserted=counts.get("inserted", 0),
        updated=counts.get("updated", 0),
        deleted=counts.get("deleted", 0),
        left_build=counts.get("left build", 0),
        built=built,
        seconds=time.monotonic() - started,
    )


def changes_sql(effective: Effective, rows: str) -> str:
    """Rows of the application's own (those without a row key) take no part."""
    table = effective.table
    differs = "\n        or ".join(differs_sql(effective, column) for column in table.synced)
    return f"""
create temporary table {rows} as
select
    coalesce(b.id, a.id) as id,
    coalesce(b.{table.key}, a.{table.key}) as row_key,
    case
        when a.id is null then 'inserted'
        when b.id is null then 'left build'
        when a.deleted_at is null and b.deleted_at is not null then 'deleted'
        else 'updated'
    end as change
from {effective.rows} as b
full outer join (select * from {table.app} where {table.key} is not null) as a
    on a.id = b.id and a.{table.key} = b.{table.key}
where a.id is null
    or (b.id is null and a.deleted_at is null)
    or (b.id is not null and (
        {differs}
    ))
"""


def differs_sql(effective: Effective, column: Column) -> str:
    """True where publish would change the cell: b is the row of `effective.rows`, a the application's."""
    return f"{effective.new_value(column)} is distinct from a.{quoted(column.name)}"


def _count_built(connection: Connection, table: Table) -> int:
    """The number of built rows. Two with one id, or one without, would make the merge depend on their order."""
    ((rows, ids, keys),) = connection.rows(
        f"select count(*), count(distinct id), count(distinct {table.key}) from {table.build}"
    )
    if not rows == ids == keys:
        raise PublishFailed(
            f"The model {table.name} built {rows} rows with {ids} different ids and {keys} different"
            f" values of {table.row_key}; they have to agree.",
            f"{connection.name}, {table.build_schema}.{table.build_name}",
            f"Give the model one row per {table.row_key}, and dbt tests unique and not_null on id and"
            f" {table.row_key}. Nothing was published.",
        )
    return int(rows)


def mass_delete(connection: Connection, changes: Changes, rolled_back_to: str = "") -> PublishFailed | None:
    """The error when more rows are newly deleted than 100 and than 10 % of the live ones: a loss, it seems, not work."""
    if not is_mass(changes.newly_deleted, changes.live_before):
        return None
    label = changes.table.label
    empty = f"The build table of {label} is empty. " if changes.built == 0 else ""
    return PublishFailed(
        f"{empty}{changes.newly_deleted} of the {changes.live_before} live rows of {label} would get deleted_at"
        f" ({changes.deleted} deleted in Salesforce, {changes.left_build} no longer built).",
        f"{connection.name}, {label}",
        _came_since(rolled_back_to) if rolled_back_to else LOST,
    )


def is_mass(lost: int, of: int) -> bool:
    """More than 100 and more than 10 %: a loss, it seems, not work."""
    return lost > max(MASS_DELETE_ROWS, MASS_DELETE_SHARE * of)


def _came_since(run_id: str) -> str:
    return (
        f"Rows that came after run {run_id} are not in what is built as of then:"
        f" `landfall rollback --to {run_id} --dry-run --all` names them. If so many are to go, roll back once with"
        " LANDFALL_ALLOW_MASS_DELETE=true; when publishing goes on, they come back. Nothing was published."
    )
