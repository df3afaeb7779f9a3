"""Finds seeds whose tables have other columns than their files, which dbt would fill without remaking them."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from extract.database import Connection


def outgrown_seeds(connection: Connection, manifest: Any, project_dir: Path, due: Iterable[str]) -> list[str]:
    """Names of the due seeds that are there with other columns than the first line of their file."""
    found = []
    for key in sorted(due):
        node = manifest.nodes[key]
        if node.resource_type != "seed":
            continue
        held = {
            name
            for (name,) in connection.rows(
                "select lower(column_name) from information_schema.columns where table_schema = ? and table_name = ?",
                (node.schema, node.alias or node.name),
            )
        }
        if held and held != _columns(project_dir / node.original_file_path):
            found.append(node.name)
    return found


def _columns(file: Path) -> set[str]:
    with file.open(encoding="utf-8", newline="") as lines:
        return {name.strip().lower() for name in next(csv.reader(lines), [])}
