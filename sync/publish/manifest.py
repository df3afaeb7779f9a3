"""Reads the contract of the application's tables from dbt's manifest, and refuses one that cannot be kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from extract.errors import PublishFailed
from sync.publish.accepted import Accepted, Vocabularies, read_accepted, read_vocabularies
from sync.publish.app_columns import read_app_columns
from sync.publish.broken import broken
from sync.publish.column_types import KNOWN_TYPES, is_portable, one_spelling
from sync.publish.contract import DEFAULT_ROW_KEY, KEPT_COLUMNS, Column, Owner, Table, in_dependency_order

Node = Mapping[str, Any]


def read_contract(manifest: Path) -> tuple[Table, ...]:
    """The application tables in dependency order. Raises PublishFailed, which names the model and column."""
    nodes = _read_nodes(manifest)
    accepted, vocabularies = read_accepted(nodes), read_vocabularies(nodes)
    described = (
        _table(name, node, accepted, vocabularies) for name, node in nodes.items() if _is_app_table(node)
    )
    tables = {table.name: table for table in described}
    if not tables:
        raise PublishFailed(
            "dbt's manifest names no application table.",
            str(manifest),
            "Give the models under dbt_project/models/application `config: {meta: {app_table: true}}`.",
        )
    for table in tables.values():
        _check_references(table, tables)
        _check_raw_values(table)
    return in_dependency_order(tables)


def _read_nodes(manifest: Path) -> Mapping[str, Node]:
    try:
        nodes: Mapping[str, Node] = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PublishFailed(
            f"dbt's manifest cannot be read ({type(error).__name__}).",
            str(manifest),
            "Run `landfall transform`, which writes it, then publish again.",
        ) from error
    return nodes


def _is_app_table(node: Node) -> bool:
    in_folder = "models/application/" in str(node.get("original_file_path", "")).replace("\\", "/")
    return node.get("resource_type") == "model" and in_folder and bool(_meta(node).get("app_table"))


def _meta(node: Node) -> dict[str, Any]:
    """dbt keeps meta at the top for old projects and under config for new ones."""
    return {**(node.get("meta") or {}), **((node.get("config") or {}).get("meta") or {})}


def _table(node_id: str, node: Node, accepted: Accepted, vocabularies: Vocabularies) -> Table:
    model = str(node["name"])
    if model == "overrides":
        raise broken(model, "id", "would stand in staff's own table app.overrides", "Rename the model")
    not_null = {name for columns in _constraints(node, "not_null") for name in columns}
    meta = _meta(node)
    row_key = str(meta.get("row_key") or DEFAULT_ROW_KEY)
    bookkeeping = {"id": "uuid", row_key: "text", "deleted_at": "timestamptz"}
    columns = tuple(
        replace(
            _column(model, name, fields, not_null, ours=name in bookkeeping),
            accepted_values=accepted.get((node_id, name), ()),
            vocabulary=vocabularies.get((node_id, name)),
        )
        for name, fields in node.get("columns", {}).items()
    )
    names = {column.name for column in columns}
    _check_bookkeeping(model, columns, bookkeeping)
    unique = [key for kind in ("unique", "primary_key") for key in _constraints(node, kind)]
    for name in sorted({name for key in unique for name in key} - names):
        raise broken(model, name, "is part of a constraint but is not described", "Describe the column")
    return Table(
        name=model,
        build_schema=str(node["schema"]),
        build_name=str(node.get("alias") or model),
        description=str(node.get("description", "")),
        columns=(*columns, *read_app_columns(model, meta.get("app_columns") or [], names)),
        unique=tuple(dict.fromkeys(key for key in unique if key not in (("id",), (row_key,)))),
        row_key=row_key,
        override_sets=_override_sets(model, meta, names),
    )


def _override_sets(model: str, meta: Node, columns: set[str]) -> tuple[str, ...]:
    sets = tuple(str(name) for name in meta.get("override_sets") or ())
    for name in sets:
        if name in columns:
            wrong = "is a column of the model and one of its override_sets"
            raise broken(model, name, wrong, "Take it out of override_sets: publish overrides columns itself")
    return sets


def _constraints(node: Node, kind: str) -> Iterator[tuple[str, ...]]:
    """The column lists of all constraints of a kind, whether written at the model or at a column."""
    for constraint in node.get("constraints") or []:
        if constraint["type"] == kind:
            yield tuple(constraint.get("columns") or ())
    for name, fields in node.get("columns", {}).items():
        if any(constraint["type"] == kind for constraint in fields.get("constraints") or []):
            yield (name,)


def _column(model: str, name: str, fields: Node, not_null: set[str], *, ours: bool) -> Column:
    meta = _meta(fields)
    column_type = one_spelling(str(fields.get("data_type") or ""))
    if not is_portable(column_type):
        known = ", ".join(KNOWN_TYPES)
        said = f"has the data_type {column_type!r}" if column_type else "has no data_type"
        raise broken(model, name, said, f"Use one that both databases know: {known}")
    return Column(
        name=name,
        type=column_type,
        owner=_owner(model, name, meta, ours),
        description=str(fields.get("description", "")),
        not_null=name in not_null,
        references=str(meta.get("references") or ""),
        source_id=str(meta.get("source_id") or ""),
        missing_object=str(meta.get("missing_object") or ""),
        raw_value=str(meta.get("raw_value") or ""),
    )


def _owner(model: str, name: str, meta: Mapping[str, Any], ours: bool) -> Owner:
    said = meta.get("owner", Owner.SALESFORCE if ours else None)
    if said not in list(Owner):
        wrong = "has no owner" if said is None else f"has the unknown owner {said!r}"
        raise broken(model, name, wrong, f"Set config.meta.owner to one of: {', '.join(Owner)}")
    return Owner(said)


def _check_bookkeeping(model: str, columns: tuple[Column, ...], required: Mapping[str, str]) -> None:
    found = {column.name: column for column in columns}
    for name, column_type in required.items():
        if name not in found:
            raise broken(
                model, name, "is missing", f"This application table has to have {name} {column_type}"
            )
        if found[name].type != column_type:
            raise broken(model, name, f"is {found[name].type}", f"It has to be {column_type}")
        if found[name].owner is not Owner.SALESFORCE:
            raise broken(model, name, f"has the owner {found[name].owner}", "It is always Salesforce's")
    for name in KEPT_COLUMNS:
        if name in found:
            raise broken(model, name, "is kept by publish itself", "Take it out of the model, or rename it")


def _check_references(table: Table, tables: Mapping[str, Table]) -> None:
    types = {column.name: column.type for column in table.columns}
    for column in table.columns:
        if column.references and column.references not in tables:
            known = ", ".join(sorted(tables))
            wrong = f"references {column.references!r}, which is no application table"
            raise broken(table.name, column.name, wrong, f"The application tables are: {known}")
        if column.references and column.type != "uuid":
            raise broken(table.name, column.name, f"references a table but is {column.type}", "Make it uuid")
        if column.source_id and not column.references:
            raise broken(
                table.name, column.name, "has a source_id but no references", "Name the table it points at"
            )
        if column.source_id and types.get(column.source_id) != "text":
            wrong = f"names the source_id {column.source_id!r}, which is no text column of the model"
            raise broken(table.name, column.name, wrong, "Name the column that holds the raw Salesforce id")


def _check_raw_values(table: Table) -> None:
    kept = {column.name for column in table.columns if column.owner is Owner.SALESFORCE_IF_NOT_NULL}
    for column in table.columns:
        if column.raw_value and not {column.name, column.raw_value} <= kept:
            wrong = (
                f"names the raw_value {column.raw_value!r}, and not both are {Owner.SALESFORCE_IF_NOT_NULL}"
            )
            raise broken(
                table.name,
                column.name,
                wrong,
                "Name the column that holds the raw text, and give both that owner",
            )
