"""Logs in through simple-salesforce where that is sound: the signed (JWT) and the SOAP login.

The library builds and reads the messages; where they travel is decided here, because it always names
https://<domain>.salesforce.com, and has neither timeouts nor repeats (docs/decisions/0002-salesforce-client.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from extract.errors import SettingsError
from extract.salesforce.login import Flow, Login
from extract.salesforce.login_hints import explain_login

Post = Callable[[str, Mapping[str, str] | bytes, Mapping[str, str]], tuple[bytes, Mapping[str, Any]]]


def log_in_with_library(login: Login, flow: Flow, post: Post) -> Mapping[str, Any]:
    """The token answer of the login: access_token, instance_url, id as far as known."""
    from jwt.exceptions import PyJWTError
    from simple_salesforce.exceptions import SalesforceAuthenticationFailed
    from simple_salesforce.login import SalesforceLogin

    session = _Session(post)
    try:
        token, host = SalesforceLogin(session=session, **_arguments(login, flow))
    except SalesforceAuthenticationFailed as refused:
        raise explain_login(str(refused.code or ""), refused.auth_message, login.instance_url) from refused
    except (OSError, ValueError, TypeError, PyJWTError) as error:
        raise _unusable_key(login) from error
    if session.answer:
        return session.answer
    at_home = host == urlsplit(login.instance_url).netloc  # the library forgets whether it was http
    return {"access_token": token, "instance_url": "" if at_home else f"https://{host}"}


def _arguments(login: Login, flow: Flow) -> dict[str, Any]:
    if flow is Flow.PASSWORD:
        return {
            "username": login.username,
            "password": login.password,
            "security_token": login.security_token,
            "domain": login.domain or "login",
            "sf_version": login.api_version,
        }
    return {
        "username": login.username,
        "consumer_key": login.client_id,
        "privatekey_file": str(login.private_key_file),
        "domain": login.domain or _domain_of(login.instance_url),  # whom the signed login is addressed to
    }


def _domain_of(instance_url: str) -> str:
    """What the library calls the domain: the host name without .salesforce.com."""
    host = urlsplit(instance_url).hostname or ""
    return host.removesuffix(".salesforce.com") if host.endswith(".salesforce.com") else "login"


def _unusable_key(login: Login) -> SettingsError:
    return SettingsError(
        "The private key could not be read.",
        f"SALESFORCE_PRIVATE_KEY_FILE = {login.private_key_file}",
        "It must be a readable RSA key in PEM form (`openssl genrsa -out key.pem 2048` makes one), without a passphrase.",
    )


class _Session(requests.Session):
    """Stands in for the library's session: posts to the same path on the configured host, and nowhere else."""

    def __init__(self, post: Post) -> None:
        super().__init__()
        self._post = post
        self.answer: Mapping[str, Any] = {}

    def post(self, url: Any, data: Any = None, json: Any = None, **options: Any) -> requests.Response:
        form = data.encode() if isinstance(data, str) else data
        headers = {str(name): str(value) for name, value in (options.get("headers") or {}).items()}
        body, self.answer = self._post(urlsplit(str(url)).path, form, headers)
        response = requests.Response()
        response.status_code = 200  # anything else has become an error on the way
        response._content = body
        return response
