"""What Salesforce cannot do in one piece is read in several, with the same records and cells."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from extract.errors import JobFailed, ObjectRefused, SalesforceError
from extract.salesforce import SpoolPart, open_client, read_window, soql
from extract.salesforce.halving import MOST_CUTS
from extract.salesforce.span import Span
from tests.demo_org.running import RunningOrg
from tests.salesforce.conftest import QUICK, Reader, Reports, content, login_to, readable

NAME = "Account"
RETRIED = "InternalServerError: Retried more than fifteen times"
TIMEOUT = "QUERY_TIMEOUT: Your query request was running for too long."
REFUSED = {
    "status": 400,
    "code": "INVALIDENTITY",
    "message": "Entity 'Account' is not supported by the Bulk API.",
}


def span(start: datetime | None = None) -> Span:
    return Span("SystemModstamp", start, datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=5))


def posts(reader: Reader) -> int:
    return len(reader.requests("/jobs/query", "POST"))


def cells(parts: list[SpoolPart]) -> list[dict[str, str]]:
    return sorted((row for part in parts for row in content(part.path)), key=lambda row: row["Id"])


@pytest.mark.fault(
    "F40",
    "Two, four and six jobs fail: the whole window, its first half, and that half's first half",
    ends_well="same run",
)
@pytest.mark.fault("F26", "Two jobs fail with QUERY_TIMEOUT", ends_well="same run")
@pytest.mark.parametrize(("failing", "message"), [(2, TIMEOUT), (4, RETRIED), (6, RETRIED)])
def test_a_window_whose_jobs_fail_is_cut_in_halves(reader: Reader, failing: int, message: str) -> None:
    whole = span(datetime(2000, 1, 1, tzinfo=UTC) if failing == 4 else None)
    undisturbed = reader.records(NAME, where=whole.where, bulk=False)
    reader.plant("failed_job", message=message, times=failing)
    parts = list(reader.parts(NAME, where=whole.where, span=whole, rows_per_part=100))
    assert cells(parts) == undisturbed
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert [part.last for part in parts] == [False] * (len(parts) - 1) + [True]
    assert posts(reader) == failing + failing // 2 + 1
    assert any("is cut at" in told["what"] for told in reader.reports.of("retry"))


@pytest.mark.fault("F40", "Every job of a window that may be cut fails")
def test_a_window_is_not_cut_for_ever(reader: Reader) -> None:
    whole = span()
    reader.plant("failed_job", message=RETRIED, times=0)
    with pytest.raises(JobFailed, match="Retried more than") as failed:
        list(reader.parts(NAME, where=whole.where, span=whole))
    assert "Bulk Data Load Jobs" in failed.value.next_step
    assert posts(reader) == 2 * (MOST_CUTS + 1)
    assert list(reader.folder.rglob("job.json")) == []


@pytest.mark.fault("F43", "A job stays InProgress, and its window may be cut", ends_well="same run")
@pytest.mark.parametrize(
    "stuck", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(0, marks=pytest.mark.slow)]
)
def test_a_window_whose_job_never_ends_is_cut_in_halves_twice(
    org: RunningOrg, tmp_path: Path, stuck: int
) -> None:
    reports, whole = Reports(), span()
    with open_client(login_to(org), reports, replace(QUICK, job_deadline_seconds=2)) as client:
        reader = Reader(org, client, tmp_path, reports)
        undisturbed = reader.records(NAME, where=whole.where, bulk=False)
        reader.plant("stuck_job", times=stuck)
        if stuck:
            assert reader.records(NAME, where=whole.where, span=whole) == undisturbed
        else:
            with pytest.raises(JobFailed, match="still “InProgress”"):
                reader.records(NAME, where=whole.where, span=whole)
        assert len(reader.requests("/jobs/query", "POST")) == (2 * stuck + 1 if stuck else 3)
        assert len(reader.requests("/jobs/query/", "PATCH")) == (stuck or 3)
        assert list(tmp_path.rglob("job.json")) == []


def test_a_half_with_few_records_is_read_by_rest(reader: Reader) -> None:
    whole = span()
    undisturbed = reader.records(NAME, where=whole.where, bulk=False)
    description = reader.client.describe(NAME)
    reader.plant("failed_job", message=RETRIED, times=0)
    parts = list(
        read_window(
            reader.client,
            description,
            readable(description),
            whole.where,
            reader.folder,
            rows_per_part=10_000,
            bulk_from_rows=len(undisturbed),
            report=reader.reports,
            span=whole,
        )
    )
    assert cells(parts) == undisturbed
    assert {part.api for part in parts} == {"rest"}


def test_two_halves_hold_what_the_whole_held() -> None:
    whole = Span("X", None, datetime(2026, 1, 1, tzinfo=UTC))
    halves = whole.halves(datetime(2025, 12, 31, 23, 59, 55, tzinfo=UTC))
    assert halves is not None
    first, second = halves
    assert (first.start, first.end, second.end) == (None, second.start, whole.end)
    assert second.start == datetime(2025, 12, 31, 23, 59, 57, tzinfo=UTC)
    assert second.halves(datetime.min) == (
        replace(second, end=whole.end - timedelta(seconds=2)),
        replace(second, start=whole.end - timedelta(seconds=2)),
    )
    assert Span("X", whole.end - timedelta(seconds=1), whole.end).halves(datetime.min) is None


TOO_LARGE = {
    "status": 400,
    "code": "OPERATION_TOO_LARGE",
    "message": "exceeded 100000 distinct who/what's",
}


def refuse_whole(reader: Reader, whole: Span, **settings: Any) -> None:
    """Everything that is asked for the whole window's time is refused, by REST and when a job is made."""
    match = {"path": "/query", "body": f"WHERE {whole.where}"}
    reader.org.control("POST", "/faults", {"fault": "status", "match": match, "times": 0, **settings})


@pytest.mark.fault("F91", "Every query of a window's whole time is refused, with and without Bulk")
@pytest.mark.parametrize("bulk", [True, False])
def test_a_window_of_too_many_records_for_a_user_is_cut_in_halves(reader: Reader, bulk: bool) -> None:
    whole = span(datetime(2000, 1, 1, tzinfo=UTC))
    undisturbed = reader.records(NAME, where=whole.where, bulk=False)
    refuse_whole(reader, whole, **TOO_LARGE)
    parts = list(reader.parts(NAME, where=whole.where, span=whole, bulk=bulk))
    assert cells(parts) == undisturbed
    assert [part.last for part in parts] == [False] * (len(parts) - 1) + [True]
    assert posts(reader) == (2 if bulk else 0)  # none for what REST refused
    assert any("View All Data" in told["what"] for told in reader.reports.of("retry"))


@pytest.mark.fault("F91", "A job fails with OPERATION_TOO_LARGE")
def test_a_window_whose_job_is_too_large_for_a_user_is_cut_without_a_second_one(reader: Reader) -> None:
    whole = span()
    undisturbed = reader.records(NAME, where=whole.where, bulk=False)
    reader.plant("failed_job", message="OPERATION_TOO_LARGE: exceeded 100000 distinct who/what's")
    assert cells(list(reader.parts(NAME, where=whole.where, span=whole))) == undisturbed
    assert posts(reader) == 3


@pytest.mark.fault("F91", "Every query is refused, and the window cannot be cut")
def test_too_many_records_for_a_user_are_said_with_the_permission(reader: Reader) -> None:
    refuse_whole(reader, whole := span(), **TOO_LARGE)
    with pytest.raises(ObjectRefused, match="View All Data") as refused:
        reader.records(NAME, where=whole.where)
    assert "System Permissions" in refused.value.next_step


# -- groups of fields ----------------------------------------------------------------------------


@pytest.fixture
def wide(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """Bulk refuses the object, and an address holds only a few of its fields."""
    monkeypatch.setattr(soql, "_LONGEST_ADDRESS", 350)
    reader.org.control("POST", "/limits", {"page_rows": 100})
    return reader


def refuse_bulk(reader: Reader) -> None:
    reader.plant("status", "/jobs/query", **REFUSED, times=0)


@pytest.mark.fault("F90", "An object that Bulk refuses, with an address that holds few of its fields")
def test_groups_of_fields_are_the_same_cells_as_by_bulk(wide: Reader) -> None:
    by_bulk = wide.records(NAME)
    refuse_bulk(wide)
    parts = list(wide.parts(NAME, rows_per_part=150))
    assert cells(parts) == by_bulk
    assert {part.api for part in parts} == {"rest"}
    assert [part.last for part in parts] == [False] * (len(parts) - 1) + [True]
    queries = wide.requests("/queryAll")
    assert len(queries) >= 3
    assert any(f"in {len(queries)} groups" in note["text"] for note in wide.reports.of("note"))


@pytest.mark.fault(
    "F61", "Records change and are deleted while an object is read in groups of fields", ends_well="same run"
)
@pytest.mark.fault("F90", "Records change between the groups of fields", ends_well="same run")
def test_a_record_that_changes_between_groups_is_not_put_together_from_both(wide: Reader) -> None:
    ids = wide.org.control("POST", "/query", {"soql": f"SELECT Id FROM {NAME} WHERE IsDeleted = false"})[
        "ids"
    ]
    refuse_bulk(wide)
    changed: list[str] = []

    class Changing:
        """Changes two records each time a page was read, the first few times."""

        def __call__(self, event: str, **fields: Any) -> None:
            wide.reports(event, **fields)
            if fields.get("name") == "extract.page" and len(changed) < 6:
                for one in ids[len(changed) : len(changed) + 2]:
                    changed.append(one)
                    record = {"Name": f"Changed {one}", "Phone": one, "Website": one}
                    wide.org.control(
                        "POST", "/records", {"op": "update", "object": NAME, "id": one, "record": record}
                    )
                wide.org.control("POST", "/clock", {"advance_seconds": 1})

    description = wide.client.describe(NAME)
    fields = readable(description)
    options: dict[str, Any] = {"rows_per_part": 10_000, "bulk_from_rows": 0, "report": Changing()}
    found = cells(list(read_window(wide.client, description, fields, "", wide.folder, **options)))
    wide.org.control("DELETE", "/faults")
    assert len(changed) == 6
    now = {row["Id"]: row for row in wide.records(NAME)}
    assert len(found) == len({row["Id"] for row in found}) == len(now)
    torn = [row for row in found if (row["Phone"] == row["Id"]) != (row["Name"] == f"Changed {row['Id']}")]
    assert torn == []
    for row in found:
        if row["SystemModstamp"] == now[row["Id"]]["SystemModstamp"]:
            assert row == now[row["Id"]]
    assert any("are read again" in told["what"] for told in wide.reports.of("retry"))


@pytest.mark.fault("F90", "A wide object that Bulk refuses has no SystemModstamp")
def test_a_wide_object_without_a_stamp_is_refused_in_words(wide: Reader) -> None:
    refuse_bulk(wide)
    described = wide.client.describe(NAME)
    kept = tuple(field for field in described.fields if field.name != "SystemModstamp")
    stampless = replace(described, fields=kept)
    options: dict[str, Any] = {"rows_per_part": 100, "bulk_from_rows": 0, "report": wide.reports}
    with pytest.raises(SalesforceError, match="no SystemModstamp") as refused:
        list(read_window(wide.client, stampless, readable(stampless), "", wide.folder, **options))
    assert "leave_out" in refused.value.next_step


def find_complicated(reader: Reader, fields: int, message: str = "") -> None:
    """Refuse each statement with more than so many fields, or fail its job."""
    code = {"status": 400, "code": "QUERY_TOO_COMPLICATED", "message": "Query is selecting too many fields."}
    fault = {"fault": "failed_job", "message": message} if message else {"fault": "status", **code}
    match = {"path": "/query", "body": rf"SELECT (\w+,){{{fields},}}\w+ FROM"}
    reader.org.control("POST", "/faults", {**fault, "match": match, "times": 0})


@pytest.mark.fault("F92", "Each statement with more than eight fields is refused")
@pytest.mark.parametrize("bulk", [True, False])
def test_a_statement_that_is_too_complicated_is_read_in_groups_that_are_not(
    reader: Reader, bulk: bool
) -> None:
    undisturbed = reader.records(NAME)
    before = posts(reader)
    find_complicated(reader, 8)
    parts = list(reader.parts(NAME, bulk=bulk, rows_per_part=150))
    assert cells(parts) == undisturbed
    assert [part.last for part in parts] == [False] * (len(parts) - 1) + [True]
    assert posts(reader) == before  # a job would end in the same way
    assert any("too complicated for Salesforce" in note["text"] for note in reader.reports.of("note"))


@pytest.mark.fault("F92", "A job fails with QUERY_TOO_COMPLICATED, whose query is too long for an address")
def test_a_job_that_is_too_complicated_gives_way_to_groups_of_fields(wide: Reader) -> None:
    undisturbed = wide.records(NAME)
    before = posts(wide)
    find_complicated(wide, 8, "QUERY_TOO_COMPLICATED: Query is selecting too many fields.")
    assert wide.records(NAME) == undisturbed
    assert posts(wide) == before + 1


@pytest.mark.fault("F92", "Bulk refuses the object, and REST each statement with more than five fields")
def test_groups_that_fit_an_address_are_cut_where_they_are_too_complicated(wide: Reader) -> None:
    undisturbed = wide.records(NAME)
    refuse_bulk(wide)
    find_complicated(wide, 5)
    assert wide.records(NAME) == undisturbed


@pytest.mark.fault("F92", "Every statement with a certain field is refused")
def test_a_field_that_is_too_complicated_alone_is_named(reader: Reader) -> None:
    match = {"path": "/queryAll", "body": r"\bPhone\b"}
    code = {"status": 400, "code": "QUERY_TOO_COMPLICATED", "times": 0}
    reader.org.control("POST", "/faults", {"fault": "status", "match": match, **code})
    with pytest.raises(ObjectRefused, match="too complicated") as refused:
        reader.records(NAME)
    assert refused.value.where == f"{NAME}.Phone"
    assert "leave_out" in refused.value.next_step


def test_a_filter_that_fills_the_address_alone_is_refused_as_too_long(wide: Reader) -> None:
    refuse_bulk(wide)
    ids = wide.org.control("POST", "/query", {"soql": f"SELECT Id FROM {NAME}"})["ids"]
    with pytest.raises(SalesforceError, match="one REST query can name"):
        list(wide.parts(NAME, where=soql.one_of("Id", ids[:100])))
