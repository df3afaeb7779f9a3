"""Checks a PostgreSQL address before a driver sees it: a driver's message would quote a wrong one, password and all."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from extract.errors import SettingsError

BAD_CODE = re.compile(r"%(?![0-9A-Fa-f]{2})|%00")


def check_postgres_address(url: str) -> None:
    """Raises SettingsError when the address does not mean the same to everybody who reads it."""
    if not _is_clear(url):
        raise SettingsError(
            "DATABASE_URL cannot be read as an address.",
            "DATABASE_URL",
            "Write it as postgresql://user:password@host:5432/name. In the user and the password, special characters "
            "are written as codes: @ as %40, / as %2F, # as %23, ? as %3F, [ as %5B, % as %25.",
        )


def _is_clear(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  raises when it is not a number
    except ValueError:
        return False
    rest = parts.path + parts.query + parts.fragment
    # one @ only, before the host: libpq takes the first one and Python the last
    return parts.netloc.count("@") <= 1 and "@" not in rest and not BAD_CODE.search(url)
