"""Tells whether the rules or the models changed since the last publish, by what their files say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = {".py", ".json", ".yml", ".yaml", ".toml", ".sql", ".csv", ".md"}
MADE_BY_TOOLS = {"target", "logs", "dbt_packages", "__pycache__", "vendor"}


@dataclass(frozen=True)
class Fingerprint:
    """One hash of the rules and one of the models, since a change of each asks for different work."""

    rules: str
    models: str

    def __str__(self) -> str:
        return f"rules:{self.rules} models:{self.models}"

    @classmethod
    def parse(cls, text: str | None) -> Fingerprint | None:
        """The fingerprint as a run record holds it; None when there is none."""
        parts = dict(part.split(":", 1) for part in (text or "").split() if ":" in part)
        if parts.keys() != {"rules", "models"}:
            return None
        return cls(**parts)


def take_fingerprint(root: Path, for_models: Mapping[str, str]) -> Fingerprint:
    """Of the checkout as it is now, and of the settings that the models read."""
    return Fingerprint(_hash(root / "expectations", {}), _hash(root / "dbt_project", for_models))


def _hash(folder: Path, settings: Mapping[str, str]) -> str:
    digest = hashlib.sha256(repr(sorted(settings.items())).encode())
    for file in _files(folder):
        digest.update(f"{file.relative_to(folder)}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _files(folder: Path) -> Iterable[Path]:
    found = (file for file in folder.rglob("*") if file.suffix in SUFFIXES and file.is_file())
    return sorted(file for file in found if not MADE_BY_TOOLS & set(file.relative_to(folder).parts))
