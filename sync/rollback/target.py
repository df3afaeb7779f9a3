"""Finds the run to go back to, and says in words why it cannot be one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from extract.database import Connection, Database, quoted
from extract.errors import LandfallError, PublishFailed, SettingsError
from sync.display.words import counted
from sync.publish.changes import is_mass
from sync.rollback.as_of import Moment
from sync.rollback.record import rolled_back_to

RUNS_NAMED = 5


@dataclass(frozen=True)
class Target:
    """A run that published all tables, and what was known when it did."""

    run_id: str
    moment: Moment
    gone: tuple[str, ...]  # what is no longer in raw of what had landed then, in words


def read_target(database: Database, run_id: str, *, allow_loss: bool = False) -> Target:
    """Raises SettingsError for a run that is none to go back to, PublishFailed when raw no longer holds what it needs."""
    if database.kind == "duckdb" and not database.path.exists():  # connecting would make it
        raise _nothing_published(database)
    with database.connect() as connection:
        if not connection.has_table("ops", "runs"):
            raise _nothing_published(database)
        through = _published_through(connection, run_id)
        _refuse_other_org(connection, run_id)
        built_at = _built_at(connection, run_id)
        if built_at is None:
            raise _no_target(connection, f"Run {run_id} has no record of the build that it published.")
        moment = Moment(through, built_at)
        return Target(run_id, moment, tuple(_gone(connection, run_id, through, allow_loss)))


def _published_through(connection: Connection, run_id: str) -> str:
    found = connection.rows(
        "select command, state, published_through, (select count(*) from ops.run_tables where run_id = runs.run_id)"
        " from ops.runs as runs where run_id = ?",
        (run_id,),
    )
    if not found:
        raise _no_target(connection, f"No run is called {run_id}.")
    command, state, through, tables = found[0]
    if through is None and tables:
        raise _no_target(
            connection, f"Run {run_id} published some tables only, so it left no state of all of them."
        )
    if through is None:
        raise _no_target(connection, f"Run {run_id} ({command}, {state}) published nothing.")
    if to := rolled_back_to(connection).get(run_id):
        raise _no_target(connection, f"Run {run_id} was itself a rollback to run {to}: name that one.")
    return str(through)


def _no_target(connection: Connection, what: str) -> LandfallError:
    went_back = rolled_back_to(connection)
    published = [
        (run_id, started)
        for run_id, started in connection.rows(
            "select run_id, started_at from ops.runs where published_through is not null order by started_at desc"
        )
        if run_id not in went_back
    ][:RUNS_NAMED]
    if not published:
        return _nothing_published_in(connection.name)
    named = ", ".join(f"{run_id} ({started:%Y-%m-%d %H:%M}Z)" for run_id, started in published)
    return SettingsError(what, "--to", f"The last runs that published all tables: {named}.")


def _nothing_published(database: Database) -> LandfallError:
    return _nothing_published_in(database.name)


def _nothing_published_in(where: str) -> LandfallError:
    return SettingsError(
        "Nothing has been published yet, so there is no run to go back to.",
        where,
        "Run `landfall sync` first.",
    )


def _refuse_other_org(connection: Connection, run_id: str) -> None:
    of_run = connection.value("select org_id from ops.runs where run_id = ?", (run_id,))
    held = [
        org for (org,) in connection.rows("select distinct org_id from raw._cursors where org_id is not null")
    ]
    if of_run is not None and held and of_run not in held:
        raise PublishFailed(
            f"Run {run_id} was of org {of_run}, and what is held now is of org {', '.join(held)}.",
            connection.name,
            "Name a run of the same org. Nothing was published.",
        )


def _built_at(connection: Connection, run_id: str) -> datetime | None:
    """When the build that the run published ended. A publish by hand has it from an earlier run."""
    ended: datetime | None = connection.value(
        "select max(built.ended_at) from ops.run_stages as built"
        " where built.stage = 'transform' and built.state = 'passed' and built.started_at <="
        " (select started_at from ops.run_stages where run_id = ? and stage = 'publish')",
        (run_id,),
    )
    return ended


def _gone(connection: Connection, run_id: str, through: str, allow_loss: bool) -> Iterator[str]:
    """Versions that had landed then and were removed since. Raises PublishFailed when they are too many to be single records."""
    for name, landed in connection.rows(
        "select object, cast(sum(versions_new) as bigint) from raw._landed where load_id <= ?"
        " group by object having sum(versions_new) > 0 order by object",
        (through,),
    ):
        table = name.lower()
        held = (
            connection.value(f"select count(*) from raw.{quoted(table)} where _dlt_load_id <= ?", (through,))
            if connection.has_table("raw", table)
            else 0
        )
        if is_mass(landed - held, landed) and not allow_loss:
            raise PublishFailed(
                f"raw.{table} no longer holds {landed - held:,} of the {landed:,} versions that had landed by run {run_id}.",
                f"{connection.name}, raw.{table}",
                "What was removed from raw cannot be built again. Name a later run; or, if so much was really erased,"
                " roll back once with LANDFALL_ALLOW_MASS_DELETE=true. Nothing was published.",
            )
        if landed > held:
            yield f"{counted(landed - held, 'version')} of {name} that had landed by then were removed from raw since, and stay away"
