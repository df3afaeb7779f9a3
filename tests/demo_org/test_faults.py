"""The faults that can be planted in the demo org, and what a client then sees on the wire."""

from __future__ import annotations

import time
import zlib
from typing import Any

import pytest
import requests

from tests.demo_org.calls import Caller, error, rows

CONTACTS = "SELECT Id, Name, CreatedDate FROM Contact"


def plant(caller: Caller, fault: str, match: dict[str, str] | None = None, **settings: Any) -> None:
    caller.org.control("POST", "/faults", {"fault": fault, "match": match or {}, **settings})


def fired(caller: Caller) -> list[int]:
    return [rule["fired"] for rule in caller.org.control("GET", "/faults")["faults"]]


def test_a_fault_happens_to_the_requests_it_names_and_as_often_as_asked(caller: Caller) -> None:
    plant(caller, "status", {"path": "/query", "body": "FROM Contact"}, status=503, skip=1, times=2)
    statuses = [caller.ask(CONTACTS).status_code for _ in range(5)]
    assert statuses == [200, 503, 503, 200, 200]
    assert caller.ask("SELECT Id FROM Case").status_code == 200
    assert fired(caller) == [2]
    faults = [r["fault"] for r in caller.org.control("GET", "/requests")["requests"] if r["status"] == 503]
    assert faults == ["status", "status"]


@pytest.mark.parametrize(
    ("kind", "content_type", "text"),
    [
        ("json", "application/json;charset=UTF-8", "[{"),
        ("html", "text/html;charset=UTF-8", "<html>"),
        ("empty", None, ""),
    ],
)
def test_a_status_comes_with_the_body_that_is_asked_for(
    caller: Caller, kind: str, content_type: str | None, text: str
) -> None:
    plant(caller, "status", status=500, kind=kind, code="UNKNOWN_EXCEPTION")
    answer = caller.get("/sobjects")
    assert answer.status_code == 500
    assert answer.headers.get("Content-Type") == content_type
    assert answer.text.startswith(text)
    assert kind != "json" or error(answer)[1] == "UNKNOWN_EXCEPTION"


def test_an_expired_session_stays_expired_until_the_next_login(caller: Caller) -> None:
    plant(caller, "expired_session")
    assert error(caller.get("/sobjects"))[:2] == (401, "INVALID_SESSION_ID")
    assert caller.get("/sobjects").status_code == 401
    caller.log_in()
    assert caller.get("/sobjects").ok


def test_a_truncated_rest_page_is_short_though_it_promises_all(caller: Caller) -> None:
    whole = caller.ask(CONTACTS).json()
    plant(caller, "truncated_page", rows=3)
    short = caller.ask(CONTACTS).json()
    assert short["totalSize"] == whole["totalSize"]
    assert short["records"] == whole["records"][:-3]
    assert caller.ask(CONTACTS).json() == whole


def test_a_truncated_bulk_page_is_short_though_its_header_promises_all(caller: Caller) -> None:
    job = caller.finished_job(CONTACTS)
    whole = caller.page(job)
    plant(caller, "truncated_page", {"path": "/results", "body": "FROM Contact"})
    short = caller.page(job)
    assert short.headers["Sforce-NumberOfRecords"] == whole.headers["Sforce-NumberOfRecords"]
    assert rows(short) == rows(whole)[:-1]


def test_a_truncated_gzip_ends_cleanly_and_too_early(caller: Caller) -> None:
    job = caller.finished_job(CONTACTS)
    whole = caller.page(job).content
    plant(caller, "truncated_gzip", {"path": "/results"})
    broken = caller.get(f"/jobs/query/{job}/results", stream=True)
    unpacker = zlib.decompressobj(31)
    half = unpacker.decompress(broken.raw.read(decode_content=False))  # the chunked body itself is whole
    assert not unpacker.eof
    assert len(half) < len(whole)
    assert whole.startswith(half)


def test_a_connection_is_reset(caller: Caller) -> None:
    plant(caller, "reset", {"path": "/sobjects"})
    with pytest.raises(requests.ConnectionError):
        caller.get("/sobjects")
    assert caller.get("/sobjects").ok
    assert 0 in {r["status"] for r in caller.org.control("GET", "/requests")["requests"]}


def test_an_answer_stalls(caller: Caller) -> None:
    plant(caller, "stall", seconds=1)
    with pytest.raises(requests.ReadTimeout):
        caller.get("/sobjects", timeout=0.3)
    assert caller.get("/sobjects", timeout=30).ok


def test_an_answer_drips(caller: Caller) -> None:
    plant(caller, "slow", bytes_per_second=400)
    started = time.monotonic()
    assert caller.get("/", headers={"Accept-Encoding": "identity"}).ok
    assert time.monotonic() - started > 0.3


def test_a_header_is_left_out(caller: Caller) -> None:
    job = caller.finished_job(CONTACTS)
    plant(caller, "missing_header", {"path": "/results"}, header="Sforce-NumberOfRecords")
    assert "Sforce-NumberOfRecords" not in caller.page(job).headers
    assert "Sforce-NumberOfRecords" in caller.page(job).headers


def test_a_status_comes_with_the_headers_that_are_asked_for(caller: Caller) -> None:
    plant(caller, "status", status=429, kind="empty", headers={"Retry-After": "3"})
    assert caller.get("/sobjects").headers["Retry-After"] == "3"
    plant(caller, "status", status=302, kind="empty", headers={"Location": "https://elsewhere.example/x"})
    moved = caller.get("/sobjects", allow_redirects=False)
    assert (moved.status_code, moved.headers["Location"]) == (302, "https://elsewhere.example/x")


def test_a_body_is_cut_inside_a_value_and_is_well_formed_http(caller: Caller) -> None:
    job = caller.finished_job(CONTACTS)
    whole = caller.page(job).content
    plant(caller, "cut_body", {"path": "/results"}, bytes=7)
    assert caller.page(job).content == whole[:-7]
    plant(caller, "cut_body", {"path": "/query"})
    with pytest.raises(requests.JSONDecodeError):
        caller.ask(CONTACTS).json()


def test_a_job_fails_and_is_aborted(caller: Caller) -> None:
    plant(
        caller,
        "failed_job",
        {"body": "FROM Contact"},
        message="InternalServerError: Retried more than fifteen times",
    )
    plant(caller, "aborted_job", {"body": "FROM Case"})
    assert caller.ask(CONTACTS).ok  # a job's fault leaves other requests alone
    failed = caller.finish(caller.start_job(CONTACTS).json()["id"])
    assert (failed["state"], failed["errorMessage"]) == (
        "Failed",
        "InternalServerError: Retried more than fifteen times",
    )
    assert error(caller.page(failed["id"]))[1] == "JOB_NOT_COMPLETE"
    assert caller.finish(caller.start_job("SELECT Id FROM Case").json()["id"])["state"] == "Aborted"
    assert caller.finish(caller.start_job(CONTACTS).json()["id"])["state"] == "JobComplete"


def test_a_wrong_rule_is_refused_with_the_known_ones(caller: Caller) -> None:
    for rule in (
        {"fault": "nonsense"},
        {"fault": "reset", "wrong": 1},
        {"fault": "reset", "match": {"wrong": ""}},
    ):
        with pytest.raises(AssertionError, match="unknown"):
            caller.org.control("POST", "/faults", rule)
