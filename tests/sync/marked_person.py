"""An invented person whose every text says so, and who then must not be found anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from demo_org.metadata import load_objects
from extract.database import Database, quoted
from tests.demo_org.running import RunningOrg

MARK = "zzmarker"
PHONE = "8165550143"
BIRTHDAY = "1911-11-11"
TRACES = (MARK, PHONE, BIRTHDAY)
TEXTS = {"string", "textarea", "email", "phone", "url", "picklist", "multipicklist", "combobox"}
# what has to say something else for the record to be used: a type, a state, the person's own numbers
SAID = {
    "Contact": {"Contact_Type__c": "Volunteer", "Phone": PHONE, "Birthdate": BIRTHDAY},
    "Session_Participant__c": {"Participant_Type__c": "Volunteer", "Status__c": "Attended"},
    "npe5__Affiliation__c": {"npe5__Status__c": "Current"},
    "EmailMessage": {"Status": "3"},
}


class MarkedPerson:
    """A contact, one merged into it, and a record of each object that belongs to it; all in the org."""

    def __init__(self, org: RunningOrg, session: str, account: str, pathway: str) -> None:
        self._org = org
        self.ids: dict[str, list[str]] = {}
        self.contact = self._plant("Contact", "first")
        loser = self._plant("Contact", "loser")
        org.control(
            "POST", "/records", {"op": "merge", "object": "Contact", "id": self.contact, "losers": [loser]}
        )
        self._plant("npe5__Affiliation__c", npe5__Contact__c=self.contact, npe5__Organization__c=account)
        self._plant("Session_Participant__c", Contact__c=self.contact, Session__c=session)
        self._plant("Pathway_Participant__c", Contact__c=self.contact, Pathway__c=pathway)
        self.case = self._plant("Case", ContactId=self.contact)
        self.task = self._plant("Task", WhoId=self.contact)
        self._plant("EmailMessage", RelatedToId=self.contact)
        self._plant("EmailMessage", ParentId=self.case)
        self._plant("EmailMessage", ActivityId=self.task)

    def change(self, op: str, name: str = "Contact", record_id: str = "", **record: Any) -> None:
        body = {"op": op, "object": name, "id": record_id or self.contact, "record": record}
        self._org.control("POST", "/records", body)

    def all_ids(self) -> set[str]:
        return {each for ids in self.ids.values() for each in ids}

    def _plant(self, name: str, suffix: str = "", **references: str) -> str:
        record = {**marked_texts(name, suffix), **SAID.get(name, {}), **references}
        found = self._org.control("POST", "/records", {"op": "plant", "object": name, "record": record})
        self.ids.setdefault(name, []).append(found["ids"][0])
        return str(found["ids"][0])


def marked_texts(name: str, suffix: str = "") -> dict[str, str]:
    """Every text field of the object with the mark in it, as an address where it is one."""
    marked = {}
    for field in load_objects()[name].fields:
        if field.type in TEXTS and field.createable and not field.calculated:
            text = (
                f"{MARK}{suffix}@{MARK}.example"
                if field.type == "email"
                else f"Z{MARK[1:]} {suffix}{field.name}"
            )
            marked[field.name] = text[: field.length or None]
    return marked


def marked_cells(database: Database) -> dict[str, int]:
    """How many rows of which table hold a trace of the person, in any column of any schema."""
    found: dict[str, int] = {}
    with database.connect() as connection:
        columns: dict[str, list[str]] = {}
        for schema, table, column in connection.rows(
            "select table_schema, table_name, column_name from information_schema.columns inner join"
            " information_schema.tables using (table_catalog, table_schema, table_name) where table_type = 'BASE TABLE'"
            " and table_schema not in ('information_schema', 'pg_catalog')"
        ):
            columns.setdefault(f"{quoted(schema)}.{quoted(table)}", []).append(quoted(column))
        for table, names in columns.items():
            row = " || ' ' || ".join(f"coalesce(lower(cast({name} as text)), '')" for name in names)
            traces = " or ".join(f"strpos(text, '{trace}') > 0" for trace in TRACES)
            count = connection.value(
                f"select count(*) from (select {row} as text from {table}) rows where {traces}"
            )
            if count:
                found[table.replace('"', "")] = count
    return found


def marked_files(folder: Path) -> list[str]:
    """Files under the folder that hold a trace of the person in their bytes, or in their names."""
    return sorted(
        str(path.relative_to(folder))
        for path in _files(folder)
        if any(
            trace in str(path.relative_to(folder)).lower() or trace.encode() in path.read_bytes().lower()
            for trace in TRACES
        )
    )


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
