"""What models make of a field that the org describes with another type than they expect, the same on both databases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from expectations.batch import make_batch
from expectations.counting import count_rules
from expectations.quarantine import make_tables
from expectations.suites import load_suites
from extract.database import Database, quoted
from extract.landing.typed_views import refresh_views
from sync.settings import ROOT
from tests.spec.landed_rows import described, insert, record_id, show_fields
from tests.spec.story import Models, open_models

# Object, field, and the staged column that is made of it.
GRADE = ("Contact", "Current_Grade__c", "current_grade")
TIMES = ("Contact", "Number_of_Attended_Volunteer_Sessions__c", "attended_session_count")
NO_CONTACT = ("Contact", "npsp__Do_Not_Contact__c", "is_do_not_contact")
NO_CALL = ("Contact", "DoNotCall", "is_do_not_call")
BIRTH = ("Contact", "Birthdate", "birthdate")
MAILED = ("Contact", "Last_Email_Message__c", "last_email_message_date")
STUDENT = ("Contact", "Local_Student_ID__c", "local_student_id")
LEGACY = ("Contact", "Legacy_Grade__c", "legacy_grade")
JOINED = ("Contact", "Connector_Joining_Date__c", "connector_joining_date")
LOGGED_IN = ("Contact", "Connector_Last_Login_Date_Time__c", "connector_last_login")
SUBSCRIBED = ("Contact", "Connector_Active_Subscription__c", "connector_active_subscription")
CODE = ("Account", "School_Code_External_ID__c", "school_code")
ACTIVE = ("Account", "LastActivityDate", "last_activity_date")
YEAR = ("Class__c", "Class_Year_Number__c", "class_year")
HOURS = ("Session_Participant__c", "Delivery_Hours__c", "delivery_hours")
SLOTS = ("Session__c", "Available_Slots__c", "available_slot_count")
START_DAY = ("Session__c", "Start_Date__c", "start_date")
START = ("Session__c", "Start_Date_and_Time__c", "started_at")
SHOWN = ("Session__c", "Display_on_Website__c", "display_on_website")
SINCE = ("npe5__Affiliation__c", "npe5__StartDate__c", "start_date")
PRIMARY = ("npe5__Affiliation__c", "npe5__Primary__c", "is_primary")
SENT = ("EmailMessage", "MessageDate", "sent_at")
INCOMING = ("EmailMessage", "Incoming", "is_incoming")
TASK_DAY = ("Task", "ActivityDate", "activity_date")

EVENING = datetime(2026, 1, 6, 3, 30, tzinfo=UTC)  # of the 5th, where the organization is
MIDNIGHT = datetime(2026, 1, 5, 6, tzinfo=UTC)  # there
# Each with the type that describe gives, and what becomes of what the record says.
Round = Sequence[tuple[tuple[str, str, str], str, Sequence[tuple[str, Any]]]]
AS_TEXT: Round = [
    (GRADE, "string", [("3.0", 3), (" 12 ", 12), ("nan", None), ("None", None), ("not-a-number", None)]),
    (TIMES, "string", [("7", 7), ("-2.50", Decimal("-2.5")), ("1e3", None), ("abc", None), ("", None)]),
    (NO_CONTACT, "picklist", [("true", True), ("False", False), ("yes", None), ("1", None)]),
    (NO_CALL, "string", [("TRUE", True), ("x", None)]),
    (BIRTH, "string", [("1960-02-29", date(1960, 2, 29)), ("1961-02-29", None), ("1900-02-29", None)]),
    (MAILED, "string", [("2026-01-06T03:30:00.000Z", date(2026, 1, 5)), ("2026-04-31", None)]),
    (YEAR, "string", [("2026", 2026), ("0.0033333333333333335", Decimal("0.003333333333333334"))]),
    (HOURS, "string", [("1.25", Decimal("1.25")), ("99999999999999999999." + "9" * 19, None)]),
    (SLOTS, "string", [("4", 4), ("four", None)]),
    (START_DAY, "string", [("2026-01-05", date(2026, 1, 5)), ("01/05/2026", None), ("2026-1-5", None)]),
    (START, "string", [("2026-01-06T03:30:00.000Z", EVENING), ("2026-01-05", MIDNIGHT), ("soon", None)]),
    (SINCE, "string", [("2000-02-29", date(2000, 2, 29)), ("0000-02-29", None), ("infinity", None)]),
    (PRIMARY, "string", [("false", False), ("None", None)]),
    (SENT, "string", [("2026-01-06T24:00:00.000Z", None), ("2026-01-06T03:30:00+00:00", EVENING)]),
    (INCOMING, "string", [("true", True)]),
    (TASK_DAY, "string", [("2026-01-05", date(2026, 1, 5)), ("", None)]),
    (ACTIVE, "string", [("2026-06-31", None), ("2026-06-30", date(2026, 6, 30))]),
]
AS_OTHERS: Round = [
    (GRADE, "boolean", [("true", None)]),
    (TIMES, "int", [("7", 7)]),
    (NO_CONTACT, "double", [("1", None)]),
    (BIRTH, "datetime", [("1960-02-29T18:00:00.000Z", date(1960, 2, 29)), ("1960-02-29T05:59:00.000Z", date(1960, 2, 28))]),
    (MAILED, "datetime", [("2026-01-06T03:30:00.000Z", date(2026, 1, 5))]),
    (SINCE, "datetime", [("2026-07-06T04:59:59.000Z", date(2026, 7, 5))]),
    (START, "date", [("2026-01-05", MIDNIGHT)]),
    (START_DAY, "datetime", [("2026-01-06T06:00:00.000Z", date(2026, 1, 6))]),
    (STUDENT, "double", [("3", "3"), ("100", "100"), ("12.50", "12.5"), ("-0.25", "-0.25"), ("0", "0")]),
    (LEGACY, "int", [("10", "10")]),
    (CODE, "double", [("4820", "4820"), ("48.5", "48.5")]),
    (JOINED, "date", [("0987-01-05", "0987-01-05")]),
    (LOGGED_IN, "datetime", [("2026-01-06T03:30:00.120Z", "2026-01-06T03:30:00.120Z")]),
    (SUBSCRIBED, "boolean", [("true", "true")]),
    (SHOWN, "boolean", [("false", "false")]),
]  # fmt: skip
BUILT = ("+path:models/application", "+unmapped_values")
STAGED = {
    "Contact": ("contacts", "contact_id", "003"),
    "Account": ("accounts", "account_id", "001"),
    "Class__c": ("classes", "class_id", "a02"),
    "Session_Participant__c": ("session_participants", "session_participant_id", "a04"),
    "Session__c": ("sessions", "session_id", "a01"),
    "npe5__Affiliation__c": ("affiliations", "affiliation_id", "a03"),
    "EmailMessage": ("email_messages", "email_message_id", "02s"),
    "Task": ("tasks", "task_id", "00T"),
}


@pytest.fixture
def models(database: Database, tmp_path: Path) -> Models:
    models = open_models(database, tmp_path)
    with database.connect() as connection:
        make_tables(connection)
    return models


@pytest.mark.parametrize(
    "cases",
    [pytest.param(AS_TEXT, id="as text"), pytest.param(AS_OTHERS, id="as others", marks=pytest.mark.share)],
)
def test_a_value_that_is_one_counts_and_another_is_null(models: Models, cases: Round) -> None:
    with models.database.connect() as connection:
        for name in STAGED:
            described_as = {field: kind for (of, field, _), kind, _ in cases if of == name}
            fields = [replace(each, type=described_as.get(each.field, each.type)) for each in described(name)]
            refresh_views(connection, {name: fields})
        for (name, field, _), _, values in cases:
            for number, (text, _) in enumerate(values):
                said = {"name": "A name"} if name not in ("Contact", "EmailMessage", "Task") else {}
                said |= {"id": _id(name, field, number), "isdeleted": "false", field.lower(): text}
                if name == "Account":
                    said["type"] = "School District"  # whose code a rule measures
                insert(connection, name.lower(), "1700000001.1", said)
        for suite in load_suites().values():
            for rule in count_rules(connection, make_batch(connection, suite, ["1700000001.1"])):
                assert rule.outcome.outcome != "could_not_run" or rule.outcome.rule.severity == "warn", rule
                assert not (rule.outcome.rule.name == "district_code_fits" and rule.found), rule
    models.run("build", "--resource-type", "seed", "model", "--select", *BUILT)
    with models.database.connect() as connection:
        for (name, field, column), kind, values in cases:
            table, key, _ = STAGED[name]
            for number, (text, expected) in enumerate(values):
                found = connection.value(
                    f"select {column} from staging.stg_salesforce__{table} where {key} = ?",
                    (_id(name, field, number),),
                )
                assert found == expected, (name, field, kind, text)
        counted = set(
            connection.rows("select vocabulary, raw_value, row_count from reporting.unmapped_values")
        )
    if cases is AS_TEXT:
        assert counted >= {
            ("grade of a student", "not-a-number", 1),
            ("grade of a student", "nan", 1),
            ("times volunteered", "1e3", 1),
            ("number of available slots of an event", "four", 1),
            ("hours of a participation", "99999999999999999999." + "9" * 19, 1),
        }


@pytest.mark.share
def test_an_org_may_lack_every_field_that_is_optional(models: Models) -> None:
    """No rule refuses the run then, and every model is built."""
    with models.database.connect() as connection:
        for number, (name, suite) in enumerate(load_suites().items()):
            show_fields(connection, name, _optional(name))
            said = {"name": "A name"} if any(each.column == "name" for each in described(name)) else {}
            insert(connection, quoted(name.lower()), "1700000001.1", {**said, "id": record_id(f"L{number}")})
            for rule in count_rules(connection, make_batch(connection, suite, ["1700000001.1"])):
                assert rule.outcome.outcome != "could_not_run" or rule.outcome.rule.severity == "warn", rule
    models.run("build", "--resource-type", "seed", "model", "--select", *BUILT)


def _optional(name: str) -> tuple[str, ...]:
    """The fields of which the object's staging model says field_or_null."""
    folder = ROOT / "dbt_project" / "models" / "staging" / "salesforce"
    sql = next(
        text
        for text in (path.read_text() for path in folder.glob("*.sql"))
        if f'source("salesforce", "{name.lower()}")' in text
    )
    columns = re.findall(r'field_or_null\(fields, "(\w+)"', sql)
    return tuple(field.field for field in described(name) if field.column in columns)


def _id(name: str, field: str, number: int) -> str:
    return record_id(f"{field.replace('_', '')[:10]}{number}", STAGED[name][2])
