"""Lands, reconciles and verifies one object of a demo org in one database, step by step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from extract.database import Database
from extract.landing import LandingOptions, land_objects
from extract.landing.reconcile import ObjectReconciled, ReconcileOptions, reconcile_objects
from extract.landing.verify import ObjectVerified, VerifyOptions, verify_objects
from extract.salesforce import Login
from tests.demo_org.running import RunningOrg

NEWEST = (
    "select isdeleted, {column} from (select *, row_number() over (order by systemmodstamp desc nulls last,"
    " _extracted_at desc, _version desc) as age from raw.{table} where id = '{id}') held where age = 1"
)


class Target:
    """One object of the org in one database; `name` may change on the way."""

    def __init__(self, org: RunningOrg, database: Database, folder: Path, name: str = "Pathway__c") -> None:
        self.org, self.database, self.folder, self.name = org, database, folder, name
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.runs = 0

    def login(self, **others: str) -> Login:
        given = {"client_id": self.org.client_id, "client_secret": self.org.client_secret}
        return Login(instance_url=self.org.url, **{**given, **others})

    def land(self, **options: Any) -> Any:
        self.runs += 1
        self.org.control("POST", "clock", {"advance_seconds": 1200})  # past what is late or on its way
        run = f"run-{self.runs}"
        given = {"only": (self.name,), **options}
        result = land_objects(
            LandingOptions(self.login(), self.database, self.folder / "data", run, **given), self.report
        )
        return result.objects[0]

    def reconcile(self, **options: Any) -> ObjectReconciled:
        self.runs += 1
        given = {"login": self.login(), "only": (self.name,), **options}
        asked = ReconcileOptions(
            database=self.database, data_dir=self.folder / "data", run_id=f"run-{self.runs}", **given
        )
        return reconcile_objects(asked, self.report).objects[0]

    def verify(self, **options: Any) -> ObjectVerified:
        self.runs += 1
        given = {"login": self.login(), "only": (self.name,), "seed": 1, **options}
        asked = VerifyOptions(
            database=self.database, data_dir=self.folder / "data", run_id=f"run-{self.runs}", **given
        )
        return verify_objects(asked, self.report).objects[0]

    def report(self, event: str, **fields: Any) -> None:
        self.events.append((event, fields))

    def change(self, op: str, record_id: str = "", **record: Any) -> str:
        body = {"op": op, "object": self.name, "id": record_id, "record": record}
        return str(self.org.control("POST", "records", body)["ids"][0])

    def made(self, count: int) -> list[str]:
        changes = [
            {"op": "insert", "object": self.name, "record": {"Name": f"Fictional {number}"}}
            for number in range(count)
        ]
        return list(self.org.control("POST", "records", {"changes": changes})["ids"])

    def hard_delete(self, ids: list[str]) -> None:
        changes = [{"op": "hard_delete", "object": self.name, "id": each} for each in ids]
        self.org.control("POST", "records", {"changes": changes})
        self.org.control("POST", "clock", {"advance_seconds": 2})  # past the second in which the log is asked

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.database.connect() as connection:
            return connection.rows(sql)

    def execute(self, sql: str, *parameters: object) -> None:
        with self.database.connect() as connection:
            connection.execute(sql, parameters)

    def newest(self, record_id: str, column: str = "name") -> tuple[Any, ...]:
        return self.rows(NEWEST.format(table=self.name.lower(), column=column, id=record_id))[0]

    def tombstones(self) -> list[tuple[Any, ...]]:
        return self.rows("select record_id, reason from raw._tombstones order by record_id")
