"""Holds what it takes to log in, and which way of logging in that makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from extract.errors import SettingsError
from extract.salesforce.hosts import checked_instance_url


@dataclass(frozen=True)
class Login:
    """Where the org is and who we are there; the secrets stay out of its repr."""

    instance_url: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    username: str = ""
    private_key_file: Path | None = None
    refresh_token: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    security_token: str = field(default="", repr=False)
    domain: str = ""
    api_version: str = "64.0"
    ca_file: Path | None = None
    refresh_token_file: Path | None = None  # where a refresh token that the org replaced is kept


class Flow(Enum):
    ACCESS_TOKEN = "access token"  # something else logged in; we cannot do it again
    JWT = "JWT bearer"  # a private key on this machine
    REFRESH_TOKEN = "refresh token"  # a person allowed it once in a browser
    CLIENT_CREDENTIALS = "client credentials"  # an external client app with a "Run As" user: the advised way
    PASSWORD = "user name and password (SOAP)"  # retires in Summer '27


def login_address(login: Login) -> str:
    """The address to log in at: the org's own; only the retiring password login may do without it."""
    if not login.instance_url and choose_flow(login) is Flow.PASSWORD:
        return checked_instance_url(f"https://{login.domain or 'login'}.salesforce.com")
    return checked_instance_url(login.instance_url)


def choose_flow(login: Login) -> Flow:
    """The way to log in that the settings ask for. Raises SettingsError naming what is missing or wrong."""
    if login.access_token:
        _check_token(login.access_token)
        return Flow.ACCESS_TOKEN
    if login.refresh_token:
        return _complete(login, Flow.REFRESH_TOKEN, "client_id")
    if login.private_key_file is not None:
        return _complete(login, Flow.JWT, "client_id", "username")
    if login.client_secret:
        return _complete(login, Flow.CLIENT_CREDENTIALS, "client_id")
    if login.password:
        return _complete(login, Flow.PASSWORD, "username")
    if login.client_id:
        return _complete(login, Flow.CLIENT_CREDENTIALS, "client_secret")
    raise SettingsError(
        "No login to Salesforce is configured.",
        "SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET",
        "Set both (docs/how-to/connect-your-org.md shows where they come from), or run `make demo` without an org.",
    )


def _check_token(token: str) -> None:
    """Raises SettingsError for a token that no header can carry, without repeating any of it."""
    wrong = [place for place, character in enumerate(token, 1) if not "!" <= character <= "~"]
    if wrong:
        raise SettingsError(
            "SALESFORCE_ACCESS_TOKEN holds a character that no token has: a blank, a line break, a typographic "
            "quote or dots that stand for what was left out.",
            f"SALESFORCE_ACCESS_TOKEN, character {wrong[0]} of {len(token)}",
            "Copy it anew, whole and on one line (`sf org display --json` shows it).",
        )


def _complete(login: Login, flow: Flow, *needed: str) -> Flow:
    missing = [f"SALESFORCE_{name.upper()}" for name in needed if not getattr(login, name)]
    if missing:
        raise SettingsError(
            f"The {flow.value} login needs {' and '.join(missing)}.",
            ", ".join(missing),
            "Set it in the environment or in .env; docs/how-to/connect-your-org.md shows where it comes from.",
        )
    return flow
