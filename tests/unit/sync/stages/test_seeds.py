"""Which seeds have outgrown their tables."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from extract.database import Database
from sync.stages.seeds import outgrown_seeds


@pytest.mark.parametrize(
    ("header", "outgrown"),
    [
        ("word,meaning", []),
        ("Meaning, word", []),  # the order does not matter, nor do capitals
        ("word,meaning,display_order", ["words"]),
        ("word", ["words"]),
        ("word,sense", ["words"]),
    ],
)
def test_a_seed_with_other_columns_than_its_table_is_made_anew(
    database: Database, tmp_path: Path, header: str, outgrown: list[str]
) -> None:
    (tmp_path / "words.csv").write_text(f"{header}\n")
    (tmp_path / "new.csv").write_text("word\n")
    nodes = {
        f"seed.{name}": SimpleNamespace(
            resource_type="seed", schema="seeds", alias=name, name=name, original_file_path=f"{name}.csv"
        )
        for name in ("words", "new")
    }
    nodes["model.words"] = SimpleNamespace(resource_type="model")
    with database.connect() as connection:
        connection.execute("create schema seeds")
        connection.execute("create table seeds.words (word text, meaning text)")
        assert outgrown_seeds(connection, SimpleNamespace(nodes=nodes), tmp_path, nodes) == outgrown
        assert outgrown_seeds(connection, SimpleNamespace(nodes=nodes), tmp_path, ["model.words"]) == []
