"""Chooses which tables have to be counted again: those behind which something changed since they were last proven.

Every table has a key, made of the key that its model was last built with, of the run that last wrote rows of it, of
what is to be proven of it and of all the models. A table whose key is the one that it was proven with holds the same
rows still, unless somebody else wrote there: that the next publish sees, which compares everything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from extract.database import Connection
from sync.proof.declared import Declared


def proof_keys(connection: Connection, declared: Sequence[Declared], models: str) -> dict[str, str]:
    """By table name. `models` is the fingerprint of the dbt project, with which conditions may change."""
    built = _built_keys(connection)
    written = dict(
        connection.rows(
            "select table_name, max(run_id) from ops.run_tables where inserted + updated + deleted > 0"
            " group by table_name"
        )
    )
    return {
        each.table.name: hashlib.sha256(
            "\0".join(
                [built.get(each.node, ""), written.get(each.table.name, ""), each.said, models]
            ).encode()
        ).hexdigest()[:16]
        for each in declared
    }


def _built_keys(connection: Connection) -> dict[str, str]:
    if not connection.has_table("staging", "built_nodes"):
        return {}
    return dict(connection.rows("select node_name, state_key from staging.built_nodes"))


def due_tables(
    connection: Connection,
    declared: Sequence[Declared],
    keys: Mapping[str, str],
    published: Mapping[str, int],
) -> tuple[Declared, ...]:
    """`published` has the synced rows that each table should have after the publish of this run, if there was one."""
    proven = dict(
        connection.rows(
            "select table_name, state_key from ops.completeness_tables where reason = ''"
            f" and (table_name, run_id) in ({NEWEST})"
        )
    )
    return tuple(
        each
        for each in declared
        if proven.get(each.table.name) != keys[each.table.name]
        or not _has_rows(connection, each, published.get(each.table.name))
    )


NEWEST = "select table_name, max(run_id) from ops.completeness_tables group by table_name"


def _has_rows(connection: Connection, declared: Declared, expected: int | None) -> bool:
    """Whether the application left the table as the publish wrote it, as far as counting tells."""
    if expected is None:
        return True
    table = declared.table
    return bool(
        connection.value(f"select count(*) from {table.app} where {table.key} is not null") == expected
    )
