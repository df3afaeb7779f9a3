"""What tests of the models may ask for: a database to build in, and one story of builds that several files tell."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from extract.database import Database
from tests.conftest import _administer

if TYPE_CHECKING:
    from tests.spec.story import Models

# One group for each database: its project is read and its story is told once, by one of the processes.
DATABASES = [
    pytest.param(kind, marks=pytest.mark.xdist_group(f"story {kind}")) for kind in ("duckdb", "postgres")
]


@pytest.fixture(scope="session", params=DATABASES)
def models(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Models]:
    """The project, read for a database in which nothing was built yet."""
    from tests.spec.story import open_models  # dbt takes seconds to import, and most tests here do without it

    folder = tmp_path_factory.mktemp(f"story_{request.param}")
    if request.param == "duckdb":
        yield open_models(Database(f"duckdb:///{folder}/target/landfall.duckdb"), folder)
        return
    server, name = request.getfixturevalue("postgres_server"), f"story_{uuid.uuid4().hex[:12]}"
    # "C" knows capitals of English only: names must come out the same all the same.
    _administer(server, f"create database \"{name}\" locale 'C' template template0")
    yield open_models(Database(server.rpartition("/")[0] + "/" + name), folder)
    _administer(server, f'drop database "{name}" with (force)')


@pytest.fixture(scope="session")
def told(models: Models) -> Mapping[str, Sequence[Any]]:
    """What each file's chapter read after the first build and after the second."""
    from tests.spec import (
        test_affiliations_and_activities,
        test_blanks,
        test_contacts,
        test_events,
        test_proof_of_models,
        test_reach,
    )
    from tests.spec.story import tell

    files = (
        test_affiliations_and_activities,
        test_blanks,
        test_contacts,
        test_events,
        test_proof_of_models,
        test_reach,
    )
    return tell(models, {file.__name__: file.CHAPTER for file in files})
