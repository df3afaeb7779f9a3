"""Reads from dbt's manifest which records each application table should hold, and which a rule leaves out.

A model of the application says so in its meta:

    proof:
      - records_of: stg_salesforce__sessions
        left_out:
          draft: session_status = 'Draft'

`left_out` has a condition of SQL per reason, on a row of the staging model, which is called `record` there. `column`
names the column that holds the record's Id where that is not the row key, `rows` chooses the rows that are made of
these records. A model whose rows are no records says `proof: rows`, which is understood where the row key is a source
key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extract.catalogue import load_catalogue
from extract.errors import NotProven
from sync.models import StagingModel, read_models
from sync.publish.contract import DEFAULT_ROW_KEY, Table
from sync.publish.manifest import read_contract

ROWS_ALONE = "rows"
KEYS = {"records_of", "column", "rows", "left_out"}


@dataclass(frozen=True)
class Records:
    """The records of one object that should stand in a table."""

    object: str  # by its API name
    staging: StagingModel
    column: str  # of the table, with the record's Id
    rows: str  # condition: the rows of the table that are made of these records
    left_out: tuple[tuple[str, str], ...]  # reason and condition; the first that holds counts


@dataclass(frozen=True)
class Declared:
    """What is to be proven of one application table."""

    table: Table
    node: str  # the model's key in the manifest
    records: tuple[Records, ...]
    said: str  # the declaration as text, to notice when it changes
    is_silent: bool = False  # rows are records, but the model does not say of which object


def read_declared(manifest: Path) -> tuple[Declared, ...]:
    """Every application table. Raises NotProven where a declaration cannot be understood, with the model."""
    staging = {model.name: model for model in read_models(manifest).staging}
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
    keys = {str(node["name"]): key for key, node in nodes.items() if node.get("resource_type") == "model"}
    names = {entry.table_name: entry.sobject for entry in load_catalogue()}
    found = []
    for table in read_contract(manifest):
        key = keys[table.name]
        said = _meta(nodes[key]).get("proof")
        found.append(_declared(table, key, said, staging, names))
    return tuple(found)


def _meta(node: Mapping[str, Any]) -> dict[str, Any]:
    return {**(node.get("meta") or {}), **((node.get("config") or {}).get("meta") or {})}


def _declared(
    table: Table, key: str, said: Any, staging: Mapping[str, StagingModel], names: Mapping[str, str]
) -> Declared:
    text = json.dumps(said, sort_keys=True)
    if said is None or said == ROWS_ALONE:
        is_silent = said is None and table.row_key == DEFAULT_ROW_KEY
        return Declared(table, key, (), text, is_silent)
    if not isinstance(said, list) or not said or not all(isinstance(each, Mapping) for each in said):
        raise _wrong(table, f"is {text}", f"Write a list with records_of and left_out, or {ROWS_ALONE!r}")
    return Declared(table, key, tuple(_records(table, each, staging, names) for each in said), text)


def _records(
    table: Table, said: Mapping[str, Any], staging: Mapping[str, StagingModel], names: Mapping[str, str]
) -> Records:
    if unknown := sorted(set(said) - KEYS):
        raise _wrong(table, f"says {', '.join(unknown)}", f"It may say {', '.join(sorted(KEYS))}")
    model = staging.get(str(said.get("records_of")))
    if model is None:
        known = ", ".join(sorted(staging))
        raise _wrong(
            table,
            f"names the records_of {said.get('records_of')!r}, which is no staging model",
            f"They are: {known}",
        )
    column = str(said.get("column") or table.row_key)
    if column not in {each.name for each in table.columns}:
        raise _wrong(
            table, f"names the column {column!r}, which the table does not have", "Name the record's Id"
        )
    left_out = said.get("left_out") or {}
    if not isinstance(left_out, Mapping) or not all(
        isinstance(condition, str) for condition in left_out.values()
    ):
        raise _wrong(
            table, "has a left_out that is no list of reasons", "Write `reason: condition` lines under it"
        )
    return Records(
        object=names.get(model.object, model.object),
        staging=model,
        column=column,
        rows=str(said.get("rows") or "true"),
        left_out=tuple((str(reason), condition) for reason, condition in left_out.items()),
    )


def _wrong(table: Table, wrong: str, advice: str) -> NotProven:
    return NotProven(
        f"What is to be proven of {table.label} is not understood: its proof {wrong}.",
        f"dbt_project/models/application/{table.name}.yml, meta.proof",
        f"{advice}, then run again.",
    )
