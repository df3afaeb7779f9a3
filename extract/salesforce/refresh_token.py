"""Keeps the refresh token that the org put in place of the configured one, so that the next run can log in."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from extract.errors import StorageError
from extract.salesforce.login import Login


def kept_refresh_token(login: Login) -> str:
    """The newest refresh token that descends from the configured one; the configured one when none was kept."""
    path = login.refresh_token_file
    if path is None or not path.is_file():
        return login.refresh_token
    try:
        kept = json.loads(path.read_text())
    except (OSError, ValueError):
        return login.refresh_token
    # A new token in the settings is a new login: what descends from the old one is then worth nothing.
    return str(kept["token"]) if kept.get("configured") == _fingerprint(login) else login.refresh_token


def keep_refresh_token(login: Login, token: str) -> None:
    """Write the token so that a crash leaves the old file or the new one, never half of one."""
    path = login.refresh_token_file
    if path is None:
        raise StorageError(
            "The org replaces its refresh token at each login, and there is no place to keep the new one.",
            "SALESFORCE_REFRESH_TOKEN",
            "Switch rotation off in the app's Refresh Token Policy, or use client credentials "
            "(docs/how-to/connect-your-org.md).",
        )
    try:
        _write_whole(path, json.dumps({"configured": _fingerprint(login), "token": token}))
    except OSError as error:
        raise StorageError(
            f"The new refresh token could not be kept ({error.strerror}), and the old one is used up.",
            str(path),
            "Make the folder writable, log in once more in the browser, and set SALESFORCE_REFRESH_TOKEN anew.",
        ) from error


def _write_whole(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _fingerprint(login: Login) -> str:
    return hashlib.sha256(f"{login.client_id}\n{login.refresh_token}".encode()).hexdigest()
