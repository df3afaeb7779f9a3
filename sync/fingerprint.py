"""Tells whether the rules, the models or staff's overrides changed since the last publish, by what they say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from extract.database import Connection

SUFFIXES = {".py", ".json", ".yml", ".yaml", ".toml", ".sql", ".csv", ".md"}
NO_OVERRIDES = "none"
MADE_BY_TOOLS = {"target", "logs", "dbt_packages", "__pycache__", "vendor"}
Override = tuple[str, str, str, str | None, str]  # table, row key, column, value, who


@dataclass(frozen=True)
class Fingerprint:
    """One hash of each, since a change of each asks for different work."""

    rules: str
    models: str
    overrides: str = NO_OVERRIDES  # before anything was built: one that comes later asks for the next run

    def __str__(self) -> str:
        return f"rules:{self.rules} models:{self.models} overrides:{self.overrides}"

    @classmethod
    def parse(cls, text: str | None) -> Fingerprint | None:
        """The fingerprint as a run record holds it; None when there is none."""
        parts = dict(part.split(":", 1) for part in (text or "").split() if ":" in part)
        if parts.keys() - {"overrides"} != {"rules", "models"}:
            return None
        return cls(**parts)


def take_fingerprint(
    root: Path, for_models: Mapping[str, str], overrides: Iterable[Override] = ()
) -> Fingerprint:
    """Of the checkout as it is now, of the settings that the models read, and of what staff says."""
    return Fingerprint(
        _hash(root / "expectations", {}), _hash(root / "dbt_project", for_models), hash_overrides(overrides)
    )


def _hash(folder: Path, settings: Mapping[str, str]) -> str:
    digest = hashlib.sha256(repr(sorted(settings.items())).encode())
    for file in _files(folder):
        digest.update(f"{file.relative_to(folder)}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def read_overrides(connection: Connection) -> list[Override]:
    """What staff says against Salesforce, as it stands now."""
    if not connection.has_table("app", "overrides"):
        return []
    return [
        (table, row_key, column, value, who)
        for table, row_key, column, value, who in connection.rows(
            "select table_name, row_key, column_name, value, who from app.overrides"
        )
    ]


def read_releases(connection: Connection) -> list[Override]:
    """What staff lets pass in spite of a rule: one that is new, or taken back, asks for the next run."""
    if not connection.has_table("quality", "releases"):
        return []
    return [
        (f"quality.releases of {name}", record_id, version, rule, who)
        for name, record_id, version, rule, who in connection.rows(
            "select object, record_id, version, rule, who from quality.releases where undone_at is null"
        )
    ]


def hash_overrides(overrides: Iterable[Override]) -> str:
    """The same for the same overrides, in whatever order they come; NO_OVERRIDES for none."""
    lines = sorted(repr((*override[:3], override[3] or "", override[4])) for override in overrides)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12] if lines else NO_OVERRIDES


def _files(folder: Path) -> Iterable[Path]:
    found = (file for file in folder.rglob("*") if file.suffix in SUFFIXES and file.is_file())
    return sorted(file for file in found if not MADE_BY_TOOLS & set(file.relative_to(folder).parts))
