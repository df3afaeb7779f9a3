"""Reads from dbt's manifest which staging model holds an object, and which objects the application needs."""

from __future__ import annotations

import json
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


def _models(nodes: Mapping[str, Node], sources: Mapping[str, Node]) -> Models:
    staging = []
    needed: set[str] = set()
    for node in nodes.values():
        if node["resource_type"] != "model":
            continue
        if node["name"].startswith("stg_salesforce__"):
            staging += [_staging_model(node, sources[name]) for name in _sources_of(node)]
        if {**(node.get("meta") or {}), **(node["config"].get("meta") or {})}.get("app_table"):
            needed |= _objects_behind(node, nodes, sources)
    return Models(tuple(staging), frozenset(needed))


def _staging_model(node: Node, source: Node) -> StagingModel:
    return StagingModel(
        object=source["identifier"],
        schema=node["schema"],
        name=node.get("alias") or node["name"],
        id_column=node["config"]["unique_key"],
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
