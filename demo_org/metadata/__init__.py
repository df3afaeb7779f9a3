"""Reads which objects the demo org has, and their fields, from one file per object."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from demo_org.metadata.fields import Field, field_from
from demo_org.metadata.sobjects import SObject

FOLDER = Path(__file__).parent
SCHOOL_LEVELS = FOLDER / "school_levels.csv"


@cache
def load_objects() -> dict[str, SObject]:
    """Every object of the demo org by its API name, as a new org has them."""
    shared = tomllib.loads((FOLDER / "system_fields.toml").read_text(encoding="utf-8"))
    files = sorted((FOLDER / "objects").glob("*.toml"))
    found = (_object_from(tomllib.loads(file.read_text(encoding="utf-8")), shared) for file in files)
    return {sobject.name: sobject for sobject in found}


def _object_from(entry: dict[str, Any], shared: dict[str, dict[str, Any]]) -> SObject:
    """Own fields come between Id and the bookkeeping, in the order of Salesforce's own describe."""
    groups = entry.pop("system")
    own = entry.pop("fields")
    named = {name: field_from(name, declared) for name, declared in own.items()}
    system = {
        name: field_from(name, declared | ({"reference_to": [entry["name"]]} if group == "merged" else {}))
        for group in groups
        for name, declared in shared[group].items()
    }
    first = {name: system.pop(name) for name in ("Id", "IsDeleted", "MasterRecordId") if name in system}
    fields: dict[str, Field] = (
        first | named | {name: field for name, field in system.items() if name not in named}
    )
    return SObject(fields=tuple(fields.values()), **entry)
