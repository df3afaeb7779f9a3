"""Makes small demo orgs, and changeable copies of them, for tests that need no server."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from demo_org.storage import Org

MADE_AT = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
SCALE = 30


_FOLDER = TemporaryDirectory(prefix="landfall-org-")  # goes with the test process


@cache
def made_org_file() -> Path:
    """The file of a small org, made once for the test process."""
    path = Path(_FOLDER.name) / "records.duckdb"
    Org.create(path, seed=1, scale=SCALE, at=MADE_AT).close()
    return path


@contextmanager
def org_to_change(folder: Path) -> Iterator[Org]:
    """A copy of the small org that a test may change."""
    org = Org.open(Path(shutil.copy(made_org_file(), folder / "records.duckdb")))
    try:
        yield org
    finally:
        org.close()


def rows(org: Org, query: str, *parameters: Any) -> list[Any]:
    """The rows of a query; single values when it has one column."""
    found = org.cursor().execute(query, list(parameters)).fetchall()
    return [row[0] if len(row) == 1 else row for row in found]


def one(org: Org, query: str, *parameters: Any) -> Any:
    """The only row of a query."""
    (found,) = rows(org, query, *parameters)
    return found


def content_hash(org: Org, name: str) -> int:
    """One number for everything that an object's table holds."""
    return int(one(org, f'select coalesce(sum(hash(t)::hugeint), 0) from "{name}" as t'))
