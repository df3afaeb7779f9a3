"""Creates the tables of the `ops` schema, and adds the columns that an older version did not have."""

from __future__ import annotations

from extract.database import Connection

# table → (columns with their types, primary key). Both databases read these types alike.
OPS_TABLES: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "runs": (
        {
            "run_id": "text",
            "command": "text",
            "state": "text",  # running | published | unchanged | refused | failed | deferred | held | crashed
            "stage": "text",
            "exit_code": "integer",
            "started_at": "timestamptz",
            "ended_at": "timestamptz",
            "what": "text",
            "where_": "text",
            "next_step": "text",
            "org_id": "text",
            "instance": "text",
            "pid": "integer",
            "host": "text",
            "landfall_version": "text",
            "calls": "bigint",
            "api_used": "bigint",
            "api_limit": "bigint",
            "published_through": "text",  # newest load in the application schema; a publish of all tables writes it
            "fingerprint": "text",  # the rules, models and overrides this run worked with
        },
        ("run_id",),
    ),
    "rollbacks": (
        {
            "run_id": "text",  # the run that published the application schema as of an earlier one
            "rolled_back_to": "text",
            "state": "text",  # held: nothing is published | released: the next publish of all tables ends it | over
            "held_since": "timestamptz",
            "released_at": "timestamptz",
            "ended_by": "text",  # the run that published all tables next
        },
        ("run_id",),
    ),
    "run_stages": (
        {
            "run_id": "text",
            "stage": "text",
            "state": "text",  # running | passed | refused | failed
            "started_at": "timestamptz",
            "ended_at": "timestamptz",
            "seconds": "double precision",
            "peak_mb": "double precision",
            "loads_through": "text",  # newest load this stage has seen
        },
        ("run_id", "stage"),
    ),
    "run_objects": (
        {
            "run_id": "text",
            "object": "text",
            "table_name": "text",
            "state": "text",  # landed | unchanged | failed
            "cursor_field": "text",
            "reason": "text",
            "api": "text",
            "window_from": "timestamptz",
            "window_to": "timestamptz",
            "rows_served": "bigint",
            "versions_new": "bigint",
            "deleted_rows": "bigint",
            "set_aside": "bigint",
            "calls": "bigint",
            "bytes": "bigint",
            "seconds": "double precision",
            "retries": "bigint",
            "error": "text",
            "next_step": "text",
        },
        ("run_id", "object"),
    ),
    "run_tables": (
        {
            "run_id": "text",
            "table_name": "text",
            "inserted": "bigint",
            "updated": "bigint",
            "deleted": "bigint",
            "unchanged": "bigint",
            "seconds": "double precision",
        },
        ("run_id", "table_name"),
    ),
    "completeness": (
        {
            "run_id": "text",
            "object": "text",
            "in_org": "bigint",
            "in_raw": "bigint",
            "in_staging": "bigint",
            "set_aside": "bigint",
            "in_flight": "bigint",  # changed while they were read, and on their way; negative: deleted meanwhile
            "difference": "bigint",
            "reason": "text",
            "checked_at": "timestamptz",
            "deletion_set_aside": "bigint",  # deleted in the org, but that version is set aside: alive here
            "state_key": "text",  # of the staging model, which is counted again when this changes
        },
        ("run_id", "object"),
    ),
    "completeness_tables": (  # what a table was proven to hold, by the runs that counted it
        {
            "run_id": "text",
            "table_name": "text",
            "in_build": "bigint",  # live rows that were built
            "in_app": "bigint",  # live synced rows of the application's table
            "not_in_app": "bigint",
            "not_in_build": "bigint",
            "by_override": "bigint",  # rows whose deletion staff decided
            "reason": "text",  # what is not proven; empty when all is
            "state_key": "text",  # changes when the table has to be counted again
            "checked_at": "timestamptz",
        },
        ("table_name", "run_id"),
    ),
    "completeness_reasons": (  # the live records of an object, by what became of them in the table
        {
            "run_id": "text",
            "table_name": "text",
            "object": "text",
            "reason": "text",  # stands | override | missing | extra | a rule's name | unlike its rule: name
            "records": "bigint",
            "is_explained": "boolean",
        },
        ("table_name", "run_id", "object", "reason"),
    ),
    "schema_changes": (
        {
            "run_id": "text",
            "object": "text",
            "field": "text",
            "change": "text",  # added | vanished | returned | retyped
            "before_": "text",
            "after_": "text",
            "hint": "text",  # perhaps renamed to …
            "models": "text",  # the dbt models that use the field, in order; null when dbt's manifest was not there
            "tables": "text",  # the application's tables among them
            "seen_at": "timestamptz",
        },
        ("run_id", "object", "field", "change"),
    ),
    "column_reads": (  # columns read alone for all records: a new field's, or formulas
        {
            "run_id": "text",
            "object": "text",
            "fields": "text",
            "why": "text",  # added | returned | retyped | followed | formula, or several
            "state": "text",  # done | waits
            "rows_served": "bigint",
            "versions_new": "bigint",  # records that said something else: of formulas, how many were stale
            "error": "text",
        },
        ("run_id", "object"),
    ),
    "reconciles": (  # what comparing all Ids of an object came to
        {
            "run_id": "text",
            "object": "text",
            "state": "text",  # landed: something was put right | unchanged | skipped | failed
            "rows_served": "bigint",  # Ids
            "held": "bigint",  # as live, before
            "tombstones": "bigint",
            "changed": "bigint",  # stamped in the org as no version held
            "read_again": "bigint",
            "brought": "bigint",  # not held before
            "doubtful": "bigint",
            "missing": "bigint",
            "calls": "bigint",
            "error": "text",
            "reconciled_at": "timestamptz",
        },
        ("run_id", "object"),
    ),
    "formula_samples": (  # how many records hold a formula that says something else in the org
        {
            "run_id": "text",
            "object": "text",
            "sampled": "bigint",
            "stale": "bigint",
            "every_record": "boolean",  # a refresh looked at all of them, and put them right
            "sampled_at": "timestamptz",
        },
        ("run_id", "object"),
    ),
    "unresolved_references": (
        {
            "table_name": "text",
            "salesforce_id": "text",  # the row key of the row that refers
            "column_name": "text",
            "missing_id": "text",
            "missing_object": "text",
            "first_seen": "timestamptz",
            "first_run": "text",
            "last_run": "text",
        },
        ("table_name", "salesforce_id", "column_name"),
    ),
    "conflicts": (
        {
            "table_name": "text",
            "row_key": "text",
            "column_name": "text",
            "kind": "text",  # differs | invalid
            "reason": "text",
            "who": "text",  # made the override
            "first_seen": "timestamptz",
            "first_run": "text",
            "last_run": "text",
        },
        ("table_name", "row_key", "column_name"),
    ),
    "erasures": (  # records that `landfall erase` took out of everything
        {
            "object": "text",
            "record_id": "text",
            "asked_for": "text",  # the Id that was given: the record itself, or what it belongs to
            "kept_out": "boolean",  # false: only the versions went that named what was asked for, and those before
            "who": "text",
            "why": "text",
            "run_id": "text",  # began it
            "begun_at": "timestamptz",
            "finished_at": "timestamptz",  # null: the next erase or sync completes it
            "finished_run": "text",
        },
        ("object", "record_id", "run_id"),
    ),
    "erased_rows": (  # how many rows a run removed for erasures
        {"run_id": "text", "table_name": "text", "rows_removed": "bigint"},
        ("run_id", "table_name"),
    ),
}


def create_ops_tables(connection: Connection) -> None:
    """Every table and column is there afterwards; a second call changes nothing."""
    present = _present_columns(connection)
    if not present:
        connection.execute("create schema if not exists ops")
    for table, (columns, key) in OPS_TABLES.items():
        if table not in present:
            listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
            connection.execute(f"create table ops.{table} ({listed}, primary key ({', '.join(key)}))")
            continue
        for name in columns.keys() - present[table]:
            connection.execute(f"alter table ops.{table} add column {name} {columns[name]}")


def _present_columns(connection: Connection) -> dict[str, set[str]]:
    found = connection.rows(
        "select table_name, column_name from information_schema.columns where table_schema = 'ops'"
    )
    tables: dict[str, set[str]] = {}
    for table, column in found:
        tables.setdefault(table, set()).add(column)
    return tables
