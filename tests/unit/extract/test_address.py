from __future__ import annotations

import pytest

from extract.address import check_duckdb_address, whole_address
from extract.errors import SettingsError


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("postgresql://me:secret@db.example.org:5432/app", "postgresql://me:secret@db.example.org:5432/app"),
        (
            "postgres://me:s%40cret%25@db.example.org/app?sslmode=require",
            "postgresql://me:s%40cret%25@db.example.org:5432/app?sslmode=require",
        ),
        ("postgresql://me@[::1]:5433/app", "postgresql://me:@[::1]:5433/app"),
        ("postgresql://me:se:cret@db.example.org/app", "postgresql://me:se%3Acret@db.example.org:5432/app"),
        ("postgresql://db:5433/app?user=me&password=s%2Fcret", "postgresql://me:s%2Fcret@db:5433/app"),
        ("postgresql://me@db/my%20app", "postgresql://me:@db:5432/my%20app"),
        (
            "postgresql:///app?host=/var/run/postgresql&port=5433&user=me",
            "postgresql://me:@localhost:5433/app?host=%2Fvar%2Frun%2Fpostgresql",
        ),
    ],
)
def test_a_clear_address_gets_everything_in_its_usual_place(url: str, whole: str) -> None:
    assert whole_address(url) == whole
    assert whole_address(whole) == whole


@pytest.mark.parametrize(
    ("url", "missing"),
    [
        ("postgresql://me:secret@db.example.org:5432", "no database"),
        ("postgresql://db.example.org/app", "no user"),
        ("postgresql:///app?user=me", "no host"),
        ("postgresql://", "no host and no user and no database"),
    ],
)
def test_an_address_that_leaves_out_what_nobody_can_guess_is_refused(url: str, missing: str) -> None:
    with pytest.raises(SettingsError) as refused:
        whole_address(url)
    assert missing in refused.value.what
    assert "secret" not in str(refused.value.to_dict())


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
        "postgresql://me:secret@db.example.org/app?port=1,2",
        "postgresql://me@db.example.org/app?ret=1",
    ],
)
def test_an_address_that_readers_take_apart_differently_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        whole_address(url)
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
