"""Reads Salesforce's headers and error bodies, whatever shape they come in, without ever failing itself."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

_LONGEST_MESSAGE = 300
_SECRETS = (
    re.compile(r"00D[A-Za-z0-9]{12,15}![A-Za-z0-9._]+"),  # a session id
    re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9._-]+"),  # a JSON web token
    re.compile(r"(?i)\bbearer\s+\S+"),
    re.compile(r"(?i)\b(access_token|refresh_token|client_secret|assertion|password|sid)\b\W{1,4}[^\s&\"']+"),
    re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"),  # a person's address
)
_USAGE = re.compile(r"(?:^|[;,\s])api-usage=(\d+)/(\d+)")  # not per-app-api-usage, which may follow it

_FAULT = re.compile(rb"exceptionCode>\s*(?:\w+:)?(\w+)\s*<")
_FAULT_WORDS = re.compile(rb"exceptionMessage>([^<]*)<")


@dataclass(frozen=True)
class Refusal:
    """An answer that is not the one asked for: its status, Salesforce's code for it, and its words."""

    status: int
    code: str = ""
    message: str = ""
    empty: bool = False


def parse_refusal(status: int, body: bytes) -> Refusal:
    """The code and words of an error body: REST's array, OAuth's object, an HTML page, or nothing at all."""
    if not body.strip():
        return Refusal(status, empty=True)
    if (fault := _FAULT.search(body)) is not None:
        # SOAP sends every fault with status 500, also a wrong password, which must never be tried again and again.
        words = _FAULT_WORDS.search(body)
        return Refusal(400, fault[1].decode(), redacted(words[1].decode("utf-8", "replace") if words else ""))
    try:
        found: Any = json.loads(body)
    except (ValueError, UnicodeDecodeError):
        return Refusal(
            status, message="the answer was a web page, not Salesforce's API" if b"<" in body else ""
        )
    if isinstance(found, list):
        found = found[0] if found else {}
    if not isinstance(found, dict):
        return Refusal(status)
    code = found.get("errorCode") or found.get("error") or ""
    message = found.get("message") or found.get("error_description") or ""
    return Refusal(status, str(code)[:80], redacted(str(message)))


def redacted(text: str) -> str:
    """The text on one line, short, without tokens, secrets or e-mail addresses."""
    for secret in _SECRETS:
        text = secret.sub("[removed]", text)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_MESSAGE else text[: _LONGEST_MESSAGE - 1] + "…"


def parse_usage(header: str | None) -> tuple[int, int] | None:
    """The org's calls of the last 24 hours (used, allowed) from `Sforce-Limit-Info`, if it says."""
    found = _USAGE.search(header or "")
    return (int(found[1]), int(found[2])) if found else None


def parse_date(header: str | None) -> datetime | None:
    """The server's clock from the `Date` header, in UTC."""
    try:
        moment = parsedate_to_datetime(header or "")
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
