"""What the transform stage says when a model or a test fails: names, counts and record ids, never a value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from demo_org.metadata import SCHOOL_LEVELS, load_objects
from expectations.predicates import columns_read
from expectations.suites import load_suites
from extract.database import Database
from extract.errors import TransformFailed
from sync.settings import ROOT
from sync.stages.transform import TransformOptions, build_models
from tests.spec.landed_rows import (
    described,
    insert,
    land_accounts,
    make_landing_tables,
    record_id,
    show_fields,
)
from tests.spec.test_models import copy_project

SECRET = "Unrepeatable 31337"


# What is asked of dbt and told of it is the same on both; the other tests of models say what differs.
SELDOM_ON_DUCKDB = pytest.mark.parametrize(
    "database", ["postgres", pytest.param("duckdb", marks=pytest.mark.slow)], indirect=True
)
IN_SHARE_ON_POSTGRES = pytest.mark.parametrize(
    "database",
    [pytest.param("postgres", marks=pytest.mark.share), pytest.param("duckdb", marks=pytest.mark.slow)],
    indirect=True,
)


@pytest.fixture
def options(database: Database, tmp_path: Path) -> TransformOptions:
    """A database with three organizations, and a project of its own to break."""
    make_landing_tables(database, without_objects=("Pathway__c",))
    with database.connect() as connection:
        land_accounts(
            connection,
            "1700000001.1",
            f"""
            id | name     | type       | code     | at
            A1 | Acme     | Government | {SECRET} | 10:00
            A2 | {SECRET} | Guild      | 7        | 10:00
            A3 | Gamma    | Guild      | 7        | 10:00
            """,
        )
    project = copy_project(tmp_path, {})
    return TransformOptions(database, project, tmp_path / "data", tmp_path / "site", "run")


def failure(options: TransformOptions) -> dict[str, str]:
    """The error of a build that fails; neither it nor any file beside the database repeats a value."""
    with pytest.raises(TransformFailed) as caught:
        build_models(options, lambda *_, **__: None)
    told = caught.value.to_dict()
    assert SECRET not in str(told)
    for path in options.data_dir.rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes(), path
    return told


@contextmanager
def edited(path: Path, old: str, new: str) -> Iterator[None]:
    before = path.read_text()
    assert old in before
    path.write_text(before.replace(old, new))
    yield
    path.write_text(before)


@IN_SHARE_ON_POSTGRES
def test_each_failure_is_told_in_names_and_ids(options: TransformOptions) -> None:
    models = options.project_dir / "models"
    organizations = models / "application" / "organizations"

    (options.project_dir / "tests" / "no_guilds.sql").write_text(
        "select * from {{ ref('organizations') }} where salesforce_type = 'Guild'"
    )
    told = failure(options)
    assert told["what"] == "The test no_guilds failed: 2 rows."
    assert told["where"].startswith("dbt_project/tests/no_guilds.sql, records ")
    assert set(told["where"].partition("records ")[2].split(", ")) == {record_id("A2"), record_id("A3")}
    (options.project_dir / "tests" / "no_guilds.sql").unlink()

    with edited(organizations.with_suffix(".yml"), "Non-profit, Government, Other]", "Non-profit, Other]"):
        told = failure(options)
    assert told["what"].startswith("The test accepted_values_organizations_type")
    assert told["where"] == f"dbt_project/models/application/organizations.yml, records {record_id('A1')}"
    assert told["next_step"].startswith("cd dbt_project && dbt build -s organizations.")

    code = models / "intermediate" / "int_organizations__with_type.sql"
    with edited(
        code, "accounts.description,", "cast(cast(accounts.school_code as integer) as text) as description,"
    ):
        told = failure(options)
    assert "could not be " in told["what"]

    with edited(models / "staging/salesforce/stg_salesforce__accounts.sql", "website,", "web_site,"):
        told = failure(options)
    assert (
        told["what"]
        == "The model stg_salesforce__accounts could not be built: the column web_site does not exist."
    )

    with edited(organizations.with_suffix(".sql"), "organizations.description,", ""):
        told = failure(options)
    assert (
        told["what"]
        == "The model organizations could not be built: its columns are not those of its contract."
    )


@SELDOM_ON_DUCKDB
def test_an_object_that_no_application_table_needs_may_be_missing(options: TransformOptions) -> None:
    build_models(options, lambda *_, **__: None)
    with options.database.connect() as connection:
        assert connection.has_table("staging", "stg_salesforce__contacts")
        assert not connection.has_table("staging", "stg_salesforce__pathways")


def test_an_object_that_an_application_table_needs_must_have_landed(options: TransformOptions) -> None:
    with options.database.connect() as connection:
        connection.execute("drop view history.account")
        connection.execute("drop view typed.account")
    told = failure(options)
    assert told["what"] == (
        "The object account has not landed, and districts, organizations, schools cannot be built without it."
    )


@IN_SHARE_ON_POSTGRES
def test_a_load_counts_as_staged_only_together_with_its_rows(options: TransformOptions) -> None:
    """The ledger of loads is written in the model's own transaction, so a build cut short loses nothing."""
    build_models(options, lambda *_, **__: None)
    with options.database.connect() as connection:
        land_accounts(connection, "1700000002.1", "id | name    | type  | at\nA3 | Renamed | Guild | 11:00")
    settings = options.project_dir / "dbt_project.yml"
    with edited(
        settings, '"{{ mark_loads_staged() }}"', '"{{ mark_loads_staged() }}"\n        - "select cut short"'
    ):
        failure(options)
    assert staged_name(options, "A3") == "Gamma"
    build_models(options, lambda *_, **__: None)
    assert staged_name(options, "A3") == "Renamed"


def staged_name(options: TransformOptions, short: str) -> object:
    with options.database.connect(read_only=True) as connection:
        return connection.value(
            "select name from staging.stg_salesforce__accounts where account_id = ?", (record_id(short),)
        )


@IN_SHARE_ON_POSTGRES
def test_a_field_that_the_org_lacks_is_empty_until_it_lands(options: TransformOptions) -> None:
    """Then the staging model is built anew: what it holds of older loads lacks the field."""
    held = "select gender, current_grade from staging.stg_salesforce__contacts"
    with options.database.connect() as connection:
        show_fields(connection, "Contact", without=("Gender__c", "Current_Grade__c"))
        insert(
            connection,
            "contact",
            "1700000001.1",
            {"id": "003", "gender__c": "Other", "current_grade__c": "7"},
        )
    build_models(options, lambda *_, **__: None)
    with options.database.connect() as connection:
        assert connection.rows(held) == [(None, None)]
        show_fields(connection, "Contact")
    build_models(options, lambda *_, **__: None)
    with options.database.connect() as connection:
        assert [(gender, int(grade)) for gender, grade in connection.rows(held)] == [("Other", 7)]


def test_a_field_that_models_need_is_named_before_the_build(options: TransformOptions) -> None:
    with options.database.connect() as connection:
        show_fields(connection, "Account", without=("ParentId", "Website"))
    told = failure(options)
    assert told["what"] == "The field parentid of account has not landed, and the models need it, as 1 more."
    assert told["where"].endswith("typed.account: parentid, website")
    with options.database.connect() as connection:
        assert not connection.has_table("staging", "stg_salesforce__accounts")


def test_a_field_is_needed_or_optional_in_the_models_and_the_suites_alike() -> None:
    """Needed are those that staging passes on as they are: _sources.yml lists them, and guards may refuse without them."""
    staging = ROOT / "dbt_project" / "models" / "staging" / "salesforce"
    listed = {
        each["name"]: {column["name"] for column in each["columns"]}
        for each in yaml.safe_load((staging / "_sources.yml").read_text())["sources"][0]["tables"]
    }
    suites = {name.lower(): suite for name, suite in load_suites().items()}
    for path in staging.glob("*.sql"):
        sql = path.read_text()
        name = re.findall(r'source\("salesforce", "(\w+)"\)', sql)[0]
        selected = sql.split("renamed as (")[1].split("from newest")[0]
        plain = re.findall(r"^ +([a-z]\w*)(?: as \w+)?,$", selected, re.MULTILINE)
        assert listed[name] == {*plain, *re.findall(r'needed_field\(fields, "(\w+)"', sql)}, path.name
        optional = set(re.findall(r'field_or_null\(fields, "(\w+)"', sql))
        guards = [rule for rule in suites[name].rules if rule.severity != "warn"]
        guarded = set().union(*(columns_read(rule, optional) for rule in guards)) & optional
        assert suites[name].optional == guarded, path.name


def test_staging_names_no_field_that_the_demo_org_does_not_have() -> None:
    """field_or_null would hide a misspelt one for ever."""
    staging = ROOT / "dbt_project" / "models" / "staging" / "salesforce"
    objects = {name.lower(): {field.column for field in described(name)} for name in load_objects()}
    for path in staging.glob("*.sql"):
        sql = path.read_text()
        named = set(re.findall(r'(?:field_or_null|needed_field|misfit)\(fields, "(\w+)"', sql))
        source = re.search(r'source\("salesforce", "(\w+)"\)', sql)
        assert source, path
        assert named <= objects[source[1]], path.name


def test_the_seed_has_the_level_of_every_school_of_the_demo_org() -> None:
    seed = (ROOT / "dbt_project" / "seeds" / "school_levels.csv").read_text().splitlines()
    assert set(SCHOOL_LEVELS.read_text().splitlines()) <= set(seed)
