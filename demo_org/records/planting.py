"""Plants the hand-written records: the odd, the broken, and the ones that tests name by Id."""

import re
import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from demo_org import ids
from demo_org.formulas import recompute
from demo_org.metadata.sobjects import SObject
from demo_org.records.sizes import Sizes

FOLDER = Path(__file__).parent / "planted"
OBJECT_OF_FILE = {
    "account": "Account", "class": "Class__c", "contact": "Contact", "affiliation": "npe5__Affiliation__c",
    "session": "Session__c", "session_participant": "Session_Participant__c", "task": "Task", "case": "Case",
    "email_message": "EmailMessage", "pathway_session": "Pathway_Session__c",
}  # fmt: skip
# "planted Contact 11", "unknown Account 2" (in no org), or a generated record: "school 3", "volunteer 0"
REFERENCE = re.compile(r"(planted|unknown) (\w+) (\d+)|(\w+) (\d+)")
UNKNOWN = 5_000_000  # from the first planted number on: far behind all that are planted


def plant_records(
    connection: duckdb.DuckDBPyConnection,
    objects: Mapping[str, SObject],
    sizes: Sizes,
    stamps_end: datetime,
) -> None:
    """Write the rows of planted/*.toml; they are the same in every org."""
    connection.begin()
    for stem, name in OBJECT_OF_FILE.items():
        planted = [_row(objects, objects[name], entry, sizes, stamps_end) for entry in planted_entries(stem)]
        for row in planted:
            columns = ", ".join(f'"{column}"' for column in row)
            places = ", ".join("?" for _ in row)
            connection.execute(f'insert into "{name}" ({columns}) values ({places})', list(row.values()))
        recompute(connection, name, [row["Id"] for row in planted])
    connection.commit()


def planted_entries(stem: str) -> list[dict[str, Any]]:
    """The hand-written records of one file."""
    entries: list[dict[str, Any]] = tomllib.loads((FOLDER / f"{stem}.toml").read_text(encoding="utf-8"))[
        "records"
    ]
    return entries


def planted_id(objects: Mapping[str, SObject], name: str, number: int) -> str:
    """The Id of a hand-written record."""
    return ids.record_id(objects[name].key_prefix, ids.FIRST_PLANTED + number)


def unknown_id(objects: Mapping[str, SObject], name: str, number: int) -> str:
    """A well-formed Id of a record that a new org does not have."""
    return ids.record_id(objects[name].key_prefix, ids.FIRST_PLANTED + UNKNOWN + number)


def _row(
    objects: Mapping[str, SObject],
    sobject: SObject,
    entry: dict[str, Any],
    sizes: Sizes,
    stamps_end: datetime,
) -> dict[str, Any]:
    """Every column that a record must have, then what the file says."""
    number = entry["number"]
    created = stamps_end - timedelta(days=30 + number * 17 % 700, seconds=number)
    someone = ids.record_id("005", ids.FIRST_GENERATED + number % 8)
    row: dict[str, Any] = {field.name: False for field in sobject.columns if field.type == "boolean"}
    row |= {f.name: f.auto_number.format(8_000_000 + number) for f in sobject.columns if f.auto_number}
    system = {
        "Id": planted_id(objects, sobject.name, number),
        "OwnerId": someone,
        "CreatedDate": created,
        "CreatedById": someone,
        "LastModifiedDate": created + timedelta(days=number % 30),
        "LastModifiedById": someone,
        "SystemModstamp": created + timedelta(days=number % 30),
    }
    row |= {name: value for name, value in system.items() if name in sobject.by_name}
    for name, value in entry.items():
        if name not in ("number", "why"):
            row[name] = _value(objects, sizes, sobject.by_name[name].type, value)
    return row


def _value(objects: Mapping[str, SObject], sizes: Sizes, kind: str, value: Any) -> Any:
    if isinstance(value, dict):
        if "id_of" in value:  # an Id where others write a name
            return _reference(objects, sizes, value["id_of"])
        return value["repeat"] * value["times"]
    if kind == "datetime":
        return datetime.fromisoformat(value).replace(tzinfo=None)
    return _reference(objects, sizes, value) if kind == "reference" else value


def _reference(objects: Mapping[str, SObject], sizes: Sizes, text: str) -> str:
    found = REFERENCE.fullmatch(text)
    if found is None:
        raise ValueError(
            f"planted records refer to others as in 'school 3' or 'planted Contact 11', not {text!r}"
        )
    where, name, number, kind, place = found.groups()
    if where:
        return (planted_id if where == "planted" else unknown_id)(objects, name, int(number))
    starts = {
        "district": ("001", ids.FIRST_GENERATED),
        "school": ("001", ids.FIRST_SCHOOL),
        "organization": ("001", ids.FIRST_ORGANIZATION),
        "volunteer": ("003", ids.FIRST_GENERATED),
        "teacher": ("003", ids.FIRST_GENERATED + sizes.volunteers),
        "student": ("003", ids.FIRST_GENERATED + sizes.volunteers + sizes.teachers),
        "session": (objects["Session__c"].key_prefix, ids.FIRST_GENERATED),
        "pathway": (objects["Pathway__c"].key_prefix, ids.FIRST_GENERATED),
    }
    prefix, first = starts[kind]
    return ids.record_id(prefix, first + int(place))
