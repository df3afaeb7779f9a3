"""Makes the schemas in which the application's tables are built as of an earlier run, and drops them.

They stand beside those of every day, under the same names with a suffix: staging and build, with all they remember of
each other, are not touched. What the models read of `raw` is restricted to the loads of then, and the list of what is
set aside to the verdicts of then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from extract.database import Connection, quoted

SUFFIX = "_landfall_as_of"  # nobody else calls a schema so: they are dropped without a question
SCHEMAS = ("typed", "quality", "staging", "intermediate", "build", "reporting", "seeds")


@dataclass(frozen=True)
class Moment:
    """What was known when the tables of an earlier run were built."""

    through: str  # the newest load that had landed
    verdicts_at: datetime  # when that build ended: verdicts before it were known to it


def make_schemas(connection: Connection, moment: Moment) -> None:
    """What a build reads: the versions that had landed, with today's types, and what of them was set aside."""
    drop_schemas(connection)
    with connection.transaction():
        for schema in ("typed", "quality"):
            connection.execute(f"create schema {schema}{SUFFIX}")
        load = "'" + moment.through.replace("'", "''") + "'"
        for (name,) in connection.rows(
            "select table_name from information_schema.tables where table_schema = 'typed'"
        ):
            connection.execute(
                f"create view typed{SUFFIX}.{quoted(name)} as"
                f" select * from typed.{quoted(name)} where _dlt_load_id <= {load}"
            )
        _copy_quarantine(connection, moment)


def _copy_quarantine(connection: Connection, moment: Moment) -> None:
    """As it was: with the verdicts that had been given, and without the ends that came later."""
    table = f"quality{SUFFIX}.quarantine"
    connection.execute(f"create table {table} as select * from quality.quarantine where false")
    connection.execute(
        f"insert into {table} select object, record_id, version, rule, severity, run_id, first_seen, last_seen,"
        " null, null from quality.quarantine"
        " where first_seen <= ? and (resolved_at is null or resolved_at > ?)",
        (moment.verdicts_at, moment.verdicts_at),
    )


def drop_schemas(connection: Connection) -> None:
    """Drop what a rollback has made, also one that was killed. Asks once, and that is all when nothing is there."""
    names = ", ".join(f"'{schema}{SUFFIX}'" for schema in SCHEMAS)
    for (name,) in connection.rows(
        f"select schema_name from information_schema.schemata where schema_name in ({names})"
    ):
        connection.execute(f"drop schema if exists {quoted(name)} cascade")
