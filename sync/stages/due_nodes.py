"""Chooses what a build has to do: models, seeds and tests before which something changed since they last passed.

Every node has a key, made of its own code and of the keys of all that it depends on, down to what landed and what is
set aside. A node whose key is the one that it last passed with would come out the same again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from extract.database import Connection, quoted
from sync.stages.node_code import Project, digest

LEDGER = "staging.built_nodes"
BUILT = {"model", "seed", "test"}


def source_states(connection: Connection, manifest: Any) -> dict[str, str]:
    """Per source of the project: what landed of the object and what of it is set aside, as a hash."""
    held = _set_aside(connection)
    return {
        key: digest([*_landed(connection, source.identifier), held.get(source.identifier, "")])
        for key, source in manifest.sources.items()
    }


def _landed(connection: Connection, table: str) -> list[str]:
    if not connection.has_table("typed", table):
        return []
    found = connection.rows(f"select count(*), max(_dlt_load_id) from typed.{quoted(table)}")
    return [str(value) for value in found[0]]


def _set_aside(connection: Connection) -> dict[str, str]:
    if not connection.has_table("quality", "quarantine"):
        return {}
    return dict(
        connection.rows(
            "select object, md5(string_agg(version, ',' order by version)) from ("
            " select distinct lower(object) as object, record_id || ' ' || version as version"
            " from quality.quarantine where severity = 'quarantine' and resolved_at is null) as held"
            " group by object"
        )
    )


def state_keys(project: Project, sources: Mapping[str, str]) -> dict[str, str]:
    """Every model's, seed's and test's key."""
    keys = dict(sources)
    nodes = project.manifest.nodes
    built = [name for name, node in nodes.items() if str(node.resource_type) in BUILT]

    def key_of(name: str) -> str:
        if name not in keys:
            before = [key_of(each) for each in nodes[name].depends_on_nodes if each in nodes or each in keys]
            keys[name] = digest([project.code(name), *sorted(before)])
        return keys[name]

    return {name: key_of(name) for name in built}


def due_nodes(connection: Connection, project: Project, keys: Mapping[str, str]) -> set[str]:
    """Nodes that have not passed with the key they have now, or that have no table any more."""
    passed = (
        dict(connection.rows(f"select node_name, state_key from {LEDGER}")) if _is_kept(connection) else {}
    )
    there = set(
        connection.rows("select lower(table_schema), lower(table_name) from information_schema.tables")
    )
    nodes = project.manifest.nodes
    return {
        name for name, key in keys.items() if passed.get(name) != key or not _is_there(nodes[name], there)
    }


def _is_kept(connection: Connection) -> bool:
    return connection.has_table("staging", "built_nodes")


def _is_there(node: Any, there: set[tuple[Any, ...]]) -> bool:
    if node.resource_type == "test" or node.config.materialized == "ephemeral":
        return True
    return (node.schema.lower(), (node.alias or node.name).lower()) in there


def after(manifest: Any, starts: Iterable[str]) -> set[str]:
    """All nodes that depend on one of these."""
    reached, grew = set(starts), True
    while grew:
        found = {key for key, node in manifest.nodes.items() if reached & set(node.depends_on_nodes)}
        grew = not found <= reached
        reached |= found
    return reached - set(starts)


def tagged(manifest: Any, chosen: Iterable[str], tag: str) -> str:
    """A selector of these nodes and no others. dbt compares every name that it is given with every node, a tag but once."""
    names = set(chosen)
    for name, node in manifest.nodes.items():
        node.tags = [*(each for each in node.tags if each != tag), *([tag] if name in names else [])]
    return f"tag:{tag}"


def forget(connection: Connection, due: Iterable[str]) -> None:
    """From here on these have not passed: a build that is cut short may leave them halfway."""
    if names := list(due) if _is_kept(connection) else []:
        connection.execute(f"delete from {LEDGER} where node_name in ({', '.join('?' * len(names))})", names)


def remember(connection: Connection, keys: Mapping[str, str], warnings: Mapping[str, int]) -> None:
    """All these nodes passed with these keys; a test that warned, with its count."""
    connection.execute(f"delete from {LEDGER}")
    rows = ", ".join(["(?, ?, ?)"] * len(keys))
    values = [value for name, key in keys.items() for value in (name, key, warnings.get(name))]
    if keys:
        connection.execute(f"insert into {LEDGER} (node_name, state_key, warnings) values {rows}", values)


def held_warnings(connection: Connection) -> dict[str, int]:
    """Tests that warned when they last ran, with their counts."""
    if not _is_kept(connection):
        return {}
    return dict(connection.rows(f"select node_name, warnings from {LEDGER} where warnings is not null"))


def prune(connection: Connection, manifest: Any) -> None:
    """Forget changes that all their readers have seen, and readers that are no more."""
    names: Sequence[str] = [node.name for node in manifest.nodes.values()]
    for (name,) in connection.rows("select distinct model_name from staging.built_models"):
        if name not in names:
            connection.execute("delete from staging.built_models where model_name = ?", (name,))
    connection.execute(
        "delete from staging.changed_records where change_number <= coalesce(("
        " select min(built_through) from staging.built_models"
        " where input_name = changed_records.model_name), change_number)"
    )
