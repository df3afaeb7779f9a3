"""A window arrives whole, by REST and by Bulk, with the same bytes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from extract.errors import ObjectRefused
from tests.salesforce.conftest import ENDS, Reader, content, readable

NASTY = 'a "quoted", line\r\nnext\nlast \u0085\u2028 🚀 =cmd|x null #N/A \ttab  '


def test_an_org_says_who_it_is_and_what_it_has(reader: Reader) -> None:
    assert reader.client.organization_id() == reader.org.organization_id
    assert {"Account", "Contact", "Session_Participant__c"} <= reader.client.object_names()
    assert abs(reader.client.server_time() - datetime.now(UTC)) < timedelta(seconds=5)
    description = reader.client.describe("Account")
    fields = {field.name: field for field in description.fields}
    assert (description.name, description.key_prefix, description.queryable) == ("Account", "001", True)
    assert fields["SystemModstamp"].type == "datetime"
    assert "Account" in fields["ParentId"].reference_to
    assert fields["BillingStreet"].compound_field_name == "BillingAddress"


def test_the_use_of_the_day_is_known_after_each_answer(reader: Reader) -> None:
    reader.org.control("POST", "/limits", {"maximum": 5000, "used": 100})
    before = reader.client.usage.calls
    reader.client.describe("Account")
    assert reader.client.usage.calls == before + 1
    assert (reader.client.usage.used, reader.client.usage.limit) == (101, 5000)
    assert reader.client.usage.bytes > 0


def test_counting_leaves_deleted_records_out_and_reading_does_not(reader: Reader) -> None:
    new = reader.org.control(
        "POST", "/records", {"op": "insert", "object": "Account", "record": {"Name": "Fictional Gone School"}}
    )["ids"][0]
    held = reader.client.count("Account", f"Id = '{new}'")
    reader.org.control("POST", "/records", {"op": "delete", "object": "Account", "id": new})
    assert (held, reader.client.count("Account", f"Id = '{new}'")) == (1, 0)
    assert reader.client.count("Account", f"Id = '{new}'", include_deleted=True) == 1
    for bulk in (False, True):
        [row] = reader.records("Account", where=f"Id = '{new}'", bulk=bulk)
        assert row["IsDeleted"] == "true"


@pytest.mark.fault("F38", "Five objects read in both ways")
@pytest.mark.parametrize("name", ["Account", "Contact", "Session__c", "Task", "Pathway_Participant__c"])
def test_rest_and_bulk_give_the_same_bytes(reader: Reader, name: str) -> None:
    by_rest = reader.records(name, bulk=False)
    by_bulk = reader.records(name, bulk=True)
    assert by_rest == by_bulk
    assert len(by_rest) >= reader.client.count(name) > 0


@pytest.mark.fault("F54", "A record with such texts, read in both ways")
def test_nasty_text_survives_byte_for_byte_by_both_ways(reader: Reader) -> None:
    record = {"Name": "Fictional " + NASTY.strip(), "Description": NASTY + "x" * 30_000}
    new = reader.org.control("POST", "/records", {"op": "plant", "object": "Account", "record": record})[
        "ids"
    ][0]
    for bulk in (False, True):
        [row] = reader.records("Account", where=f"Id = '{new}'", bulk=bulk)
        assert {key: row[key] for key in record} == record


def test_a_small_window_takes_one_call_and_is_one_last_part(reader: Reader) -> None:
    before = reader.client.usage.calls
    [part] = reader.parts("RecordType", bulk=False)
    assert (part.last, part.api, part.number) == (True, "rest", 1)
    assert part.rows == reader.client.count("RecordType")
    assert reader.client.usage.calls == before + 3  # describe, the page, the count


@pytest.mark.fault("F52", "A window before the first record, read in both ways")
def test_an_empty_window_is_one_part_without_rows(reader: Reader) -> None:
    for bulk in (False, True):
        [part] = reader.parts("Account", where="CreatedDate < 1990-01-01T00:00:00.000Z", bulk=bulk)
        assert (part.rows, part.last) == (0, True)
        assert content(part.path) == []
        assert part.columns == tuple(readable(reader.client.describe("Account")))


@pytest.mark.parametrize("bulk", [False, True])
def test_a_large_window_comes_in_parts_each_as_soon_as_it_is_full(reader: Reader, bulk: bool) -> None:
    total = len(reader.records("Session_Participant__c", fields=["Id"], bulk=bulk))
    parts = list(
        reader.parts("Session_Participant__c", fields=["Id", "Status__c"], bulk=bulk, rows_per_part=1000)
    )
    assert len(parts) > 1
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert [part.last for part in parts] == [False] * (len(parts) - 1) + [True]
    assert sum(part.rows for part in parts) == total
    ids = {row["Id"] for part in parts for row in content(part.path)}
    assert len(ids) == total


@pytest.mark.fault("F59", "Every record gets one stamp, and pages of 100 are read")
@pytest.mark.parametrize("bulk", [False, True])
def test_records_of_one_stamp_are_all_there_once_across_pages(reader: Reader, bulk: bool) -> None:
    reader.org.control("POST", "/records", {"op": "touch", "object": "Contact", "count": 10_000})
    reader.org.control("POST", "/limits", {"page_rows": 100})
    rows = reader.records(
        "Contact", fields=["Id", "SystemModstamp", "IsDeleted"], bulk=bulk, rows_per_part=100
    )
    assert len({row["Id"] for row in rows}) == len(rows) == len(reader.records("Contact", fields=["Id"]))
    assert len(reader.requests("/results" if bulk else "/query/")) >= 3
    assert len({row["SystemModstamp"] for row in rows if row["IsDeleted"] == "false"}) == 1


def test_the_job_is_deleted_when_the_caller_asks_past_the_last_part(reader: Reader) -> None:
    parts = reader.parts("Account")
    assert next(parts).last
    assert reader.requests("/jobs/query/", "DELETE") == []
    assert (reader.folder / "job.json").is_file()
    assert list(parts) == []
    assert len(reader.requests("/jobs/query/", "DELETE")) == 1
    assert not (reader.folder / "job.json").exists()


@pytest.mark.fault("F46", "The reader ends after the first page", ends_well="next run")
def test_a_finished_job_of_an_interrupted_run_is_not_paid_twice(reader: Reader) -> None:
    left = reader.parts("Account", span=ENDS)
    first = content(next(left).path)
    reader.leave(left)
    again = reader.records("Account", span=ENDS)
    assert sorted(first, key=lambda row: row["Id"]) == again
    assert len(reader.requests("/jobs/query", "POST")) == 1
    assert any("goes on with" in note["text"] for note in reader.reports.of("note"))


@pytest.mark.fault(
    "F46", "The reader of an object without a cursor ends after the first page", ends_well="next run"
)
def test_a_job_of_a_query_without_an_end_is_not_taken_for_what_is_there_now(reader: Reader) -> None:
    left = reader.parts("Account")
    next(left)
    reader.leave(left)
    record = {"op": "insert", "object": "Account", "record": {"Name": "Fictional Newcomer"}}
    new = reader.org.control("POST", "/records", record)["ids"][0]
    assert new in {row["Id"] for row in reader.records("Account")}
    assert len(reader.requests("/jobs/query", "POST")) == 2
    assert len(reader.requests("/jobs/query/", "DELETE")) == 2


def test_a_job_left_for_another_query_is_cleared_away(reader: Reader) -> None:
    left = reader.parts("Account", fields=["Id"])
    next(left)
    reader.leave(left)
    reader.records("Account")
    assert len(reader.requests("/jobs/query", "POST")) == 2
    assert len(reader.requests("/jobs/query/", "DELETE")) == 2


@pytest.mark.fault("F47", "The kept job is deleted in the org", ends_well="same run")
def test_a_job_that_the_org_has_forgotten_is_replaced(reader: Reader) -> None:
    left = reader.parts("Account")
    next(left)
    kept = (reader.folder / "job.json").read_text()
    list(left)
    (reader.folder / "job.json").write_text(kept)
    assert reader.records("Account")
    assert len(reader.requests("/jobs/query", "POST")) == 2


@pytest.mark.fault("F38", "An object that Bulk does not serve")
def test_an_object_that_bulk_refuses_is_read_by_rest(reader: Reader) -> None:
    [part] = reader.parts("Organization")
    assert (part.api, part.rows) == ("rest", 1)
    assert any("Bulk refused it" in note["text"] for note in reader.reports.of("note"))


@pytest.mark.fault("F32", "A query of 14,000 characters")
def test_a_query_too_long_for_an_address_goes_by_bulk(reader: Reader) -> None:
    ids = [row["Id"] for row in reader.records("Contact", fields=["Id"])][:700]
    where = "Id IN (" + ",".join(f"'{one}'" for one in ids) + ")"
    [part] = reader.parts("Contact", fields=["Id"], where=where, bulk=False)
    assert (part.api, part.rows) == ("bulk", len(ids))


@pytest.mark.fault("F29", "The name of no object")
def test_an_object_that_is_not_there_names_the_click_path(reader: Reader) -> None:
    with pytest.raises(ObjectRefused, match="No_Such_Thing__c") as refused:
        reader.client.describe("No_Such_Thing__c")
    assert "Object Settings" in refused.value.next_step


@pytest.mark.fault("F30", "The object is taken from the user")
def test_a_missing_permission_refuses_that_object_alone(reader: Reader) -> None:
    description = reader.client.describe("Class__c")
    reader.org.control("POST", "/permissions", {"object": "Class__c", "readable": False})
    try:
        with pytest.raises(ObjectRefused, match="Class__c"):
            reader.client.describe("Class__c")
        with pytest.raises(ObjectRefused, match="Class__c"):
            reader.client.count(description.name)
        assert reader.records("Account")
    finally:
        reader.org.control("POST", "/permissions", {"object": "Class__c", "readable": True})


def test_a_field_that_went_away_after_describe_is_said(reader: Reader) -> None:
    for bulk in (False, True):
        with pytest.raises(ObjectRefused, match="not there any more"):
            list(reader.parts("Account", fields=["Id", "Vanished__c"], bulk=bulk))


def test_the_calls_of_one_object_are_counted_apart(reader: Reader) -> None:
    whole = reader.client.usage.calls
    mine = reader.client.with_own_usage()
    mine.describe("Account")
    assert mine.usage.calls == 1
    assert reader.client.usage.calls == whole + 1
    assert mine.usage.used is not None


def test_each_page_is_reported_with_its_progress_and_a_point(reader: Reader) -> None:
    parts = list(reader.parts("Contact", fields=["Id"], bulk=False))
    total = sum(part.rows for part in parts)
    progress = reader.reports.of("progress")
    assert progress[-1] == {"object": "Contact", "done": total, "expected": total, "unit": "records"}
    assert len(reader.reports.of("point")) == len(progress)
