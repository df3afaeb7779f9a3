"""The judge of the long test finds what it is there for: what is lost, invented, doubled, changed, or not as in the org."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from extract.database import Database
from tests.long.faults import Recovery
from tests.long.landing_history import LandingHistory
from tests.long.steps import Step

OBJECT = "Pathway__c"
ONE = f"(select min(id) from raw.{OBJECT.lower()})"
LAND = Step("land", a=0, b=4, c=2)  # Pathway__c alone, by REST


# They show that the long test, of which CI has a share too, is none that cannot fail.
pytestmark = pytest.mark.share


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LandingHistory]:
    """One object, landed twice."""
    folder = tmp_path_factory.mktemp("judged")
    database = Database(f"duckdb:///{folder}/target/landfall.duckdb")
    made = LandingHistory(database, folder, rotating=False, recovery=Recovery(), objects=(OBJECT,))
    for step in (LAND, Step("edit", a=4, b=0, c=1), Step("time_passes", a=3), LAND):
        made.take(step)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (f"delete from raw.pathway__c where id = {ONE}", "is lost"),
        (f"update raw.pathway__c set name = 'Harmed' where id = {ONE}", "was changed"),
        ("insert into raw.pathway__c select * from raw.pathway__c", "is held twice"),
        (
            f"insert into raw.pathway__c by name select * replace ('v' as _version, 'Made up' as name)"
            f" from raw.pathway__c where id = {ONE}",
            "'Made up' is held and was never there",
        ),
        (
            "insert into raw.pathway__c by name select * replace ('a0XLf0000000000AAA' as id) from raw.pathway__c limit 1",
            "was never there",
        ),
        (
            f"insert into raw.pathway__c by name select * replace ('v' as _version, 'true' as isdeleted)"
            f" from raw.pathway__c where id = {ONE}",
            "isdeleted: 'true' is held and was never there",
        ),
    ],
)
def test_harm_to_raw_is_found(history: LandingHistory, harm: str, told: str) -> None:
    with history.database.connect() as connection:
        connection.execute("create or replace table raw.kept as select * from raw.pathway__c")
        connection.execute(harm)
    try:
        with pytest.raises(AssertionError, match=told):
            history.judge.look()
    finally:
        with history.database.connect() as connection:
            connection.execute("delete from raw.pathway__c")
            connection.execute("insert into raw.pathway__c select * from raw.kept")
        history.judge.seen.clear()
        history.judge.look()


def not_yet_read(history: LandingHistory) -> None:
    history.take(Step("edit", a=4, b=0, c=2))


def not_yet_there(history: LandingHistory) -> None:
    history.take(Step("create", a=4))


def gone(history: LandingHistory) -> None:
    history.take(Step("hard_delete", a=4, b=1))


@pytest.mark.parametrize("happens", [not_yet_read, not_yet_there, gone])
def test_what_is_not_as_in_the_org_is_found(
    history: LandingHistory, happens: Callable[[LandingHistory], None]
) -> None:
    happens(history)
    with pytest.raises(AssertionError, match="at the end:\n  Pathway__c"):
        history.judge.check_equal()


def test_a_point_is_reached_and_the_process_killed_there(tmp_path: Path) -> None:
    database, recovery = Database(f"duckdb:///{tmp_path}/target/landfall.duckdb"), Recovery()
    history = LandingHistory(database, tmp_path, rotating=True, recovery=recovery, objects=(OBJECT,))
    try:
        for step in (Step("land_killed", a=0, b=4, c=2), LAND):
            history.take(step)
    finally:
        history.close()
    assert sum(recovery.kills.values()) == 1
