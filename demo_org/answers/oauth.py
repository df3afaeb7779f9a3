"""Gives out access tokens, for the app's secret, a refresh token or a signed login."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from urllib.parse import unquote

from demo_org.answers.identity import user_id
from demo_org.grants import AUDIENCES
from demo_org.messages import Answer, Request, json_answer
from demo_org.refusals import LoginRefused
from demo_org.service import Service


def token(service: Service, request: Request) -> Answer:
    """A new session, or the reason why not."""
    form = request.form()
    refresh_token = ""
    match form.get("grant_type"):
        case "client_credentials":
            _check_app(service, request, form, secret=True)
        case "refresh_token":
            _check_app(service, request, form, secret=False)
            refresh_token = service.grants.use(form.get("refresh_token", ""))
        case "urn:ietf:params:oauth:grant-type:jwt-bearer":
            audiences = (*AUDIENCES, service.url)
            service.grants.check_signed(
                form.get("assertion", ""), service.credentials.client_id, audiences, service.org.now()
            )
        case _:
            raise LoginRefused("unsupported_grant_type", "grant type not supported")
    replaced = {"refresh_token": refresh_token} if refresh_token != form.get("refresh_token", "") else {}
    return json_answer(_session(service) | replaced, headers={"Cache-Control": "no-cache, no-store"})


def _check_app(service: Service, request: Request, form: dict[str, str], *, secret: bool) -> None:
    """Refuse another app, and a wrong secret where one is needed or given."""
    client_id, client_secret = _credentials(request, form)
    if client_id != service.credentials.client_id:
        raise LoginRefused("invalid_client_id", "client identifier invalid")
    right = hmac.compare_digest(client_secret.encode(), service.credentials.client_secret.encode())
    if not right and (secret or client_secret):
        raise LoginRefused("invalid_client", "invalid client credentials")


def _session(service: Service) -> dict[str, str]:
    """A session that was just opened, as the token answer tells it."""
    organization = service.org.organization_id
    identity = f"{service.url}/id/{organization}/{user_id(service)}"
    issued = str(int(time.time() * 1000))
    key = service.credentials.client_secret.encode()
    signed = hmac.new(key, (identity + issued).encode(), hashlib.sha256).digest()
    return {
        "access_token": service.sessions.start(),
        "signature": base64.b64encode(signed).decode(),
        "scope": "api",
        "instance_url": service.url,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued,
        "api_instance_url": service.url,
    }


def revoke(service: Service, request: Request) -> Answer:
    """Close one session."""
    service.sessions.expire(request.form().get("token", ""))
    return Answer(200)


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    """From the form, or from basic authentication."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        raise LoginRefused("invalid_client", "invalid client credentials") from None
    return unquote(name), unquote(secret)
