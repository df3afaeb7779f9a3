"""Whichever way a PostgreSQL address is written, all who connect reach the same database."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import dlt
import pytest

from expectations.checkpoint import open_context
from expectations.data_docs.pages import Folders
from extract.address import whole_address
from extract.database import Database
from extract.landing.destinations import PartsOnTheWay, landing_destination

WAYS = (
    "postgresql://{user}@{host}:{port}/{name}",
    "postgresql://{host}:{port}/{name}?user={user}&password=any",
    "postgresql:///{name}?host={socket}&port={port}&user={user}",
)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("odd", [False, True], ids=["plain", "odd"])
def test_all_who_connect_reach_the_database(
    postgres_database: Database, tmp_path: Path, way: str, odd: bool
) -> None:
    with postgres_database.connect() as connection:
        socket = connection.value("show unix_socket_directories")
        name = str(connection.value("select current_database()"))
        if odd:
            name = f"my $x {name}"
            connection.execute(f'create database "{name}"')
    parts = urlsplit(postgres_database.url)
    found = way.format(
        user=parts.username, host=parts.hostname, port=parts.port, name=quote(name), socket=quote(socket)
    )
    database = Database(whole_address(found))

    with database.connect() as connection:
        assert connection.value("select current_database()") == name
    assert _landing_reaches(database, tmp_path) == name
    with open_context(database, Folders(tmp_path / "docs", tmp_path / "results"), {}) as context:
        engine = context.data_sources.get("landfall").get_engine()
        with engine.connect() as native:
            assert native.exec_driver_sql("select current_database()").scalar() == name
    assert (socket in database.name) == ("{socket}" in way)
    assert database.name.endswith(f":{parts.port}/{name}")


def _landing_reaches(database: Database, folder: Path) -> Any:
    destination = landing_destination(PartsOnTheWay(database, lambda event: None), str(folder))
    pipeline = dlt.pipeline("reach", destination=destination, dataset_name="raw", pipelines_dir=str(folder))
    with pipeline.sql_client() as client:
        ((name,),) = client.execute_sql("select current_database()")
    return name
