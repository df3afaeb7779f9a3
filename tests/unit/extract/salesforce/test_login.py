"""The settings decide how to log in; what is missing is named."""

from pathlib import Path

import pytest

from extract.errors import LoginRefused, SettingsError
from extract.salesforce import Login
from extract.salesforce.login import Flow, choose_flow, login_address
from extract.salesforce.login_hints import explain_login

KEY = Path("key.pem")


@pytest.mark.parametrize(
    ("login", "flow"),
    [
        (Login(client_id="app", client_secret="s"), Flow.CLIENT_CREDENTIALS),
        (Login(client_id="app", username="u", private_key_file=KEY), Flow.JWT),
        (Login(client_id="app", refresh_token="r", client_secret="s"), Flow.REFRESH_TOKEN),
        (Login(access_token="t", client_id="app", client_secret="s"), Flow.ACCESS_TOKEN),
        (Login(username="u", password="p"), Flow.PASSWORD),
    ],
)
def test_the_settings_choose_the_way_to_log_in(login: Login, flow: Flow) -> None:
    assert choose_flow(login) is flow


@pytest.mark.parametrize(
    ("login", "missing"),
    [
        (Login(), "No login"),
        (Login(client_id="app"), "SALESFORCE_CLIENT_SECRET"),
        (Login(client_secret="s"), "SALESFORCE_CLIENT_ID"),
        (Login(private_key_file=KEY), "SALESFORCE_CLIENT_ID and SALESFORCE_USERNAME"),
        (Login(password="p"), "SALESFORCE_USERNAME"),
    ],
)
def test_what_is_missing_is_named(login: Login, missing: str) -> None:
    with pytest.raises(SettingsError, match=missing):
        choose_flow(login)


def test_no_secret_shows_in_a_printed_login() -> None:
    login = Login(
        client_secret="hidden1",
        refresh_token="hidden2",
        access_token="hidden3",
        password="hidden4",
        security_token="hidden5",
    )
    assert "hidden" not in repr(login)


def test_only_the_password_login_may_do_without_an_address() -> None:
    assert login_address(Login(username="u", password="p")) == "https://login.salesforce.com"
    assert login_address(Login(username="u", password="p", domain="test")) == "https://test.salesforce.com"
    with pytest.raises(SettingsError):
        login_address(Login(client_id="app", client_secret="s"))


@pytest.mark.fault("F17", "Each refusal's code and words")
@pytest.mark.parametrize(
    ("code", "description", "what", "next_step"),
    [
        ("invalid_grant", "no client credentials user enabled", "no user to run as", "Run As"),
        ("invalid_request", "no client credentials user enabled", "no user to run as", "Run As"),
        ("invalid_grant", "user hasn't approved this consumer", "not been allowed", "Permitted Users"),
        ("invalid_grant", "ip restricted", "network address", "IP Relaxation"),
        ("invalid_grant", "token expired", "clocks differ", "clock"),
        ("invalid_grant", "invalid assertion", "key or the clock", "SALESFORCE_PRIVATE_KEY_FILE"),
        ("invalid_grant", "audience is invalid", "another host", "My Domain"),
        ("invalid_grant", "expired access/refresh token", "no longer valid", "SALESFORCE_REFRESH_TOKEN"),
        ("invalid_grant", "request not supported on this domain", "own address", "My Domain"),
        ("invalid_grant", "", "refused the login", "Login History"),
        ("invalid_client_id", "client identifier invalid", "SALESFORCE_CLIENT_ID", "consumer key"),
        ("invalid_client", "invalid client credentials", "secret is wrong", "SALESFORCE_CLIENT_SECRET"),
        ("inactive_user", "user is inactive", "inactive or frozen", "tick Active"),
        ("app_not_found", "External client app is not installed", "not known at this address", "My Domain"),
        ("unsupported_grant_type", "grant type not supported", "does not allow", "OAuth Policies"),
        ("INVALID_LOGIN", "Invalid username, password", "user name, password", "client credentials"),
        ("LOGIN_MUST_USE_SECURITY_TOKEN", "", "not enough", "SALESFORCE_SECURITY_TOKEN"),
        ("UNSUPPORTED_API_VERSION", "", "does not exist", "64.0"),
        ("brand_new_error", "nobody knows", "brand_new_error: nobody knows", "Login History"),
    ],
)
def test_a_refused_login_says_what_to_mend_and_where(
    code: str, description: str, what: str, next_step: str
) -> None:
    error = explain_login(code, description, "acme.my.salesforce.com")
    assert isinstance(error, LoginRefused)
    assert what in error.what
    assert next_step in error.next_step
    assert "acme.my.salesforce.com" in error.where
