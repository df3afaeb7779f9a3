"""Bad data of every kind that we know comes over HTTP and is caught, each by its own rules; what is right is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from expectations.validate import ValidationOptions, validate_landing
from extract.database import Database
from extract.landing import LandingOptions, land_objects
from extract.salesforce import Login
from sync.settings import ROOT
from tests.defects.catalogue import Seeded, read_catalogue
from tests.defects.page import make_page
from tests.demo_org.running import RunningOrg, start_demo_org

# Of the records that are there, the first that is alive and of this kind.
THERE = {
    "contact": "SELECT Id FROM Contact WHERE Contact_Type__c = 'Volunteer'",
    "account": "SELECT Id FROM Account WHERE Type = 'School'",
    "district": "SELECT Id FROM Account WHERE Type = 'School District'",
    "session": "SELECT Id FROM Session__c",
}


@pytest.mark.slow
def test_every_planted_defect_is_caught_and_nothing_that_is_right(database: Database, tmp_path: Path) -> None:
    seeded = read_catalogue()
    with start_demo_org(tmp_path / "org", scale=1) as org:
        _land(org, database, tmp_path, "run-1")
        planted = _plant(org, seeded)
        loads = _land(org, database, tmp_path, "run-2")

    options = ValidationOptions(
        database, "run-2", loads, tmp_path / "docs", tmp_path / "results", quarantine_limit=1.0
    )
    found = validate_landing(options, lambda event, **fields: None)

    assert found.verdict == "passed"
    expected = Counter((each.object, rule) for each in seeded for rule in each.breaks)
    with database.connect() as connection:
        broken = connection.rows(
            "select object, rule, rows_failed from quality.results where run_id = 'run-2' and rows_failed > 0"
        )
        held = connection.rows("select object, record_id, rule from quality.quarantine")
    assert {(name, rule): count for name, rule, count in broken} == expected
    severe = _rules_of_severity(database, "quarantine")
    assert sorted(held) == sorted(
        (each.object, record_id, rule)
        for each, record_id in zip(seeded, planted, strict=True)
        for rule in each.breaks
        if (each.object, rule) in severe
    )


def test_there_are_forty_kinds_and_the_page_lists_them() -> None:
    seeded = read_catalogue()
    assert len({each.what for each in seeded if each.breaks}) >= 40
    assert (ROOT / "docs" / "reference" / "defects.md").read_text(encoding="utf-8") == make_page(seeded)


def _plant(org: RunningOrg, seeded: tuple[Seeded, ...]) -> list[str]:
    """The Ids of the records that were planted, in the order of the catalogue."""
    there = {name: org.control("POST", "query", {"soql": soql})["ids"][0] for name, soql in THERE.items()}
    changes = [{"op": "plant", "object": each.object, "record": each.planted(there)} for each in seeded]
    ids: list[str] = org.control("POST", "records", {"changes": changes})["ids"]
    org.control(
        "POST", "clock", {"advance_seconds": 2}
    )  # a window ends before the second in which it is asked
    return ids


def _land(org: RunningOrg, database: Database, folder: Path, run_id: str) -> Mapping[str, tuple[str, ...]]:
    """Land what is new of all objects; the loads of each."""
    login = Login(instance_url=org.url, client_id=org.client_id, client_secret=org.client_secret)
    options = LandingOptions(login, database, folder / "data", run_id)
    landed = land_objects(options, lambda event, **fields: None)
    assert all(each.error is None for each in landed.objects)
    return {each.object: each.load_ids for each in landed.objects if each.load_ids}


def _rules_of_severity(database: Database, severity: str) -> set[tuple[Any, ...]]:
    with database.connect() as connection:
        return set(
            connection.rows(
                "select distinct object, rule from quality.results where severity = ?", (severity,)
            )
        )
