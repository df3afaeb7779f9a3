"""Knows how each staging model was built, so that one whose meaning changed is built anew from raw.

An incremental table mixes rows of different builds: when the model's SQL changes, or the type of a column it
reads, the rows that are there are from another model.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from extract.database import Connection

TABLE = "staging.built_from"
Columns = Mapping[str, Mapping[str, str]]  # table of typed → column → type


def typed_columns(connection: Connection) -> dict[str, dict[str, str]]:
    """What landed, with its types."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.rows(
        "select table_name, column_name, data_type from information_schema.columns where table_schema = 'typed'"
    ):
        found.setdefault(table, {})[column] = kind
    return found


def staging_fingerprints(manifest: Any, columns: Columns) -> dict[str, str]:
    """Each staging model's name with a hash of its SQL, our macros and the types of the columns it names."""
    macros = sorted(macro.macro_sql for macro in manifest.macros.values() if macro.package_name == "landfall")
    return {
        node.name: _hash([node.raw_code, *_named_columns(node, columns), *macros])
        for node in manifest.nodes.values()
        if node.resource_type == "model" and node.schema == "staging"
    }


def changed_models(connection: Connection, fingerprints: Mapping[str, str]) -> list[str]:
    """Models that have a table built from something else than what they are now."""
    if not connection.has_table("staging", "built_from"):
        return [name for name in fingerprints if connection.has_table("staging", name)]
    built = dict(connection.rows(f"select model_name, fingerprint from {TABLE}"))
    return [
        name
        for name, fingerprint in fingerprints.items()
        if built.get(name) != fingerprint and connection.has_table("staging", name)
    ]


def remember(connection: Connection, fingerprints: Mapping[str, str]) -> None:
    """Write down what the staging tables are built from."""
    connection.execute(
        f"create table if not exists {TABLE} (model_name text not null, fingerprint text not null)"
    )
    with connection.transaction():
        connection.execute(f"delete from {TABLE}")
        for name, fingerprint in fingerprints.items():
            connection.execute(
                f"insert into {TABLE} (model_name, fingerprint) values (?, ?)", (name, fingerprint)
            )


def _named_columns(node: Any, columns: Columns) -> list[str]:
    words = set(re.findall(r"\w+", node.raw_code))
    held = [columns.get(source[1], {}) for source in node.sources]
    return sorted(f"{name} {kind}" for table in held for name, kind in table.items() if name in words)


def _hash(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
