from __future__ import annotations

import pytest

from extract.address import check_duckdb_address, check_postgres_address
from extract.errors import SettingsError


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:secret@db.example.org:5432/app",
        "postgresql://me:s%40cret%25@db.example.org/app?sslmode=require",
        "postgres://me@[::1]:5432/app",
        "postgresql:///app?host=/var/run/postgresql",
        "postgresql://me:se:cret@db.example.org/app",
    ],
)
def test_a_clear_address_passes(url: str) -> None:
    check_postgres_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:sec@ret@db.example.org/app",
        "postgresql://me:sec/ret@db.example.org/app",
        "postgresql://me:1/ret@db.example.org/app",
        "postgresql://me:1#ret@db.example.org/app",
        "postgresql://me:sec#ret@db.example.org/app",
        "postgresql://me:sec?ret@db.example.org/app",
        "postgresql://me:1?ret@db.example.org/app",
        "postgresql://me:sec[ret@db.example.org/app",
        "postgresql://me:sec%ret@db.example.org/app",
        "postgresql://me:secret@db.example.org:port/app",
        "postgresql://me:secret@db.example.org:99999/app",
        "postgresql://me:secret@one.example.org:1,two.example.org:2/app",
    ],
)
def test_an_address_that_readers_take_apart_differently_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        check_postgres_address(url)
    told = "".join(refused.value.to_dict().values())
    assert "ret" not in told
    assert "%40" in told


@pytest.mark.parametrize(
    "url", ["duckdb:///data/x.duckdb", "duckdb:////srv/my data/x.duckdb", "duckdb:///a%20b/x"]
)
def test_the_path_of_a_file_passes(url: str) -> None:
    check_duckdb_address(url)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("duckdb://data/x.duckdb", "two slashes"),
        ("duckdb://x.duckdb", "two slashes"),
        ("duckdb:///:memory:", "in memory"),
        ("duckdb://:memory:", "in memory"),
        ("duckdb:///data/a#b.duckdb", "? or a #"),
        ("duckdb:///data/a.duckdb?access_mode=read_only", "? or a #"),
        ("duckdb:///", "names no file"),
        ("duckdb://", "names no file"),
    ],
)
def test_more_or_less_than_the_path_of_a_file_is_refused(url: str, says: str) -> None:
    with pytest.raises(SettingsError) as refused:
        check_duckdb_address(url)
    assert says in refused.value.what
