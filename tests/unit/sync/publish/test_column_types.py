"""Both databases' spellings of a type come out as one."""

from __future__ import annotations

import pytest

from extract.database import Database
from sync.publish.column_types import KNOWN_TYPES, PLAIN_TYPES, is_portable, one_spelling
from sync.publish.existing import columns_of


@pytest.mark.parametrize(
    ("spelling", "known_as"),
    [
        ("VARCHAR", "text"),
        ("character  varying", "text"),
        ("timestamp with time zone", "timestamptz"),
        ("Decimal(18, 2)", "numeric(18,2)"),
        ("int", "integer"),
        ("double", "double precision"),
        ("json", "json"),
    ],
)
def test_other_spellings_mean_the_same_type(spelling: str, known_as: str) -> None:
    assert one_spelling(spelling) == known_as


def test_types_that_differ_between_the_databases_are_not_portable() -> None:
    assert [
        name for name in ("json", "numeric", "timestamp", "text[]", "varchar(20)") if is_portable(name)
    ] == []
    assert all(is_portable(name) for name in PLAIN_TYPES)
    assert len(KNOWN_TYPES) == len(PLAIN_TYPES) + 1


def test_a_database_gives_back_the_types_a_table_was_made_with(database: Database) -> None:
    wanted = {f"c{n}": kind for n, kind in enumerate((*PLAIN_TYPES, "numeric(18,2)"))}
    with database.connect() as connection:
        connection.execute("create schema app")
        connection.execute(
            f"create table app.t ({', '.join(f'{name} {kind}' for name, kind in wanted.items())})"
        )
        assert columns_of(connection, "app", "t") == wanted
        assert columns_of(connection, "app", "none") == {}


def test_a_narrowed_text_column_is_not_text(postgres_database: Database) -> None:
    with postgres_database.connect() as connection:
        connection.execute("create table public.t (a varchar(20), b numeric)")
        assert columns_of(connection, "public", "t") == {"a": "character varying(20)", "b": "numeric"}
