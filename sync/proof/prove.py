"""Counts the application's tables after a publish, those that changed, and writes down what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from extract.database import Connection
from sync.proof.declared import Declared
from sync.proof.due import due_tables, proof_keys
from sync.proof.records import prove_records
from sync.proof.results import TableProof
from sync.proof.rows import compare_rows, decided
from sync.proof.tally import countable
from sync.publish.compare import set_up


@dataclass(frozen=True)
class Proven:
    """What was counted now; the other tables stand as they were last proven."""

    tables: tuple[TableProof, ...]
    keys: Mapping[str, str]

    def rows(self) -> list[dict[str, Any]]:
        """For ops.completeness_tables."""
        return [{**table.to_row(), "state_key": self.keys[table.table_name]} for table in self.tables]

    def reason_rows(self) -> list[dict[str, Any]]:
        """For ops.completeness_reasons."""
        return [row for table in self.tables for row in table.reason_rows()]


def prove_tables(
    connection: Connection,
    declared: Sequence[Declared],
    models: str,
    published: Sequence[Mapping[str, Any]] = (),
    *,
    everything: bool = False,
) -> Proven:
    """Count the tables behind which something changed since they were last proven, or everything.

    `models` is the fingerprint of the dbt project; `published` is what this run's publish did, by table. Raises
    NotProven where a condition cannot be counted.
    """
    keys = proof_keys(connection, declared, models)
    left = {
        each["table_name"]: sum(each[kind] for kind in ("inserted", "updated", "deleted", "unchanged"))
        for each in published
    }
    due = declared if everything else due_tables(connection, declared, keys, left)
    if due:
        set_up(connection)
    return Proven(tuple(_prove(connection, each) for each in due), keys)


def _prove(connection: Connection, declared: Declared) -> TableProof:
    table = declared.table
    where = f"dbt_project/models/application/{table.name}.yml, meta.proof"
    with countable(table.label, where):
        by_staff = decided(connection, table)
        rows = compare_rows(connection, table, by_staff)
        records = tuple(prove_records(connection, table, each, by_staff) for each in declared.records)
    return TableProof(
        table_name=table.name,
        in_build=rows.in_build,
        in_app=rows.in_app,
        not_in_app=rows.not_in_app,
        not_in_build=rows.not_in_build,
        by_override=rows.by_override,
        records=records,
        is_silent=declared.is_silent,
    )
