"""Random histories of changes, faults, kills, reconciles and refreshes end equal to the org, on both databases."""

from __future__ import annotations

import pytest

from tests.long.seeds import play_seed

KINDS = ("duckdb", "postgres")
FEW = ("Account", "Contact", "Session__c", "Session_Participant__c")  # few enough for CI


def server_for(kind: str, request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("postgres_server")) if kind == "postgres" else ""


@pytest.mark.parametrize(
    ("kind", "seed", "steps", "objects"),
    [
        *(pytest.param(kind, seed, 14, FEW, marks=pytest.mark.share) for seed in (8, 13) for kind in KINDS),
        *(pytest.param(kind, seed, 200, (), marks=pytest.mark.slow) for seed in (11, 12) for kind in KINDS),
    ],
)
def test_what_is_landed_ends_equal_to_the_org(
    request: pytest.FixtureRequest, kind: str, seed: int, steps: int, objects: tuple[str, ...]
) -> None:
    play_seed(seed, kind, server_for(kind, request), steps=steps, objects=objects)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "seed"), [(kind, seed) for seed in (21, 22) for kind in KINDS])
def test_what_is_published_ends_equal_to_a_first_sync_of_the_org(
    request: pytest.FixtureRequest, kind: str, seed: int
) -> None:
    play_seed(seed, kind, server_for(kind, request), steps=40, whole=True)
