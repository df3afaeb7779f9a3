"""DuckDB 2.0.0 loses rows silently when a table is made empty and filled in one transaction; the pinned one must not."""

from __future__ import annotations

import duckdb
import pytest

ROW_GROUP = 122_880  # the loss began at exactly one row group
MERGE = (
    "merge into target using source on target.id = source.id"
    " when matched and target.content is distinct from source.content then update set content = source.content"
    " when not matched then insert (id, content) values (source.id, source.content)"
)
SHAPES = {
    "an empty copy, then an insert": (
        "create table target as select * from source where false",
        "insert into target select * from source",
    ),
    "an empty copy, then a merge": ("create table target as select * from source where false", MERGE),
    "a copy of no rows, then an insert": (
        "create table target as select * from source limit 0",
        "insert into target select * from source",
    ),
    "a plain table, then an insert": (
        "create table target (id varchar, content varchar)",
        "insert into target select * from source",
    ),
    "a plain table, then a merge": ("create table target (id varchar, content varchar)", MERGE),
}


@pytest.mark.parametrize("rows", [ROW_GROUP - 1, ROW_GROUP, 200_000])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_table_that_is_made_and_filled_in_one_transaction_keeps_its_rows(shape: str, rows: int) -> None:
    with duckdb.connect(":memory:", config={"threads": 2}) as connection:
        connection.execute(
            f"create table source as select i::varchar as id, 'x' as content from range({rows}) n(i)"
        )
        connection.execute("begin")
        for statement in SHAPES[shape]:
            connection.execute(statement)
        before = _counted_and_scanned(connection)
        connection.execute("commit")
        assert (before, _counted_and_scanned(connection)) == ((rows, rows), (rows, rows))


def _counted_and_scanned(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    counted = connection.execute("select count(*) from target").fetchone()
    scanned = connection.execute("select count(distinct id) from target").fetchone()
    assert counted is not None
    assert scanned is not None
    return counted[0], scanned[0]
