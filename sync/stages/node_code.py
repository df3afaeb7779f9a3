"""Says what each node of the dbt project is made of, so that one that means something else now is noticed.

An incremental table mixes rows of different builds: when the code of its model changes, or of a view, a seed or a
setting before it, the rows that are there are from another model and it is built anew.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

Columns = Mapping[str, Mapping[str, str]]  # table of typed → column → type
# Macros that read tables which are made beside dbt: who calls them follows those too.
READ_BESIDE = {"overrides", "published", "app_column", "table_or_empty"}


@dataclass(frozen=True)
class Project:
    """The parsed project, and what it stands on: the fields that landed, settings, and tables beside dbt."""

    manifest: Any
    columns: Columns
    settings: Mapping[str, str]
    beside: str  # changes when a table beside dbt comes, or a correction in it changes
    settings_file: Path  # dbt_project.yml: variables and defaults

    @cached_property
    def common(self) -> str:
        """What every node is made of: our macros, the variables, the settings."""
        macros = [
            macro.macro_sql for macro in self.manifest.macros.values() if macro.package_name == "landfall"
        ]
        return digest(
            [*sorted(macros), self.settings_file.read_text(), repr(sorted(dict(self.settings).items()))]
        )

    def code(self, key: str) -> str:
        """A hash of what the node itself says, and of the types of the landed columns that it names."""
        node = self.manifest.nodes[key]
        config = _of_rows(node.config.to_dict(omit_none=True))
        if node.resource_type == "seed":
            rows = hashlib.sha256((self.settings_file.parent / node.original_file_path).read_bytes())
            return digest(
                [rows.hexdigest(), _text(config)]
            )  # dbt does not read a file above 1 MiB for its checksum
        said = {
            "code": node.raw_code,
            "config": config,
            "columns": [_contract(column) for column in node.columns.values()],
            "landed": self._named_columns(node),
            "arguments": node.test_metadata.kwargs if getattr(node, "test_metadata", None) else {},
            "beside": self.beside if _reads_beside(node) else "",
        }
        return digest([self.common, _text(said)])

    def _named_columns(self, node: Any) -> list[str]:
        words = set(re.findall(r"\w+", node.raw_code))
        held = [self.columns.get(source[1], {}) for source in node.sources]
        return sorted(f"{name} {kind}" for table in held for name, kind in table.items() if name in words)


def model_fingerprints(project: Project) -> dict[str, str]:
    """Each incremental model's name with a hash of all it is made of, back to the incremental models before it."""
    nodes = project.manifest.nodes
    return {
        node.name: digest(sorted(project.code(each) for each in _made_of(nodes, key)))
        for key, node in nodes.items()
        if keeps_a_past(node)
    }


def keeps_a_past(node: Any) -> bool:
    """True for a model whose table holds rows of earlier builds."""
    return bool(node.resource_type == "model" and node.config.materialized == "incremental")


def digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _made_of(nodes: Mapping[str, Any], start: str) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        for before in nodes[waiting.pop()].depends_on_nodes:
            if before in nodes and before not in found and not keeps_a_past(nodes[before]):
                found.add(before)
                waiting.append(before)
    return found


def _contract(column: Any) -> tuple[str, ...]:
    return (column.name, str(column.data_type), *(str(each.type) for each in column.constraints))


def _of_rows(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration without what is to be proven of the rows, which changes none of them."""
    meta = config.get("meta") or {}
    kept = {name: said for name, said in meta.items() if name != "proof"}
    return {**config, "meta": kept} if "proof" in meta else dict(config)


def _reads_beside(node: Any) -> bool:
    return bool(READ_BESIDE & {name.rpartition(".")[2] for name in node.depends_on.macros})


def _text(said: Mapping[str, Any]) -> str:
    return json.dumps(said, sort_keys=True, default=str)
