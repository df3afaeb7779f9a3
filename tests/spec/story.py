"""Tells one story of the models on a database: what several test files land is built together, twice.

A file's chapter lands its rows before each build and reads what came of them. Its records have ids that begin as
those of no other chapter; what it lands must not change what another one reads.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expectations.quarantine import make_tables
from extract.database import Connection, Database
from sync.settings import ROOT
from sync.stages.dbt_profile import profile_in_environment
from sync.stages.transform import Dbt, TransformOptions
from tests.spec.landed_rows import make_landing_tables

SETTINGS = {
    "LANDFALL_TIME_ZONE": "America/Chicago",
    "LANDFALL_SCHOOL_YEAR_STARTS": "8",
    "LANDFALL_EMAIL_BODIES": "false",
}


@dataclass(frozen=True)
class Chapter:
    """One test file's part of the story: what lands before each of the builds, and what it reads after them."""

    lands: tuple[Callable[[Connection], None], Callable[[Connection], None]]
    reads: Callable[[Connection], Any]


@dataclass(frozen=True)
class Models:
    """A database with empty landing tables, and the project, read once, to build in it."""

    options: TransformOptions
    dbt: Dbt

    @property
    def database(self) -> Database:
        return self.options.database

    def run(self, *command: str) -> None:
        """One command of dbt; raises TransformFailed."""
        with profile_in_environment(self.database, self.options.settings):
            self.dbt.run(command)


def open_models(database: Database, folder: Path) -> Models:
    project = models_alone(folder)
    options = TransformOptions(database, project, folder, folder / "site", "run", settings=SETTINGS)
    models = Models(options, Dbt(options, lambda event, **said: None))
    make_landing_tables(database)
    with profile_in_environment(database, SETTINGS):
        models.dbt.parse()
    return models


def models_alone(folder: Path) -> Path:
    """The project without the tests of staging and of single rules, which take dbt as long to read as the rest."""
    unneeded = shutil.ignore_patterns("target", "logs", "int_*.yml", "stg_*.yml")
    return Path(shutil.copytree(ROOT / "dbt_project", folder / "dbt_project", ignore=unneeded))


def tell(models: Models, chapters: Mapping[str, Chapter]) -> Mapping[str, Sequence[Any]]:
    """What each chapter read after the first build and after the second."""
    read: dict[str, list[Any]] = {name: [] for name in chapters}
    with models.database.connect() as connection:
        make_tables(connection)
    for build, resources in enumerate((("seed", "model"), ("model",))):
        with models.database.connect() as connection:
            for chapter in chapters.values():
                chapter.lands[build](connection)
        models.run("build", "--select", "+path:models/application", "--resource-type", *resources)
        with models.database.connect(read_only=True) as connection:
            for name, chapter in chapters.items():
                read[name].append(chapter.reads(connection))
    return read


def columns_of(connection: Connection, table: str) -> list[str]:
    """The columns of a table that was built."""
    query = (
        "select column_name from information_schema.columns where table_schema = 'build' and table_name = ?"
        " order by ordinal_position"
    )
    return [str(column) for (column,) in connection.rows(query, (table,))]


def rows_of(connection: Connection, table: str, key: str, key_prefix: str) -> dict[str, dict[str, Any]]:
    """A chapter's rows of a table that was built, by key."""
    columns = columns_of(connection, table)
    found = connection.rows(
        f"select {', '.join(columns)} from build.{table} where {key} like ?", (f"{key_prefix}%",)
    )
    rows = [dict(zip(columns, row, strict=True)) for row in found]
    by_key = {str(row[key]): row for row in rows}
    assert len(by_key) == len(rows), f"{table} has a {key} twice"
    return by_key
