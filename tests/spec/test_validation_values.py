"""No record's value leaves the database: not into a file, a log, an event, a reason or a page."""

from __future__ import annotations

import logging
import os
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from expectations.suites import FOLDER
from expectations.validate import ValidationOptions, validate_landing
from extract.database import Database
from tests.spec.landed import EVERY_ROW, KEYS, land, make_typed

EXAMPLES = Path(__file__).parent / "examples"
MARKERS = {
    "text": "MARKER<script>{}</script>",
    "numeric": "918273645.125",
    "date": "1911-11-11",
    "timestamptz": "1922-02-22 22:22:22+00",
}
TRACES = ("MARKER", "918273645", "1911-11-11", "1922-02-22", "1922, 2, 22", "1911, 11, 11")
OBJECTS = {"Account": "account", "Contact": "contact", "Session__c": "session"}
RAISES = """
  - type: unexpected_rows_expectation
    kwargs: {unexpected_rows_query: "select id, _version from {batch} where cast(name as integer) > 0"}
    severity: warn
    meta: {rule: raises_with_a_value, meaning: The database's own message holds a value., owner: Data team}
"""


def _plant(database: Database) -> None:
    """Values that are wrong in every way, in every column that a rule reads."""
    with database.connect() as connection:
        for name, suite in OBJECTS.items():
            example = yaml.safe_load((EXAMPLES / f"{suite}.yml").read_text())
            read = {
                column: example["columns"].get(column, "text")
                for column in example["base"].keys() - KEYS.keys()
            }
            columns = {**read, "secret__c": "text"}
            make_typed(connection, name, columns)
            prefix = {"Account": "001", "Contact": "003"}.get(name, "a0S")
            rows: list[dict[str, Any]] = []
            for number in range(25):
                marked = {column: MARKERS[kind].format(column) for column, kind in columns.items()}
                rows.append({"id": f"{prefix}{number:012d}AAA", "_version": f"v{number}", **marked})
            rows[0]["_uncast"] = "MARKER_uncast"
            rows[1]["id"] = "MARKER-no-id"
            rows[2]["_version"] = rows[3]["_version"] = "MARKER-version"
            rows[2]["id"] = rows[3]["id"]
            land(connection, name, rows)


@pytest.mark.fault("F85", "Marked values in rows that break every rule")
@pytest.mark.fault("F86", "Marked values in every report and log of the validation")
def test_planted_values_appear_in_nothing_that_is_written_or_logged(
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    out, suites = tmp_path / "out", tmp_path / "suites"
    suites.mkdir()
    for path in FOLDER.glob("*.yml"):
        (suites / path.name).write_text(path.read_text() + (RAISES if path.name == "account.yml" else ""))
    for name in ("TMPDIR", "HOME"):
        monkeypatch.setenv(name, str(out / name))
        (out / name).mkdir(parents=True)
    _plant(database)
    events: list[str] = []
    options = ValidationOptions(
        database,
        "run-1",
        {name: (str(EVERY_ROW["_dlt_load_id"]),) for name in OBJECTS},
        out / "docs",
        out / "results",
        0.1,
        suites,
    )

    with caplog.at_level(logging.DEBUG):
        result = validate_landing(options, lambda event, **fields: events.append(f"{event} {fields}"))

    assert result.verdict == "refused"
    assert sum(verdict.rules_failed for verdict in result.objects) > 25
    assert sum(verdict.could_not_run for verdict in result.objects) == 1
    printed = capfd.readouterr()
    spoken = "\n".join([caplog.text, printed.out, printed.err, *events, *result.reasons])
    assert not [trace for trace in TRACES if trace in spoken]
    assert "landfall:landfall@" not in spoken
    written = [path for path in out.rglob("*") if path.is_file()]
    assert len([path for path in written if path.suffix == ".html"]) == 1 + 16 + 4
    results = [path for path in written if path.suffix == ".json" and "results" in path.parts]
    assert len(results) == 4
    leaks = {
        (path.name, trace) for path in written for trace in TRACES if trace.encode() in path.read_bytes()
    }
    assert not leaks


def test_what_is_written_is_readable_by_its_owner_alone(duckdb_database: Database, tmp_path: Path) -> None:
    _plant(duckdb_database)
    options = ValidationOptions(
        duckdb_database, "run-1", {"Account": ("load-1",)}, tmp_path / "docs", tmp_path / "results", 0.1
    )
    before = os.umask(0o022)
    try:
        validate_landing(options, lambda *_, **__: None)
        after = os.umask(0o022)
    finally:
        os.umask(before)

    assert after == 0o022
    written = [*(tmp_path / "docs").rglob("*"), *(tmp_path / "results").rglob("*")]
    modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in written}
    assert modes == {(True, 0o700), (False, 0o600)}
