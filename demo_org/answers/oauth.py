"""Gives out access tokens, by the client-credentials flow."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from urllib.parse import unquote

from demo_org.answers.identity import user_id
from demo_org.messages import Answer, Request, json_answer
from demo_org.refusals import LoginRefused
from demo_org.service import Service


def token(service: Service, request: Request) -> Answer:
    """A new session, or the reason why not."""
    form = request.form()
    if form.get("grant_type") != "client_credentials":
        raise LoginRefused("unsupported_grant_type", "grant type not supported")
    client_id, client_secret = _credentials(request, form)
    if client_id != service.credentials.client_id:
        raise LoginRefused("invalid_client_id", "client identifier invalid")
    if not hmac.compare_digest(client_secret.encode(), service.credentials.client_secret.encode()):
        raise LoginRefused("invalid_client", "invalid client credentials")
    organization = service.org.organization_id
    identity = f"{service.url}/id/{organization}/{user_id(service)}"
    issued = str(int(time.time() * 1000))
    signed = hmac.new(client_secret.encode(), (identity + issued).encode(), hashlib.sha256).digest()
    return json_answer(
        {
            "access_token": service.sessions.start(),
            "signature": base64.b64encode(signed).decode(),
            "scope": "api",
            "instance_url": service.url,
            "id": identity,
            "token_type": "Bearer",
            "issued_at": issued,
            "api_instance_url": service.url,
        },
        headers={"Cache-Control": "no-cache, no-store"},
    )


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
