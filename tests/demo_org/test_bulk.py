"""Bulk API 2.0 query jobs of the demo org."""

from __future__ import annotations

import gzip
import itertools

import pytest

from tests.demo_org.calls import Caller, error, rows
from tests.demo_org.running import RunningOrg

NASTY = [
    'quotes " and "" more',
    "comma, tab\t and semicolon;",
    "line\nbreak",
    "carriage\r\nreturn",
    'a"\n"b","c',
    "next\x85line and \u2028 separator",
    "emoji 🦉 and ı",
    "  blanks  ",
    "=cmd()",
    "null",
    "#N/A",
    "x" * 20_000,
]


@pytest.fixture(scope="module")
def nasty_ids(org: RunningOrg) -> list[str]:
    """Tasks whose descriptions are hard to carry."""
    plant = [{"op": "plant", "object": "Task", "record": {"Description": text}} for text in NASTY]
    ids: list[str] = org.control("POST", "/records", {"changes": plant})["ids"]
    return ids


def test_a_job_goes_through_its_states_and_says_so(caller: Caller) -> None:
    made = caller.start_job("SELECT Id FROM Contact").json()
    assert (made["state"], made["object"], made["apiVersion"]) == ("UploadComplete", "Contact", 64.0)
    assert made["id"].startswith("750")
    assert len(made["id"]) == 18
    done = caller.finish(made["id"])
    total = caller.ask("SELECT COUNT() FROM Contact").json()["totalSize"]
    assert (done["state"], done["numberRecordsProcessed"], done["retries"]) == ("JobComplete", total, 0)
    assert done["jobType"] == "V2Query"
    assert made["id"] in {job["id"] for job in caller.get("/jobs/query").json()["records"]}


def test_pages_of_any_size_together_are_the_whole(caller: Caller) -> None:
    job = caller.finished_job("SELECT Id, LastName, CreatedDate FROM Contact")
    whole = caller.page(job)
    expected = rows(whole)
    assert whole.headers["Sforce-Locator"] == "null"
    assert int(whole.headers["Sforce-NumberOfRecords"]) == len(expected)
    collected, locator, header = [], "", set()
    while locator != "null":
        page = caller.page(job, maxRecords=77, **({"locator": locator} if locator else {}))
        assert int(page.headers["Sforce-NumberOfRecords"]) == len(rows(page)) <= 77
        header.add(page.text.split("\n")[0])
        collected += rows(page)
        locator = page.headers["Sforce-Locator"]
    assert collected == expected
    assert header == {'"Id","LastName","CreatedDate"'}


def test_a_page_can_be_had_twice(caller: Caller) -> None:
    job = caller.finished_job("SELECT Id FROM Contact")
    locator = caller.page(job, maxRecords=10).headers["Sforce-Locator"]
    first, again = (caller.page(job, maxRecords=10, locator=locator).content for _ in range(2))
    assert first == again
    assert error(caller.page(job, locator="nonsense!"))[0] == 400


def test_texts_arrive_byte_for_byte(caller: Caller, nasty_ids: list[str]) -> None:
    listed = ", ".join(f"'{record_id}'" for record_id in nasty_ids)
    job = caller.finished_job(f"SELECT Id, Description FROM Task WHERE Id IN ({listed})")
    found = {row["Id"]: row["Description"] for row in rows(caller.page(job))}
    assert [found[record_id] for record_id in nasty_ids] == NASTY
    # one at a time: no row begins or ends in the middle of another
    single, locator = {}, ""
    while locator != "null":
        page = caller.page(job, maxRecords=1, **({"locator": locator} if locator else {}))
        (row,) = rows(page)
        single[row["Id"]] = row["Description"]
        locator = page.headers["Sforce-Locator"]
    assert single == found


def test_every_value_is_quoted_and_spelled_as_bulk_does(caller: Caller, org: RunningOrg) -> None:
    record = {"LastName": "Spelling", "Birthdate": "1999-12-31"}
    (made,) = org.control("POST", "/records", {"op": "insert", "object": "Contact", "record": record})["ids"]
    soql = f"SELECT Id, IsDeleted, Birthdate, CreatedDate, FirstName, Account.Name FROM Contact WHERE Id = '{made}'"
    header, line, end = caller.page(caller.finished_job(soql)).text.split("\n")
    assert header == '"Id","IsDeleted","Birthdate","CreatedDate","FirstName","Account.Name"'
    values = line.split(",")
    assert values[:3] == [f'"{made}"', '"false"', '"1999-12-31"']
    assert values[3].endswith('.000Z"')
    assert (values[4:], end) == (['""', '""'], "")


def test_line_ending_and_delimiter_are_as_asked(caller: Caller, nasty_ids: list[str]) -> None:
    soql = f"SELECT Id, Description FROM Task WHERE Id IN ('{nasty_ids[2]}', '{nasty_ids[4]}')"
    job = caller.finished_job(soql, lineEnding="CRLF", columnDelimiter="PIPE")
    text = caller.page(job).content.decode()
    assert text.startswith('"Id"|"Description"\r\n')
    assert text.count("\r\n") == 3
    assert '"line\nbreak"\r\n' in text
    one = caller.page(job, maxRecords=1).content.decode()
    assert one.endswith('"\r\n')
    assert one.count("\r\n") == 2


def test_an_empty_result_is_a_header(caller: Caller) -> None:
    page = caller.page(
        caller.finished_job("SELECT Id, LastName FROM Contact WHERE LastName = 'nobody at all'")
    )
    assert page.text == '"Id","LastName"\n'
    assert (page.headers["Sforce-NumberOfRecords"], page.headers["Sforce-Locator"]) == ("0", "null")


def test_query_all_has_the_deleted_ones(caller: Caller, org: RunningOrg) -> None:
    record = {"LastName": "Binned"}
    (gone,) = org.control("POST", "/records", {"op": "insert", "object": "Contact", "record": record})["ids"]
    org.control("POST", "/records", {"op": "delete", "object": "Contact", "id": gone})
    soql = f"SELECT Id, IsDeleted FROM Contact WHERE Id = '{gone}'"
    assert rows(caller.page(caller.finished_job(soql))) == []
    assert rows(caller.page(caller.finished_job(soql, "queryAll"))) == [{"Id": gone, "IsDeleted": "true"}]


def test_large_pages_are_compressed_in_chunks(caller: Caller) -> None:
    job = caller.finished_job("SELECT Id, Name FROM Session_Participant__c")
    plain = caller.get(f"/jobs/query/{job}/results", headers={"Accept-Encoding": "identity"})
    packed = caller.get(f"/jobs/query/{job}/results", headers={"Accept-Encoding": "gzip"}, stream=True)
    assert (packed.headers["Content-Encoding"], packed.headers["Transfer-Encoding"]) == ("gzip", "chunked")
    assert packed.headers["Content-Type"] == "text/csv"
    assert gzip.decompress(packed.raw.read(decode_content=False)) == plain.content


def test_the_parallel_pages_are_the_same_pages(caller: Caller) -> None:
    job = caller.finished_job("SELECT Id FROM Contact")
    listed = caller.get(f"/jobs/query/{job}/resultPages").json()
    assert (listed["done"], listed["nextRecordsUrl"], len(listed["resultPages"])) == (True, None, 1)
    assert rows(caller.get(listed["resultPages"][0]["resultUrl"])) == rows(caller.page(job))
    assert caller.get(f"/services/data/v57.0/jobs/query/{job}/resultPages").status_code == 404


def test_five_pages_are_listed_at_a_time(caller: Caller, org: RunningOrg) -> None:
    job = caller.finished_job("SELECT Id FROM Contact")
    org.control("POST", "/limits", {"result_rows": 40})
    try:
        listed = caller.get(f"/jobs/query/{job}/resultPages").json()
        pages = list(listed["resultPages"])
        assert (listed["done"], len(pages)) == (False, 5)
        while not listed["done"]:
            listed = caller.get(listed["nextRecordsUrl"]).json()
            pages += listed["resultPages"]
        found = [row for page in pages for row in rows(caller.get(page["resultUrl"]))]
    finally:
        org.control("POST", "/limits", {"result_rows": 50_000})
    assert found == rows(caller.page(job))


@pytest.mark.parametrize(
    ("soql", "code", "text"),
    [
        (
            "SELECT MailingAddress FROM Contact",
            "API_ERROR",
            "Selecting compound data not supported in Bulk Query",
        ),
        ("SELECT COUNT() FROM Contact", "API_ERROR", "not supported in Bulk Query"),
        ("SELECT COUNT(Id) FROM Contact", "API_ERROR", "not supported in Bulk Query"),
        ("SELECT Id FROM Contact OFFSET 5", "API_ERROR", "not supported in Bulk Query"),
        ("SELECT Id FROM Organization", "INVALIDENTITY", "is not supported by the Bulk API"),
        ("SELECT Wrong FROM Contact", "INVALID_FIELD", "No such column 'Wrong'"),
        ("SELECT Id FROM Nobody", "INVALID_TYPE", "sObject type 'Nobody' is not supported"),
    ],
)
def test_what_bulk_cannot_do_is_refused_when_the_job_is_made(
    caller: Caller, soql: str, code: str, text: str
) -> None:
    status, found, message = error(caller.start_job(soql))
    assert (status, found) == (400, code)
    assert text in message


def test_a_wrong_job_request_is_refused(caller: Caller) -> None:
    assert error(caller.start_job("SELECT Id FROM Contact", "insert"))[:2] == (400, "INVALIDOPERATION")
    assert error(caller.call("POST", "/jobs/query", data=b"{"))[:2] == (400, "JSON_PARSER_ERROR")
    assert error(caller.start_job("SELECT Id FROM Contact", lineEnding="CR"))[:2] == (400, "INVALIDJOB")


def test_results_are_for_the_version_of_the_job(caller: Caller) -> None:
    job = caller.finished_job("SELECT Id FROM Contact")
    assert caller.get(f"/services/data/v63.0/jobs/query/{job}/results").status_code == 409


def test_an_aborted_job_has_no_results_and_a_deleted_one_is_gone(caller: Caller) -> None:
    caller.org.control("POST", "/faults", {"fault": "stuck_job", "match": {"body": "Case"}})
    job = caller.start_job("SELECT Id FROM Case").json()["id"]
    assert error(caller.page(job))[:2] == (400, "JOB_NOT_COMPLETE")
    assert caller.call("DELETE", f"/jobs/query/{job}").status_code == 400
    assert caller.call("PATCH", f"/jobs/query/{job}", json={"state": "Aborted"}).json()["state"] == "Aborted"
    assert error(caller.page(job))[:2] == (400, "JOB_NOT_COMPLETE")
    assert caller.call("DELETE", f"/jobs/query/{job}").status_code == 204
    assert error(caller.get(f"/jobs/query/{job}"))[:2] == (404, "NOT_FOUND")


def test_a_finished_job_is_not_aborted(caller: Caller) -> None:
    job = caller.finished_job("SELECT Id FROM Case")
    answer = caller.call("PATCH", f"/jobs/query/{job}", json={"state": "Aborted"})
    assert error(answer)[:2] == (400, "INVALIDJOBSTATE")


def test_rest_and_bulk_tell_the_same(caller: Caller) -> None:
    names = [f["name"] for f in caller.get("/sobjects/Session__c/describe").json()["fields"]]
    by_rest = {r["Id"]: r for r in caller.records(f"SELECT {', '.join(names)} FROM Session__c")}
    by_bulk = rows(caller.page(caller.finished_job(f"SELECT {', '.join(names)} FROM Session__c")))
    assert len(by_bulk) == len(by_rest) > 0
    for row, name in itertools.product(by_bulk, names):
        assert _as_bulk(by_rest[row["Id"]][name]) == row[name]


def _as_bulk(value: object) -> str:
    """What Bulk makes of a value that REST gave."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).replace(".000+0000", ".000Z")
