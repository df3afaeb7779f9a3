"""Erases records in raw: finds what belongs to a person, asks the org whether it is gone there, removes the values.

A record belongs to another by the fields that the catalogue calls `about`: a participation to its contact, a message to
its task. It is erased with it when its newest version names it; when only older versions do, those go and the newest
stays. Nothing here is undone by a later landing: `raw._erased` keeps the records out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from extract.catalogue import CatalogueObject, load_catalogue
from extract.database import Connection, Database, quoted
from extract.errors import SettingsError
from extract.landing.asking import describe_asked, spooled, texts_of
from extract.landing.erased import ERASED
from extract.landing.org_guard import check_org
from extract.landing.results import Report
from extract.landing.spool import make_private
from extract.landing.state import load_fields, load_orgs
from extract.landing.tables import columns_of_raw, newest_first
from extract.landing.typed_views import refresh_views
from extract.salesforce import open_client
from extract.salesforce.login import Login

LIST = "_erasing"  # a temporary table: (object, record_id, asked_for, kept_out)
KEPT_COLUMNS = (
    "id",
    "createddate",
    "lastmodifieddate",
    "systemmodstamp",
)  # of a tombstone, where there are any


@dataclass(frozen=True)
class AskingOrg:
    """How the org is asked about records."""

    login: Login
    database: Database
    data_dir: Path
    run_id: str
    lookback: timedelta = timedelta(minutes=15)
    bulk_from_rows: int = 2000
    api_reserve: float = 0.2


@dataclass(frozen=True)
class FoundRecord:
    """A record that an erasure concerns. Not `kept_out`: only its older versions go."""

    object: str
    record_id: str
    asked_for: str  # the Id that a person gave
    kept_out: bool
    versions: int = 0  # that go


def find_records(connection: Connection, ids: Sequence[str]) -> list[FoundRecord]:
    """The records with these Ids (18 characters) and all that belongs to them, from what raw holds.

    Leaves them in the temporary table LIST. Raises SettingsError for an Id that no object of the catalogue has, and for
    a record that was merged into another one, which then is the person.
    """
    tables = columns_of_raw(connection)
    entries = [entry for entry in load_catalogue() if "id" in tables.get(entry.table_name, ())]
    connection.execute(f"drop table if exists {LIST}")
    connection.execute(
        f"create temporary table {LIST} (object text, record_id text, asked_for text, kept_out boolean)"
    )
    for entry in entries:
        connection.execute(
            f"insert into {LIST} select distinct ?, id, id, true from raw.{quoted(entry.table_name)}"
            f" where id in ({', '.join('?' * len(ids))})",
            (entry.sobject, *ids),
        )
    _refuse_unknown(connection, ids, entries)
    _refuse_merged(connection, entries, tables)
    while sum(_add_belonging(connection, entry, tables[entry.table_name]) for entry in entries):
        pass
    return [found for entry in entries for found in _found(connection, entry, tables[entry.table_name])]


def _refuse_unknown(connection: Connection, ids: Sequence[str], entries: Sequence[CatalogueObject]) -> None:
    known = {row[0] for row in connection.rows(f"select record_id from {LIST}")}
    unknown = [each for each in ids if each not in known]
    if unknown:
        raise SettingsError(
            f"No record with the Id {', '.join(unknown)} is held.",
            "raw",
            f"Landed are: {', '.join(entry.sobject for entry in entries)}. See that the Id is whole; nothing was erased.",
        )


def _refuse_merged(
    connection: Connection, entries: Sequence[CatalogueObject], tables: dict[str, set[str]]
) -> None:
    """The loser of a merge is not all of the person."""
    for entry in entries:
        if "MasterRecordId" not in entry.about or "masterrecordid" not in tables[entry.table_name]:
            continue
        newest = _newest(entry, tables[entry.table_name], "id, masterrecordid", _listed(entry))
        for loser, winner in connection.rows(
            f"select id, masterrecordid from ({newest}) newest where masterrecordid is not null"
            f" and masterrecordid not in ({_listed(entry)}) order by id"
        ):
            raise SettingsError(
                f"{entry.sobject} {loser} was merged into {winner}, which holds the person's data now.",
                f"raw.{entry.table_name}",
                f"Erase {winner}: what was merged into it goes with it. Nothing was erased.",
            )


def _add_belonging(connection: Connection, entry: CatalogueObject, columns: set[str]) -> int:
    """Add the object's records that belong to one of the list; how many those were."""
    added = 0
    table = f"raw.{quoted(entry.table_name)}"
    for field in entry.about:
        column = field.lower()
        if column not in columns:
            continue
        naming = f"select id from {table} where {column} in (select record_id from {LIST} where kept_out)"
        newest = _newest(entry, columns, f"id, {column} as named", naming)
        added += connection.execute(
            f"insert into {LIST} select '{entry.sobject}', newest.id, asked.asked_for, true from ({newest}) newest"
            f" inner join (select record_id, min(asked_for) as asked_for from {LIST} where kept_out group by record_id)"
            " asked on asked.record_id = newest.named"
            f" where newest.id not in ({_listed(entry, 'and kept_out')})"
        )
        connection.execute(  # named once, and by its newest version no more
            f"insert into {LIST} select '{entry.sobject}', once.id, min(asked.asked_for), false from {table} once"
            f" inner join {LIST} asked on asked.kept_out and asked.record_id = once.{column}"
            f" where once.id not in ({_listed(entry)}) group by once.id"
        )
        connection.execute(
            f"delete from {LIST} where object = '{entry.sobject}' and not kept_out"
            f" and record_id in ({_listed(entry, 'and kept_out')})"
        )
    return added


def _found(connection: Connection, entry: CatalogueObject, columns: set[str]) -> list[FoundRecord]:
    """The object's records of the list, each with the versions that go."""
    rows = connection.rows(
        "select listed.record_id, min(listed.asked_for), bool_or(listed.kept_out),"
        f" count(distinct case when held._version <> '{ERASED}' then held._version end)"
        f" from {LIST} listed left join raw.{quoted(entry.table_name)} held on held.id = listed.record_id"
        " where listed.object = ? group by listed.record_id order by 1",
        (entry.sobject,),
    )
    return [
        FoundRecord(entry.sobject, record_id, asked_for, kept_out, versions if kept_out else versions - 1)
        for record_id, asked_for, kept_out, versions in rows
        if kept_out or versions > 1
    ]


def _listed(entry: CatalogueObject, condition: str = "") -> str:
    return f"select record_id from {LIST} where object = '{entry.sobject}' {condition}"


def _newest(entry: CatalogueObject, columns: Iterable[str], told: str, ids: str) -> str:
    """The newest versions of the records with these ids (a query)."""
    return (
        f"select * from (select {told}, row_number() over (partition by id order by {newest_first(columns)}) as age"
        f" from raw.{quoted(entry.table_name)} where id in ({ids})) versions where age = 1"
    )


def ask_org(options: AskingOrg, records: Sequence[FoundRecord], report: Report) -> set[tuple[str, str]]:
    """Those of the records (object, id) that the org still shows as live. One the org does not find is not."""
    live: set[tuple[str, str]] = set()
    with options.database.connect() as connection:
        fields, orgs = load_fields(connection), load_orgs(connection)
    make_private(make_private(options.data_dir) / "spool")
    with open_client(options.login, report) as client:
        org_id = client.organization_id()
        check_org(org_id, orgs, options.database.name)
        for entry in load_catalogue():
            ids = [each.record_id for each in records if each.object == entry.sobject and each.kept_out]
            if not ids:
                continue
            with spooled(options.data_dir / "spool" / f"erase-{entry.table_name}") as folder:
                asked = describe_asked(client, entry, fields.get(entry.sobject, {}), folder, options, report)
                told = ("Id", "IsDeleted") if asked.has("IsDeleted") else ("Id",)
                for _, parts in asked.by_id(told, ids):
                    rows = texts_of(parts, [name.lower() for name in told])
                    live |= {(entry.sobject, str(row[0])) for row in rows if row[1:] != ("true",)}
    return live


def show_without_erased(connection: Connection) -> None:
    """Make the views of `typed` that an older version left, and that would show the tombstones."""
    fields = {name: tuple(entries.values()) for name, entries in load_fields(connection).items()}
    refresh_views(connection, fields)


def purge_raw(connection: Connection, records: Sequence[FoundRecord]) -> dict[str, int]:
    """Remove the versions of the records, within the caller's transaction; how many went of each raw table.

    Of an erased record a tombstone stays, where the object has IsDeleted; of the others the newest version. A second
    call finds nothing left.
    """
    tables = columns_of_raw(connection)
    gone: dict[str, int] = {}
    for entry in load_catalogue():
        columns = tables.get(entry.table_name, set())
        concerned = [each for each in records if each.object == entry.sobject]
        if not concerned or "id" not in columns:
            continue
        table = f"raw.{quoted(entry.table_name)}"
        _list_anew(connection, concerned)
        newest = _newest(entry, columns, "id, _version", _listed(entry, "and not kept_out"))
        if "isdeleted" in columns:
            _lay_tombstones(connection, entry, columns)
        gone[f"raw.{entry.table_name}"] = connection.execute(
            f"delete from {table} where _version <> '{ERASED}' and id in ({_listed(entry, 'and kept_out')})"
        ) + connection.execute(
            f"delete from {table} where id in ({_listed(entry, 'and not kept_out')})"
            f" and not exists (select 1 from ({newest}) kept where kept.id = {table}.id"
            f" and kept._version = {table}._version)"
        )
        connection.execute("update raw._cursors set records_held = null where object = ?", (entry.sobject,))
    return {table: rows for table, rows in gone.items() if rows}


def _list_anew(connection: Connection, records: Sequence[FoundRecord]) -> None:
    connection.execute(f"drop table if exists {LIST}")
    connection.execute(
        f"create temporary table {LIST} (object text, record_id text, asked_for text, kept_out boolean)"
    )
    for each in records:
        connection.execute(
            f"insert into {LIST} values (?, ?, ?, ?)",
            (each.object, each.record_id, each.asked_for, each.kept_out),
        )


def _lay_tombstones(connection: Connection, entry: CatalogueObject, columns: set[str]) -> None:
    """One for each erased record that has none."""
    table = f"raw.{quoted(entry.table_name)}"
    kept = [name for name in KEPT_COLUMNS if name in columns]
    without = _listed(
        entry, f"and kept_out and record_id not in (select id from {table} where _version = '{ERASED}')"
    )
    newest = _newest(entry, columns, f"{', '.join(kept)}, _dlt_load_id, _extracted_at", without)
    connection.execute(
        f"insert into {table} ({', '.join(kept)}, isdeleted, _version, _dlt_load_id, _extracted_at)"
        f" select {', '.join(kept)}, 'true', '{ERASED}', _dlt_load_id, _extracted_at from ({newest}) newest"
    )
