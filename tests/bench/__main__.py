"""Measures landing, memory, the run that finds nothing new, the validation, and whole syncs of an org of the real size.

`make bench` takes 200,000 Contacts, and the real size whole; `.venv/bin/python -m tests.bench --contacts 1000000`
takes any number, and `--only real --share 0.1` a tenth of the real size.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.landfall import run
from tests.bench.limit import Limit, download, duckdb_import, plain_fields, postgres_import
from tests.bench.real_size import real_size
from tests.bench.validation import validation
from tests.demo_org.running import RunningOrg, start_demo_org
from tests.postgres_server import throwaway_postgres

FIELDS = 40
LANDING_RATIO = 2.0
MEMORY_MB = 500  # for 200,000 rows; for any number more, at most a tenth above it
NOTHING_NEW_SECONDS = 5
CALLS_PER_OBJECT = 3


def main() -> int:
    """Print the table; the exit code is the number of figures that miss their line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=200_000)
    parser.add_argument("--only", choices=["landing", "nothing-new", "validation", "real"])
    parser.add_argument("--share", type=float, default=1.0, help="of the real organization's size")
    options = parser.parse_args()
    table = Table("figure", "measured", "line", "")
    missed = 0
    with tempfile.TemporaryDirectory(prefix="landfall-bench-") as name:
        folder = Path(name)
        rows: Iterator[tuple[str, str, str, bool]]
        for part, rows in (
            ("landing", landing(folder, options.contacts)),
            ("nothing-new", nothing_new(folder)),
            ("validation", validation(folder)),
            ("real", real_size(folder, options.share)),
        ):
            if options.only in (None, part):
                for figure, measured, line, holds in rows:
                    print(f"{figure}: {measured}", file=sys.stderr, flush=True)  # the table comes at the end
                    table.add_row(figure, measured, line, "" if holds else "MISSED")
                    missed += not holds
    Console(width=140).print(table)
    return missed


def landing(folder: Path, contacts: int) -> Iterator[tuple[str, str, str, bool]]:
    """Contacts to raw, against the download plus the database's own import, on both databases."""
    with start_demo_org(folder / "big-org", contacts=contacts) as org, throwaway_postgres() as postgres:
        hide_fields(org, FIELDS)
        fetch, csv = download(org, folder)
        for kind in ("DuckDB", "PostgreSQL"):
            url = f"duckdb:///{folder}/target/landfall.duckdb" if kind == "DuckDB" else postgres
            imported = duckdb_import(org, csv, folder) if kind == "DuckDB" else postgres_import(org, csv, url)
            limit = Limit(fetch, imported)
            took = run(org, url, folder / f"data-{kind}", "extract", "--only", "Contact")
            what = f"{contacts:,} Contacts × {FIELDS} fields to raw, {kind}"
            ratio = took.seconds / limit.seconds
            measured = (
                f"{took.seconds:.1f} s against {limit.download:.1f} + {limit.database:.1f} s = {ratio:.2f}"
            )
            yield what, measured, f"≤ {LANDING_RATIO} ×", ratio <= LANDING_RATIO
            memory = f"{took.peak_mb:.0f} MB"
            line = MEMORY_MB if contacts <= 200_000 else MEMORY_MB * 1.1
            yield "  peak memory of the process tree", memory, f"≤ {line:.0f} MB", took.peak_mb <= line


def nothing_new(folder: Path) -> Iterator[tuple[str, str, str, bool]]:
    """A second sync when the org has not changed: seconds, and calls per object."""
    with start_demo_org(folder / "org") as org:
        url, data = f"duckdb:///{folder}/small/landfall.duckdb", folder / "data-small"
        run(org, url, data, "sync")
        before = org_calls(org)
        took = run(org, url, data, "sync")
        calls = org_calls(org) - before
        line = f"≤ {NOTHING_NEW_SECONDS} s"
        yield (
            "sync with nothing new, 15 objects",
            f"{took.seconds:.1f} s",
            line,
            took.seconds <= NOTHING_NEW_SECONDS,
        )
        # Login, versions and the org's identity are asked once a run, not per object.
        per_object = (calls - 3) / 15
        yield (
            "  calls per object",
            f"{per_object:.1f}",
            f"≤ {CALLS_PER_OBJECT}",
            per_object <= CALLS_PER_OBJECT,
        )


def hide_fields(org: RunningOrg, kept: int) -> None:
    """Hide fields of Contact until `kept` are left, so that the figure is of that many."""
    needed = {"Id", "IsDeleted", "SystemModstamp", "LastModifiedDate", "CreatedDate"}
    names = [field["name"] for field in plain_fields(org)]
    spare = [name for name in names if name not in needed][kept - len(needed) :]
    for name in spare:
        org.control("POST", "fields", {"op": "hide", "object": "Contact", "name": name})


def org_calls(org: RunningOrg) -> int:
    """How many data requests the demo org has answered."""
    return len(org.control("GET", "requests")["requests"])


if __name__ == "__main__":
    sys.exit(main())
