"""Pages are kept for the last runs, and a page that cannot be rendered is an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from expectations.data_docs import pages
from expectations.validate import ValidationOptions, validate_landing
from extract.database import Database
from extract.errors import LandfallError
from tests.spec.landed import land, make_typed


def _validate(database: Database, folder: Path, run: str) -> None:
    loads = {"Pathway__c": ("load-1",)}
    validate_landing(
        ValidationOptions(database, run, loads, folder / "docs", folder / "results", 0.1),
        lambda *_, **__: None,
    )


@pytest.fixture
def landed(duckdb_database: Database) -> Database:
    with duckdb_database.connect() as connection:
        make_typed(connection, "Pathway__c", {"name": "text"})
        land(connection, "Pathway__c", [{"id": "a0Y000000000001AAA", "_version": "v", "name": "Health"}])
    return duckdb_database


def test_old_runs_are_forgotten_with_their_pages_and_folders(
    landed: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "RUNS_KEPT", 2)

    for run in ("run-1", "run-2", "run-3"):
        _validate(landed, tmp_path, run)

    results = {path.name for path in (tmp_path / "results" / "pathway").iterdir()}
    shown = {path.name for path in (tmp_path / "docs" / "validations" / "pathway").iterdir()}
    assert results == shown == {"run-2", "run-3"}
    assert "run-1" not in (tmp_path / "docs" / "index.html").read_text()


def test_pages_of_objects_without_new_rows_stay(landed: Database, tmp_path: Path) -> None:
    _validate(landed, tmp_path, "run-1")
    with landed.connect() as connection:
        make_typed(
            connection, "Class__c", {"name": "text", "school__c": "text", "class_year_number__c": "numeric"}
        )
        land(connection, "Class__c", [{"id": "a1C000000000001AAA", "_version": "v"}])
    loads = {"Class__c": ("load-1",)}
    options = ValidationOptions(landed, "run-2", loads, tmp_path / "docs", tmp_path / "results", 0.1)
    validate_landing(options, lambda *_, **__: None)

    assert len(list((tmp_path / "docs" / "validations" / "pathway").rglob("*.html"))) == 1
    names = [path.name for path in (tmp_path / "docs" / "expectations").glob("*.html")]
    of_tables = [name for name in names if name.startswith("build_")]
    assert (len(names) - len(of_tables), len(of_tables)) == (15, 24)


def test_a_page_that_cannot_be_made_is_an_error_and_the_index_stays(
    landed: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _validate(landed, tmp_path, "run-1")
    before = (tmp_path / "docs" / "index.html").read_bytes()

    def refuse(*_: Any) -> str:
        raise ValueError("an address moved")

    monkeypatch.setattr("expectations.data_docs.site.localise", refuse)
    with pytest.raises(LandfallError, match="could not be rendered"):
        _validate(landed, tmp_path, "run-2")

    assert (tmp_path / "docs" / "index.html").read_bytes() == before
