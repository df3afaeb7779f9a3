"""Reads the catalogue of seeded defects."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "catalogue.toml"


@dataclass(frozen=True)
class Seeded:
    """One record that is planted: a defect with every rule that it breaks, or something odd that breaks none."""

    what: str
    object: str
    record: Mapping[str, Any]
    breaks: tuple[str, ...] = ()

    def planted(self, ids: Mapping[str, str]) -> dict[str, Any]:
        """The fields as the org gets them: "" is null, {contact} the Id of a contact."""
        return {name: _value(value, ids) for name, value in self.record.items()}


def read_catalogue() -> tuple[Seeded, ...]:
    """Defects first, then what is odd and right."""
    said = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(
        Seeded(
            entry["what"],
            entry["object"],
            {**said["base"][entry["object"]], **entry["record"]},
            tuple(entry.get("breaks", ())),
        )
        for entry in (*said["defect"], *said["right"])
    )


def _value(value: Any, ids: Mapping[str, str]) -> Any:
    if not isinstance(value, str):
        return value
    return ids[value[1:-1]] if value.startswith("{") and value.endswith("}") else value or None
