"""What the models make of what landed, told as one story of builds, on both databases."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from extract.database import Connection, Database
from sync.settings import ROOT
from sync.stages.transform import TransformOptions, TransformResult, build_models
from tests.conftest import _administer
from tests.pages.browser import needs_chromium, open_page, profile, start_browser
from tests.spec.landed_rows import (
    insert,
    land_accounts,
    make_landing_tables,
    record_id,
    resolve,
    set_aside,
    short_id,
)
from tests.spec.project import copy_account_models

Rows = dict[str, dict[str, Any]]


@dataclass
class Story:
    """A database that several builds were made in, and what each build left."""

    options: TransformOptions
    after: list[dict[str, Rows]] = field(default_factory=list)
    results: list[TransformResult] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def database(self) -> Database:
        return self.options.database

    @contextmanager
    def landing(self) -> Iterator[Connection]:
        with self.database.connect() as connection:
            yield connection

    def build(self, *, full: bool = False) -> None:
        options = TransformOptions(**{**vars(self.options), "full": full})
        self.results.append(
            build_models(options, lambda event, **said: self.events.append({"event": event, **said}))
        )
        with self.database.connect(read_only=True) as connection:
            self.after.append({name: rows_of(connection, *source) for name, source in TABLES.items()})

    def row(self, build: int, table: str, short: str) -> dict[str, Any]:
        """A record's row after a build (1 is the first); {} when it has none."""
        return self.after[build - 1][table].get(short, {})


TABLES = {
    "accounts": ("staging.stg_salesforce__accounts", "account_id"),
    "districts": ("build.districts", "salesforce_id"),
    "schools": ("build.schools", "salesforce_id"),
    "organizations": ("build.organizations", "salesforce_id"),
}


def rows_of(connection: Connection, table: str, key: str) -> Rows:
    schema, _, name = table.partition(".")
    columns = [
        column
        for (column,) in connection.rows(
            "select column_name from information_schema.columns where table_schema = ? and table_name = ?"
            " order by ordinal_position",
            (schema, name),
        )
    ]
    found = connection.rows(f"select {', '.join(columns)} from {table}")
    rows = [dict(zip(columns, row, strict=True)) for row in found]
    assert len({row[key] for row in rows}) == len(rows), f"{table} has a record twice"
    return {short_id(row[key]): row for row in rows}


def copy_project(folder: Path, levels: dict[str, str]) -> Path:
    """The models of accounts with other school levels."""
    project = copy_account_models(folder)
    lines = [f"{record_id(short)},{level}" for short, level in levels.items()]
    (project / "seeds" / "school_levels.csv").write_text("\n".join(["school_id,level", *lines, ""]))
    return project


# One group for each database: its story is told once, by one of the processes that run the tests.
DATABASES = [
    pytest.param("postgres", marks=pytest.mark.xdist_group("models postgres")),
    pytest.param("duckdb", marks=[pytest.mark.xdist_group("models duckdb"), pytest.mark.share]),
]


@pytest.fixture(scope="module", params=DATABASES)
def story(
    request: pytest.FixtureRequest, postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Story:
    folder = tmp_path_factory.mktemp(request.param)
    project = copy_project(folder, {"S1": "High", "S3": "Middle"})
    url = f"duckdb:///{folder}/target/landfall.duckdb"
    if request.param == "postgres":
        # A role, a password and a database with signs that have a meaning in an address.
        mark = uuid.uuid4().hex[:8]
        _administer(postgres_server, f"create role \"o'd@d u/ser% {mark}\" superuser login password 'x'")
        _administer(postgres_server, f'create database "models story {mark}"')
        server = postgres_server.partition("@")[2].rpartition("/")[0]
        login = f"o'd%40d%20u%2Fser%25%20{mark}:p%3Aw%C3%A9"
        url = f"postgresql://{login}@{server}/models%20story%20{mark}"
    options = TransformOptions(Database(url), project, folder / "data", folder / "site", "run")
    make_landing_tables(options.database)
    return tell(Story(options))


def tell(story: Story) -> Story:
    """Four builds: a first one, one of changes, one of late verdicts and loads, and one from scratch."""
    with story.landing() as connection:
        first_load(connection)
    story.build()
    with story.landing() as connection:
        changes(connection)
    story.build()
    with story.landing() as connection:
        late_verdicts(connection)
    story.build()
    story.build(full=True)
    return story


def first_load(connection: Connection) -> None:
    create_quarantine(connection)
    land_accounts(
        connection,
        "1700000001.1",
        """
        id | name                  | type            | parent | deleted | code | at
        D1 | Quillfeather District | School District |        |         | 0048 | 10:00
        D2 | Closing District      | School District |        |         |      | 10:00
        D3 | Lower-Case District   | school district |        |         |      | 10:00
        S1 | Fictional High        | School          | D1     |         | 12   | 10:00
        S2 | Orphan School         | School          | D9     |         |      | 10:00
        S3 | Middle of Nowhere     | School          |        |         |      | 10:00
        S9 | Closed School         | School          | D1     | x       |      | 10:00
        O1 | Acme                  | Business        |        |         |      | 10:00
        O2 | Guild of Inventors    | Guild           | O1     |         |      | 10:00
        O3 | No Type               |                 | H1     |         |      | 10:00
        O4 | Old and New: old      | Business        |        |         |      | 09:00
        O4 | Old and New: new      | Business        |        |         |      | 10:00
        O5 | Becomes a School      | Business        |        |         |      | 10:00
        O6 | Merge Loser           | Business        |        |         |      | 10:00
        O7 | Child of the Loser    | Business        | O6     |         |      | 10:00
        O8 | Believed at First     | Business        |        |         |      | 10:00
        O9 | Falls Back: good      | Business        |        |         |      | 09:00
        O9 | Falls Back: bad       | Business        |        |         |      | 10:00
        P1 | Becomes a Household   | Business        |        |         |      | 10:00
        H1 | Fictional Household   | Household       |        |         |      | 10:00
        Q1 | Never Believed        | Business        |        |         |      | 10:00
        Q2 | Good                  | Business        |        |         |      | 10:00
        W1 | Warned                | Business        |        |         |      | 10:00
        """,
    )
    set_aside(connection, "Q1", "10:00")
    set_aside(connection, "W1", "10:00", severity="warn")


def changes(connection: Connection) -> None:
    land_accounts(
        connection,
        "1700000002.1",
        """
        id | name                  | type            | parent | deleted | master | at
        O1 | Acme Renamed          | Business        |        |         |        | 11:00
        D2 | Closing District      | School District |        | x       |        | 11:00
        S9 | Open Again            | School          | D1     |         |        | 11:00
        D9 | Late District         | School District |        |         |        | 11:00
        O4 | Old and New: oldest   | Business        |        |         |        | 08:00
        O5 | Became a School       | School          | D1     |         |        | 11:00
        S3 | No School Any More    | Business        |        |         |        | 11:00
        O6 | Merge Loser           | Business        |        | x       | O1     | 11:00
        P1 | Became a Household    | Household       |        |         |        | 11:00
        Q2 | Bad                   | Business        |        |         |        | 11:00
        """,
    )
    set_aside(connection, "Q2", "11:00")
    set_aside(connection, "O8", "10:00")
    set_aside(connection, "O9", "10:00")


def late_verdicts(connection: Connection) -> None:
    for short in ("Q1", "Q2", "O9"):
        resolve(connection, short)
    slow_clock = "1600000000.1"
    land_accounts(
        connection,
        slow_clock,
        """
        id | name                  | type            | at
        O1 | Acme of a Slow Clock  | Business        | 12:00
        S3 | Still No School       | Business        | 12:00
        """,
    )
    insert(
        connection,
        "session_participant__c",
        slow_clock,
        {
            "id": record_id("SP1"),
            "delivery_hours__c": "1.5",
            "isdeleted": "false",
            "createddate": "2026-01-05T10:00:00.000Z",
        },
    )


def create_quarantine(connection: Connection) -> None:
    from expectations.quarantine import make_tables

    make_tables(connection)


@pytest.mark.fault("F61", "Two versions, built", ends_well="same run")
def test_a_record_has_the_row_of_its_newest_version(story: Story) -> None:
    assert story.row(1, "accounts", "O4")["name"] == "Old and New: new"
    assert story.row(1, "organizations", "O1")["name"] == "Acme"
    assert story.row(2, "organizations", "O1")["name"] == "Acme Renamed"


@pytest.mark.fault("F62", "The same, built", ends_well="same run")
def test_an_older_version_that_lands_later_changes_nothing(story: Story) -> None:
    assert story.row(2, "accounts", "O4") == story.row(1, "accounts", "O4")


@pytest.mark.fault("F64", "A deleted version, built")
def test_a_deleted_record_stays_with_the_time_of_its_deletion(story: Story) -> None:
    assert story.row(1, "districts", "D2")["deleted_at"] is None
    deleted = story.row(2, "districts", "D2")
    assert deleted["deleted_at"].isoformat().startswith("2026-01-05T11:00:00")
    assert story.row(2, "accounts", "D2")["is_deleted"] is True


@pytest.mark.fault("F65", "A living version after it, built")
def test_an_undeleted_record_is_not_deleted_any_more(story: Story) -> None:
    assert story.row(1, "schools", "S9")["deleted_at"] is not None
    assert story.row(2, "schools", "S9")["deleted_at"] is None


def test_a_record_never_believed_has_no_row_until_the_verdict_changes(story: Story) -> None:
    assert [bool(story.row(build, "organizations", "Q1")) for build in (1, 2, 3)] == [False, False, True]


def test_a_bad_new_version_leaves_the_last_good_one(story: Story) -> None:
    assert story.row(2, "organizations", "Q2")["name"] == "Good"
    assert story.row(3, "organizations", "Q2")["name"] == "Bad"


def test_a_version_set_aside_after_it_was_built_gives_way_to_the_one_before(story: Story) -> None:
    names = [story.row(build, "organizations", "O9")["name"] for build in (1, 2, 3)]
    assert names == ["Falls Back: bad", "Falls Back: good", "Falls Back: bad"]


def test_a_record_whose_only_version_is_set_aside_later_loses_its_row(story: Story) -> None:
    assert story.row(1, "organizations", "O8")
    assert not story.row(2, "organizations", "O8")


def test_a_warning_holds_nothing_back(story: Story) -> None:
    assert story.row(1, "organizations", "W1")


def test_a_load_from_a_machine_with_a_slow_clock_is_built(story: Story) -> None:
    assert story.row(3, "organizations", "O1")["name"] == "Acme of a Slow Clock"


def test_a_school_finds_its_district_in_the_run_in_which_it_arrives(story: Story) -> None:
    before, after = story.row(1, "schools", "S2"), story.row(2, "schools", "S2")
    assert before["district_id"] is None
    assert before["salesforce_district_id"] == record_id("D9")
    assert after["district_id"] == story.row(2, "districts", "D9")["id"]


def test_a_school_keeps_its_code_and_gets_its_level_from_the_seed(story: Story) -> None:
    assert story.row(1, "schools", "S1")["level"] == "High"
    assert story.row(1, "schools", "S1")["school_code"] == "12"
    assert story.row(1, "schools", "S2")["level"] is None
    assert story.row(1, "districts", "D1")["district_code"] == "0048"


@pytest.mark.fault("F69", "Merged accounts, with children that still name the loser")
def test_a_child_follows_its_parent_into_the_winner_of_a_merge(story: Story) -> None:
    winner = story.row(2, "organizations", "O1")["id"]
    assert story.row(2, "organizations", "O6")["merged_into_id"] == winner
    assert story.row(2, "organizations", "O6")["deleted_at"] is not None
    assert story.row(2, "organizations", "O7")["parent_id"] == winner
    assert story.row(2, "organizations", "O7")["salesforce_parent_id"] == record_id("O6")


def test_a_type_without_a_word_for_it_stays_raw_and_is_counted(story: Story) -> None:
    guild = story.row(1, "organizations", "O2")
    assert (guild["type"], guild["salesforce_type"]) == (None, "Guild")
    with story.database.connect(read_only=True) as connection:
        counted = "select raw_value, row_count from reporting.unmapped_values where vocabulary = 'organization type'"
        assert connection.rows(counted) == [("Guild", 1)]


def test_the_case_of_a_type_does_not_matter_as_in_salesforce(story: Story) -> None:
    assert story.row(1, "districts", "D3")["deleted_at"] is None
    district = story.row(1, "organizations", "D3")
    assert (district["type"], district["salesforce_type"]) == ("District", "school district")


def test_a_blank_type_stays_blank(story: Story) -> None:
    assert story.row(1, "organizations", "O3")["type"] is None


def test_schools_and_districts_have_an_organization_too_and_households_none(story: Story) -> None:
    assert story.row(1, "organizations", "S1")["type"] == "School"
    assert story.row(1, "organizations", "D1")["type"] == "District"
    assert not story.row(1, "organizations", "H1")
    assert story.row(1, "organizations", "O3")["parent_id"] is None


def test_an_organization_that_becomes_a_school_has_both_rows(story: Story) -> None:
    assert not story.row(1, "schools", "O5")
    assert story.row(2, "schools", "O5")["deleted_at"] is None
    assert story.row(2, "organizations", "O5")["type"] == "School"


def test_a_school_that_becomes_something_else_is_deleted_at_that_moment_and_no_later(story: Story) -> None:
    assert story.row(1, "schools", "S3")["deleted_at"] is None
    ended = story.row(2, "schools", "S3")["deleted_at"]
    assert ended.isoformat().startswith("2026-01-05T11:00:00")
    assert story.row(3, "schools", "S3")["deleted_at"] == ended
    assert story.row(2, "organizations", "S3")["deleted_at"] is None


def test_an_organization_that_becomes_a_household_is_deleted(story: Story) -> None:
    assert story.row(2, "organizations", "P1")["deleted_at"] is not None


def test_an_id_is_the_same_on_both_databases_and_after_every_build(story: Story) -> None:
    ids = {str(story.row(build, "districts", "D1")["id"]) for build in (1, 2, 3, 4)}
    expected = uuid.UUID(hashlib.md5(f"landfall:{record_id('D1')}".encode()).hexdigest())
    assert ids == {str(expected)}


def test_building_from_scratch_gives_the_same_rows(story: Story) -> None:
    assert story.after[3] == story.after[2]


def test_an_object_without_application_tables_is_staged_too(story: Story) -> None:
    with story.database.connect(read_only=True) as connection:
        hours = connection.rows("select delivery_hours from staging.stg_salesforce__session_participants")
    assert [float(value) for (value,) in hours] == [1.5]


def test_references_that_do_not_resolve_are_counted_as_warnings(story: Story) -> None:
    warned = {warning["name"]: warning["failures"] for warning in story.results[0].warnings}
    assert warned == {
        "reference_resolves_schools_district_id__salesforce_district_id": 1,
        "reference_resolves_organizations_parent_id__salesforce_parent_id": 2,
    }


def test_progress_counts_every_node(story: Story) -> None:
    steps = [event for event in story.events if event.get("step") == "model"]
    last = steps[-1]
    assert last["done"] == last["expected"] > 60
    assert {"event": "point", "name": "transform.built"} in story.events


def test_no_view_stands_in_the_way_of_landing(story: Story) -> None:
    """Landing drops and makes its views again when fields change; PostgreSQL refuses that where a view depends."""
    with story.database.connect() as connection:
        connection.execute("begin")
        connection.execute("drop view history.account")  # as landing does
        connection.execute("drop view typed.account")
        connection.execute("rollback")


def test_no_file_of_dbt_holds_a_record(story: Story) -> None:
    for path in story.options.data_dir.rglob("*"):
        assert path.is_dir() or b"Quillfeather District" not in path.read_bytes(), path


def test_the_documentation_is_one_page_and_made_once(story: Story) -> None:
    page = story.options.site_dir / "dbt-docs" / "index.html"
    assert b"One row per Salesforce account that is or was a school district." in page.read_bytes()


@needs_chromium
def test_the_documentation_opens_in_a_browser(story: Story) -> None:
    page = story.options.site_dir / "dbt-docs" / "index.html"
    with start_browser() as started, profile(started) as context:
        tab, seen = open_page(context, page)
        tab.evaluate("location.hash = '!/model/model.landfall.districts'")
        tab.get_by_text("One row per Salesforce account that is or was a school district.").first.wait_for()
    assert seen.nothing_wrong, (seen.failed[:3], seen.complaints[:3])


@pytest.mark.fault("F81", "Events name their district by an Id of 15 characters, of 18, and in other letters")
@pytest.mark.parametrize(
    "story",
    [
        pytest.param("postgres", marks=[pytest.mark.xdist_group("models postgres"), pytest.mark.share]),
        pytest.param("duckdb", marks=[pytest.mark.xdist_group("models duckdb"), pytest.mark.slow]),
    ],
    indirect=True,
)
def test_dbt_build_works_by_hand_and_its_unit_tests_pass(story: Story, tmp_path: Path) -> None:
    project = shutil.copytree(
        ROOT / "dbt_project", tmp_path / "whole", ignore=shutil.ignore_patterns("target", "logs")
    )
    done = subprocess.run(
        [Path(sys.executable).with_name("dbt"), "build", "--no-use-colors"],
        cwd=project,
        env={"PATH": "/usr/bin:/bin", "DATABASE_URL": story.database.url},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "PASS int_accounts__merged::a_chain_of_merges_leads_to_the_last_winner" in done.stdout
    by_short_ids = "int_events__district_texts::a_district_is_found_by_id_name_or_alias_and_never_guessed"
    assert f"PASS {by_short_ids}" in done.stdout
