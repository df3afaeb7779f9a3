"""Reads from dbt's tests which values a column accepts, so that an override has to be one of them too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync.publish.contract import Vocabulary

Cell = tuple[str, str]  # (model's id in the manifest, column)
Accepted = Mapping[Cell, tuple[str, ...]]
Vocabularies = Mapping[Cell, Vocabulary]


def read_accepted(nodes: Mapping[str, Mapping[str, Any]]) -> Accepted:
    """Of all `accepted_values` tests that stop a build. A test with a condition binds no value of its own."""
    return {
        _cell(node): tuple(map(str, _said(node)["values"]))
        for node in nodes.values()
        if _binds(node, "accepted_values")
    }


def read_vocabularies(nodes: Mapping[str, Mapping[str, Any]]) -> Vocabularies:
    """The seeds' columns that a value has to be in, by the `relationships` tests that stop a build."""
    found = {}
    for node in nodes.values():
        if _binds(node, "relationships"):
            for seed in _seeds(node, nodes):
                name = str(seed.get("alias") or seed["name"])
                found[_cell(node)] = Vocabulary(str(seed["schema"]), name, str(_said(node)["field"]))
    return found


def _seeds(node: Mapping[str, Any], nodes: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    needed = [nodes.get(name, {}) for name in (node.get("depends_on") or {}).get("nodes", ())]
    return [each for each in needed if each.get("resource_type") == "seed"]


def _cell(node: Mapping[str, Any]) -> Cell:
    return str(node["attached_node"]), str(node["column_name"])


def _said(node: Mapping[str, Any]) -> Mapping[str, Any]:
    arguments: Mapping[str, Any] = node["test_metadata"]["kwargs"]
    return arguments


def _binds(node: Mapping[str, Any], test: str) -> bool:
    config = node.get("config") or {}
    return (
        (node.get("test_metadata") or {}).get("name") == test
        and str(config.get("severity", "error")).lower() == "error"
        and not config.get("where")
    )
