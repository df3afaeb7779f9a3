"""What a record looked like on a day, and when each of its versions was seen, on both databases."""

from __future__ import annotations

from extract.database import Connection, Database
from extract.landing.fields import HeldField
from extract.landing.state import create_tables
from extract.landing.tables import complete_tables
from extract.landing.typed_views import refresh_views
from tests.spec.tables import stored, table

FIELDS = [
    HeldField(name, name.lower(), kind, 0, 0, 0)
    for name, kind in {
        "Id": "id",
        "Status__c": "string",
        "IsDeleted": "boolean",
        "SystemModstamp": "datetime",
    }.items()
]
VERSIONS = """
    id | status__c | isdeleted | systemmodstamp           | _extracted_at          | _version
    A  | Scheduled | false     | 2026-01-01T09:00:00.000Z | 2026-01-01 12:00:00+00 | v1
    A  | Attended  | false     | 2026-01-03T09:00:00.000Z | 2026-01-08 12:00:00+00 | v3
    A  | Confirmed | false     | 2026-01-02T09:00:00.000Z | 2026-01-09 12:00:00+00 | v2
    A  | Attended  | true      | 2026-01-05T09:00:00.000Z | 2026-01-09 12:00:00+00 | v4
    B  | Scheduled | false     | 2026-01-01T09:00:00.000Z | 2026-01-01 12:00:00+00 | v1
    B  | Cancelled | false     | 2026-01-01T09:00:00.000Z | 2026-01-02 12:00:00+00 | v2
"""


def land(connection: Connection, fields: list[HeldField], rows: str) -> None:
    create_tables(connection)
    complete_tables(connection, {"Thing__c": fields})
    for row in table(rows):
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        connection.execute(f"insert into raw.thing__c ({names}) values ({marks})", list(row.values()))
    refresh_views(connection, {"Thing__c": fields})


def test_a_version_holds_from_its_own_stamp_to_the_next_ones_however_late_it_was_seen(
    database: Database,
) -> None:
    with database.connect() as connection:
        connection.execute("set time zone 'UTC'")
        land(connection, FIELDS, VERSIONS)
        columns = ["id", "status__c", "isdeleted", "_valid_from", "_valid_until", "_seen_at"]
        assert stored(connection, "history.thing__c", columns) == table("""
            id | status__c | isdeleted | _valid_from            | _valid_until           | _seen_at
            A  | Attended  | false     | 2026-01-03 09:00:00+00 | 2026-01-05 09:00:00+00 | 2026-01-08 12:00:00+00
            A  | Attended  | true      | 2026-01-05 09:00:00+00 |                        | 2026-01-09 12:00:00+00
            A  | Confirmed | false     | 2026-01-02 09:00:00+00 | 2026-01-03 09:00:00+00 | 2026-01-09 12:00:00+00
            A  | Scheduled | false     | 2026-01-01 09:00:00+00 | 2026-01-02 09:00:00+00 | 2026-01-01 12:00:00+00
            B  | Cancelled | false     | 2026-01-01 09:00:00+00 |                        | 2026-01-02 12:00:00+00
            B  | Scheduled | false     | 2026-01-01 09:00:00+00 | 2026-01-01 09:00:00+00 | 2026-01-01 12:00:00+00
        """)


def test_on_a_day_a_record_has_one_state_or_none(database: Database) -> None:
    with database.connect() as connection:
        land(connection, FIELDS, VERSIONS)
        found = {
            day: connection.rows(
                "select id, status__c from history.thing__c where _valid_from <= cast(? as timestamptz)"
                " and (_valid_until > cast(? as timestamptz) or _valid_until is null)"
                " and not isdeleted order by id",
                (day, day),
            )
            for day in ("2025-12-31 00:00:00+00", "2026-01-02 10:00:00+00", "2026-01-06 00:00:00+00")
        }
    assert found == {
        "2025-12-31 00:00:00+00": [],
        "2026-01-02 10:00:00+00": [("A", "Confirmed"), ("B", "Cancelled")],
        "2026-01-06 00:00:00+00": [("B", "Cancelled")],
    }


def test_an_object_without_a_stamp_changed_when_we_saw_it(database: Database) -> None:
    fields = [field for field in FIELDS if field.field in ("Id", "Status__c")]
    with database.connect() as connection:
        land(
            connection,
            fields,
            """
            id | status__c | _extracted_at          | _version
            A  | Scheduled | 2026-01-01 12:00:00+00 | v1
            A  | Attended  | 2026-01-08 12:00:00+00 | v2
            """,
        )
        found = connection.rows(
            "select status__c, _valid_from = _seen_at, _valid_until is null from history.thing__c order by _seen_at"
        )
    assert found == [("Scheduled", True, False), ("Attended", True, True)]


def test_a_new_field_appears_in_the_history(database: Database) -> None:
    with database.connect() as connection:
        land(connection, FIELDS, VERSIONS)
        grown = [*FIELDS, HeldField("Notes__c", "notes__c", "string", 0, 0, 0)]
        complete_tables(connection, {"Thing__c": grown})
        refresh_views(connection, {"Thing__c": grown})
        assert connection.rows("select distinct notes__c from history.thing__c") == [(None,)]
