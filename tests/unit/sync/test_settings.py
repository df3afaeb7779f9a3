"""What the environment and .env make of a run, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.errors import SettingsError
from sync.settings import ROOT, Settings, known_names, load_settings

NO_FILE = {"LANDFALL_ENV_FILE": ""}


def read(**environment: str) -> Settings:
    return load_settings({**NO_FILE, **environment})


def test_nothing_set_means_duckdb_in_the_checkouts_data_folder() -> None:
    settings = read()
    assert settings.data_dir == ROOT / "data"
    assert settings.database.path == ROOT / "data/landfall.duckdb"
    assert settings.site_dir == ROOT / "data/site"


@pytest.mark.parametrize("folder", ["/srv/landfall", "/srv/lan dfäll's"])
def test_the_duckdb_file_follows_the_data_folder_unless_it_has_a_path_of_its_own(folder: str) -> None:
    settings = read(LANDFALL_DATA_DIR=folder)
    assert settings.database.path == Path(folder) / "landfall.duckdb"
    assert read(LANDFALL_DATA_DIR="other").database.path == ROOT / "other/landfall.duckdb"
    elsewhere = read(LANDFALL_DATA_DIR=folder, DATABASE_URL="duckdb:///data/own.duckdb")
    assert elsewhere.database.path == ROOT / "data/own.duckdb"


def test_relative_paths_are_the_checkouts_and_absolute_ones_stay() -> None:
    settings = read(DATABASE_URL="duckdb:///data/with space.duckdb", LANDFALL_DATA_DIR="/srv/landfall")
    assert settings.database.path == ROOT / "data/with space.duckdb"
    assert settings.data_dir == Path("/srv/landfall")


def test_the_environment_beats_the_file_and_an_empty_line_counts_for_nothing(tmp_path: Path) -> None:
    file = tmp_path / "settings.env"
    file.write_text(
        "LANDFALL_PARALLEL=2\nLANDFALL_BULK_FROM_ROWS=77\nSALESFORCE_PRIVATE_KEY_FILE=\nPGHOST=x\n"
    )
    settings = load_settings(
        {"LANDFALL_ENV_FILE": str(file), "LANDFALL_PARALLEL": "3", "SALESFORCE_USERNAME": ""}
    )
    assert (settings.parallel, settings.bulk_from_rows) == (3, 77)
    assert settings.private_key_file is None


@pytest.mark.parametrize(
    ("name", "meant"),
    [("LANDFALL_DATADIR", "LANDFALL_DATA_DIR"), ("SALESFORCE_CLIENTID", "SALESFORCE_CLIENT_ID")],
)
def test_an_unknown_name_is_refused_with_the_one_that_was_meant(name: str, meant: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(**{name: "x"})
    assert name in caught.value.what
    assert f"Did you mean {meant}?" in caught.value.next_step
    assert all(known in caught.value.next_step for known in known_names())


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("DATABASE_URL: postgresql://me:canary@host/app\n", 1),
        ('LANDFALL_PARALLEL=2\n\n\nDATABASE_URL="postgresql://me:canary@host/app\nPGHOST=x\n', 4),
        ('DATABASE_URL="postgresql://me:canary@host/app"x\n', 1),
        ("DATABASE_URL postgresql://me:canary@host/app\n", 1),
        ("# a comment\nDATABASE_URL\n", 2),
    ],
)
def test_a_line_of_the_file_that_says_nothing_is_refused_and_not_passed_over(
    tmp_path: Path, text: str, line: int
) -> None:
    file = tmp_path / "settings.env"
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings({"LANDFALL_ENV_FILE": str(file)})
    assert caught.value.where == f"{file}:{line}"
    assert "canary" not in str(caught.value.to_dict())


@pytest.mark.parametrize(
    "name", ["DATABSE_URL", "DATABASE_URI", "DATABASEURL", "database_url", "SALEFORCE_CLIENT_ID"]
)
def test_a_misspelt_name_in_the_file_is_refused_with_the_one_that_was_meant(
    tmp_path: Path, name: str
) -> None:
    file = tmp_path / "settings.env"
    file.write_text(f"{name}=postgresql://me:canary@host/app\n")
    with pytest.raises(SettingsError) as caught:
        load_settings({"LANDFALL_ENV_FILE": str(file)})
    assert name in caught.value.what
    assert "Did you mean" in caught.value.next_step
    assert "canary" not in str(caught.value.to_dict())


def test_other_programs_lines_in_the_file_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "settings.env"
    file.write_text(
        "\ufeffexport LANDFALL_PARALLEL=3\nPGHOST=x\nTEST_DATABASE_URL=x\nDB=\nCOMPOSE_PROFILES\n"
    )
    assert load_settings({"LANDFALL_ENV_FILE": str(file)}).parallel == 3


def test_an_unknown_name_in_the_file_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.env"
    file.write_text("LANDFALL_NOISE=1\n")
    with pytest.raises(SettingsError) as caught:
        load_settings({"LANDFALL_ENV_FILE": str(file)})
    assert caught.value.where == str(file)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LANDFALL_PARALLEL", "s3cret-many"),
        ("LANDFALL_API_RESERVE", "1.5"),
        ("LANDFALL_LOG_FORMAT", "s3cret-xml"),
        ("LANDFALL_TIME_ZONE", "s3cret/Zone"),
        ("LANDFALL_SCHOOL_YEAR_STARTS", "13"),
        ("SALESFORCE_API_VERSION", "s3cret-64"),
        ("DATABASE_URL", "mysql://root:s3cret@host/db"),
        ("DATABASE_URL", "duckdb://"),
        ("DATABASE_URL", "duckdb://s3cret/data.duckdb"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name_without_the_value(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(**{name: value})
    assert name in caught.value.what + caught.value.where
    assert "s3cret" not in str(caught.value.to_dict())


@pytest.mark.parametrize("coded", ["why%3F", "no%231"])
def test_a_path_that_its_readers_take_apart_differently_is_refused(coded: str) -> None:
    with pytest.raises(SettingsError, match="the DuckDB file has a"):
        read(DATABASE_URL=f"duckdb:////srv/{coded}/x.duckdb")


def test_a_data_folder_that_the_landing_cannot_write_to_is_refused() -> None:
    with pytest.raises(SettingsError, match="data folder has a %") as caught:
        read(LANDFALL_DATA_DIR="/srv/My%20Projects", DATABASE_URL="duckdb:////srv/x.duckdb")
    assert "LANDFALL_DATA_DIR" in caught.value.next_step


def test_a_settings_file_that_is_not_there_is_an_error() -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings({"LANDFALL_ENV_FILE": "/nowhere/settings.env"})


def test_secrets_are_not_in_what_settings_print() -> None:
    settings = read(
        SALESFORCE_CLIENT_SECRET="canary-1",
        SALESFORCE_PASSWORD="canary-2",
        SALESFORCE_ACCESS_TOKEN="canary-3",
        DATABASE_URL="postgresql://user:canary-4@host/db",
    )
    assert "canary" not in repr(settings) + str(settings)


def test_no_org_configured_names_both_ways_on() -> None:
    with pytest.raises(SettingsError) as caught:
        read().login()
    for way_on in ("docs/how-to/connect-your-org.md", ".env.example", "make demo"):
        assert way_on in caught.value.next_step


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        ("client_secret client_id", "SALESFORCE_INSTANCE_URL"),
        ("instance_url client_id private_key_file", "SALESFORCE_USERNAME"),
        ("instance_url client_id", "SALESFORCE_CLIENT_SECRET"),
    ],
)
def test_half_a_login_is_refused_and_says_what_is_missing(names: str, missing: str) -> None:
    given = {f"SALESFORCE_{name.upper()}": "https://fictional.my.salesforce.com" for name in names.split()}
    with pytest.raises(SettingsError) as caught:
        read(**given).login()
    assert missing in caught.value.what + caught.value.where


def test_a_whole_login_is_handed_over() -> None:
    login = read(
        SALESFORCE_INSTANCE_URL="https://fictional.my.salesforce.com",
        SALESFORCE_CLIENT_ID="an-id",
        SALESFORCE_CLIENT_SECRET="a-secret",
    ).login()
    assert (login.client_id, login.client_secret, login.api_version) == ("an-id", "a-secret", "64.0")
