"""Says which model or test failed, for how many rows and which record ids, without repeating any row's values.

What a database answers may quote a value, so only phrases that speak of names are passed on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import duckdb
import psycopg2

from extract.causes import cause_in_words, known_cause
from extract.database import Connection, Database, quoted
from extract.errors import LandfallError, TransformFailed

IDS_SHOWN = 5
FAILED = {"error", "fail", "runtime error", "partial success"}
NAME = r'"?([\w.$]+)"?'
# what a database says about the shape of tables → what we say; the group is a column's or table's name
REASONS = {
    rf"column {NAME} does not exist": "the column {} does not exist",
    rf"Referenced column {NAME} not found": "the column {} does not exist",
    rf"does not have a column named {NAME}": "the column {} does not exist",
    rf"relation {NAME} does not exist": "the table {} does not exist",
    rf"Table with name {NAME} does not exist": "the table {} does not exist",
    rf"(typed\.{NAME}) does not exist: this object has not landed": "{} does not exist: that object has not landed",
    rf"null value in column {NAME}": "the column {} has a row without a value",
    rf"NOT NULL constraint failed: {NAME}": "the column {} has a row without a value",
    rf"duplicate key value violates unique constraint {NAME}": "a key that must be unique ({}) occurs twice",
    r"(Duplicate key)": "a key that must be unique occurs twice",
    r"(enforced contract that failed)": "its columns are not those of its contract",
    r"(out of sync)": "its columns changed; it needs --full-refresh once",
    r"(Out of Memory|out of memory)": "there is not enough memory",
}
OWN_TESTS = {"holds", "reference_resolves", "exactly_one_primary"}  # these give the record id themselves
SALESFORCE_ID = re.compile("[A-Za-z0-9]{15,18}")
# which column of a failing dbt test's own result holds the tested column's value
VALUE_COLUMNS = {"unique": "unique_field", "accepted_values": "value_field", "relationships": "from_field"}


def transform_failure(results: Sequence[Any], manifest: Any, database: Database) -> LandfallError | None:
    """The failure of the first model or test that failed, or None when none did.

    A full disk or a database that is gone is told as that: no model and no test is to blame.
    """
    failed = [result for result in results if str(result.status) in FAILED]
    if not failed:
        return None
    for result in failed:
        if outside := cause_in_words(result.message or "", database.name):
            return outside
    first = failed[0]
    more = f" {len(failed) - 1} more failed." if len(failed) > 1 else ""
    where = f"dbt_project/{first.node.original_file_path}"
    ids = failing_record_ids(first.node, manifest, database) if str(first.status) == "fail" else []
    return TransformFailed(
        _what(first) + more,
        f"{where}, records {', '.join(ids)}" if ids else where,
        f"cd dbt_project && dbt build -s {_name_to_build(first.node)}. Nothing was published.",
    )


def invocation_failure(error: BaseException | None, database: Database) -> LandfallError:
    """dbt itself stopped: a file it cannot read, a database it cannot reach."""
    outside = known_cause(error, database.name) if error else None
    if outside := outside or cause_in_words(str(error), database.name):
        return outside
    reason = safe_reason(str(error))
    kind = type(error).__name__ if error else "no reason given"
    return TransformFailed(
        f"dbt stopped before it built anything ({kind}){': ' + reason if reason else ''}.",
        "dbt_project/",
        "cd dbt_project && dbt build says more. Nothing was published.",
    )


def safe_reason(message: str) -> str:
    """The part of a database's or dbt's message that speaks of names only; "" when there is none."""
    for pattern, reason in REASONS.items():
        if found := re.search(pattern, message):
            return reason.format(found[1])
    return ""


def _what(result: Any) -> str:
    node = result.node
    if node.resource_type == "test" and str(result.status) == "fail":
        return f"The test {node.name} failed: {result.failures} rows."
    reason = safe_reason(result.message or "")
    verb = "run" if node.resource_type == "test" else "built"
    return f"The {node.resource_type} {node.name} could not be {verb}{': ' + reason if reason else ''}."


def _name_to_build(node: Any) -> str:
    """The model that a test is about, else the node itself."""
    return str(getattr(node, "attached_node", None) or node.unique_id).split(".")[2]


def failing_record_ids(node: Any, manifest: Any, database: Database) -> list[str]:
    """Up to five Salesforce ids of rows that break the test; none for a test that is not about records."""
    query = _id_query(node, manifest)
    if not query:
        return []
    with database.connect(read_only=True) as connection:
        found = _first_column(connection, f"{query} limit {IDS_SHOWN}")
    return [value for value in found if SALESFORCE_ID.fullmatch(value)]


def _first_column(connection: Connection, query: str) -> list[str]:
    try:
        return [str(row[0]) for row in connection.rows(query)]
    except (duckdb.Error, psycopg2.Error):
        return []  # a test whose result has no record id is told without one


def _id_query(node: Any, manifest: Any) -> str:
    metadata = getattr(node, "test_metadata", None)
    tested = manifest.nodes.get(getattr(node, "attached_node", None))
    if not node.compiled_code:
        return ""
    failing = f"({node.compiled_code}) as failing"
    if metadata is None or tested is None:
        return f"select salesforce_id from {failing}"
    if metadata.name in OWN_TESTS:
        return f"select record_id from {failing}"
    column = quoted(str(metadata.kwargs.get("column_name", "")))
    rows = f"select {_record_id_column(tested)} from {tested.relation_name} where {column}"
    if metadata.name == "not_null":
        return f"{rows} is null"
    value = VALUE_COLUMNS.get(metadata.name)
    return f"{rows} in (select {value} from {failing})" if value else ""


def _record_id_column(tested: Any) -> str:
    """A model's YAML describes the column with the Salesforce id first, or calls it salesforce_id."""
    return "salesforce_id" if "salesforce_id" in tested.columns else str(next(iter(tested.columns)))
