"""A connection that cannot be made says why and what to do, and a login that is refused likewise."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from extract.errors import LoginRefused, SalesforceError, SettingsError
from extract.salesforce import Login, open_client
from extract.salesforce.unreachable import Passing, in_words
from tests.demo_org.running import RunningOrg, start_demo_org
from tests.salesforce.conftest import QUICK, Reports, login_to


def refusal(login: Login, reports: Reports | None = None) -> SalesforceError:
    with pytest.raises(SalesforceError) as refused, open_client(login, reports or Reports(), QUICK):
        pass
    assert refused.value.next_step
    assert refused.value.where
    return refused.value


def test_a_wrong_secret_is_refused_at_once(org: RunningOrg) -> None:
    reports = Reports()
    error = refusal(login_to(org, client_secret="wrong-secret"), reports)
    assert isinstance(error, LoginRefused)
    assert "SALESFORCE_CLIENT_SECRET" in error.next_step
    assert "wrong-secret" not in str(error.to_dict())
    assert reports.events == []  # no second try: it could lock the app out


def test_a_wrong_app_is_refused_at_once(org: RunningOrg) -> None:
    error = refusal(login_to(org, client_id="nobody"))
    assert isinstance(error, LoginRefused)
    assert "SALESFORCE_CLIENT_ID" in error.what


def test_a_host_without_salesforce_is_said(org: RunningOrg) -> None:
    org.control(
        "POST",
        "/faults",
        {"fault": "status", "status": 404, "kind": "html", "match": {"path": "/oauth2/token"}},
    )
    assert "no Salesforce login at this address" in refusal(login_to(org)).what


@pytest.mark.fault("F1", "A host name that does not exist")
def test_an_unknown_host_is_said_after_few_tries() -> None:
    reports = Reports()
    login = Login(instance_url="https://no-such-org.invalid", client_id="app", client_secret="s")
    with (
        pytest.raises(SalesforceError, match="host name is not known") as refused,
        open_client(login, reports, QUICK),
    ):
        pass
    assert "SALESFORCE_INSTANCE_URL" in refused.value.next_step
    assert len(reports.of("retry")) == QUICK.first_contact_tries - 1


@pytest.mark.fault("F1", "A port where nobody listens")
def test_a_refused_connection_is_said() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = refusal(Login(instance_url=f"http://127.0.0.1:{port}", client_id="app", client_secret="s"))
    assert "refused" in error.what
    assert f"127.0.0.1:{port}" in error.where
    assert "landfall demo-org" in error.next_step


@pytest.mark.parametrize(
    ("host", "is_told"),
    [("127.0.0.1:8064", True), ("localhost:8064", True), ("example.my.salesforce.com", False)],
)
def test_only_on_this_machine_the_demo_org_is_what_does_not_answer(host: str, is_told: bool) -> None:
    error = in_words(ConnectionRefusedError(), host)
    assert isinstance(error, Passing)
    assert ("demo org" in error.next_step) is is_told


def test_a_host_that_never_answers_is_said() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        error = refusal(Login(instance_url=address, client_id="app", client_secret="s"))
    assert "stopped answering" in error.what


@pytest.mark.fault("F31", "A version that the org does not list")
def test_a_version_that_the_org_does_not_offer_is_named_with_those_it_does(org: RunningOrg) -> None:
    error = refusal(login_to(org, api_version="99.0"))
    assert "99.0" in error.what
    assert "31.0 to 68.0" in error.what
    assert "SALESFORCE_API_VERSION" in error.next_step


def test_no_login_is_configured(org: RunningOrg) -> None:
    with (
        pytest.raises(SettingsError, match="No login"),
        open_client(Login(instance_url=org.url), Reports(), QUICK),
    ):
        pass


@pytest.mark.parametrize(
    ("token", "place"),
    [("00D5x!AQ…abc", 9), ("00D5x!A\nbc", 8), ("“00Dxx”", 1), ("00D5x!A ", 8), ("00D5ü!A", 5)],
)
def test_an_access_token_with_a_pasted_character_is_a_wrong_setting(
    org: RunningOrg, token: str, place: int
) -> None:
    login = Login(instance_url=org.url, access_token=token)
    with (
        pytest.raises(SettingsError, match="SALESFORCE_ACCESS_TOKEN") as wrong,
        open_client(login, Reports()),
    ):
        pass
    assert wrong.value.where == f"SALESFORCE_ACCESS_TOKEN, character {place} of {len(token)}"
    assert wrong.value.next_step
    assert "00D" not in str(wrong.value.to_dict())
    assert org.control("GET", "/requests")["requests"] == []


def test_an_access_token_logs_in_without_a_login_and_cannot_be_renewed(org: RunningOrg) -> None:
    login = Login(instance_url=org.url, access_token=org.token())
    with open_client(login, Reports(), QUICK) as client:
        assert client.organization_id() == org.organization_id
        assert client.describe("Account").name == "Account"
        org.control("POST", "/sessions/expire")
        with pytest.raises(LoginRefused, match="SALESFORCE_ACCESS_TOKEN"):
            client.describe("Account")
        assert client.usage.calls == 4  # the versions, the org's id, and describe twice: no login among them


def test_an_org_with_its_own_authority_needs_and_takes_the_ca_file(tmp_path: Path) -> None:
    with start_demo_org(tmp_path / "org", scale=50, https=True) as org:
        with open_client(login_to(org, ca_file=Path(org.ca_file)), Reports(), QUICK) as client:
            assert client.count("Account") > 0
        assert "SALESFORCE_CA_FILE" in refusal(login_to(org)).next_step
        empty = tmp_path / "empty.pem"
        empty.write_text("no certificate")
        for wrong in (tmp_path / "nowhere.pem", empty):
            login = login_to(org, ca_file=wrong)
            with pytest.raises(SettingsError, match="not there, or holds no"), open_client(login, Reports()):
                pass
