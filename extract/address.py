"""Checks an address before a driver sees it: a driver takes a wrong one for another place, or quotes it, password and all."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from extract.errors import SettingsError

BAD_CODE = re.compile(r"%(?![0-9A-Fa-f]{2})|%00")


_ANOTHER_PATH = (
    "Choose a path without them in DATABASE_URL, or an absolute one, as duckdb:////srv/landfall.duckdb is, when they "
    "are in the checkout's own path."
)
UNREADABLE = ("?", "#")  # DuckDB and dbt take what follows for options


def check_duckdb_address(url: str) -> None:
    """Raises SettingsError when the address has more than the path of a file, which nobody would look at."""
    rest = url.partition("://")[2]
    if any(sign in rest for sign in UNREADABLE):
        raise SettingsError(
            "DATABASE_URL has a ? or a # in the path of the DuckDB file.", "DATABASE_URL", _ANOTHER_PATH
        )
    if ":memory:" in rest:
        raise SettingsError(
            "DATABASE_URL asks for a database in memory, which would end with the first stage.",
            "DATABASE_URL",
            "Use duckdb:///data/landfall.duckdb or another path.",
        )
    if rest and not rest.startswith("/"):
        raise SettingsError(
            "DATABASE_URL has two slashes before the path of the DuckDB file: its first folder would be lost.",
            "DATABASE_URL",
            "Write duckdb:///data/landfall.duckdb, with three slashes, or four before an absolute path.",
        )
    if not rest.strip("/"):
        raise SettingsError(
            "DATABASE_URL names no file.",
            "DATABASE_URL",
            "Use duckdb:///data/landfall.duckdb or another path.",
        )


def check_duckdb_path(path: Path) -> None:
    """Raises SettingsError for a path that the libraries which open the file take apart differently."""
    if any(sign in str(path) for sign in UNREADABLE):
        raise SettingsError("The path of the DuckDB file has a ? or a # in it.", str(path), _ANOTHER_PATH)


def whole_address(url: str) -> str:
    """The same PostgreSQL address with everything in its usual place, where every library that connects looks for it.

    Raises SettingsError when the address does not mean the same to all of them, or leaves out what none can guess.
    """
    parts = _postgres_parts(url)
    host, user, name = (
        parts.pop("host", parts.get("hostaddr", "")),
        parts.pop("user", ""),
        parts.pop("dbname", ""),
    )
    named = {"host": host, "user": user, "database": name}
    missing = [what for what, value in named.items() if not value]
    if missing:
        raise SettingsError(
            f"DATABASE_URL names no {' and no '.join(missing)}.",
            "DATABASE_URL",
            "Write it as postgresql://user:password@host:5432/name; the password may be left out.",
        )
    if host.startswith("/"):  # the folder of a socket, which has no other place
        host, parts["host"] = "localhost", host
    login = f"{quote(user, safe='')}:{quote(parts.pop('password', ''), safe='')}"
    host, port = f"[{host}]" if ":" in host else host, parts.pop("port", "5432")
    if not port.isdecimal():
        raise _unreadable()
    query = f"?{urlencode(parts, quote_via=quote)}" if parts else ""
    return f"postgresql://{login}@{host}:{port}/{quote(name, safe='')}{query}"


def _postgres_parts(url: str) -> dict[str, str]:
    from psycopg2 import Error
    from psycopg2.extensions import parse_dsn

    if not _is_clear(url):
        raise _unreadable()
    try:
        return dict(parse_dsn(url))  # libpq's own reading
    except Error:
        raise _unreadable() from None  # its message quotes what it stumbled over


def _unreadable() -> SettingsError:
    return SettingsError(
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
