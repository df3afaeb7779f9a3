"""Reads from dbt's manifest which staging model holds an object, what the application needs, and what uses a field."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extract.errors import TransformFailed

Node = Mapping[str, Any]


@dataclass(frozen=True)
class StagingModel:
    """One row per record of an object."""

    object: str  # as raw names it: the API name in lower case
    schema: str
    name: str
    id_column: str
    node: str = ""  # its key in the manifest


@dataclass(frozen=True)
class Models:
    """What a run needs to know of the dbt project."""

    staging: tuple[StagingModel, ...]
    needed: frozenset[str]  # objects that an application table is made of, as raw names them


def read_models(manifest: Path) -> Models:
    """Raises TransformFailed when there is no manifest to read."""
    try:
        content = json.loads(manifest.read_text(encoding="utf-8"))
        return _models(content["nodes"], content["sources"])
    except (OSError, ValueError, KeyError) as error:
        raise TransformFailed(
            f"dbt's manifest cannot be read ({type(error).__name__}).",
            str(manifest),
            "Run `landfall transform`, which writes it.",
        ) from error


@dataclass(frozen=True)
class FieldUse:
    """The models that use a field: its staging model, and what is made of that, nearest first."""

    models: tuple[str, ...]
    tables: tuple[str, ...]  # the application's tables among them


class FieldUses:
    """Finds what uses a field. Which column of a model becomes which is not followed: what is named may be more."""

    def __init__(self, nodes: Mapping[str, Node], sources: Mapping[str, Node]) -> None:
        self._models = {name: node for name, node in nodes.items() if node["resource_type"] == "model"}
        self._sources = sources

    def of(self, object_name: str, column: str) -> FieldUse:
        """What uses the column of the object's raw table."""
        table = object_name.lower()
        naming = [
            name
            for name, node in self._models.items()
            if any(self._sources[source]["identifier"] == table for source in _sources_of(node))
            and _names_column(node, column)
        ]
        found = self._after(naming)
        tables = tuple(sorted(str(node["name"]) for node in found if _is_app_table(node)))
        return FieldUse(tuple(str(node["name"]) for node in found), tables)

    def _after(self, first: list[str]) -> list[Node]:
        """The models and all that are made of them, nearest first."""
        found = list(first)
        for name in found:  # grows while it is walked
            for other in sorted(self._models):
                if other not in found and name in self._models[other]["depends_on"].get("nodes", ()):
                    found.append(other)
        return [self._models[name] for name in found]


def read_field_uses(manifest: Path) -> FieldUses | None:
    """None when dbt has not written a manifest yet, or one that cannot be read: telling a change must not fail."""
    try:
        content = json.loads(manifest.read_text(encoding="utf-8"))
        return FieldUses(content["nodes"], content["sources"])
    except (OSError, ValueError, KeyError):
        return None


def _names_column(node: Node, column: str) -> bool:
    """Whether the model's code names the column, outside of comments."""
    code = re.sub(r"\{#.*?#\}|/\*.*?\*/|--[^\n]*", " ", str(node.get("raw_code") or ""), flags=re.DOTALL)
    return re.search(rf"(?<!\w){re.escape(column)}(?!\w)", code, re.IGNORECASE) is not None


def _is_app_table(node: Node) -> bool:
    return bool({**(node.get("meta") or {}), **(node["config"].get("meta") or {})}.get("app_table"))


def _models(nodes: Mapping[str, Node], sources: Mapping[str, Node]) -> Models:
    staging = []
    needed: set[str] = set()
    for key, node in nodes.items():
        if node["resource_type"] != "model":
            continue
        if node["name"].startswith("stg_salesforce__"):
            staging += [_staging_model(key, node, sources[name]) for name in _sources_of(node)]
        if _is_app_table(node):
            needed |= _objects_behind(node, nodes, sources)
    return Models(tuple(staging), frozenset(needed))


def _staging_model(key: str, node: Node, source: Node) -> StagingModel:
    return StagingModel(
        object=source["identifier"],
        schema=node["schema"],
        name=node.get("alias") or node["name"],
        id_column=node["config"]["unique_key"],
        node=key,
    )


def _sources_of(node: Node) -> list[str]:
    return [name for name in node["depends_on"]["nodes"] if name.startswith("source.")]


def _objects_behind(node: Node, nodes: Mapping[str, Node], sources: Mapping[str, Node]) -> set[str]:
    """Every source a model is made of, through all the models between."""
    found: set[str] = set()
    waiting, seen = [node], set()
    while waiting:
        for name in waiting.pop()["depends_on"].get("nodes", ()):
            if name in sources:
                found.add(sources[name]["identifier"])
            elif name in nodes and name not in seen:
                seen.add(name)
                waiting.append(nodes[name])
    return found
