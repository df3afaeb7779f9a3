"""What the reports count, from small application tables with rows of the application's own, on both databases."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from extract.database import Connection, quoted
from sync.publish.contract import Owner
from sync.publish.create import prepare_tables
from sync.publish.manifest import read_contract
from tests.spec.story import Models
from tests.spec.tables import stored, table

# In every table: `id` is a short name; a name of another row in a column that ends with _id points at it.
APPLICATION = {
    "districts": """
        id | salesforce_id | name
        D1 | d1            | North
        D2 | d2            | South
    """,
    "schools": """
        id | salesforce_id | name   | level  | district_id
        S1 | s1            | High 1 | High   | D1
        S2 | s2            | Mid 2  | Middle | D2
    """,
    "organizations": """
        id | salesforce_id | name | type
        O1 | o1            | Acme | Business
    """,
    "contacts": """
        id | salesforce_id | exclude_from_reports | type_is_missing
        V1 | v1            | false                | false
        V2 | v2            | false                | false
        V3 | v3            | true                 | false
        T1 | t1            | false                | false
        T2 | t2            | false                | false
        T3 | t3            | false                | false
    """,
    "volunteers": """
        id | salesforce_id | contact_id | local_status | role_reason
        V1 | v1            | V1         | local        | type
        V2 | v2            | V2         | unknown      | type
        V3 | v3            | V3         | unknown      | type
    """,
    "students": """
        id | salesforce_id | contact_id | school_id
        T1 | t1            | T1         | S1
        T2 | t2            | T2         | S2
        T3 | t3            | T3         |
    """,
    # E5 is the application's own, E6 is deleted, E7 has no district, E8 is not over, E9 has no day
    "events": """
        id | salesforce_id | title | type        | format    | status    | starts_on  | starts_at              | ends_at                | school_id | deleted_at
        E1 | e1            | Fair  | career_fair | in_person | Completed | 2025-07-31 | 2025-07-31 15:00:00+00 | 2025-07-31 17:30:00+00 | S1        |
        E2 | e2            | Fair  | career_fair | in_person | Completed | 2025-08-01 | 2025-08-01 15:00:00+00 | 2025-08-01 15:20:00+00 | S2        |
        E3 | e3            | DIA   | dia         | virtual   | Completed | 2026-02-01 |                        |                        |           |
        E5 |               | Own   | dia         | in_person | Completed | 2026-03-01 |                        |                        |           |
        E6 | e6            | Gone  | dia         | in_person | Completed | 2026-03-01 |                        |                        | S1        | 2026-03-02 00:00:00+00
        E7 | e7            | Lone  | dia         | in_person | Completed | 2026-04-01 |                        |                        |           |
        E8 | e8            | Soon  | dia         | in_person | Confirmed | 2026-04-01 |                        |                        | S1        |
        E9 | e9            | When  | dia         | in_person | Completed |            |                        |                        | S1        |
    """,
    "event_districts": """
        id  | source_key | event_id | district_id | deleted_at
        ED1 | e1d1       | E1       | D1          |
        ED2 | e2d2       | E2       | D2          |
        ED3 | e3d1       | E3       | D1          |
        ED4 | e3d2       | E3       | D2          |
        ED5 |            | E5       | D1          |
        ED6 | e6d1       | E6       | D1          |
        ED7 | e7d1       | E7       | D1          | 2026-04-02 00:00:00+00
        ED9 | e9d1       | E9       | D1          |
    """,
    "event_participations": """
        id  | salesforce_id | event_id | volunteer_id | status    | is_attended | delivery_hours | deleted_at
        P1  | p1            | E1       | V1           | Attended  | true        | 2.00           |
        P2  | p2            | E1       | V2           | Attended  | true        |                |
        P3  | p3            | E2       | V1           | Attended  | true        |                |
        P4  | p4            | E3       | V1           | Attended  | true        |                |
        P5  | p5            | E3       | V2           | No-Show   | false       |                |
        P6  | p6            | E3       | V1           | Attended  | true        | 9.00           | 2026-02-02 00:00:00+00
        P7  |               | E5       | V3           | Attended  | true        | 1.50           |
        P8  | p8            | E6       | V1           | Attended  | true        | 5.00           |
        P9  | p9            | E8       | V1           | Attended  | true        | 5.00           |
        P10 | p10           | E7       |              | Attended  | true        | 5.00           |
        P11 | p11           | E9       | V2           | Attended  | true        | 0.50           |
    """,
    "event_student_participations": """
        id | salesforce_id | event_id | student_id | status     | is_attended
        Q1 | q1            | E1       | T1         | Attended   | true
        Q2 | q2            | E1       | T2         | Attended   | true
        Q3 | q3            | E3       | T1         | Attended   | true
        Q4 | q4            | E3       | T2         | Attended   | true
        Q5 | q5            | E3       | T3         | Attended   | true
        Q6 | q6            | E5       | T1         | Attended   | true
        Q7 | q7            | E7       | T3         | Attended   | true
        Q8 | q8            | E7       | T1         | Registered | false
    """,
    "volunteer_organizations": """
        id | source_key | contact_id | organization_id | status  | start_date | end_date   | deleted_at
        M1 | v1o1       | V1         | O1              | Current | 2025-08-01 | 2025-12-31 |
        M2 | v2o1       | V2         | O1              | Past    |            |            |
        M3 | v3o1       | V3         | O1              | Past    |            |            | 2026-01-01 00:00:00+00
    """,
}


def key(short: str) -> str:
    return str(uuid.UUID(hashlib.md5(short.encode()).hexdigest()))


@pytest.fixture(scope="module")
def reports(models: Models) -> Iterator[Connection]:
    """A database with the application's tables and the reporting views over them, for as long as these tests run."""
    with models.database.connect() as connection:
        connection.execute("drop schema if exists app cascade")  # of another story in this database
        prepare_tables(connection, read_contract(models.options.manifest))
        for name, text in APPLICATION.items():
            fill(connection, name, text)
    models.run("seed", "--select", "session_types")
    models.run("build", "--select", "path:models/reporting", "--exclude", "unmapped_values")
    with models.database.connect() as connection:
        yield connection
    with models.database.connect() as connection:
        for schema in ("reporting", "app"):
            connection.execute(f"drop schema {schema} cascade")


def fill(connection: Connection, name: str, text: str) -> None:
    for row in table(text):
        values = {
            column: key(cell) if cell and (column == "id" or _is_key(column)) else cell
            for column, cell in row.items()
        }
        columns = ", ".join(map(quoted, values))
        marks = ", ".join("?" * len(values))
        connection.execute(f"insert into app.{name} ({columns}) values ({marks})", list(values.values()))


def _is_key(column: str) -> bool:
    return column.endswith("_id") and not column.startswith("salesforce_")


@contextmanager
def named(connection: Connection) -> Iterator[dict[str, str]]:
    """The short names of keys."""
    yield {key(row["id"]): row["id"] for text in APPLICATION.values() for row in table(text) if row["id"]}


def report(connection: Connection, name: str, columns: str) -> list[dict[str, str | None]]:
    """The report's rows with keys as short names, in the order of their columns."""
    with named(connection) as names:
        rows = [
            {column: names.get(cell or "", cell) for column, cell in row.items()}
            for row in stored(connection, f"reporting.{name}", columns.split())
        ]
    return sorted(rows, key=lambda row: [cell or "" for cell in row.values()])


def test_an_event_counts_in_each_of_its_districts_and_students_in_their_own(reports: Connection) -> None:
    columns = (
        "school_year district events virtual_events schools unique_volunteers volunteer_attendances"
        " volunteer_hours unique_students student_attendances"
    )
    assert report(reports, "district_year_end", columns) == table("""
        school_year | district | events | virtual_events | schools | unique_volunteers | volunteer_attendances | volunteer_hours | unique_students | student_attendances
                    | North    | 1      | 0              | 1       | 1                 | 1                     | 0.50            | 0               | 0
        2024-25     | North    | 1      | 0              | 1       | 2                 | 2                     | 4.50            | 1               | 1
        2025-26     | North    | 2      | 1              | 0       | 2                 | 2                     | 1.50            | 1               | 2
        2025-26     | South    | 2      | 1              | 1       | 1                 | 2                     | 1.00            | 1               | 1
        2025-26     | Unknown  | 1      | 0              | 0       | 0                 | 0                     | 0.00            | 1               | 1
    """)


def test_hours_are_those_delivered_else_the_events_length_else_none(reports: Connection) -> None:
    assert report(reports, "fct_volunteer_attendances", "participation_id hours hours_source") == table("""
        participation_id | hours | hours_source
        P1               | 2.00  | delivered
        P11              | 0.50  | delivered
        P2               | 2.50  | length of the event
        P3               | 1.00  | length of the event
        P4               | 0.00  | unknown
        P7               | 1.50  | delivered
    """)


@pytest.mark.parametrize("zone", ["UTC", "America/Chicago"])
@pytest.mark.parametrize(
    ("starts_at", "ends_at", "hours"),
    [
        ("2025-07-31 15:00:00+00", "2025-07-31 16:00:18+00", "1.01"),  # half of a hundredth counts up
        ("2025-07-31 15:00:00+00", "2025-07-31 16:00:17+00", "1.00"),
        ("2025-03-08 12:00:00-06", "2025-03-10 12:00:00-05", "47.00"),  # a night of 23 hours in Chicago
        ("2025-11-01 12:00:00-05", "2025-11-02 12:00:00-06", "25.00"),
    ],
)
def test_the_length_of_an_event_is_the_same_in_any_time_zone_of_the_reader(
    reports: Connection, starts_at: str, ends_at: str, hours: str, zone: str
) -> None:
    with reports.taken_back():
        reports.execute(
            "update app.events set starts_at = ?, ends_at = ? where salesforce_id = 'e1'",
            [starts_at, ends_at],
        )
        reports.execute(f"set timezone = '{zone}'")
        found = reports.rows(
            "select cast(length_hours as varchar) from reporting.fct_events where salesforce_id = 'e1'"
        )
        reports.execute("set timezone = 'UTC'")
        assert found == [(hours,)]


def test_a_first_year_is_the_first_with_an_attendance(reports: Connection) -> None:
    columns = "volunteer_id school_year events hours first_attended_on last_attended_on is_first_year"
    assert report(reports, "volunteer_years", columns) == table("""
        volunteer_id | school_year | events | hours | first_attended_on | last_attended_on | is_first_year
        V1           | 2024-25     | 1      | 2.00  | 2025-07-31        | 2025-07-31       | true
        V1           | 2025-26     | 2      | 1.00  | 2025-08-01        | 2026-02-01       | false
        V2           |             | 1      | 0.50  |                   |                  | false
        V2           | 2024-25     | 1      | 2.50  | 2025-07-31        | 2025-07-31       | true
        V3           | 2025-26     | 1      | 1.50  | 2026-03-01        | 2026-03-01       | true
    """)


def test_whom_staff_excluded_from_reports_is_not_listed(reports: Connection) -> None:
    columns = "volunteer_id events hours first_attended_on last_attended_on school_years has_attended_once"
    assert report(reports, "volunteer_engagement", columns) == table("""
        volunteer_id | events | hours | first_attended_on | last_attended_on | school_years | has_attended_once
        V1           | 3      | 3.00  | 2025-07-31        | 2026-02-01       | 2            | false
        V2           | 2      | 3.00  | 2025-07-31        | 2025-07-31       | 1            | false
    """)


def test_verified_membership_lies_within_the_affiliations_dates(reports: Connection) -> None:
    columns = (
        "school_year organization_id events unique_volunteers volunteer_attendances volunteer_hours"
        " verified_volunteers verified_hours"
    )
    assert report(reports, "organization_years", columns) == table("""
        school_year | organization_id | events | unique_volunteers | volunteer_attendances | volunteer_hours | verified_volunteers | verified_hours
                    | O1              | 1      | 1                 | 1                     | 0.50            | 0                   | 0.00
        2024-25     | O1              | 1      | 2                 | 2                     | 4.50            | 0                   | 0.00
        2025-26     | O1              | 2      | 1                 | 2                     | 1.00            | 1                   | 1.00
    """)


def test_a_programme_may_ask_for_a_level_of_school(reports: Connection) -> None:
    columns = (
        "school_year program events unique_volunteers volunteer_hours unique_students student_attendances"
    )
    assert report(reports, "program_breakdown", columns) == table("""
        school_year | program                  | events | unique_volunteers | volunteer_hours | unique_students | student_attendances
                    | DIA                      | 1      | 1                 | 0.50            | 0               | 0
        2024-25     | Career and College Fairs | 1      | 2                 | 4.50            | 2               | 2
        2025-26     | DIA                      | 3      | 2                 | 1.50            | 3               | 5
    """)


# Each sum of a report, and the same number straight from the application's tables.
RECONCILED = {
    "events of districts": (
        "select sum(events) from reporting.district_year_end",
        """select sum(case when n = 0 then 1 else n end) from (
            select (select count(*) from app.event_districts d
                    where d.event_id = e.id and d.deleted_at is null and d.district_id is not null) as n
            from app.events e where e.deleted_at is null and e.status = 'Completed') as counted""",
    ),
    "volunteers' hours": (
        "select sum(hours) from reporting.volunteer_years",
        "select sum(hours) from reporting.fct_volunteer_attendances",
    ),
    "volunteers' attendances": (
        "select count(*) from reporting.fct_volunteer_attendances",
        """select count(*) from app.event_participations p join app.events e on e.id = p.event_id
            where p.deleted_at is null and p.is_attended and p.volunteer_id is not null
            and e.deleted_at is null and e.status = 'Completed'""",
    ),
    "students' attendances": (
        "select count(*) from reporting.fct_student_attendances",
        """select count(*) from app.event_student_participations p join app.events e on e.id = p.event_id
            where p.deleted_at is null and p.is_attended and p.student_id is not null
            and e.deleted_at is null and e.status = 'Completed'""",
    ),
    "delivered hours": (
        "select sum(hours) from reporting.fct_volunteer_attendances where hours_source = 'delivered'",
        """select sum(p.delivery_hours) from app.event_participations p join app.events e on e.id = p.event_id
            where p.deleted_at is null and p.is_attended and p.volunteer_id is not null
            and e.deleted_at is null and e.status = 'Completed'""",
    ),
    "live events": (
        "select count(*) from reporting.fct_events",
        "select count(*) from app.events where deleted_at is null",
    ),
}


@pytest.mark.parametrize("what", RECONCILED)
def test_a_report_reconciles_with_the_application(reports: Connection, what: str) -> None:
    reported, held = RECONCILED[what]
    assert reports.value(reported) == reports.value(held) != 0


def test_the_application_changes_and_drops_its_own_columns_that_no_report_reads(
    reports: Connection, models: Models
) -> None:
    if reports.kind == "duckdb":
        pytest.skip("DuckDB alters no table that has an index")
    own = [
        (f"app.{table.name}", quoted(column.name))
        for table in read_contract(models.options.manifest)
        for column in table.columns
        if column.owner is Owner.APP and column.name != "exclude_from_reports"
    ]
    assert len(own) > 20
    reports.execute("begin")
    for name, column in own:
        reports.execute(f"alter table {name} alter column {column} type text")
        reports.execute(f"alter table {name} drop column {column}")
    reports.execute("rollback")
