"""Reads objects.toml, and refuses what it does not know."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from extract.errors import SettingsError

CATALOGUE = Path(__file__).with_name("objects.toml")


class CatalogueObject(BaseModel):
    """One object to land; every default is what nearly all objects want."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sobject: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    cursor: str = ""  # "" chooses from describe
    lookback_minutes: int | None = Field(None, ge=10)  # a transaction may commit ten minutes after its stamp
    leave_out: tuple[str, ...] = ()
    refresh: tuple[str, ...] = ()  # fields that change without a stamp, though describe calls them no formula
    about: tuple[str, ...] = ()  # reference fields that say whose record it is: it is erased with that one

    @property
    def table_name(self) -> str:
        return self.sobject.lower()

    def lookback(self, default: timedelta) -> timedelta:
        """How long before its end a window is read again: what may still come is no more than that late."""
        return default if self.lookback_minutes is None else timedelta(minutes=self.lookback_minutes)


def load_catalogue(path: Path = CATALOGUE) -> tuple[CatalogueObject, ...]:
    """The objects in the order of the file. Raises SettingsError that names the entry and the known keys."""
    try:
        entries = tomllib.loads(path.read_text("utf-8"))
    except UnicodeDecodeError as error:
        number = error.object[: error.start].count(b"\n") + 1
        raise SettingsError(
            "The catalogue is not UTF-8 text.", f"{path}:{number}", "Save the file as UTF-8."
        ) from error
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The catalogue cannot be read: {error}", str(path), "Mend the file.") from error
    objects = tuple(_checked(name, entry, path) for name, entry in entries.items())
    _refuse_twice(objects, path)
    return objects


def choose_objects(
    catalogue: Sequence[CatalogueObject], only: Iterable[str], where: str = "--only"
) -> tuple[CatalogueObject, ...]:
    """The objects that are asked for by API name, whatever its case; all of them when none is. `where`: by what."""
    wanted = {name.lower(): name for name in only}
    known = {entry.table_name for entry in catalogue}
    unknown = [name for lower, name in wanted.items() if lower not in known]
    if unknown:
        raise SettingsError(
            f"The catalogue has no object {', '.join(unknown)}.",
            where,
            f"Known objects: {', '.join(entry.sobject for entry in catalogue)}. docs/how-to adds another.",
        )
    return tuple(entry for entry in catalogue if not wanted or entry.table_name in wanted)


def _checked(name: str, entry: object, path: Path) -> CatalogueObject:
    try:
        return CatalogueObject.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"[{name}] {key or 'entry'}: {first['msg']}.",
            str(path),
            f"Known keys: {', '.join(CatalogueObject.model_fields)}.",
        ) from error


def _refuse_twice(objects: Sequence[CatalogueObject], path: Path) -> None:
    tables = [entry.table_name for entry in objects]
    twice = sorted({table for table in tables if tables.count(table) > 1})
    if twice:
        raise SettingsError(
            f"Listed twice: {', '.join(twice)}.", str(path), "Keep one entry for each object."
        )
