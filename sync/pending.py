"""Tells which loads are landed and not yet published, from the ledgers that are committed with the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from extract.database import Connection, Database
from extract.errors import PublishFailed
from sync.fingerprint import Fingerprint
from sync.rollback.record import Rollback, find_rollback


@dataclass(frozen=True)
class Pending:
    """What waits between landing and publishing."""

    loads: Mapping[str, tuple[str, ...]]  # object → loads with new versions, oldest first
    through: str  # the newest load in the ledger; "" when nothing has landed
    published_through: str | None  # None: nothing was ever published
    published_with: Fingerprint | None  # the rules, models and overrides of the last publish
    rollback: Rollback | None = None  # the application schema stands at an earlier run


def read_pending(database: Database, *, all_loads: bool = False) -> Pending:
    """What waits; with `all_loads` every load that ever landed counts as waiting (the rules changed)."""
    with database.connect() as connection:
        rollback = find_rollback(connection)
        through, fingerprint = (rollback.through, None) if rollback else _last_publish(connection)
        if not connection.has_table("raw", "_landed"):
            return Pending({}, "", through, fingerprint, rollback)
        after = "" if all_loads else (through or "")
        return Pending(_loads(connection, after), _newest_load(connection), through, fingerprint, rollback)


def read_unvalidated(database: Database, now: Fingerprint) -> Pending:
    """What waits while the application schema stands at an earlier run: all that no validation has passed by these rules.

    What is published says nothing then of how far validation got.
    """
    validated, judged_by = newest_through(database, "validate")
    after = validated if judged_by is not None and judged_by.rules == now.rules else None
    with database.connect() as connection:
        rollback = find_rollback(connection)
        published = rollback.through if rollback else None
        if not connection.has_table("raw", "_landed"):
            return Pending({}, "", published, None, rollback)
        return Pending(_loads(connection, after or ""), _newest_load(connection), published, None, rollback)


def is_built(database: Database, through: str, now: Fingerprint) -> bool:
    """Whether the last build ended well, of all that landed and by what the models and staff say now."""
    found = _last_transform(database)
    return found == (through, str(now), "passed")


def _last_publish(connection: Connection) -> tuple[str | None, Fingerprint | None]:
    found = connection.rows(
        "select published_through, fingerprint from ops.runs where published_through is not null "
        "order by published_through desc, started_at desc limit 1"
    )
    return (found[0][0], Fingerprint.parse(found[0][1])) if found else (None, None)


def _loads(connection: Connection, after: str) -> dict[str, tuple[str, ...]]:
    found = connection.rows(
        "select distinct object, load_id from raw._landed where versions_new > 0 and load_id > ? "
        "order by object, load_id",
        (after,),
    )
    loads: dict[str, tuple[str, ...]] = {}
    for name, load in found:
        loads[name] = (*loads.get(name, ()), load)
    return loads


def _newest_load(connection: Connection) -> str:
    return connection.value("select max(load_id) from raw._landed") or ""


def newest_through(database: Database, stage: str) -> tuple[str | None, Fingerprint | None]:
    """The newest load that the last passed process of this stage has seen, and the fingerprint it worked with."""
    with database.connect() as connection:
        found = connection.rows(
            "select loads_through, fingerprint from ops.run_stages inner join ops.runs using (run_id) "
            "where run_stages.stage = ? and run_stages.state = 'passed' order by run_stages.started_at desc limit 1",
            (stage,),
        )
    return (found[0][0], Fingerprint.parse(found[0][1])) if found else (None, None)


def last_build(database: Database) -> tuple[str, Fingerprint | None]:
    """The newest load in what is built, and the fingerprint it was built with.

    Raises PublishFailed when nothing is built, or when the last build was cut short: its tables are a mixture.
    """
    found = _last_transform(database)
    if found is None:
        raise PublishFailed("Nothing has been built yet.", database.name, "Run `landfall transform` first.")
    through, fingerprint, state = found
    if state != "passed":
        raise PublishFailed(
            "The last build did not end well: some tables are of it, others of the build before.",
            database.name,
            "Run `landfall transform` again, or `landfall sync`, which does all stages.",
        )
    return through or "", Fingerprint.parse(fingerprint)


def _last_transform(database: Database) -> tuple[str | None, str | None, str] | None:
    with database.connect() as connection:
        if not connection.has_table("ops", "run_stages"):
            return None
        found = connection.rows(
            "select loads_through, fingerprint, run_stages.state from ops.run_stages inner join ops.runs using (run_id) "
            "where run_stages.stage = 'transform' order by run_stages.started_at desc limit 1"
        )
    return (found[0][0], found[0][1], found[0][2]) if found else None
