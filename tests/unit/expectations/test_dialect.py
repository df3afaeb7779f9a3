"""Great Expectations reads DuckDB through our dialect, and lets go of the file at the end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from expectations.batch import make_batch
from expectations.checkpoint import identify_run, open_context, run_checkpoint
from expectations.data_docs.pages import Folders
from expectations.quarantine import make_tables
from expectations.suites import load_suites
from extract.database import Database
from tests.spec.landed import land, make_typed

WRITE = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('create table written_by_another (n int)')"


def _write_from_another_process(database: Database) -> int:
    command = [sys.executable, "-c", WRITE, str(database.path)]
    return subprocess.run(command, capture_output=True, check=False).returncode


@pytest.mark.parametrize("ends", ["well", "with an error"])
def test_the_file_is_free_for_another_process_afterwards(
    duckdb_database: Database, tmp_path: Path, ends: str
) -> None:
    suite = load_suites()["Pathway__c"]
    with duckdb_database.connect() as connection:
        make_tables(connection)
        make_typed(connection, "Pathway__c", {"name": "text"})
        land(connection, "Pathway__c", [{"id": "a0Y000000000001AAA", "_version": "v", "name": "Health"}])
        batch = make_batch(connection, suite, ["load-1"])

    held = None
    try:
        with open_context(
            duckdb_database, Folders(tmp_path / "d", tmp_path / "r"), {"Pathway__c": suite}
        ) as context:
            run_checkpoint(context, batch, identify_run("run-1"))
            held = _write_from_another_process(duckdb_database)
            if ends != "well":
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass

    assert held != 0
    assert _write_from_another_process(duckdb_database) == 0
