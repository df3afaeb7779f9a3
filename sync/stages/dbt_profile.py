"""Hands the target's address to dbt: profiles.yml reads these variables, by hand it reads DATABASE_URL."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from extract.database import Database

# Parts of an address that dbt has no name for, and libpq's own variables for them.
LIBPQ_VARIABLES = {
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "options": "PGOPTIONS",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}


def profile_variables(database: Database) -> dict[str, str]:
    """The variables that make profiles.yml connect to this database. User and password are dbt secrets."""
    quiet = {"DO_NOT_TRACK": "1", "LANDFALL_DBT_TARGET": database.kind}
    if database.kind == "duckdb":
        return quiet | {"LANDFALL_DBT_PATH": str(database.path.resolve())}
    return quiet | _postgres_variables(_address_parts(database.url))


def _address_parts(url: str) -> Mapping[str, str]:
    from psycopg2.extensions import parse_dsn

    parts: dict[str, str] = parse_dsn(url)  # libpq's own reading: defaults, percent signs, sockets
    return parts


def _postgres_variables(parts: Mapping[str, str]) -> dict[str, str]:
    user = parts.get("user") or getpass.getuser()
    variables = {
        "LANDFALL_DBT_HOST": parts.get("host", "localhost"),
        "LANDFALL_DBT_PORT": parts.get("port", "5432"),
        "LANDFALL_DBT_NAME": parts.get("dbname", user),
        "LANDFALL_DBT_SSLMODE": parts.get("sslmode", "prefer"),
        "DBT_ENV_SECRET_LANDFALL_USER": user,
        "DBT_ENV_SECRET_LANDFALL_PASSWORD": parts.get("password", ""),
        "PGTZ": "UTC",
    }
    extra = {LIBPQ_VARIABLES[part]: value for part, value in parts.items() if part in LIBPQ_VARIABLES}
    return variables | extra


@contextmanager
def profile_in_environment(database: Database, settings: Mapping[str, str]) -> Iterator[None]:
    """dbt reads its profile's variables and the models' settings from this process's environment."""
    before = dict(os.environ)
    os.environ.update({**profile_variables(database), **settings})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
