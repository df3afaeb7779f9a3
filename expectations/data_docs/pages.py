"""Builds the pages of a run and forgets those of runs too old to keep."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from expectations.rules import Suite
from extract.whole_file import DRAFT, write_whole

LOG = logging.getLogger(__name__)
MOST_WAITING = 100  # pages of earlier results that one build makes up for
SHOWN = "suites.json"  # which suite's page was made from what
LOOK = 1  # raise it when pages of suites look otherwise: all are made again then


@dataclass(frozen=True)
class Folders:
    """Where the pages and the results that they are made from are kept, and of how many runs."""

    docs: Path
    results: Path
    runs_kept: int = 30


def build_pages(context: Any, stored: Sequence[Any], suites: Iterable[Suite], folders: Folders) -> None:
    """One incremental build: the pages of these results, of those that have none, of changed suites, and the index."""
    from great_expectations.data_context.types.resource_identifiers import ExpectationSuiteIdentifier

    docs_dir, results_dir = folders.docs, folders.results
    store = context.validation_results_store
    _forget_old_runs(store, folders.runs_kept)
    waiting = _readable(store, _without_page(store.list_keys(), stored, docs_dir))
    library = version("great_expectations")
    digests = {suite.name: _digest(suite, library) for suite in suites}
    shown = _shown_suites(docs_dir)
    changed = [name for name, digest in digests.items() if shown.get(name) != digest]
    identifiers = [*stored, *waiting, *(ExpectationSuiteIdentifier(name=name) for name in changed)]
    context.build_data_docs(resource_identifiers=identifiers)
    write_whole(docs_dir / SHOWN, json.dumps(digests, indent=1))
    for folder in (results_dir, docs_dir):
        _remove_drafts(folder)
    for folder in (results_dir, docs_dir / "validations"):
        _remove_empty_folders(folder)


def _forget_old_runs(store: Any, runs_kept: int) -> None:
    """The index's build removes the page of each result that is gone."""
    keys = store.list_keys()
    begun = {
        key.run_id.run_name: key.run_id.run_time for key in sorted(keys, key=lambda key: key.run_id.run_time)
    }
    too_old = set(sorted(begun, key=lambda name: begun[name], reverse=True)[runs_kept:])
    for key in keys:
        if key.run_id.run_name in too_old:
            store.remove_key(key)


def _without_page(keys: Sequence[Any], stored: Sequence[Any], docs_dir: Path) -> list[Any]:
    """Results of checks, which are written without Great Expectations; the newest ones, when there are many."""
    known = {key.to_tuple() for key in stored}
    missing = [key for key in keys if key.to_tuple() not in known and not _page(key, docs_dir).exists()]
    return sorted(missing, key=lambda key: key.run_id.run_time, reverse=True)[:MOST_WAITING]


def _readable(store: Any, keys: Iterable[Any]) -> list[Any]:
    """A result that was cut short is given up with its page, not with all pages; its counts are in the database."""
    readable = []
    for key in keys:
        try:
            whole = store.get(key) is not None  # None for an empty file
        except ValueError:
            whole = False
        if whole:
            readable.append(key)
        else:
            LOG.warning("the result %s was cut short, and has no page", "/".join(key.to_tuple()))
            store.remove_key(key)
    return readable


def _page(key: Any, docs_dir: Path) -> Path:
    *folders, name = key.to_tuple()
    return docs_dir.joinpath("validations", *folders, f"{name}.html")


def _digest(suite: Suite, library: str) -> str:
    """Of all that the suite's page says: its rules, and how this version of Great Expectations says it."""
    return hashlib.sha256(f"{library} {LOOK} {suite}".encode()).hexdigest()[:16]


def _shown_suites(docs_dir: Path) -> dict[str, str]:
    """What the suites' pages that are there were made from; a page that is missing is made again."""
    try:
        digests: dict[str, str] = json.loads((docs_dir / SHOWN).read_text())
    except (OSError, ValueError):
        return {}
    return {name: each for name, each in digests.items() if (docs_dir / f"expectations/{name}.html").exists()}


def _remove_drafts(folder: Path) -> None:
    """Of a process that was killed while it wrote a file."""
    for path in folder.rglob(f"*{DRAFT}"):
        path.unlink()


def _remove_empty_folders(folder: Path) -> None:
    """Great Expectations leaves them behind."""
    for path in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()
