"""Measures the validation with its pages: all suites over rows that have just landed, as one command of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from extract.database import Database
from tests.bench.landfall import run
from tests.demo_org.running import start_demo_org

Row = tuple[str, str, str, bool]
SHARE = 0.28  # of the real organization: a little more than 200,000 records
SECONDS = 15


def validation(folder: Path) -> Iterator[Row]:
    """Seconds of `landfall validate` on DuckDB from its start to its end, with the rows and the rules it judged."""
    url = f"duckdb:///{folder}/validation/landfall.duckdb"
    with start_demo_org(folder / "validation-org", real=SHARE) as org:
        run(org, url, folder / "data-validation", "extract")
        took = run(org, url, folder / "data-validation", "validate")
    with Database(url).connect(read_only=True) as connection:
        rows = connection.value("select sum(versions_new) from ops.run_objects")
        rules, objects = connection.rows("select count(*), count(distinct object) from quality.results")[0]
        stage = connection.value("select max(seconds) from ops.run_stages where stage = 'validate'")
    what = f"validation and Data Docs of {rows:,} rows, {objects} objects, {rules} rules, DuckDB"
    yield what, f"{took.seconds:.1f} s, the stage {stage:.1f} s", f"≤ {SECONDS} s", took.seconds <= SECONDS
    yield "  peak memory of the process tree", f"{took.peak_mb:.0f} MB", "", True
