"""Begins an erasure and takes it through raw; what an earlier one left open is taken along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extract.database import Connection, Database, quoted
from extract.errors import DataRefused
from extract.landing.erasure import (
    AskingOrg,
    FoundRecord,
    ask_org,
    find_records,
    purge_raw,
    show_without_erased,
)
from extract.landing.state import create_tables
from sync.erasing.ledger import OPEN_WHOLE, count_removed, open_records, write_intent
from sync.erasing.plan import count_rows, refuse_what_is_held

Report = Callable[..., None]


@dataclass(frozen=True)
class EraseOptions:
    database: Database
    manifest: Path
    run_id: str
    ids: tuple[str, ...] = ()  # of 18 characters; none: only what is open
    who: str = ""
    why: str = ""
    dry_run: bool = False
    asking: AskingOrg | None = None  # None: the org is not asked, and may hold the records still


def begin_erasure(options: EraseOptions, report: Report) -> dict[str, Any]:
    """Find the records, refuse what must not be, write down the intent, and remove all that raw holds of them.

    The intent is committed first; from then on this, or the next erase or sync, completes it. Raises SettingsError for an
    Id that is not known, DataRefused for a record that is in the org still, PublishFailed for one that rows of the
    application's own refer to: nothing is touched then.
    """
    found: list[FoundRecord] = []
    counted: list[dict[str, object]] = []
    in_org: list[str] = []
    with options.database.connect() as connection:
        create_tables(connection)
        if options.ids:
            found = find_records(connection, options.ids)
            counted = count_rows(connection, found, options.manifest)
            refuse_what_is_held(connection, options.manifest)
    live = None if options.asking is None else ask_org(options.asking, found, report)
    report("point", name="erase.asked")
    for name, record_id in sorted(live or ()):
        in_org.append(f"{name} {record_id}")
    if not options.dry_run:
        _refuse_living(options, found, live)
        counted = _purge(options, found, live, report)
    return {"records": found, "tables": counted, "in_org": in_org, "dry_run": options.dry_run}


def _refuse_living(
    options: EraseOptions, found: Sequence[FoundRecord], live: set[tuple[str, str]] | None
) -> None:
    asked = [each for each in found if each.record_id == each.asked_for]
    living = [
        f"{each.object} {each.record_id}" for each in asked if (each.object, each.record_id) in (live or ())
    ]
    if living:
        raise DataRefused(
            f"Still in the org: {', '.join(living)}. What is erased here only would be there all the same.",
            options.database.name,
            "Delete it in Salesforce, run `landfall sync`, then erase it here. With --even-if-in-org it is erased here and"
            " kept out from now on, though the org shows it. Nothing was erased.",
        )


def _purge(
    options: EraseOptions,
    found: Sequence[FoundRecord],
    live: set[tuple[str, str]] | None,
    report: Report,
) -> list[dict[str, object]]:
    with options.database.connect() as connection:
        show_without_erased(connection)
        with connection.transaction():
            write_intent(connection, found, live, run_id=options.run_id, who=options.who, why=options.why)
        report("point", name="erase.intended")
        with connection.transaction():
            records = open_records(connection)
            removed = {**purge_raw(connection, records), **_purge_beside(connection, records)}
            count_removed(connection, options.run_id, removed)
            report("point", name="erase.before_commit")
    report("point", name="erase.committed")
    return [{"table_name": table, "rows": rows} for table, rows in removed.items() if rows]


def _purge_beside(connection: Connection, records: Sequence[FoundRecord]) -> dict[str, int]:
    """What staff, rules and publishes wrote about the records: it holds values, hashes of them, or keys made of them."""
    removed = {}
    for schema, table, key in (
        ("app", "overrides", "row_key"),
        ("ops", "conflicts", "row_key"),
        ("ops", "unresolved_references", "salesforce_id"),
    ):
        if connection.has_table(schema, table):
            removed[f"{schema}.{table}"] = connection.execute(
                f"delete from {schema}.{table} where {key} in ({OPEN_WHOLE})"
                f" or split_part({key}, '|', 1) in ({OPEN_WHOLE}) or split_part({key}, '|', 2) in ({OPEN_WHOLE})"
            )
    if connection.has_table("quality", "quarantine"):
        removed["quality.quarantine"] = sum(
            connection.execute(
                "delete from quality.quarantine where object = ? and record_id in"
                " (select record_id from ops.erasures where finished_at is null and object = ?) and not exists"
                f" (select 1 from raw.{quoted(name.lower())} as held where held.id = quarantine.record_id"
                " and held._version = quarantine.version)",
                (name, name),
            )
            for name in sorted({each.object for each in records})
        )
    for table in ("releases", "issue_records"):  # staff's reasons are words, and may say anything
        if connection.has_table("quality", table):
            removed[f"quality.{table}"] = connection.execute(
                f"delete from quality.{table} where (object, record_id) in"
                " (select object, record_id from ops.erasures where finished_at is null)"
            )
    return removed
