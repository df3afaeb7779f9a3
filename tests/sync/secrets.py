"""The secrets that whole runs are given, and where they must not be found afterwards."""

from __future__ import annotations

import json
import re

from tests.sync.targets import Target
from tests.sync.whole_runs import Ended

CLIENT_SECRET = "canary-client-secret"
TOKEN = re.compile(rb"00D\w{9,12}(!|%21|\\u0021)[\w.\-]{20}")  # how Salesforce's access tokens look


def assert_without_secrets(ended: Ended) -> None:
    for text in (ended.messages, json.dumps(ended.outcome)):
        assert "canary" not in text
        assert not TOKEN.search(text.encode())


def traces_of_secrets(target: Target) -> list[str]:
    """Files of the data folder, and rows of ops, that hold the client secret, a password or a token."""
    folders = [file for file in target.folder.rglob("*") if file.is_file()]
    found = [str(file) for file in folders if _is_secret(file.read_bytes())]
    with target.database.connect() as connection:
        tables = connection.rows(
            "select table_name from information_schema.tables where table_schema = 'ops'"
        )
        for (table,) in tables:
            rows = connection.rows(f"select * from ops.{table}")
            found += [table for row in rows if _is_secret(repr(row).encode())]
    return found


def _is_secret(content: bytes) -> bool:
    return b"canary" in content or bool(TOKEN.search(content))
