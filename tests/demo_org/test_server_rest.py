"""The demo org over REST: login, versions, describe, paged queries, single records, limits."""

from __future__ import annotations

import gzip
import json
import ssl
import urllib.request
from pathlib import Path

import pytest
import requests

from tests.demo_org.calls import Caller, error
from tests.demo_org.running import RunningOrg, start_demo_org

TOKEN = "/services/oauth2/token"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_id": "someone-else"}, 400, "invalid_client_id"),
        ({"client_secret": "wrong"}, 400, "invalid_client"),
    ],
)
def test_a_wrong_login_is_refused_as_oauth_says(
    org: RunningOrg, change: dict[str, str], status: int, code: str
) -> None:
    right = {
        "grant_type": "client_credentials",
        "client_id": org.client_id,
        "client_secret": org.client_secret,
    }
    answer = requests.post(org.url + TOKEN, data=right | change, timeout=30)
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert set(answer.json()) == {"error", "error_description"}


def test_a_login_gives_a_token_and_the_address_to_use_it_at(org: RunningOrg) -> None:
    basic = (org.client_id, org.client_secret)
    answer = requests.post(
        org.url + TOKEN, data={"grant_type": "client_credentials"}, auth=basic, timeout=30
    ).json()
    assert answer["instance_url"] == org.url
    assert answer["token_type"] == "Bearer"
    assert answer["id"].startswith(f"{org.url}/id/{org.organization_id}/005")


def test_without_a_session_or_with_an_expired_one_nothing_is_told(caller: Caller) -> None:
    assert requests.get(caller.org.url + "/services/data", timeout=30).ok
    assert requests.get(caller.org.url + "/services/data/v64.0/sobjects", timeout=30).status_code == 401
    caller.org.control("POST", "/sessions/expire")
    expired = caller.get("/sobjects")
    assert error(expired) == (401, "INVALID_SESSION_ID", "Session expired or invalid")
    caller.log_in()
    assert caller.get("/sobjects").ok


def test_versions_are_listed_and_retired_ones_refused(caller: Caller) -> None:
    listed = {entry["version"]: entry for entry in caller.get("/services/data").json()}
    assert listed["64.0"] == {"label": "Summer '25", "url": "/services/data/v64.0", "version": "64.0"}
    assert listed["68.0"]["label"] == "Winter '27"
    assert error(caller.get("/services/data/v20.0/sobjects"))[:2] == (410, "UNSUPPORTED_API_VERSION")
    assert error(caller.get("/services/data/v99.0/sobjects"))[:2] == (404, "NOT_FOUND")
    assert caller.get("/services/data/v64.0/").json()["query"] == "/services/data/v64.0/query"


def test_the_global_list_and_describe_agree(caller: Caller) -> None:
    listed = {entry["name"]: entry for entry in caller.get("/sobjects/").json()["sobjects"]}
    assert {"Account", "Contact", "npe5__Affiliation__c", "Organization", "Task"} <= set(listed)
    described = caller.get("/sobjects/contact/describe").json()
    assert described["keyPrefix"] == listed["Contact"]["keyPrefix"] == "003"
    types = {field["name"]: field["type"] for field in described["fields"]}
    assert types["Id"] == "id"
    assert types["SystemModstamp"] == "datetime"
    assert types["MailingAddress"] == "address"
    assert caller.get("/sobjects/Contact").json()["objectDescribe"]["name"] == "Contact"


def test_what_is_not_there_is_not_found(caller: Caller) -> None:
    for path in (
        "/sobjects/Nobody__c/describe",
        "/sobjects/Nobody__c",
        "/nowhere",
        "/sobjects/Contact/003000000000000",
    ):
        assert error(caller.get(path)) == (404, "NOT_FOUND", "The requested resource does not exist")
    assert error(caller.call("DELETE", "/sobjects"))[:2] == (405, "METHOD_NOT_ALLOWED")


def test_describe_is_not_repeated_until_a_field_changes(caller: Caller) -> None:
    first = caller.get("/sobjects/Case/describe")
    since = {"If-Modified-Since": first.headers["Date"]}
    again = caller.get("/sobjects/Case/describe", headers=since)
    assert (again.status_code, again.content) == (304, b"")
    caller.org.control("POST", "/clock", {"advance_seconds": 60})
    added = {"type": "string", "label": "Added later", "length": 40}
    caller.org.control(
        "POST", "/fields", {"op": "add", "object": "Case", "field": {"name": "Added__c", **added}}
    )
    later = caller.get("/sobjects/Case/describe", headers=since)
    assert "Added__c" in {field["name"] for field in later.json()["fields"]}
    caller.org.control("POST", "/fields", {"op": "hide", "object": "Case", "name": "Added__c"})
    assert error(caller.ask("SELECT Added__c FROM Case"))[1] == "INVALID_FIELD"


def test_pages_together_are_the_whole_and_stay_the_same(caller: Caller) -> None:
    total = caller.ask("SELECT COUNT() FROM Session_Participant__c").json()["totalSize"]
    first = caller.ask("SELECT Id FROM Session_Participant__c", Sforce_Query_Options="batchSize=200").json()
    assert (first["totalSize"], len(first["records"]), first["done"]) == (total, 200, False)
    next_url = first["nextRecordsUrl"]
    assert next_url.startswith("/services/data/v64.0/query/01g")
    second = caller.get(next_url, headers={"Sforce-Query-Options": "batchSize=200"}).json()
    assert second == caller.get(next_url, headers={"Sforce-Query-Options": "batchSize=200"}).json()
    every = caller.records("SELECT Id FROM Session_Participant__c", Sforce_Query_Options="batchSize=1")
    assert len({record["Id"] for record in every}) == len(every) == total
    caller.org.control("POST", "/cursors/expire")
    assert error(caller.get(next_url))[:2] == (400, "INVALID_QUERY_LOCATOR")


def test_records_show_parents_addresses_and_stamps_as_salesforce_does(caller: Caller) -> None:
    soql = (
        "SELECT Id, Account.Name, MailingAddress, RecordType.DeveloperName, CreatedDate, IsDeleted, Birthdate "
        "FROM Contact WHERE AccountId != null AND MailingCity != null LIMIT 1"
    )
    (record,) = caller.records(soql)
    kind = record["attributes"]
    assert kind == {"type": "Contact", "url": f"/services/data/v64.0/sobjects/Contact/{record['Id']}"}
    assert record["Account"]["attributes"]["type"] == "Account"
    assert record["IsDeleted"] is False
    assert record["CreatedDate"].endswith(".000+0000")
    assert list(record["MailingAddress"]) == sorted(record["MailingAddress"])
    assert {"city", "postalCode", "geocodeAccuracy"} < set(record["MailingAddress"])


def test_the_columns_of_a_query_can_be_described(caller: Caller) -> None:
    soql = "SELECT Id, Birthdate, Account.Owner.Name FROM Contact"
    answer = caller.get("/query", params={"q": soql, "columns": "true"}).json()
    assert (answer["entityName"], answer["keyPrefix"], answer["idSelected"]) == ("Contact", "003", True)
    described = {entry["columnName"]: entry for entry in answer["columnMetadata"]}
    assert {name: entry["apexType"] for name, entry in described.items()} == {
        "Id": "Id",
        "Birthdate": "Date",
        "Account": None,
    }
    (owner,) = described["Account"]["joinColumns"]
    assert [entry["columnName"] for entry in owner["joinColumns"]] == ["Name"]


def test_one_record_is_given_by_its_id(caller: Caller) -> None:
    (known,) = caller.records("SELECT Id, LastName FROM Contact LIMIT 1")
    whole = caller.get(f"/sobjects/Contact/{known['Id'][:15]}").json()
    assert (whole["Id"], whole["LastName"]) == (known["Id"], known["LastName"])
    part = caller.get(f"/sobjects/Contact/{known['Id']}", params={"fields": "LastName"}).json()
    assert set(part) == {"attributes", "LastName"}
    caller.org.control("POST", "/records", {"op": "delete", "object": "Contact", "id": known["Id"]})
    assert error(caller.get(f"/sobjects/Contact/{known['Id']}"))[:2] == (404, "ENTITY_IS_DELETED")


def test_only_query_all_shows_what_was_deleted(caller: Caller) -> None:
    record = {"LastName": "Gone Soon"}
    (gone,) = caller.org.control("POST", "/records", {"op": "insert", "object": "Contact", "record": record})[
        "ids"
    ]
    soql = f"SELECT Id, IsDeleted FROM Contact WHERE Id = '{gone}'"
    assert caller.records(soql)[0]["IsDeleted"] is False
    caller.org.control("POST", "/records", {"op": "delete", "object": "Contact", "id": gone})
    assert caller.records(soql) == []
    assert caller.records(soql, path="/queryAll")[0]["IsDeleted"] is True
    caller.org.control("POST", "/records", {"op": "undelete", "object": "Contact", "id": gone})
    assert caller.records(soql)[0]["IsDeleted"] is False


def test_every_call_is_counted_and_the_daily_limit_ends_the_day(caller: Caller) -> None:
    caller.org.control("POST", "/limits", {"maximum": 10, "used": 7})
    assert caller.get("/sobjects").headers["Sforce-Limit-Info"] == "api-usage=8/10"
    assert caller.get("/limits").json()["DailyApiRequests"] == {"Max": 10, "Remaining": 1}
    assert error(caller.get("/nowhere"))[0] == 404  # costs a call too
    assert error(caller.get("/sobjects")) == (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")


def test_an_object_without_permission_is_not_there(caller: Caller) -> None:
    caller.org.control("POST", "/permissions", {"object": "Task", "readable": False})
    assert error(caller.ask("SELECT Id FROM Task"))[1] == "INVALID_TYPE"
    assert caller.get("/sobjects/Task/describe").status_code == 404
    assert "Task" not in {entry["name"] for entry in caller.get("/sobjects").json()["sobjects"]}
    caller.org.control("POST", "/permissions", {"object": "Task", "rows": False})
    assert caller.ask("SELECT Id FROM Task").json()["totalSize"] == 0
    caller.org.control("POST", "/permissions", {"object": "Task"})
    assert caller.ask("SELECT Id FROM Task").json()["totalSize"] > 0


def test_the_clock_of_the_org_is_in_the_date_header(caller: Caller) -> None:
    caller.org.control("POST", "/clock", {"at": "2031-02-03T04:05:06Z"})
    assert caller.get("/sobjects").headers["Date"].startswith("Mon, 03 Feb 2031 04:05:0")
    caller.org.control("POST", "/clock", {"ahead_seconds": 0})


def test_answers_are_compressed_only_when_asked(caller: Caller) -> None:
    plain = caller.get("/sobjects", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    packed = caller.get("/sobjects", headers={"Accept-Encoding": "gzip"}, stream=True)
    assert packed.headers["Content-Encoding"] == "gzip"
    body = packed.raw.read(decode_content=False)
    assert len(body) == int(packed.headers["Content-Length"]) < len(plain.content)
    assert json.loads(gzip.decompress(body)) == plain.json()


def test_an_address_that_is_too_long_is_refused(caller: Caller) -> None:
    soql = "SELECT Id FROM Contact WHERE LastName = '" + "x" * 16_400 + "'"
    assert caller.ask(soql).status_code == 414
    assert caller.get("/sobjects", headers={"X-Long": "x" * 16_380}).status_code == 431


def test_the_control_api_wants_its_key(org: RunningOrg) -> None:
    answer = requests.get(f"{org.url}/_control/requests", headers={"X-Control-Key": "wrong"}, timeout=30)
    assert answer.status_code == 403


def test_the_log_counts_calls_and_holds_no_values(caller: Caller) -> None:
    caller.org.control("DELETE", "/requests")
    caller.ask("SELECT Id FROM Contact WHERE LastName = 'Canary'")
    caller.get("/sobjects/Account/describe")
    report = caller.org.control("GET", "/requests")
    assert report["by_object"] == {"Contact": 1, "Account": 1}
    assert report["requests"][0]["path"] == "/services/data/v64.0/query"
    assert "Canary" not in json.dumps(report)
    assert caller.session.headers["Authorization"][7:] not in json.dumps(report)


def test_the_second_day_happens_once_it_is_played(folder: Path) -> None:
    with start_demo_org(folder, scale=30) as org:
        before = Caller(org).get("/sobjects/Account/describe")
        counts = org.control("POST", "/scenario", {"name": "second_day"})
        assert counts["inserted"] > 0
        assert counts["deleted"] > 0
        after = Caller(org).get("/sobjects/Account/describe").json()
        assert len(after["fields"]) > len(before.json()["fields"])
        changed = org.control("POST", "/query", {"soql": "SELECT Id FROM Account WHERE IsDeleted = true"})[
            "ids"
        ]
        assert changed


def test_over_https_a_client_that_knows_the_authority_is_served(folder: Path) -> None:
    with start_demo_org(folder, scale=5, https=True, client_secret="known-secret") as org:
        assert org.url.startswith("https://localhost:")
        assert org.client_secret == "known-secret"
        assert Caller(org).get("/sobjects").ok
        with pytest.raises(urllib.error.URLError) as refused:
            urllib.request.urlopen(f"{org.url}/services/data", timeout=30)
        assert isinstance(refused.value.reason, ssl.SSLCertVerificationError)


def test_an_org_is_continued_as_it_was_left(folder: Path) -> None:
    record = {"LastName": "Stays"}
    with start_demo_org(folder, scale=5, is_copied=False) as org:
        (kept,) = org.control("POST", "/records", {"op": "insert", "object": "Contact", "record": record})[
            "ids"
        ]
    with start_demo_org(folder, scale=5) as org:
        assert org.control("POST", "/query", {"soql": f"SELECT Id FROM Contact WHERE Id = '{kept}'"})[
            "ids"
        ] == [kept]
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.glob("*.duckdb"))
