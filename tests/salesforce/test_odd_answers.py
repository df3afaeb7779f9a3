"""Answers that no org should give end in an error, never in a loop or in records lost unseen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from extract.errors import BudgetReached, JobFailed, ObjectRefused, SalesforceError
from extract.salesforce import (
    FieldDescription,
    Login,
    ObjectDescription,
    SalesforceClient,
    SpoolPart,
    open_client,
    read_window,
)
from tests.salesforce.conftest import ENDS, QUICK, Reports, content
from tests.salesforce.scripted_server import Asked, Said, Script, scripted_server

COLUMNS = ("Id", "Amount__c", "Seen__c", "Name")
TYPES = ("id", "currency", "datetime", "string")
THING = ObjectDescription(
    "Thing__c",
    "Thing",
    tuple(FieldDescription(name, kind) for name, kind in zip(COLUMNS, TYPES, strict=True)),
)
VERSIONS = Said([{"version": "64.0"}])
RECORD: dict[str, object] = {"attributes": {}, "Id": "1", "Amount__c": None, "Seen__c": None, "Name": None}
HEADER = b'"Id","Amount__c","Seen__c","Name"\n'
JOB = "/services/data/v64.0/jobs/query/750x"
PAGE = HEADER + b'"1","","",""\n'


@pytest.fixture
def script() -> Iterator[Script]:
    with scripted_server() as script:
        yield script


def read(script: Script, folder: Path, *, bulk: bool, **login: str) -> list[SpoolPart]:
    known = {"instance_url": script.url, **(login or {"access_token": "t"})}
    with open_client(Login(**known), Reports(), QUICK) as client:  # type: ignore[arg-type]
        return list(window(client, folder, bulk=bulk))


def window(client: SalesforceClient, folder: Path, *, bulk: bool) -> Iterator[SpoolPart]:
    rows = 0 if bulk else 10**9
    return read_window(
        client,
        THING,
        COLUMNS,
        "",
        folder,
        rows_per_part=10,
        bulk_from_rows=rows,
        report=Reports(),
        span=ENDS,
    )


def rest(script: Script, *pages: object) -> None:
    """Answer the query with these pages, the last one again and again."""
    waiting = list(pages)

    def answer(asked: Asked) -> Said:
        if "/query" not in asked.path:
            return VERSIONS
        return Said(waiting.pop(0) if len(waiting) > 1 else waiting[0])

    script.answer = answer


def bulk(script: Script, *pages: tuple[bytes, dict[str, str]], records: int = 1) -> None:
    """Answer with a finished job and these result pages, the last one again and again."""
    waiting = list(pages)

    def answer(asked: Asked) -> Said:
        if "/results" in asked.path:
            body, headers = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            return Said(body, headers={"Content-Type": "text/csv", **headers})
        if "/jobs/query" in asked.path:
            return Said({"id": "750x", "state": "JobComplete", "numberRecordsProcessed": records})
        if "/queryAll" in asked.path:
            return Said({"totalSize": records, "done": True, "records": [RECORD] * records})
        return VERSIONS

    script.answer = answer


@pytest.mark.fault("F55", "A REST answer with 18 digits")
@pytest.mark.fault("F56", "A REST answer with +0000")
def test_numbers_keep_every_digit_and_moments_are_spelled_as_by_bulk(script: Script, tmp_path: Path) -> None:
    record = (
        '{"attributes":{},"Id":"1","Amount__c":123456789012345.678,'
        '"Seen__c":"2024-01-02T03:04:05.000+0000","Name":"a\\u0000b\\ud83d"}'
    )
    rest(script, f'{{"totalSize":1,"done":true,"records":[{record}]}}'.encode())
    [part] = read(script, tmp_path, bulk=False)
    [row] = content(part.path)
    assert row["Amount__c"] == "1.23456789012345678E14"
    assert row["Seen__c"] == "2024-01-02T03:04:05.000Z"
    assert row["Name"] == "ab?"  # half a character is none; NUL is left out


@pytest.mark.fault("F34", "Three pages of one record")
def test_short_pages_are_not_the_end(script: Script, tmp_path: Path) -> None:
    more = {"totalSize": 3, "done": False, "records": [RECORD]}
    rest(
        script,
        {**more, "nextRecordsUrl": "/services/data/v64.0/query/a-1"},
        {**more, "nextRecordsUrl": "/services/data/v64.0/query/a-2"},
        {**more, "done": True},
    )
    [part] = read(script, tmp_path, bulk=False)
    assert part.rows == 3


MORE = {"totalSize": 2, "done": False, "records": [RECORD]}


@pytest.mark.fault("F35", "More records without a place, and the same place for ever")
@pytest.mark.parametrize(
    ("page", "said"),
    [
        (MORE, "more records follow, but not where"),
        (MORE | {"nextRecordsUrl": "/services/data/v64.0/query/a-1"}, "the same page again and again"),
        (
            {"totalSize": 1, "done": True, "records": [{"attributes": {}, "Id": "1"}]},
            "without a field that was asked for: Amount__c",
        ),
        ({"done": True, "records": []}, "in an unknown shape"),
        ([], "in an unknown shape"),
    ],
    ids=["no way on", "the same page for ever", "a field missing", "no total", "no object"],
)
def test_a_rest_answer_that_makes_no_sense_is_an_error(
    script: Script, tmp_path: Path, page: object, said: str
) -> None:
    rest(script, page)
    with pytest.raises(SalesforceError, match=said):
        read(script, tmp_path, bulk=False)


@pytest.mark.fault("F35", "The next page is on another server, which would answer")
def test_a_next_page_on_another_host_is_not_asked_for(script: Script, tmp_path: Path) -> None:
    with scripted_server() as elsewhere:
        elsewhere.answer = lambda asked: Said(MORE | {"done": True})
        rest(script, MORE | {"nextRecordsUrl": f"{elsewhere.url}/services/data/v64.0/query/a-1"})
        with pytest.raises(SalesforceError, match="pointed to another host"):
            read(script, tmp_path, bulk=False)
        assert elsewhere.asked == []


def ever_new(script: Script, records: int) -> None:
    """Pages of so many records that name ever new places for the next one, by REST and by Bulk; two were announced."""
    bulk(script, (PAGE, {}), records=2)
    inner, numbers = script.answer, count()

    def answer(asked: Asked) -> Said:
        place = str(next(numbers))
        if "/results" in asked.path:
            body = HEADER + PAGE[len(HEADER) :] * records
            return Said(body, headers={"Content-Type": "text/csv", "Sforce-Locator": place})
        if "/query/" in asked.path and "/jobs/" not in asked.path:
            following = {"nextRecordsUrl": f"/services/data/v64.0/query/{place}"}
            return Said({"totalSize": 2, "done": False, "records": [RECORD] * records, **following})
        if "/queryAll" in asked.path:
            following = {"nextRecordsUrl": "/services/data/v64.0/query/first"}
            return Said({"totalSize": 2, "done": False, "records": [RECORD], **following})
        return inner(asked)

    script.answer = answer


@pytest.mark.fault("F35", "Ever new places of pages with a record, and of empty ones")
@pytest.mark.parametrize(
    ("records", "said"),
    [(1, "3 records came where Salesforce announced 2"), (0, "empty pages again and again")],
)
def test_ever_new_pages_by_rest_come_to_an_end(
    script: Script, tmp_path: Path, records: int, said: str
) -> None:
    ever_new(script, records)
    with pytest.raises(SalesforceError, match=said):
        read(script, tmp_path, bulk=False)
    assert len(script.asked) < 20


@pytest.mark.fault("F50", "Ever new locators of pages with a record, and of empty ones")
@pytest.mark.parametrize(
    ("records", "said"), [(1, "3 records came where the job counted 2"), (0, "empty pages again and again")]
)
def test_ever_new_locators_come_to_an_end(script: Script, tmp_path: Path, records: int, said: str) -> None:
    ever_new(script, records)
    with pytest.raises(JobFailed, match=said):
        read(script, tmp_path, bulk=True)
    assert len(script.asked) < 20


@pytest.mark.fault("F50", "The last page's locator is null, empty and absent")
@pytest.mark.parametrize("end", [{"Sforce-Locator": "null"}, {"Sforce-Locator": ""}, {}])
def test_results_end_in_three_ways(script: Script, tmp_path: Path, end: dict[str, str]) -> None:
    bulk(script, (PAGE, {"Sforce-Locator": "abc"}), (PAGE, end), records=2)
    [part] = read(script, tmp_path, bulk=True)
    assert part.rows == 2
    results = [one.path for one in script.asked if "/results" in one.path]
    assert "locator" not in results[0]
    assert "locator=abc" in results[1]


@pytest.mark.fault("F50", "One locator for ever")
def test_the_same_locator_twice_is_an_error(script: Script, tmp_path: Path) -> None:
    bulk(script, (PAGE, {"Sforce-Locator": "abc"}), records=3)
    with pytest.raises(JobFailed, match="again and again"):
        read(script, tmp_path, bulk=True)


@pytest.mark.fault(
    "F51", "A page without the header lacks a record that the job counted", ends_well="next run"
)
def test_missing_rows_are_noticed_without_the_pages_own_count(script: Script, tmp_path: Path) -> None:
    whole = PAGE + b'"2","","",""\n'
    bulk(script, (PAGE, {}), (whole, {}), records=2)
    with pytest.raises(JobFailed, match="1 records came where the job counted 2"):
        read(script, tmp_path, bulk=True)
    assert [part.rows for part in read(script, tmp_path, bulk=True)] == [2]


def test_fewer_records_than_the_job_counted_are_an_error(script: Script, tmp_path: Path) -> None:
    bulk(script, (PAGE, {"Sforce-NumberOfRecords": "1"}), records=2)
    with pytest.raises(JobFailed, match="1 records came where the job counted 2"):
        read(script, tmp_path, bulk=True)


@pytest.mark.fault("F53", "Pages with a column too many, too few, or another")
@pytest.mark.parametrize(
    "header", [b'"Id","Name"\n', HEADER.replace(b"Name", b"Nome"), b'"Id"\n', HEADER[:-1] + b',"X"\n']
)
def test_other_columns_than_asked_for_are_an_error(script: Script, tmp_path: Path, header: bytes) -> None:
    bulk(script, (header, {"Sforce-NumberOfRecords": "0"}), records=0)
    with pytest.raises(SalesforceError, match="columns"):
        read(script, tmp_path, bulk=True)


def test_a_page_without_its_header_does_not_put_a_record_into_the_error(
    script: Script, tmp_path: Path
) -> None:
    bulk(script, (b'"1","2.0","","Fictional Secret"\n', {"Sforce-NumberOfRecords": "1"}))
    with pytest.raises(SalesforceError, match="columns") as failed:
        read(script, tmp_path, bulk=True)
    assert "secret" not in str(failed.value.to_dict()).lower()


@pytest.mark.fault("F53", "A page with its columns turned round")
def test_columns_in_another_order_come_in_ours(script: Script, tmp_path: Path) -> None:
    bulk(
        script,
        (b'"Name","Seen__c","Amount__c","Id"\n"a ""b""\nc","s","2.0","1"\n', {"Sforce-NumberOfRecords": "1"}),
    )
    [part] = read(script, tmp_path, bulk=True)
    assert part.columns == COLUMNS
    assert content(part.path) == [{"Id": "1", "Amount__c": "2.0", "Seen__c": "s", "Name": 'a "b"\nc'}]


TURNED = b'"Name","Seen__c","Amount__c","Id"\n"Fictional \xc3\xa9","","","1"\n'


@pytest.mark.fault(
    "F53",
    "A page with its columns turned round that is cut in a value, in a character, in a record and in its header",
    ends_well="same run",
)
@pytest.mark.parametrize("end", ["Fict", "é", '"","', ',"1"', '"Amou'])
def test_a_page_with_its_columns_turned_round_that_was_cut_is_asked_for_again(
    script: Script, tmp_path: Path, end: str
) -> None:
    cut = TURNED[: TURNED.index(end.encode()) + len(end.encode()) - (end == "é")]
    one = {"Sforce-NumberOfRecords": "1"}
    bulk(script, (cut, one), (TURNED, one))
    [part] = read(script, tmp_path, bulk=True)
    assert content(part.path) == [{"Id": "1", "Amount__c": "", "Seen__c": "", "Name": "Fictional é"}]


@pytest.mark.parametrize("body", [b"", b"<html>\nmaintenance</html>", PAGE[:-4], HEADER[:-1], HEADER[:9]])
def test_a_page_that_is_none_is_asked_for_again(script: Script, tmp_path: Path, body: bytes) -> None:
    bulk(script, (body, {"Sforce-NumberOfRecords": "1"}), (PAGE, {"Sforce-NumberOfRecords": "1"}))
    [part] = read(script, tmp_path, bulk=True)
    assert part.rows == 1


def test_a_job_deleted_while_it_is_read_is_said(script: Script, tmp_path: Path) -> None:
    bulk(script, (PAGE, {}))
    inner = script.answer
    script.answer = lambda asked: (
        Said([{"errorCode": "NOT_FOUND", "message": "gone"}], 404)
        if "/results" in asked.path
        else inner(asked)
    )
    with pytest.raises(JobFailed, match="no longer has the Bulk job"):
        read(script, tmp_path, bulk=True)


@pytest.mark.fault("F47", "The org refuses a job's results, and then to show it", ends_well="next run")
def test_a_job_whose_results_are_refused_is_not_met_again(script: Script, tmp_path: Path) -> None:
    bulk(script, (PAGE, {}))
    inner = script.answer
    script.answer = lambda asked: (
        Said([{"errorCode": "INSUFFICIENT_ACCESS", "message": "of another user"}], 403)
        if "/jobs/query/" in asked.path
        else inner(asked)
    )
    with pytest.raises(ObjectRefused):
        read(script, tmp_path, bulk=True)
    assert script.paths()[-2:] == [f"{JOB}/results", JOB]
    script.answer = inner
    assert read(script, tmp_path, bulk=True)[0].rows == 1
    assert [asked.method for asked in script.asked].count("POST") == 2


@pytest.mark.fault("F44", "A job that says Paused before it is complete", ends_well="same run")
def test_a_job_in_a_state_nobody_knows_is_waited_for(script: Script, tmp_path: Path) -> None:
    bulk(script, (PAGE, {}))
    inner = script.answer
    states = ["UploadComplete", "Paused", "JobComplete"]

    def answer(asked: Asked) -> Said:
        if asked.path.endswith(("/jobs/query", "/jobs/query/750x")) and asked.method != "DELETE" and states:
            return Said({"id": "750x", "state": states.pop(0), "numberRecordsProcessed": 1})
        return inner(asked)

    script.answer = answer
    assert read(script, tmp_path, bulk=True)[0].rows == 1
    assert states == []


def test_a_job_that_cannot_be_deleted_fails_nothing(script: Script, tmp_path: Path) -> None:
    bulk(script, (PAGE, {}))
    inner = script.answer
    script.answer = lambda asked: Said(b"", 503) if asked.method == "DELETE" else inner(asked)
    assert read(script, tmp_path, bulk=True)[0].rows == 1


@pytest.mark.fault(
    "F39", "The job is refused with the words of the daily limit, for 100,001 records", ends_well="next run"
)
def test_a_large_object_waits_for_tomorrows_jobs(script: Script, tmp_path: Path) -> None:
    bulk(script, (PAGE, {}))
    inner = script.answer
    said = "Max bulk v2 query jobs (10000) per 24 hrs has been reached"
    today = [Said([{"errorCode": "LIMIT_EXCEEDED", "message": said}], 400)]

    def answer(asked: Asked) -> Said:
        if "/queryAll" in asked.path:
            return Said({"totalSize": 100_001, "done": False, "nextRecordsUrl": "/x", "records": [RECORD]})
        return today.pop() if today and asked.method == "POST" else inner(asked)

    script.answer = answer
    with pytest.raises(BudgetReached, match="Bulk jobs of the last 24 hours") as deferred:
        read(script, tmp_path, bulk=True)
    assert deferred.value.exit_code == 22
    [tomorrow] = read(script, tmp_path, bulk=True)
    assert (tomorrow.rows, tomorrow.last) == (1, True)


WIDE = tuple(f"Field_With_A_Long_Name_{number}__c" for number in range(800))


@pytest.mark.fault("F90", "A server with an object of 800 fields")
def test_an_object_of_800_fields_is_read_by_a_job(script: Script, tmp_path: Path) -> None:
    columns = ("Id", *WIDE)
    page = ",".join(f'"{name}"' for name in columns) + "\n" + ",".join(f'"{n}"' for n in range(801)) + "\n"
    bulk(script, (page.encode(), {"Sforce-NumberOfRecords": "1"}))
    wide = ObjectDescription("Wide__c", "Wide", tuple(FieldDescription(name, "string") for name in columns))
    with open_client(Login(instance_url=script.url, access_token="t"), Reports(), QUICK) as client:
        [part] = read_window(
            client, wide, columns, "", tmp_path, rows_per_part=10, bulk_from_rows=2000, report=Reports()
        )
    assert (part.api, part.columns) == ("bulk", columns)
    assert content(part.path) == [{name: str(number) for number, name in enumerate(columns)}]
    assert not any("/queryAll" in path for path in script.paths())
    [asked] = (one for one in script.asked if one.method == "POST")
    assert len(json.loads(asked.body)["query"]) > 16_384


@pytest.mark.fault("F43", "A job that the org does not begin", ends_well="next run")
def test_a_job_that_is_not_begun_keeps_its_place(script: Script, tmp_path: Path) -> None:
    bulk(script, (PAGE, {"Sforce-NumberOfRecords": "1"}))
    done = script.answer

    def queued(asked: Asked) -> Said:
        said = done(asked)
        return Said({**said.body, "state": "UploadComplete"}) if "/jobs/query" in asked.path else said

    script.answer = queued
    login, hasty = Login(instance_url=script.url, access_token="t"), replace(QUICK, job_deadline_seconds=0.2)
    with (
        open_client(login, Reports(), hasty) as client,
        pytest.raises(JobFailed, match="did not begin") as failed,
    ):
        list(window(client, tmp_path, bulk=True))
    assert "the same job" in failed.value.next_step
    script.answer = done
    assert [part.rows for part in read(script, tmp_path, bulk=True)] == [1]
    methods = [asked.method for asked in script.asked]
    assert (methods.count("POST"), methods.count("PATCH"), methods.count("DELETE")) == (1, 0, 1)
