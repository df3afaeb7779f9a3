"""What goes wrong on the way is repeated where that helps, and never becomes a short result."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from extract.errors import BudgetReached, JobFailed, LoginRefused, ObjectRefused, SalesforceError
from extract.salesforce import RetryPolicy, SalesforceClient, open_client
from tests.demo_org.running import RunningOrg
from tests.salesforce.conftest import ENDS, QUICK, Reader, Reports, login_to


def tokens(reader: Reader) -> int:
    return len(reader.requests("/oauth2/token"))


@pytest.mark.fault("F1", "The connection is reset, at three places", ends_well="same run")
@pytest.mark.fault("F2", "The answer stalls, at three places", ends_well="same run")
@pytest.mark.fault("F4", "The compressed answer ends halfway, at three places", ends_well="same run")
@pytest.mark.fault("F7", "A web page with status 200, at three places", ends_well="same run")
@pytest.mark.fault(
    "F8", "Status 500 with Salesforce's code for its own errors, at three places", ends_well="same run"
)
@pytest.mark.fault("F9", "Status 503 in JSON and as a web page, at three places", ends_well="same run")
@pytest.mark.fault("F10", "Status 420, 406 and 429 with an empty body, at three places", ends_well="same run")
@pytest.mark.fault(
    "F22", "Status 403 with the words of the concurrent limit, at three places", ends_well="same run"
)
@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "status", "status": 503},
        {"fault": "status", "status": 503, "kind": "html"},
        {"fault": "status", "status": 500, "code": "UNKNOWN_EXCEPTION"},
        {"fault": "status", "status": 200, "kind": "html"},
        {"fault": "status", "status": 420, "kind": "empty"},
        {"fault": "status", "status": 406, "kind": "empty"},
        {"fault": "status", "status": 429, "kind": "empty"},
        {
            "fault": "status",
            "status": 403,
            "code": "REQUEST_LIMIT_EXCEEDED",
            "message": "ConcurrentPerOrgLongTxn Limit exceeded",
        },
        {"fault": "reset"},
        {"fault": "stall", "seconds": 3},
        {"fault": "truncated_gzip"},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values())[:40],
)
@pytest.mark.parametrize("place", ["/queryAll", "/describe", "/results"])
def test_a_fault_that_passes_is_ridden_out(reader: Reader, fault: dict[str, object], place: str) -> None:
    undisturbed = reader.records("Account", bulk=place == "/results")
    retries = reader.client.usage.retries
    reader.org.control("POST", "/faults", {"match": {"path": place}, **fault})
    assert reader.records("Account", bulk=place == "/results") == undisturbed
    assert reader.client.usage.retries == retries + 1
    [told] = reader.reports.of("retry")
    assert told["object"] == "Account"
    assert reader.org.control("GET", "/faults")["faults"][0]["fired"] == 1


@pytest.mark.fault(
    "F45", "Status 503 to the job's creation and to the first look at it", ends_well="same run"
)
@pytest.mark.parametrize("place", ["/jobs/query$", "/jobs/query/[^/]+$"])
def test_a_job_survives_a_fault_while_it_is_made_or_watched(reader: Reader, place: str) -> None:
    undisturbed = reader.records("Account", bulk=False)
    reader.plant("status", place, status=503)
    assert reader.records("Account") == undisturbed
    assert reader.client.usage.retries == 1
    assert len([entry for entry in reader.requests("/jobs/query", "POST") if entry["status"] == 200]) == 1


@pytest.mark.fault("F9", "Status 503 for ever")
def test_a_fault_that_stays_ends_in_words_after_a_few_tries(reader: Reader) -> None:
    reader.plant("status", "/describe", status=503, times=0)
    with pytest.raises(SalesforceError, match="503") as failed:
        reader.client.describe("Account")
    assert failed.value.next_step
    assert len(reader.requests("/describe")) == QUICK.tries


@pytest.mark.fault("F11", "All sessions of the org expire", ends_well="same run")
def test_an_expired_session_is_renewed_with_one_login(reader: Reader) -> None:
    reader.org.control("POST", "/sessions/expire")
    assert reader.client.describe("Account").name == "Account"
    assert tokens(reader) == 1
    assert len(reader.requests("/describe")) == 2


@pytest.mark.fault("F15", "All sessions expire, then eight threads ask at once", ends_well="same run")
def test_eight_threads_with_an_expired_session_share_one_login(reader: Reader) -> None:
    reader.org.control("POST", "/sessions/expire")
    names = ["Account", "Contact", "Task", "Case", "User", "Session__c", "Class__c", "Pathway__c"]
    with ThreadPoolExecutor(8) as threads:
        assert [found.name for found in threads.map(reader.client.describe, names)] == names
    assert tokens(reader) == 1


@pytest.mark.fault(
    "F14",
    "The session expires at a job's creation, at a look at it, and at a result page",
    ends_well="same run",
)
@pytest.mark.parametrize("place", ["/jobs/query$", "/jobs/query/[^/]+$", "/results"])
def test_a_session_that_expires_during_a_job_goes_on_with_the_same_job(reader: Reader, place: str) -> None:
    undisturbed = reader.records("Contact", bulk=False)
    reader.plant("expired_session", place)
    assert reader.records("Contact", rows_per_part=500) == undisturbed
    assert tokens(reader) == 1
    assert len([entry for entry in reader.requests("/jobs/query", "POST") if entry["status"] == 200]) == 1


@pytest.mark.fault("F12", "Every session is refused")
def test_a_session_refused_twice_is_a_refused_login(reader: Reader) -> None:
    reader.plant("expired_session", "/describe", times=0)
    with pytest.raises(LoginRefused, match="right after a new login"):
        reader.client.describe("Account")
    assert tokens(reader) == 1
    assert len(reader.requests("/describe")) == 2


@pytest.mark.fault("F5", "The second Bulk page lacks its last record", ends_well="same run")
def test_a_truncated_bulk_page_is_read_again_alone(reader: Reader) -> None:
    undisturbed = reader.records("Contact", bulk=False)
    reader.plant("truncated_page", "/results", skip=1)
    assert reader.records("Contact", rows_per_part=500) == undisturbed
    pages = len(reader.requests("/results"))
    assert reader.client.usage.retries == 1
    assert pages == -(-len(undisturbed) // 500) + 1
    assert len(reader.requests("/jobs/query", "POST")) == 1


@pytest.mark.fault("F5", "Every Bulk page lacks its last record")
def test_a_page_that_stays_short_is_never_a_result(reader: Reader) -> None:
    reader.plant("truncated_page", "/results", times=0)
    got: list[bool] = []
    with pytest.raises(SalesforceError, match="announced"):
        got.extend(part.last for part in reader.parts("Contact", rows_per_part=500))
    assert True not in got


@pytest.mark.fault("F51", "The header is taken off a page")
def test_a_page_need_not_say_how_many_records_it_has(reader: Reader) -> None:
    undisturbed = reader.records("Account", bulk=False)
    reader.plant("missing_header", "/results", header="Sforce-NumberOfRecords")
    assert reader.records("Account") == undisturbed
    assert reader.org.control("GET", "/faults")["faults"][0]["fired"] == 1
    assert reader.client.usage.retries == 0


@pytest.mark.fault("F36", "A REST page lacks its last record", ends_well="same run")
def test_a_truncated_rest_page_is_read_again(reader: Reader) -> None:
    undisturbed = reader.records("Account", bulk=False)
    reader.plant("truncated_page", "/queryAll")
    assert reader.records("Account", bulk=False) == undisturbed
    assert reader.client.usage.retries == 1


@pytest.mark.fault("F36", "Every REST page lacks its last record")
def test_a_rest_window_that_stays_short_is_never_a_result(reader: Reader) -> None:
    reader.plant("truncated_page", "/queryAll", times=0)
    with pytest.raises(SalesforceError, match="announced"):
        list(reader.parts("Account", bulk=False))


@pytest.mark.fault("F33", "The next page is answered with INVALID_QUERY_LOCATOR", ends_well="same run")
def test_a_forgotten_next_page_restarts_the_window(reader: Reader) -> None:
    undisturbed = reader.records("Contact", bulk=False)
    reader.plant("status", "/query/", status=400, code="INVALID_QUERY_LOCATOR")
    assert reader.records("Contact", bulk=False) == undisturbed
    assert reader.client.usage.retries == 1


@pytest.mark.fault("F40", "The first job fails", ends_well="same run")
@pytest.mark.fault("F42", "The first job is aborted", ends_well="same run")
@pytest.mark.parametrize("fault", ["failed_job", "aborted_job"])
def test_a_job_lost_once_is_replaced(reader: Reader, fault: str) -> None:
    undisturbed = reader.records("Account", bulk=False)
    reader.plant(fault)
    assert reader.records("Account") == undisturbed
    assert len(reader.requests("/jobs/query", "POST")) == 2
    assert len(reader.reports.of("retry")) == 1


@pytest.mark.fault("F40", "Every job fails")
@pytest.mark.fault("F42", "Every job is aborted")
@pytest.mark.parametrize(("fault", "said"), [("failed_job", "failed"), ("aborted_job", "aborted twice")])
def test_a_job_lost_twice_is_a_failed_job(reader: Reader, fault: str, said: str) -> None:
    reader.plant(fault, times=0)
    with pytest.raises(JobFailed, match=said) as failed:
        reader.records("Account")
    assert "Bulk Data Load Jobs" in failed.value.next_step
    assert len(reader.requests("/jobs/query", "POST")) == 2
    assert not (reader.folder / "job.json").exists()


@pytest.mark.fault("F41", "A job fails with MALFORMED_QUERY")
def test_a_job_that_failed_for_the_objects_sake_is_not_repeated(reader: Reader) -> None:
    reader.plant("failed_job", message="InvalidBatch : Failed to process query: MALFORMED_QUERY")
    with pytest.raises(ObjectRefused, match="MALFORMED_QUERY"):
        reader.records("Account")
    assert len(reader.requests("/jobs/query", "POST")) == 1


@pytest.mark.fault("F43", "A job that stays InProgress", ends_well="next run")
def test_a_job_that_never_ends_is_aborted_at_the_deadline(org: RunningOrg, tmp_path: Path) -> None:
    reports = Reports()
    with open_client(login_to(org), reports, replace(QUICK, job_deadline_seconds=0.3)) as client:
        reader = Reader(org, client, tmp_path, reports)
        reader.plant("stuck_job")
        with pytest.raises(JobFailed, match="aborted"):
            reader.records("Account")
        assert len(reader.requests("/jobs/query/", "PATCH")) == 1
        newest = org.control("GET", "/state")["jobs"][0]
        assert newest["state"] == "Aborted"
    with open_client(login_to(org), reports, QUICK) as client:
        reader = Reader(org, client, tmp_path, reports)
        assert len(reader.records("Account")) == len(reader.records("Account", bulk=False))


@pytest.mark.fault("F21", "The org's calls are set to all used")
def test_the_days_limit_stops_the_run(reader: Reader) -> None:
    reader.org.control("POST", "/limits", {"maximum": 1000, "used": 1000})
    before = len(reader.requests("/describe"))
    with pytest.raises(BudgetReached, match="used up") as stopped:
        reader.client.describe("Account")
    assert "later" in stopped.value.next_step
    assert len(reader.requests("/describe")) == before + 1


@pytest.mark.fault("F22", "The concurrent limit for ever")
def test_too_many_requests_at_once_are_not_the_days_limit(reader: Reader) -> None:
    said = "ConcurrentPerOrgLongTxn Limit exceeded"
    reader.plant("status", "/describe", status=403, code="REQUEST_LIMIT_EXCEEDED", message=said, times=0)
    with pytest.raises(SalesforceError, match="at this moment") as stopped:
        reader.client.describe("Account")
    assert not isinstance(stopped.value, BudgetReached)
    assert "LANDFALL_PARALLEL" in stopped.value.next_step
    assert len(reader.requests("/describe")) == QUICK.tries


@pytest.mark.fault("F26", "REST answers QUERY_TIMEOUT for ever", ends_well="same run")
def test_a_slow_query_goes_by_bulk_instead(reader: Reader) -> None:
    reader.plant("status", "/queryAll", status=400, code="QUERY_TIMEOUT", times=0)
    [part] = reader.parts("Account", bulk=False)
    assert part.api == "bulk"
    assert len(reader.requests("/queryAll")) == QUICK.slow_query_tries


@pytest.mark.fault("F94", "COUNT() answers QUERY_TIMEOUT for ever")
def test_a_count_that_runs_too_long_is_asked_for_once(reader: Reader) -> None:
    reader.plant("status", "/query", status=400, code="QUERY_TIMEOUT", times=0)
    for client in (reader.client, reader.client.with_own_usage(), reader.client):
        with pytest.raises(ObjectRefused, match="ran too long"):
            client.count("Account", include_deleted=True)
    assert len(reader.requests("/query")) == 1
    with pytest.raises(ObjectRefused, match="ran too long"):
        reader.client.count("Account", "IsDeleted = true", include_deleted=True)
    assert len(reader.requests("/query")) == 2
    with open_client(login_to(reader.org), Reports(), QUICK) as next_run:
        reader.org.control("DELETE", "/faults")
        assert next_run.count("Account", include_deleted=True) > 0


@pytest.mark.fault("F94", "COUNT() is refused for a moment", ends_well="same run")
def test_a_count_is_asked_for_again_after_a_fault_that_passes(reader: Reader) -> None:
    undisturbed = reader.client.count("Account")
    reader.plant("status", "/query", status=503)
    assert reader.client.count("Account") == undisturbed


@pytest.mark.fault(
    "F39", "The job's creation is refused with the words of the daily limit", ends_well="same run"
)
@pytest.mark.parametrize(("total", "goes"), [(False, "rest")])
def test_used_up_bulk_jobs_leave_rest_for_a_small_object(reader: Reader, total: bool, goes: str) -> None:
    said = "Max bulk v2 query jobs (10000) per 24 hrs has been reached"
    reader.plant("status", "/jobs/query", status=400, code="LIMIT_EXCEEDED", message=said)
    [part] = reader.parts("Account")
    assert part.api == goes


@pytest.mark.fault("F88", "A page of 2,000 bytes a second, and a short deadline", ends_well="next run")
def test_a_bulk_answer_that_drips_ends_at_the_deadline(org: RunningOrg, tmp_path: Path) -> None:
    policy = replace(QUICK, deadline_seconds=1.5, tries=2)
    with open_client(login_to(org), Reports(), policy) as client:
        reader = Reader(org, client, tmp_path, Reports())
        reader.plant("slow", "/results", bytes_per_second=2000, times=0)  # smaller pages are too slow as well
        with pytest.raises(SalesforceError, match="too slowly"):
            reader.records("Contact", span=ENDS)
        org.control("DELETE", "/faults")
    with open_client(login_to(org), Reports(), QUICK) as client:
        reader = Reader(org, client, tmp_path, Reports())
        assert len(reader.records("Contact", span=ENDS)) == len(reader.records("Contact", bulk=False))
    assert len([entry for entry in reader.requests("/jobs/query", "POST") if entry["status"] == 200]) == 1


def test_the_client_keeps_nothing_of_a_refused_session_in_its_words(reader: Reader) -> None:
    reader.plant(
        "status", "/describe", status=400, code="ODD", message="Bearer 00DLf0000000001!secretsecret was odd"
    )
    with pytest.raises(ObjectRefused) as refused:
        reader.client.describe("Account")
    assert "secretsecret" not in str(refused.value.to_dict())


def test_no_event_carries_a_records_values_or_a_secret(reader: Reader) -> None:
    mark = "Marker-9f3b-Fictional"
    reader.org.control(
        "POST",
        "/records",
        {"op": "plant", "object": "Account", "record": {"Name": mark, "Description": mark}},
    )
    reader.plant("truncated_page", "/results")
    reader.plant("reset", "/results", skip=1)
    assert any(row["Name"] == mark for row in reader.records("Account"))
    said = repr(reader.reports.events) + repr(vars(reader.client.usage))
    assert mark not in said
    assert reader.org.client_secret not in said


def test_a_client_is_usable_by_many_threads(reader: Reader) -> None:
    client: SalesforceClient = reader.client

    def read(number: int) -> int:
        apart = Reader(reader.org, client.with_own_usage(), reader.folder / str(number), reader.reports)
        return len(apart.records("Account", bulk=number % 2 == 0))

    with ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(read, range(12)))) == 1


@pytest.mark.fault("F13", "Status 401 with a web page, to a describe", ends_well="same run")
def test_a_web_page_that_refuses_the_session_is_a_refused_session(reader: Reader) -> None:
    reader.plant("status", "/describe", status=401, kind="html")
    assert reader.client.describe("Account").name == "Account"
    assert tokens(reader) == 1


@pytest.mark.fault(
    "F9", "The defaults, four hundred times as fast, and an outage of ten minutes", ends_well="same run"
)
def test_the_defaults_ride_out_ten_minutes_of_maintenance(org: RunningOrg) -> None:
    faster = 400
    paced = {
        name: getattr(RetryPolicy(), name) / faster
        for name in ("base_seconds", "cap_seconds", "deadline_seconds")
    }
    with open_client(login_to(org), Reports(), RetryPolicy(**paced)) as client:
        reader = Reader(org, client, Path(), Reports())
        reader.plant("status", "/describe", status=503, kind="html", times=0)
        threading.Timer(600 / faster, lambda: org.control("DELETE", "/faults")).start()
        began = time.monotonic()
        assert client.describe("Account").name == "Account"
        assert time.monotonic() - began >= 600 / faster


@pytest.mark.fault("F24", "The header is taken off every answer")
@pytest.mark.parametrize("header", ["Sforce-Limit-Info", "Date"])
def test_a_header_that_is_missing_costs_nothing(reader: Reader, header: str) -> None:
    reader.plant("missing_header", header=header, times=0)
    assert reader.records("Account") == reader.records("Account", bulk=False)


@pytest.mark.fault("F25", "Status 403 to every request for the limits, of which there is none")
def test_the_orgs_limits_are_never_asked_for(reader: Reader) -> None:
    reader.plant("status", "/limits", status=403, code="FORBIDDEN", times=0)
    assert reader.records("Account")
    assert reader.client.usage.limit == 100_000
    assert reader.org.control("GET", "/faults")["faults"][0]["matched"] == 0


@pytest.mark.fault("F32", "Status 414 and 431 to a query that is not too long for us")
@pytest.mark.parametrize("status", [414, 431])
def test_a_query_that_salesforce_finds_too_long_goes_by_bulk(reader: Reader, status: int) -> None:
    undisturbed = reader.records("Account", bulk=False)
    reader.plant("status", "/queryAll", status=status, kind="html")
    assert reader.records("Account", bulk=False) == undisturbed
    assert len(reader.requests("/jobs/query", "POST")) == 1


NOT_BY_BULK = {
    "INVALIDENTITY": "Entity 'Account' is not supported by the Bulk API.",
    "API_ERROR": "Selecting compound data not supported in Bulk Query",
    "FeatureNotEnabled": "Async API not enabled",
}


@pytest.mark.fault("F37", "The job is refused with the words about compound fields")
@pytest.mark.fault("F38", "The job is refused with the words about the object")
@pytest.mark.parametrize("code", NOT_BY_BULK)
def test_what_bulk_refuses_comes_by_rest_with_the_same_records(reader: Reader, code: str) -> None:
    gone = reader.org.control(
        "POST", "/records", {"op": "insert", "object": "Account", "record": {"Name": "Gone"}}
    )
    reader.org.control("POST", "/records", {"op": "delete", "object": "Account", "id": gone["ids"][0]})
    by_bulk = reader.records("Account")
    reader.plant("status", "/jobs/query", status=400, code=code, message=NOT_BY_BULK[code])
    assert reader.records("Account") == by_bulk
    assert [row["IsDeleted"] for row in by_bulk if row["Id"] == gone["ids"][0]] == ["true"]
    assert any("Bulk refused it" in note["text"] for note in reader.reports.of("note"))


@pytest.mark.fault("F47", "The job is deleted while it is watched", ends_well="same run")
def test_a_job_that_somebody_deletes_while_it_is_watched_is_replaced(reader: Reader) -> None:
    reader.plant("status", "/jobs/query/[^/]+$", status=404, code="NOT_FOUND")
    assert len(reader.records("Account")) == len(reader.records("Account", bulk=False))
    assert len(reader.requests("/jobs/query", "POST")) == 2
    reader.plant("status", "/jobs/query/[^/]+$", status=404, code="NOT_FOUND", times=2)
    with pytest.raises(JobFailed, match="somebody deleted it"):
        reader.records("Account")


@pytest.mark.fault(
    "F47",
    "The org refuses to show the job that a killed run left, with 403, 400 and 404, to a run of the same query and of another",
    ends_well="same run",
)
@pytest.mark.parametrize("fields", [["Id"], ["Id", "Name"]], ids=["same query", "another query"])
@pytest.mark.parametrize(
    ("status", "code"), [(403, "INSUFFICIENT_ACCESS"), (400, "INVALIDJOB"), (404, "NOT_FOUND")]
)
def test_a_job_that_cannot_be_looked_at_holds_nothing_up(
    reader: Reader, status: int, code: str, fields: list[str]
) -> None:
    undisturbed = reader.records("Account", fields=fields, bulk=False)
    left = reader.parts("Account", fields=["Id"], span=ENDS)
    next(left)
    reader.leave(left)
    reader.plant("status", "/jobs/query/[^/]+$", status=status, code=code)
    assert reader.records("Account", fields=fields, span=ENDS) == undisturbed
    assert len(reader.requests("/jobs/query", "POST")) == 2
    assert not (reader.folder / "job.json").exists()


@pytest.mark.fault("F48", "A run with another version than the one that left its job", ends_well="same run")
def test_a_job_of_another_version_is_cleared_away(org: RunningOrg, tmp_path: Path) -> None:
    """The demo org refuses its results to any other version, as Salesforce does."""
    with open_client(login_to(org, api_version="63.0"), Reports(), QUICK) as client:
        reader = Reader(org, client, tmp_path, Reports())
        left = reader.parts("Account")
        assert next(left).last
        reader.leave(left)
    with open_client(login_to(org), Reports(), QUICK) as client:
        reader = Reader(org, client, tmp_path, Reports())
        assert len(reader.records("Account")) == len(reader.records("Account", bulk=False))
    assert len(reader.requests("/jobs/query/", "DELETE")) == 2
