"""Tokens travel to the configured org, encrypted, and nowhere else."""

import pytest

from extract.errors import LoginRefused, SalesforceError, SettingsError
from extract.salesforce.hosts import checked_instance_url, checked_token_home, redirected, url_on

ACME = "https://acme.my.salesforce.com"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (ACME, ACME),
        (f" {ACME}/ ", ACME),
        (f"{ACME}/lightning/page?x=1", ACME),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_instance_address_is_kept_without_its_path(given: str, kept: str) -> None:
    assert checked_instance_url(given) == kept


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "not set"),
        ("acme.my.salesforce.com", "not an address"),
        ("http://acme.my.salesforce.com", "unencrypted"),
        ("http://localhost.example.org", "unencrypted"),
        ("https://user:secret@acme.my.salesforce.com", "user name or password"),
        ("https://acme.lightning.force.com", "Lightning"),
    ],
)
def test_an_unfit_instance_address_is_refused_in_words(given: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as refused:
        checked_instance_url(given)
    assert refused.value.next_step
    assert "secret" not in str(refused.value.to_dict())


@pytest.mark.parametrize(
    ("configured", "offered"),
    [
        (ACME, ACME),
        (ACME, "https://acme.my.salesforce.com/"),
        ("https://login.salesforce.com", "https://acme.my.salesforce.com"),
        ("https://acme--dev.sandbox.my.salesforce.com", "https://acme--dev.sandbox.my.salesforce.com"),
        ("http://127.0.0.1:8080", "http://localhost:8080"),
    ],
)
def test_a_token_is_used_at_its_own_org(configured: str, offered: str) -> None:
    assert checked_token_home(configured, offered) == offered.rstrip("/")


@pytest.mark.parametrize(
    "offered",
    [
        "https://evil.test",
        "https://acme.my.salesforce.com.evil.test",
        "https://other.my.salesforce.com",
        "http://acme.my.salesforce.com",
        "https://acme.my.salesforce.com:8443",
        "https://evil@acme.my.salesforce.com",
        "https://acme--dev.sandbox.my.salesforce.com",
        "//evil.test",
    ],
)
def test_a_token_for_another_host_is_refused(offered: str) -> None:
    with pytest.raises(LoginRefused):
        checked_token_home(ACME, offered)


def test_a_token_from_this_machine_is_not_used_on_another_port() -> None:
    with pytest.raises(LoginRefused):
        checked_token_home("http://127.0.0.1:8080", "http://127.0.0.1:8081")


def test_a_next_page_stays_on_the_host() -> None:
    assert url_on(ACME, "/services/data/v64.0/query/01g-2000") == f"{ACME}/services/data/v64.0/query/01g-2000"
    assert url_on(ACME, f"{ACME}/services/data") == f"{ACME}/services/data"
    for elsewhere in ("https://evil.test/services", "//evil.test/x", "http://acme.my.salesforce.com/x"):
        with pytest.raises(SalesforceError):
            url_on(ACME, elsewhere)


def test_a_redirect_stays_with_the_org() -> None:
    assert redirected(ACME, f"{ACME}/services/data/", "/services/data") == f"{ACME}/services/data"
    moved = "https://acme.na166.my.salesforce.com/services"
    assert redirected(ACME, f"{ACME}/services", moved) == moved
    for elsewhere in (
        "https://evil.test/services",
        "//evil.test/x",
        "http://acme.my.salesforce.com/x",
        "https://other.my.salesforce.com/x",
        "https://acme.my.salesforce.com:x/",
        "https://acme.my.salesforce.com@evil.test/x",
    ):
        with pytest.raises(SalesforceError):
            redirected(ACME, f"{ACME}/services", elsewhere)
    with pytest.raises(
        SalesforceError
    ):  # a login, with its secret, goes to the host that was set and no other
        redirected("https://login.salesforce.com", "https://login.salesforce.com/a", f"{ACME}/a")
