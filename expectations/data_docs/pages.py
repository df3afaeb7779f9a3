"""Builds the pages of a run and forgets those of runs too old to keep."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from great_expectations.data_context.types.resource_identifiers import ExpectationSuiteIdentifier

RUNS_KEPT = 30


def build_pages(
    context: Any, stored: Sequence[Any], suites: Sequence[str], docs_dir: Path, results_dir: Path
) -> None:
    """One incremental build: the pages of these results, of all suites, and the index."""
    _forget_old_runs(context.validation_results_store)
    identifiers = [*stored, *(ExpectationSuiteIdentifier(name=name) for name in suites)]
    context.build_data_docs(resource_identifiers=identifiers)
    for folder in (results_dir, docs_dir / "validations"):
        _remove_empty_folders(folder)


def _forget_old_runs(store: Any) -> None:
    """The index's build removes the page of each result that is gone."""
    keys = store.list_keys()
    newest_first = sorted({key.run_id.run_time for key in keys}, reverse=True)
    too_old = set(newest_first[RUNS_KEPT:])
    for key in keys:
        if key.run_id.run_time in too_old:
            store.remove_key(key)


def _remove_empty_folders(folder: Path) -> None:
    """Great Expectations leaves them behind."""
    for path in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()
