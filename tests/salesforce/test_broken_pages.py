"""A result page that breaks off is never landed short: the same page is asked for again, and that one alone."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from extract.salesforce import Login, open_client
from tests.salesforce.conftest import QUICK, Reports, content
from tests.salesforce.scripted_server import Asked, Said, Script, scripted_server
from tests.salesforce.test_odd_answers import COLUMNS, VERSIONS, read

HEADER = ",".join(f'"{name}"' for name in COLUMNS).encode() + b"\n"
FIRST = HEADER + b'"1","","","Fictional one"\n"2","","","Fictional two"\n'
SECOND = HEADER + '"3","","","Fictional\nthree é"\n"4","","","Fictional four"\n"5","","",""\n'.encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nSforce-NumberOfRecords: 3\r\nSforce-Locator: null\r\n"
CLOSED = HEAD + b"Connection: close\r\n\r\n"  # the body ends where the connection does
RECORD_END = SECOND.index(b'"5"')


def _gzip(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(data) + packer.flush()


BREAKS = {
    "chunks without the last": Said(
        raw=HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (RECORD_END, SECOND[:RECORD_END])
    ),
    "gzip that ends early": Said(
        raw=CLOSED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n") + _gzip(SECOND)[:-12]
    ),
    "cut after a record": Said(raw=CLOSED + SECOND[:RECORD_END]),
    "cut in a character": Said(raw=CLOSED + SECOND[: SECOND.index("é".encode()) + 1]),
    "cut after a comma": Said(raw=CLOSED + SECOND[: -len(b'""\n')]),
    "cut before a comma": Said(raw=CLOSED + SECOND[: -len(b',""\n')]),
    "cut before the line end": Said(raw=CLOSED + SECOND[:-1]),
    "cut in a value": Said(raw=CLOSED + SECOND[: SECOND.index(b"four")]),
    "a web page": Said(b"<html>We are down for maintenance.</html>", headers={"Content-Type": "text/html"}),
    "a web page called csv": Said(raw=CLOSED + b"<html>\nWe are down.</html>\n"),
    "no more comes": Said(raw=HEAD + b"Content-Length: 900\r\n\r\n" + SECOND[:RECORD_END], hold=2),
    "not ready, 400": Said([{"errorCode": "JOB_NOT_COMPLETE", "message": "wait"}], 400),
    "not ready, 412": Said(b"", 412),
    "not ready, 204": Said(b"", 204, {"Content-Length": "0"}),
}


@pytest.fixture
def script() -> Iterator[Script]:
    with scripted_server() as script:
        yield script


def breaking_once(script: Script, broken: Said) -> None:
    """A job of five records in two pages, the second of which breaks the first time."""
    served: list[Said] = [broken]

    def answer(asked: Asked) -> Said:
        if "locator=abc" in asked.path:
            if served:
                return served.pop()
            return Said(SECOND, headers={"Content-Type": "text/csv", "Sforce-NumberOfRecords": "3"})
        if "/results" in asked.path:
            return Said(
                FIRST,
                headers={
                    "Content-Type": "text/csv",
                    "Sforce-NumberOfRecords": "2",
                    "Sforce-Locator": "abc",
                },
            )
        if "/jobs/query" in asked.path:
            return Said({"id": "750x", "state": "JobComplete", "numberRecordsProcessed": 5})
        if "/queryAll" in asked.path:
            return Said({"totalSize": 5, "done": True, "records": []})
        return VERSIONS

    script.answer = answer


@pytest.mark.fault(
    "F2", "The second page of a job stops in the middle, from a raw socket", ends_well="same run"
)
@pytest.mark.fault("F3", "The second page lacks its last chunk", ends_well="same run")
@pytest.mark.fault("F4", "The second page's gzip lacks its end", ends_well="same run")
@pytest.mark.fault("F5", "The second page lacks its last record, closed in order", ends_well="same run")
@pytest.mark.fault(
    "F6",
    "The second page ends in a character, in a value, and at each place in a record between values",
    ends_well="same run",
)
@pytest.mark.fault(
    "F7", "The second page is a web page, also one that calls itself CSV", ends_well="same run"
)
@pytest.mark.fault(
    "F49", "The second page is answered 400 JOB_NOT_COMPLETE, 412 and 204", ends_well="same run"
)
@pytest.mark.parametrize("how", BREAKS)
def test_a_page_that_breaks_off_is_asked_for_again_by_its_own_locator(
    script: Script, tmp_path: Path, how: str
) -> None:
    breaking_once(script, BREAKS[how])
    [part] = read(script, tmp_path, bulk=True)
    rows = content(part.path)
    assert [row["Id"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert rows[2]["Name"] == "Fictional\nthree é"
    pages = [one.path.partition("results")[2] for one in script.asked if "/results" in one.path]
    assert pages == ["?maxRecords=10", *["?maxRecords=10&locator=abc"] * 2]


UNENDED = SECOND[:-1]  # as a server may write it that puts line ends between records only
PACKED = _gzip(UNENDED)
SURE = {
    "a length": HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(UNENDED), UNENDED),
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(UNENDED), UNENDED),
    "gzip": CLOSED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n") + PACKED,
}


@pytest.mark.parametrize("how", SURE)
def test_a_page_whose_end_is_certain_needs_no_line_end_after_its_last_record(
    script: Script, tmp_path: Path, how: str
) -> None:
    breaking_once(script, Said(raw=SURE[how]))
    [part] = read(script, tmp_path, bulk=True)
    assert [row["Id"] for row in content(part.path)] == ["1", "2", "3", "4", "5"]
    assert len([one for one in script.asked if "locator=abc" in one.path]) == 1


@pytest.mark.fault("F11", "A result page is refused once", ends_well="same run")
def test_a_request_that_is_repeated_after_a_new_login_has_all_its_headers(
    script: Script, tmp_path: Path
) -> None:
    breaking_once(script, Said([{"errorCode": "INVALID_SESSION_ID", "message": "expired"}], 401))
    inner = script.answer
    token = {"access_token": "new", "instance_url": script.url}
    script.answer = lambda asked: Said(token) if asked.path.endswith("/token") else inner(asked)
    [part] = read(script, tmp_path, bulk=True, client_id="app", client_secret="s")
    assert part.rows == 5
    refused, again = (one.headers for one in script.asked if "locator=abc" in one.path)
    assert refused == again | {"authorization": refused["authorization"]}
    assert again["accept"] == "text/csv"


@pytest.mark.fault("F48", "Every request of a job is looked at")
def test_everything_of_a_job_is_asked_for_in_one_version(script: Script, tmp_path: Path) -> None:
    breaking_once(script, Said(b"", 503))
    read(script, tmp_path, bulk=True)
    versions = {one.path.split("/")[3] for one in script.asked if "/jobs/" in one.path}
    assert versions == {"v64.0"}


@pytest.mark.fault("F77", "A server that answers 304 to whoever asks on a condition")
def test_fields_are_asked_for_anew_and_on_no_condition(script: Script) -> None:
    fields = [{"name": "Id", "type": "id"}]

    def answer(asked: Asked) -> Said:
        if {"if-modified-since", "if-none-match"} & set(asked.headers):
            return Said(b"", 304)
        if asked.path.endswith("/describe"):
            return Said({"name": "Thing__c", "fields": fields})
        return VERSIONS

    script.answer = answer
    with open_client(Login(instance_url=script.url, access_token="t"), Reports(), QUICK) as client:
        assert [field.name for field in client.describe("Thing__c").fields] == ["Id"]
        fields.append({"name": "New__c", "type": "string"})
        assert [field.name for field in client.describe("Thing__c").fields] == ["Id", "New__c"]
