"""Fills a new org with records: generated in the database by rule, and written by hand."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from demo_org import ids
from demo_org.metadata.sobjects import SObject
from demo_org.records.planting import plant_records
from demo_org.records.sizes import Sizes

__all__ = ["Sizes", "generate"]

FOLDER = Path(__file__).parent
STAMPS = {"CreatedDate": "created_at", "LastModifiedDate": "modified_at", "SystemModstamp": "stamped_at"}
PEOPLE = ("OwnerId", "CreatedById", "LastModifiedById")
# In this order, because some look up what others made. The file's name says the object after its number.
OBJECT_OF_FILE = {
    "user": "User", "record_type": "RecordType", "organization": "Organization", "account": "Account",
    "class": "Class__c", "contact": "Contact", "affiliation": "npe5__Affiliation__c", "session": "Session__c",
    "session_participant": "Session_Participant__c", "task": "Task", "case": "Case",
    "email_message": "EmailMessage", "pathway": "Pathway__c", "pathway_session": "Pathway_Session__c",
    "pathway_participant": "Pathway_Participant__c",
}  # fmt: skip


def generate(
    connection: duckdb.DuckDBPyConnection,
    objects: Mapping[str, SObject],
    *,
    seed: int,
    sizes: Sizes,
    made_at: datetime,
) -> None:
    """Fill the empty tables. The rows are made inside the database; Python holds none of them."""
    stamps_end = datetime(made_at.year, made_at.month, made_at.day) - timedelta(days=1)
    _set_variables(connection, seed, sizes, stamps_end)
    for sobject in objects.values():
        macro = f"{sobject.name.lower()}_id"
        connection.execute(f"create or replace temp macro {macro}(n) as {ids.id_macro(sobject.key_prefix)}")
    connection.execute((FOLDER / "sql" / "_macros.sql").read_text(encoding="utf-8"))
    for file in sorted((FOLDER / "sql").glob("[0-9]_*.sql")):
        _fill(connection, objects[_object_of(file)], file.read_text(encoding="utf-8"))
    plant_records(connection, objects, sizes, stamps_end)
    _log_deletions(connection, objects)


def _set_variables(
    connection: duckdb.DuckDBPyConnection, seed: int, sizes: Sizes, stamps_end: datetime
) -> None:
    words = tomllib.loads((FOLDER / "words.toml").read_text(encoding="utf-8"))
    words["districts"] = [{"name": each["name"], "code": each.get("code")} for each in words["districts"]]
    starts = {
        "first_generated": ids.FIRST_GENERATED,
        "first_school": ids.FIRST_SCHOOL,
        "first_organization": ids.FIRST_ORGANIZATION,
        "first_household": ids.FIRST_HOUSEHOLD,
    }
    counts = asdict(sizes) | {"contacts": sizes.contacts}
    counts |= counts.pop("mixture")
    for name, value in (words | starts | counts | {"seed": seed, "stamps_end": stamps_end}).items():
        connection.execute(f"set variable {name} = $value", {"value": value})


def _object_of(file: Path) -> str:
    stem = file.stem.partition("_")[2]
    return OBJECT_OF_FILE["account" if stem.startswith("account_") else stem]


def _fill(connection: duckdb.DuckDBPyConnection, sobject: SObject, query: str) -> None:
    """Add what every record has to the columns that the file makes: Id, stamps, people, and false for boxes."""
    given = {row[0] for row in connection.execute(f"describe {query}").fetchall()}
    added = [f'{sobject.name.lower()}_id(n) as "Id"']
    for field in sobject.columns:
        if field.name in given or field.name == "Id":
            continue
        if field.name in STAMPS:
            added.append(f"{STAMPS[field.name]}(n, '{sobject.name}') as \"{field.name}\"")
        elif field.name in PEOPLE:
            added.append(f"some_user(n, '{field.name}') as \"{field.name}\"")
        elif field.type == "boolean":
            added.append(f'false as "{field.name}"')
    connection.execute(
        f'insert into "{sobject.name}" by name select * exclude (n), {", ".join(added)} from ({query})'
    )


def _log_deletions(connection: duckdb.DuckDBPyConnection, objects: Mapping[str, SObject]) -> None:
    for sobject in objects.values():
        if "IsDeleted" in sobject.by_name:
            connection.execute(
                f"""insert into org.deletion_log select '{sobject.name}', "Id", "SystemModstamp", false, "Id"
                from "{sobject.name}" where "IsDeleted" order by "Id" """
            )
