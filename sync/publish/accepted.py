"""Reads from dbt's tests which values a column accepts, so that an override has to be one of them too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Accepted = Mapping[tuple[str, str], tuple[str, ...]]  # (model's id in the manifest, column) → values


def read_accepted(nodes: Mapping[str, Mapping[str, Any]]) -> Accepted:
    """Of all `accepted_values` tests that stop a build. A test with a condition binds no value of its own."""
    return {
        (str(node["attached_node"]), str(node["column_name"])): tuple(map(str, _values(node)))
        for node in nodes.values()
        if (node.get("test_metadata") or {}).get("name") == "accepted_values" and _binds(node)
    }


def _values(node: Mapping[str, Any]) -> list[Any]:
    values: list[Any] = node["test_metadata"]["kwargs"]["values"]
    return values


def _binds(node: Mapping[str, Any]) -> bool:
    config = node.get("config") or {}
    return str(config.get("severity", "error")).lower() == "error" and not config.get("where")
