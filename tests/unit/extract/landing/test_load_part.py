"""DuckDB gets memory by the width of what it loads: too little fails the load, too much breaks our promise of 500 MB."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from extract.landing.load_part import DUCKDB_LIMITS, memory_mb


@pytest.mark.parametrize(("columns", "megabytes"), [(1, 200), (80, 200), (90, 225), (800, 2000)])
def test_memory_grows_with_the_columns_from_eighty_on(columns: int, megabytes: int) -> None:
    assert memory_mb(columns) == megabytes


@pytest.mark.fault("F90", "A row group of 100 columns, loaded within its share of memory")
def test_a_whole_row_group_of_a_wide_object_fits(tmp_path: Path) -> None:
    width = 100
    settings = DUCKDB_LIMITS | {"memory_limit": f"{memory_mb(width)}MB", "temp_directory": str(tmp_path)}
    with duckdb.connect(str(tmp_path / "wide.duckdb"), config=settings) as connection:
        connection.execute(f"create table wide ({', '.join(f'c{number} text' for number in range(width))})")
        values = ", ".join(f"'value ' || (i * {number + 7})" for number in range(width))
        connection.execute("begin")
        connection.execute(f"insert into wide select {values} from range(125000) r(i)")
        connection.execute("commit")
        assert connection.execute("select count(*), count(distinct c99) from wide").fetchone() == (
            125000,
            125000,
        )
