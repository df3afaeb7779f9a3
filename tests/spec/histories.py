"""Makes up random histories of an org: people, accounts and sessions that come, change, merge, go and come back."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from extract.database import Connection
from tests.spec.landed_rows import DAY, insert

Record = dict[str, str]
PREFIXES = {
    "account": "001",
    "contact": "003",
    "npe5__affiliation__c": "a01",
    "class__c": "a02",
    "session__c": "a03",
    "session_participant__c": "a04",
}
# what a record of each object says, and where it points; "" is nothing, and pointed-at ids may not exist yet
WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "account": {
        "name": ("Acme", "Fictional School", "Guild of Inventors", "Fictional District"),
        "type": ("Business", "School", "School District", "Household", ""),
    },
    "contact": {
        "firstname": ("ANN", "Bo", "CY"),
        "lastname": ("EXAMPLE", "Sample", "O'MADE UP"),
        "contact_type__c": ("Volunteer", "Teacher", "Student", "", "Robot"),
        "email": ("ann@example.org", "bo@example.org", "", "no address"),
        "npe01__homeemail__c": ("ann@example.org", "home@example.org", ""),
        "mobilephone": ("555-201-3000", "(555) 201-3000 x7", ""),
        "homephone": ("555-201-3000", "555-201-4000", ""),
        "mailingpostalcode": ("64101", "10001", ""),
        "mailingcity": ("Kansas City", ""),
        "volunteer_skills__c": ("Coding;Welding", "Welding", ""),
        "racial_ethnic_background__c": ("White", "Asian", ""),
    },
    "npe5__affiliation__c": {
        "npe5__role__c": ("Employee", "Principal", ""),
        "npe5__status__c": ("Current", "Former", "Odd", ""),
        "npe5__primary__c": ("true", "false"),
        "npe5__startdate__c": ("2020-01-01", "2021-02-03", ""),
    },
    "class__c": {"name": ("Class A", "Class B")},
    "session__c": {
        "name": ("Talk", "Tour"),
        "session_status__c": ("Completed", "Confirmed", "Draft", "Cancelled"),
        "session_type__c": ("Career Speaker", "Connector Session"),
    },
    "session_participant__c": {
        "participant_type__c": ("Volunteer", "Student", "Teacher", ""),
        "status__c": ("Attended", "No-Show", "Registered", "Odd", ""),
        "delivery_hours__c": ("1", "2.5", "0", ""),
    },
}
LINKS = {
    "account": {"parentid": "account"},
    "contact": {"accountid": "account", "npsp__primary_affiliation__c": "account", "class__c": "class__c"},
    "npe5__affiliation__c": {"npe5__contact__c": "contact", "npe5__organization__c": "account"},
    "class__c": {},
    "session__c": {"school__c": "account"},
    "session_participant__c": {"contact__c": "contact", "session__c": "session__c"},
}
# how many records of each object may exist: few, so that they meet
SPACE = {
    "account": 12,
    "contact": 16,
    "npe5__affiliation__c": 30,
    "class__c": 6,
    "session__c": 8,
    "session_participant__c": 40,
}


@dataclass
class History:
    """An org whose changes are landed as they are made up."""

    random: random.Random
    fields: dict[str, set[str]]
    records: dict[tuple[str, str], Record] = field(default_factory=dict)
    moment: int = 0
    load: int = 0

    def land(self, connection: Connection, changes: int) -> None:
        """One load of every object, of so many changes in all."""
        self.load += 1
        for _ in range(changes):
            self._change(connection, self.random.choices(list(SPACE), list(SPACE.values()))[0])

    def land_late_parents(self, connection: Connection, *tables: str) -> None:
        """One load of all that records may point at and that has not come yet."""
        self.load += 1
        for table in tables or ("account", "class__c", "session__c"):
            for number in range(SPACE[table]):
                record_id = _id(table, number)
                if (table, record_id) not in self.records:
                    self._land(connection, table, self._new(table, record_id))

    def _change(self, connection: Connection, table: str) -> None:
        record_id = self._some_id(table)
        record = self.records.get((table, record_id))
        kind = self.random.choice(
            ["edit", "edit", "link", "link", "delete", "merge", "quarantine", "release"]
        )
        if record is None:
            record = self._new(table, record_id)
        elif kind == "quarantine":
            return self._set_aside(connection, table)
        elif kind == "release":
            return self._release(connection)
        elif kind == "merge" and table in ("account", "contact"):
            self._merge(record, table)
        elif kind == "delete":
            record["isdeleted"] = "false" if record["isdeleted"] == "true" else "true"
            record |= {"masterrecordid": ""} if table in ("account", "contact") else {}
        elif kind == "link" and LINKS[table]:
            name = self.random.choice(list(LINKS[table]))
            record[name] = self._link(LINKS[table][name])
        else:
            name = self.random.choice(list(WORDS[table]))
            record[name] = self.random.choice(WORDS[table][name])
        self._land(connection, table, record)
        return None

    def _new(self, table: str, record_id: str) -> Record:
        words = {name: self.random.choice(said) for name, said in WORDS[table].items()}
        links = {name: self._link(to) for name, to in LINKS[table].items()}
        return {"id": record_id, "isdeleted": "false", **words, **links}

    def _merge(self, record: Record, table: str) -> None:
        winner = self._some_id(table)
        if winner != record["id"] and not self._leads_to(table, winner, record["id"]):
            record |= {"masterrecordid": winner, "isdeleted": "true"}

    def _leads_to(self, table: str, start: str, goal: str) -> bool:
        while start and start != goal:
            start = self.records.get((table, start), {}).get("masterrecordid", "")
        return start == goal

    def _land(self, connection: Connection, table: str, record: Record) -> None:
        """Now and then a version that is older than what is held already."""
        self.records[table, record["id"]] = record
        self.moment += 1
        at = self.random.randint(1, self.moment) if self.random.random() < 0.1 else self.moment
        stamp = f"{DAY}T{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}.000Z"
        known = {name: value for name, value in record.items() if name in self.fields[table]}
        insert(connection, table, f"17000{self.load:05}.1", {**known, "systemmodstamp": stamp})

    def _set_aside(self, connection: Connection, table: str) -> None:
        versions = connection.rows(f"select id, _version from raw.{table} order by 1, 2")
        record_id, version = self.random.choice(versions)
        connection.execute(
            "insert into quality.quarantine (object, record_id, version, rule, severity, run_id, first_seen, last_seen)"
            " values (?, ?, ?, 'a_rule', 'quarantine', 'run', current_timestamp, current_timestamp)"
            " on conflict (object, record_id, version, rule) do update set resolved_at = null",
            (table, record_id, version),
        )

    def _release(self, connection: Connection) -> None:
        held = connection.rows(
            "select record_id, version from quality.quarantine where resolved_at is null order by 1, 2"
        )
        if held:
            connection.execute(
                "update quality.quarantine set resolved_at = current_timestamp where record_id = ? and version = ?",
                self.random.choice(held),
            )

    def _some_id(self, table: str) -> str:
        return _id(table, self.random.randrange(SPACE[table]))

    def _link(self, table: str) -> str:
        return "" if self.random.random() < 0.15 else self._some_id(table)


def _id(table: str, number: int) -> str:
    return PREFIXES[table] + str(number).rjust(15, "0")
