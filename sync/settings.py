"""The only reader of the environment: everything a run may be told from outside, read once, passed down."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from extract.database import Database
from extract.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Read from the environment, then from `.env`; docs/reference/settings.md lists every name."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_file=ROOT / ".env", populate_by_name=True)

    # Salesforce
    instance_url: str = Field("", alias="SALESFORCE_INSTANCE_URL")
    client_id: str = Field("", alias="SALESFORCE_CLIENT_ID")
    client_secret: str = Field("", alias="SALESFORCE_CLIENT_SECRET", repr=False)
    username: str = Field("", alias="SALESFORCE_USERNAME")
    private_key_file: Path | None = Field(None, alias="SALESFORCE_PRIVATE_KEY_FILE")
    refresh_token: str = Field("", alias="SALESFORCE_REFRESH_TOKEN", repr=False)
    access_token: str = Field("", alias="SALESFORCE_ACCESS_TOKEN", repr=False)
    password: str = Field("", alias="SALESFORCE_PASSWORD", repr=False)
    security_token: str = Field("", alias="SALESFORCE_SECURITY_TOKEN", repr=False)
    domain: str = Field("", alias="SALESFORCE_DOMAIN")
    api_version: str = Field("64.0", alias="SALESFORCE_API_VERSION")
    ca_file: Path | None = Field(None, alias="SALESFORCE_CA_FILE")  # a private certificate authority

    # the target
    database_url: str = Field("duckdb:///data/landfall.duckdb", alias="DATABASE_URL", repr=False)

    # Landfall
    data_dir: Path = Field(Path("data"), alias="LANDFALL_DATA_DIR")
    lookback_minutes: int = Field(15, alias="LANDFALL_LOOKBACK_MINUTES", ge=10)  # a transaction may commit 10 minutes late
    bulk_from_rows: int = Field(2000, alias="LANDFALL_BULK_FROM_ROWS", ge=1)  # Salesforce's own advice
    api_reserve: float = Field(0.20, alias="LANDFALL_API_RESERVE", ge=0, lt=1)  # share of the day's calls left unused
    parallel: int = Field(4, alias="LANDFALL_PARALLEL", ge=1, le=16)
    quarantine_limit: float = Field(0.10, alias="LANDFALL_QUARANTINE_LIMIT", gt=0, le=1)
    log_format: Literal["text", "json"] = Field("text", alias="LANDFALL_LOG_FORMAT")


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process. Raises SettingsError, which names the variable and the known ones."""
    raise NotImplementedError
