"""The parts of the transform stage that need no build."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

import pytest
from dbt.config.runtime import load_profile
from dbt.flags import set_from_args
from dbt_common.context import set_invocation_context

from extract.database import Database
from extract.errors import DatabaseUnavailable, LandfallError, StorageError, TransformFailed
from sync.settings import ROOT
from sync.stages.dbt_docs import refresh_docs
from sync.stages.dbt_failures import invocation_failure, safe_reason
from sync.stages.dbt_profile import profile_in_environment, profile_variables

ODD_ADDRESS = "postgresql://jo%40e:p%3A%2F%25w%C3%A9rd@db.example.org:6543/my%20db?sslmode=require"
PLAIN_ADDRESS = "postgresql://reader@localhost/landfall"


def credentials(environment: dict[str, str]) -> dict[str, object]:
    """What dbt makes of profiles.yml in this environment."""
    set_invocation_context(environment)
    set_from_args(
        Namespace(PROFILES_DIR=str(ROOT / "dbt_project"), PROJECT_DIR=str(ROOT / "dbt_project")), {}
    )
    return dict(load_profile(str(ROOT / "dbt_project"), {}).credentials.to_dict())


@pytest.mark.parametrize("by_hand", [True, False])
def test_dbt_gets_every_part_of_an_odd_address(by_hand: bool) -> None:
    database = Database(ODD_ADDRESS)
    found = credentials({"DATABASE_URL": ODD_ADDRESS} if by_hand else profile_variables(database))
    parts = {name: found[name] for name in ("user", "host", "port", "database", "sslmode")}
    assert parts == {
        "user": "jo@e",
        "host": "db.example.org",
        "port": 6543,
        "database": "my db",
        "sslmode": "require",
    }
    assert found["password"] == "p:/%wérd"


@pytest.mark.parametrize("by_hand", [True, False])
@pytest.mark.parametrize("password", ["12345", "None", "true", "{}", "$1"])
def test_a_password_stays_text(by_hand: bool, password: str) -> None:
    address = f"postgresql://reader:{password}@localhost/landfall"
    found = credentials({"DATABASE_URL": address} if by_hand else profile_variables(Database(address)))
    assert found["password"] == password


@pytest.mark.parametrize("by_hand", [True, False])
def test_an_address_without_port_or_password_gets_the_usual_ones(by_hand: bool) -> None:
    found = credentials(
        {"DATABASE_URL": PLAIN_ADDRESS} if by_hand else profile_variables(Database(PLAIN_ADDRESS))
    )
    assert (found["port"], found["password"], found["sslmode"]) == (5432, "", "prefer")


@pytest.mark.parametrize(
    ("environment", "path"),
    [
        ({}, "../data/landfall.duckdb"),
        ({"LANDFALL_DATA_DIR": "/srv/landfall"}, "/srv/landfall/landfall.duckdb"),
        ({"LANDFALL_DATA_DIR": "data/other"}, "../data/other/landfall.duckdb"),
        ({"DATABASE_URL": "duckdb:///data/other.duckdb"}, "../data/other.duckdb"),
        ({"DATABASE_URL": "duckdb:////srv/other.duckdb"}, "/srv/other.duckdb"),
    ],
)
def test_by_hand_a_duckdb_path_is_relative_to_the_repository(environment: dict[str, str], path: str) -> None:
    assert credentials(environment)["path"] == path


def test_a_relative_duckdb_path_is_handed_over_as_an_absolute_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/tmp")
    assert profile_variables(Database("duckdb:///x/y.duckdb"))["LANDFALL_DBT_PATH"] == "/tmp/x/y.duckdb"


def test_the_environment_is_as_before_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setenv("LANDFALL_DBT_TARGET", "before")
    before = dict(os.environ)
    with profile_in_environment(Database(ODD_ADDRESS), {}):
        assert os.environ["DBT_ENV_SECRET_LANDFALL_PASSWORD"] == "p:/%wérd"
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ('column "website" does not exist\nLINE 20: website', "the column website does not exist"),
        ('Binder Error: Referenced column "website" not found in FROM', "the column website does not exist"),
        ('relation "typed.contact" does not exist', "the table typed.contact does not exist"),
        (
            'null value in column "name" of relation "x"\nDETAIL: (Ann Example)',
            "the column name has a row without a value",
        ),
        ('Duplicate key "id: 7, Ann Example" violates', "a key that must be unique occurs twice"),
        ('invalid input syntax for type integer: "Ann Example"', ""),
        ("Conversion Error: Could not convert string 'Ann Example' to INT32", ""),
    ],
)
def test_a_reason_names_columns_and_never_values(message: str, reason: str) -> None:
    assert safe_reason(message) == reason


def test_what_stopped_dbt_is_told_by_its_class_alone() -> None:
    told = invocation_failure(ValueError("Ann Example"), Database(ODD_ADDRESS)).to_dict()
    assert "ValueError" in told["what"]
    assert "Example" not in str(told)


def _dbt_page(target: Path, manifest: str, catalog: str) -> None:
    (target / "manifest.json").write_text(manifest)
    (target / "catalog.json").write_text(catalog)
    (target / "static_index.html").write_text(f"<script>n=[{manifest}, {catalog}]</script>")


def test_nothing_that_a_project_says_ends_the_script_of_its_documentation(tmp_path: Path) -> None:
    said = {"macro": "<!-- <script>.*?</script>", "description": "1 < 2"}
    refresh_docs(lambda _: _dbt_page(tmp_path, json.dumps(said), "{}"), tmp_path, tmp_path / "site", "1")
    page = (tmp_path / "site" / "dbt-docs" / "index.html").read_text()
    data = page.removeprefix("<script>n=[").removesuffix(", {}]</script>")
    assert "<" not in data
    assert json.loads(data) == said


def test_documentation_that_dbt_made_in_another_way_is_told(tmp_path: Path) -> None:
    def invoke(_: object) -> None:
        _dbt_page(tmp_path, "{}", "{}")
        (tmp_path / "static_index.html").write_text("another page")

    with pytest.raises(TransformFailed, match="manifest"):
        refresh_docs(invoke, tmp_path, tmp_path / "site", "1")


def test_documentation_is_made_when_something_changed_and_only_then(tmp_path: Path) -> None:
    commands = []

    def invoke(command: object) -> None:
        commands.append(command)
        _dbt_page(tmp_path, "{}", "{}")

    site = tmp_path / "site"
    made = [refresh_docs(invoke, tmp_path, site, fingerprint) for fingerprint in ("1", "1", "2")]
    (site / "dbt-docs" / "index.html").unlink()
    made.append(refresh_docs(invoke, tmp_path, site, "2"))
    assert made == [True, False, True, True]
    assert commands == [["docs", "generate", "--static", "--no-compile"]] * 3


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ('could not extend file "base/1/2": No space left on device', StorageError),
        ('connection to server at "db", port 5432 failed: FATAL:  could not write init file', StorageError),
        ('IO Error: Could not set lock on file "x": Conflicting lock is held', DatabaseUnavailable),
        ("server closed the connection unexpectedly", DatabaseUnavailable),
        ('column "website" does not exist', TransformFailed),
    ],
)
def test_a_full_disk_or_a_database_that_is_gone_is_no_model_s_fault(
    message: str, kind: type[LandfallError]
) -> None:
    assert type(invocation_failure(RuntimeError(message), Database(ODD_ADDRESS))) is kind
