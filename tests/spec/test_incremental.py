"""Tables that followed the changes of several builds are the tables of one build of everything, on both databases."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo_org.metadata import load_objects
from expectations.quarantine import make_tables
from extract.database import Database
from sync.settings import ROOT
from sync.stages.dbt_profile import profile_in_environment
from sync.stages.transform import Dbt, TransformOptions, _command, _finish, _plan
from tests.spec.histories import SPACE, History
from tests.spec.landed_rows import described, make_landing_tables

# models that no incremental model stands on, by a word of their files' names: they would only take time
NOT_INCREMENTAL = (
    *("unmapped", "activities", "pathway", "event_districts", "event_skills", "skills__named", "_districts."),
    *(
        "district_",
        "overridden",
        "/skills.",
        "of_events",
        "of_sessions",
        "of_tasks",
        "tasks.",
        "cases",
        "users",
    ),
    "email_messages",
)
Tables = dict[str, list[str]]
NO_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")


def models_alone(folder: Path) -> Path:
    """The project with its contracts and without its tests, which take time and allow less than a history makes up."""
    project = folder / "dbt_project"
    shutil.copytree(ROOT / "dbt_project", project, ignore=shutil.ignore_patterns("target", "logs", "tests"))
    (project / "tests").mkdir()
    shutil.rmtree(project / "models" / "reporting")
    for path in project.rglob("*.yml"):
        if path.parent != project:
            path.write_text(yaml.safe_dump(without_tests(yaml.safe_load(path.read_text()))))
    for path in (project / "models").rglob("*"):
        if path.is_file() and any(word in f"/{path.name}" for word in NOT_INCREMENTAL):
            path.unlink()
    return project


def without_tests(said: Any) -> Any:
    if isinstance(said, dict):
        return {
            name: without_tests(value)
            for name, value in said.items()
            if name not in ("data_tests", "unit_tests")
        }
    return [without_tests(each) for each in said] if isinstance(said, list) else said


class Build:
    """A database with models alone, built as the transform stage builds them."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.options = TransformOptions(database, models_alone(folder), folder, folder / "site", "run")
        self.compiled: dict[str, str] = {}
        make_landing_tables(database)
        with database.connect() as connection:
            make_tables(connection)

    def run(self, *, full: bool = False) -> Tables:
        options = TransformOptions(**{**vars(self.options), "full": full})
        with profile_in_environment(options.database, options.settings):
            dbt = Dbt(options, lambda *_, **__: None)
            dbt.parse()
            plan = _plan(dbt, [])
            results = dbt.run([*_command(options, dbt.manifest, plan), *NO_TESTS]) if plan.due else []
            _finish(dbt, plan, results, 0.0)
        self.compiled = {
            result.node.name: str(getattr(result.node, "compiled_code", "")) for result in results
        }
        return self.tables()

    def tables(self) -> Tables:
        """Every row of every table that the models made."""
        with self.options.database.connect(read_only=True) as connection:
            columns: dict[str, list[str]] = {}
            for schema, table, column in connection.rows(
                "select c.table_schema, c.table_name, c.column_name from information_schema.columns as c"
                " inner join information_schema.tables as t using (table_schema, table_name)"
                " where t.table_type = 'BASE TABLE' and (c.table_schema in ('build', 'intermediate')"
                " or c.table_name like 'stg~_%' escape '~') order by 1, 2, 3"
            ):
                columns.setdefault(f"{schema}.{table}", []).append(column)
            return {
                table: sorted(map(repr, connection.rows(f"select {', '.join(names)} from {table}")))
                for table, names in columns.items()
            }


def history(seed: int) -> History:
    objects = {name.lower(): name for name in load_objects()}
    fields = {table: {field.column for field in described(objects[table])} for table in SPACE}
    return History(random.Random(seed), fields)


def differences(followed: Tables, whole: Tables) -> dict[str, list[str]]:
    return {
        table: sorted(set(followed.get(table, [])) ^ set(rows))
        for table, rows in whole.items()
        if followed.get(table) != rows
    }


# The first is short enough for CI; the others also change a seed of the project on the way.
SEEDS = [
    pytest.param(seed, marks=pytest.mark.share if seed == 1 else pytest.mark.slow) for seed in range(1, 9)
]


@pytest.mark.parametrize(
    "database", ["postgres", pytest.param("duckdb", marks=pytest.mark.slow)], indirect=True
)
@pytest.mark.parametrize("seed", SEEDS)
def test_following_changes_gives_the_tables_of_a_full_build(
    database: Database, tmp_path: Path, seed: int
) -> None:
    build, org = Build(database, tmp_path), history(seed)
    for changes in (100, 12) if seed == 1 else (100, 25, 0, 8):
        with database.connect() as connection:
            org.land(connection, changes)
            if changes in (0, 12):
                org.land_late_parents(connection)
        if changes == 8:
            change_seed(build.options.project_dir)
        followed = build.run()
    assert seed > 1 or is_built_of_units(build.compiled["contacts"])
    assert differences(followed, build.run(full=True)) == {}


def is_built_of_units(compiled: str) -> bool:
    return "contact_id in ('003" in compiled or "where false" in compiled


def change_seed(project: Path) -> None:
    path = project / "seeds" / "affiliation_statuses.csv"
    path.write_text(path.read_text().replace("Former,Past", "Former,Current"))


FORGOTTEN = [
    "changed_contacts",
    "contacts_by_primary_account",
    "contacts_of_affiliations",
    "contacts_affiliated_with_accounts",
    "contacts_of_participants",
    "contacts_of_sessions",
]


@pytest.mark.slow
@pytest.mark.parametrize("macro", FORGOTTEN)
def test_a_history_finds_a_way_from_an_input_that_was_forgotten(
    duckdb_database: Database, tmp_path: Path, macro: str
) -> None:
    build, org = Build(duckdb_database, tmp_path), history(7)
    forget(build.options.project_dir / "macros" / "incremental" / "changed_records.sql", macro)
    with duckdb_database.connect() as connection:
        org.land(connection, 100)
    build.run()
    for late in ("class__c", "session__c", "account"):
        with duckdb_database.connect() as connection:
            org.land(connection, 10)
            org.land_late_parents(connection, late)
        followed = build.run()
    assert differences(followed, build.run(full=True)) != {}


def forget(macros: Path, name: str) -> None:
    """The macro leads nowhere from now on."""
    said = macros.read_text()
    head = f"{{% macro {name}() -%}}"
    before, _, after = said.partition(head)
    assert after
    _, end, rest = after.partition("{%- endmacro %}")
    macros.write_text(f"{before}{head} select cast(null as text) {end}{rest}")
