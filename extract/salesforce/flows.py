"""Logs in, by the way that the settings ask for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import requests

from extract.errors import LoginRefused
from extract.salesforce.answers import redacted
from extract.salesforce.body import read_bytes
from extract.salesforce.hosts import checked_token_home
from extract.salesforce.library_login import log_in_with_library
from extract.salesforce.login import Flow, Login, choose_flow
from extract.salesforce.login_hints import explain_login
from extract.salesforce.refresh_token import keep_refresh_token, kept_refresh_token
from extract.salesforce.refusals import ApiRefused
from extract.salesforce.sending import Sender
from extract.salesforce.session import Granted
from extract.salesforce.unreachable import Passing

TOKEN_PATH = "/services/oauth2/token"


def log_in(login: Login, sender: Sender) -> Granted:
    """A session for the configured org. `sender` sends without a token. Raises LoginRefused with the click path."""
    flow = choose_flow(login)
    if flow is Flow.ACCESS_TOKEN:
        return Granted(login.access_token, sender.connection.base_url)
    if flow is Flow.REFRESH_TOKEN:
        return _refresh(login, sender)
    if flow is Flow.CLIENT_CREDENTIALS:
        form = {
            "grant_type": "client_credentials",
            "client_id": login.client_id,
            "client_secret": login.client_secret,
        }
        return _granted(_ask_token(sender, form), sender)
    if flow is Flow.PASSWORD:
        sender.report(
            "note",
            text="The SOAP login with a password retires in Summer '27. "
            "Move to client credentials: docs/how-to/connect-your-org.md.",
        )
    # Each try signs anew: a signature is good for three minutes, and the login may be repeated for longer.
    answer = sender.repeat(lambda deadline: log_in_with_library(login, flow, _poster(sender, deadline)))
    return _granted(answer, sender)


def log_in_again(login: Login, sender: Sender) -> Granted:
    """A new session for one that expired."""
    if choose_flow(login) is Flow.ACCESS_TOKEN:
        raise LoginRefused(
            "The session of SALESFORCE_ACCESS_TOKEN has expired, and a token alone cannot be renewed.",
            sender.connection.host,
            "Get a new one (`sf org display --json` shows it), or configure client credentials "
            "(docs/how-to/connect-your-org.md).",
        )
    return log_in(login, sender)


def _refresh(login: Login, sender: Sender) -> Granted:
    token = kept_refresh_token(login)
    form = {"grant_type": "refresh_token", "client_id": login.client_id, "refresh_token": token}
    if login.client_secret:
        form["client_secret"] = login.client_secret
    answer = _ask_token(sender, form)
    replacement = str(answer.get("refresh_token") or "")
    if replacement and replacement != token:
        # The old one is dead from this moment: what is lost here is lost for ever, so it is kept before first use.
        keep_refresh_token(login, replacement)
    return _granted(answer, sender)


def _granted(answer: Mapping[str, Any], sender: Sender) -> Granted:
    token = str(answer.get("access_token") or "")
    if not token:
        raise LoginRefused(
            "The login was answered without a token.",
            sender.connection.host,
            "Check that SALESFORCE_INSTANCE_URL is the org's My Domain and not a page in front of it.",
        )
    home = checked_token_home(sender.connection.base_url, str(answer.get("instance_url") or ""))
    return Granted(token, home, _organization_id(str(answer.get("id") or "")))


def _organization_id(identity_url: str) -> str:
    """The org's id from the identity address of a token answer, …/id/<org>/<user>."""
    parts = identity_url.split("/")
    found = parts[-2] if len(parts) >= 2 and parts[-3:-2] == ["id"] else ""
    return found if len(found) == 18 and found.startswith("00D") else ""


def _ask_token(sender: Sender, form: Mapping[str, str]) -> Mapping[str, Any]:
    return _poster(sender)(TOKEN_PATH, form, {})[1]


Post = Callable[[str, Mapping[str, str] | bytes, Mapping[str, str]], tuple[bytes, Mapping[str, Any]]]


def _poster(sender: Sender, deadline: float | None = None) -> Post:
    """Posts a login to a path of the configured host, once if there is a deadline; a refusal becomes LoginRefused."""

    def read(response: requests.Response, deadline: float) -> tuple[bytes, Mapping[str, Any]]:
        body = read_bytes(response, deadline, sender.usage)
        if body.lstrip()[:1] == b"<" and b"Envelope" in body:
            return body, {}
        try:
            answer = json.loads(body)
        except (ValueError, UnicodeDecodeError) as error:
            raise Passing("The login was answered with a web page.", sender.connection.host) from error
        if not isinstance(answer, dict):
            raise Passing("The login was answered with something else than a token.", sender.connection.host)
        return body, answer

    def post(
        path: str, form: Mapping[str, str] | bytes, headers: Mapping[str, str]
    ) -> tuple[bytes, Mapping[str, Any]]:
        try:
            if deadline is not None:
                return sender.send_once(path, read, deadline, form, headers)
            return sender.send("POST", path, read, form=form, headers=headers)
        except ApiRefused as refused:
            said = refused.refusal
            if said.status == 404 and not said.code:
                raise LoginRefused(
                    "There is no Salesforce login at this address.",
                    f"{sender.connection.host}{path}",
                    "Set SALESFORCE_INSTANCE_URL to the org's My Domain (Setup → My Domain shows it).",
                ) from refused
            raise explain_login(said.code, redacted(said.message), sender.connection.host) from refused

    return post
