"""The only reader of the environment: everything a run may be told from outside, read once, passed down."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, urlsplit
from zoneinfo import available_timezones

from dotenv.parser import parse_stream
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from extract.address import check_duckdb_address, check_duckdb_path, whole_address
from extract.database import Database
from extract.errors import SettingsError

if TYPE_CHECKING:
    from extract.salesforce.login import Login

ROOT = Path(__file__).resolve().parent.parent
HOW_TO_CONNECT = (
    "Follow docs/how-to/connect-your-org.md: copy .env.example to .env and fill in one way to log in. "
    "To see Landfall work without an org, run `make demo`."
)
OURS = ("LANDFALL_", "SALESFORCE_")  # every name that starts so must be known
ENV_FILE = "LANDFALL_ENV_FILE"  # which file is read besides the environment; empty: none


class Settings(BaseModel):
    """Read from the environment, then from `.env`; docs/reference/settings.md lists every name."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True)

    # Salesforce
    instance_url: str = Field("", alias="SALESFORCE_INSTANCE_URL")
    client_id: str = Field("", alias="SALESFORCE_CLIENT_ID", repr=False)
    client_secret: str = Field("", alias="SALESFORCE_CLIENT_SECRET", repr=False)
    username: str = Field("", alias="SALESFORCE_USERNAME", repr=False)
    private_key_file: Path | None = Field(None, alias="SALESFORCE_PRIVATE_KEY_FILE")
    refresh_token: str = Field("", alias="SALESFORCE_REFRESH_TOKEN", repr=False)
    access_token: str = Field("", alias="SALESFORCE_ACCESS_TOKEN", repr=False)
    password: str = Field("", alias="SALESFORCE_PASSWORD", repr=False)
    security_token: str = Field("", alias="SALESFORCE_SECURITY_TOKEN", repr=False)
    domain: str = Field("", alias="SALESFORCE_DOMAIN")
    api_version: str = Field("64.0", alias="SALESFORCE_API_VERSION", pattern=r"^[1-9]\d\.0$")
    ca_file: Path | None = Field(None, alias="SALESFORCE_CA_FILE")  # a private certificate authority

    # the target
    database_url: str = Field("", alias="DATABASE_URL", repr=False)  # a DuckDB file in the data folder

    # Landfall
    data_dir: Path = Field(Path("data"), alias="LANDFALL_DATA_DIR")
    site_folder: Path | None = Field(None, alias="LANDFALL_SITE_DIR")
    lookback_minutes: int = Field(
        15, alias="LANDFALL_LOOKBACK_MINUTES", ge=10
    )  # a transaction may commit 10 minutes late
    bulk_from_rows: int = Field(2000, alias="LANDFALL_BULK_FROM_ROWS", ge=1)  # Salesforce's own advice
    api_reserve: float = Field(
        0.20, alias="LANDFALL_API_RESERVE", ge=0, lt=1
    )  # share of the day's calls left unused
    parallel: int = Field(4, alias="LANDFALL_PARALLEL", ge=1, le=16)
    formula_days: int = Field(1, alias="LANDFALL_FORMULA_DAYS", ge=0)  # a formula's value moves no stamp
    formula_sample: int = Field(200, alias="LANDFALL_FORMULA_SAMPLE", ge=0)
    reconcile_days: int = Field(7, alias="LANDFALL_RECONCILE_DAYS", ge=0)
    quarantine_limit: float = Field(0.10, alias="LANDFALL_QUARANTINE_LIMIT", gt=0, le=1)
    runs_shown: int = Field(30, alias="LANDFALL_RUNS_SHOWN", ge=1, le=500)  # in the Data Docs
    warn_set_aside: float = Field(0.01, alias="LANDFALL_WARN_SET_ASIDE", ge=0, le=1)
    warn_unresolved: float = Field(0.01, alias="LANDFALL_WARN_UNRESOLVED", ge=0, le=1)
    late_hours: float = Field(
        26, alias="LANDFALL_LATE_HOURS", gt=0
    )  # a day, and two hours for a run that takes long
    webhook_url: str = Field(
        "", alias="LANDFALL_WEBHOOK_URL", repr=False
    )  # some carry a secret in their path
    allow_mass_delete: bool = Field(False, alias="LANDFALL_ALLOW_MASS_DELETE")
    time_zone: str = Field("America/Chicago", alias="LANDFALL_TIME_ZONE")  # where the organization works
    school_year_starts: int = Field(8, alias="LANDFALL_SCHOOL_YEAR_STARTS", ge=1, le=12)  # the month
    email_bodies: bool = Field(False, alias="LANDFALL_EMAIL_BODIES")  # sensitive and large: off by default
    log_format: Literal["text", "json"] = Field("text", alias="LANDFALL_LOG_FORMAT")
    env_file: str | None = Field(None, alias="LANDFALL_ENV_FILE")
    hold_at: str = Field(
        "", alias="LANDFALL_HOLD_AT"
    )  # for kill tests: the point at which a stage stands still

    @model_validator(mode="before")
    @classmethod
    def _resolve_against_the_checkout(cls, values: dict[str, object]) -> dict[str, object]:
        """Relative folders mean the same wherever the command is started."""
        for name in (
            "LANDFALL_DATA_DIR",
            "LANDFALL_SITE_DIR",
            "SALESFORCE_PRIVATE_KEY_FILE",
            "SALESFORCE_CA_FILE",
        ):
            if values.get(name):
                values[name] = ROOT / Path(str(values[name])).expanduser()
        data_dir = values.setdefault("LANDFALL_DATA_DIR", ROOT / "data")
        _check_data_folder(str(data_dir))
        values["DATABASE_URL"] = _absolute_url(
            str(values.get("DATABASE_URL") or f"duckdb:///{quote(f'{data_dir}/landfall.duckdb')}")
        )
        return values

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        """A name that both databases know too: it becomes part of the models' SQL."""
        if name not in available_timezones():
            raise ValueError("it is not a time zone's name, as America/Chicago is")
        return name

    @field_validator("webhook_url")
    @classmethod
    def _is_safe_to_tell(cls, url: str) -> str:
        """https, or http to this machine alone."""
        parts = urlsplit(url)
        is_here = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if url and not (parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and is_here))):
            raise ValueError("it begins with https://, or with http:// on this machine")
        return url

    @property
    def for_models(self) -> dict[str, str]:
        """What the dbt models read as variables of their environment."""
        return {
            "LANDFALL_TIME_ZONE": self.time_zone,
            "LANDFALL_SCHOOL_YEAR_STARTS": str(self.school_year_starts),
            "LANDFALL_EMAIL_BODIES": str(self.email_bodies).lower(),
        }

    @property
    def database(self) -> Database:
        return Database(self.database_url)

    @property
    def site_dir(self) -> Path:
        """Where the pages of a run are made."""
        return self.site_folder or self.data_dir / "site"

    @property
    def manifest(self) -> Path:
        """What dbt says about the models it built."""
        return self.data_dir / "dbt" / "target" / "manifest.json"

    def login(self) -> Login:
        """How to log in to the org. Raises SettingsError when no whole way to log in is configured."""
        if not any(getattr(self, name) for name in LOGIN_SETTINGS):
            raise SettingsError(
                "No Salesforce org is configured.", "the environment and .env", HOW_TO_CONNECT
            )
        # Imported here: commands that need no org start without the Salesforce client.
        from extract.salesforce.login import Login, choose_flow, login_address

        given: dict[str, Any] = {
            name: getattr(self, name) for name in (*LOGIN_SETTINGS, "domain", "api_version", "ca_file")
        }
        login = Login(**given, refresh_token_file=self.data_dir / "refresh_token.json")
        choose_flow(login)
        login_address(login)
        return login


LOGIN_SETTINGS = (
    "instance_url",
    "client_id",
    "client_secret",
    "username",
    "private_key_file",
    "refresh_token",
    "access_token",
    "password",
    "security_token",
)


def known_names() -> list[str]:
    """Every variable Landfall reads, in the order of the reference page."""
    return [str(field.alias) for field in Settings.model_fields.values()]


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process. Raises SettingsError, which names the variable and the known ones."""
    environment = os.environ if environment is None else environment
    in_file, file_name = _read_env_file(environment)
    _refuse_unknown_names(environment, "the environment")
    _refuse_unknown_names(in_file, file_name)
    _refuse_misspelt_names(in_file, file_name)
    # An empty value is a line of .env.example that nobody filled in.
    given = {**_filled(in_file), **_filled(environment)}
    try:
        return Settings.model_validate({name: given[name] for name in known_names() if name in given})
    except ValidationError as error:
        raise _settings_error(error, in_file, file_name) from None


def _read_env_file(environment: Mapping[str, str]) -> tuple[Mapping[str, str | None], str]:
    named = environment.get(ENV_FILE)
    path = ROOT / ".env" if named is None else ROOT / Path(named).expanduser()
    if named == "" or (named is None and not path.exists()):
        return {}, ""
    try:
        with path.open(encoding="utf-8-sig") as file:
            lines = list(parse_stream(file))
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise SettingsError(
            f"The settings file cannot be read: {why}.", str(path), "Fix the file's path."
        ) from error
    for line in lines:
        if line.error or (line.key in known_names() and line.value is None):
            text = line.original.string
            first = line.original.line + text[: len(text) - len(text.lstrip())].count("\n")
            raise SettingsError(
                f"Line {first} of the settings file is not NAME=value.",
                f"{path}:{first}",
                "Write it as NAME=value, with a closing quote for each opening one, or put a # before it.",
            )
    return {line.key: line.value for line in lines if line.key}, str(path)


def _filled(values: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value.strip() for name, value in values.items() if value is not None and value.strip()}


def _refuse_unknown_names(values: Mapping[str, str | None], where: str) -> None:
    known = known_names()
    for name in sorted(values):
        if not name.startswith(OURS) or name in known:
            continue
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {close[0]}? " if close else "Take it out. "
        raise SettingsError(
            f"{name} is not a setting of Landfall.", where, f"{hint}Known names: {', '.join(known)}."
        )


def _refuse_misspelt_names(in_file: Mapping[str, str | None], file_name: str) -> None:
    """Of the file alone, which is written for Landfall; a name that is unlike any setting's is somebody else's."""
    known = known_names()
    for name in sorted({*in_file} - {*known}):
        close = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.9)
        if close:
            raise SettingsError(
                f"{name} is not a setting of Landfall.",
                file_name,
                f"Did you mean {close[0]}? Correct the name.",
            )


def _settings_error(
    error: ValidationError, in_file: Mapping[str, str | None], file_name: str
) -> SettingsError:
    """The first thing that is wrong, without the value: it may be a secret in the wrong line."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    name = str(first["loc"][0]) if first["loc"] else "DATABASE_URL"
    message = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    return SettingsError(
        f"{name} has a value that does not fit: {message}.",
        file_name if name in in_file else "the environment",
        f"Give {name} a value as docs/reference/settings.md describes it.",
    )


def _check_data_folder(folder: str) -> None:
    if "%" in folder:  # the landing's library fills such signs in
        raise SettingsError(
            "The path of the data folder has a % in it, which the landing cannot write to.",
            folder,
            "Choose an absolute path without it in LANDFALL_DATA_DIR, or rename the folder.",
        )


def _absolute_url(url: str) -> str:
    """`duckdb:///data/x` means the checkout's data folder, wherever the command is started."""
    if Database(url).kind != "duckdb":
        return whole_address(url)
    check_duckdb_address(url)
    path = (ROOT / Database(url).path.expanduser()).absolute()
    check_duckdb_path(path)
    return "duckdb:///" + quote(str(path))


def other_environment(**settings: str) -> dict[str, str]:
    """This process's environment with these settings of Landfall's and none of its own, for a process it starts."""
    own = {*known_names()}
    kept = {
        name: value for name, value in os.environ.items() if name not in own and not name.startswith(OURS)
    }
    return {**kept, ENV_FILE: "", **settings}
