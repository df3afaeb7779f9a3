"""`landfall erase` in whole runs: of a person that says so in every field nothing is found, and all else is as before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.demo_org.running import RunningOrg, start_demo_org
from tests.sync.kills import held_at
from tests.sync.marked_person import MARK, MarkedPerson, marked_cells, marked_files
from tests.sync.targets import Contents, Target, new_target, records_held
from tests.sync.whole_runs import Sync

pytestmark = pytest.mark.slow
WELL = (0, 3)
WHY = ("--why", "request 17")
HEALED_BY = {  # where the erasure is killed → what completes it
    "erase.intended": ("sync",),
    "erase.before_commit": ("erase",),
    "transform.started": ("sync",),
    "publish.merged": ("sync",),
    "sweep.files_removed": ("sync",),
    "sweep.compacted": ("erase",),
}
ON_BOTH = ("erase.intended", "publish.merged")


class ErasureWorld:
    """An org with a marked person that was edited, set aside, corrected by staff and then deleted; a target of before."""

    def __init__(self, org: RunningOrg, folder: Path, server: str, until_the_end: ExitStack) -> None:
        self.org = org
        self.before = until_the_end.enter_context(new_target(folder, server))
        self.person = MarkedPerson(
            org,
            session=_first(org, "Session__c", "Session_Status__c = 'Completed'"),
            account=_first(org, "Account", "Type = 'Business'"),
            pathway=_first(org, "Pathway__c", "Name != ''"),
        )
        self._must_end_well("sync")
        contact = self.person.contact
        with self.before.database.connect() as connection:
            for column, value in (("first_name", f"{MARK} by staff"), ("salutation", MARK)):
                connection.execute(
                    "insert into app.overrides values ('contacts', ?, ?, ?, 'staff', 'they said so', now())",
                    (contact, column, value),
                )
        self.person.change("update", Title=f"{MARK} edited", Email=f"new@{MARK}.example", Description=MARK)
        self.person.change("silent", FirstName=None, LastName=None)  # no name: set aside
        self.person.change("update", Department=MARK)
        self._must_end_well("sync")
        self.person.change("delete")

    def sync(self, target: Target) -> Sync:
        return Sync(self.org, target.database, target.data_dir)

    def _must_end_well(self, *command: str) -> None:
        ended = self.sync(self.before).run(*command)
        assert ended.code in WELL, ended.messages


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ErasureWorld]:
    server = request.getfixturevalue("postgres_server") if request.param == "postgres" else ""
    with _made(tmp_path_factory.mktemp("erasure"), server) as made:
        yield made


@contextmanager
def _made(folder: Path, server: str) -> Iterator[ErasureWorld]:
    with start_demo_org(folder / "org", scale=20) as org, ExitStack() as until_the_end:
        yield ErasureWorld(org, folder, server, until_the_end)


def _first(org: RunningOrg, name: str, where: str) -> str:
    answer = requests.get(
        f"{org.url}/services/data/v64.0/query",
        params={"q": f"SELECT Id FROM {name} WHERE {where} ORDER BY Id LIMIT 1"},
        headers={"Authorization": f"Bearer {org.token()}"},
        timeout=60,
    )
    return str(answer.json()["records"][0]["Id"])


def test_nothing_of_the_person_is_left_anywhere_and_nothing_else_changes(world: ErasureWorld) -> None:
    with world.before.copied() as target:
        sync, contact = world.sync(target), world.person.contact
        before = records_held(target.database)
        marked = marked_cells(target.database)
        assert {
            "app.contacts",
            "app.emails",
            "app.skills",
            "app.overrides",
            "build.contacts",
        } <= marked.keys()
        assert {"raw.contact", "raw.task", "staging.stg_salesforce__cases"} <= marked.keys()
        assert sync.rows(f"select count(*) from quality.quarantine where record_id = '{contact}'") != [(0,)]
        if not target.server:
            assert marked_files(target.data_dir) == ["landfall.duckdb"]

        counted = sync.run("erase", contact, "--dry-run")
        assert (counted.code, counted.outcome["state"]) == (0, "unchanged"), counted.messages
        assert {each["table_name"] for each in counted.outcome["erased_rows"]} >= {
            "raw.contact",
            "app.emails",
        }
        assert records_held(target.database) == before
        assert sync.rows("select count(*) from ops.runs where command = 'erase'") == [(0,)]

        erased = sync.run("erase", contact[:15], *WHY)

        assert erased.code in WELL, erased.messages
        assert MARK not in (erased.messages + str(erased.outcome)).lower()
        assert marked_cells(target.database) == {}
        assert marked_files(target.data_dir) == []
        assert without(records_held(target.database), world.person) == without(before, world.person)
        assert sync.rows("select distinct asked_for, why, finished_at is null from ops.erasures") == [
            (contact, "request 17", False)
        ]
        assert {row[0] for row in sync.rows("select record_id from ops.erasures")} == world.person.all_ids()

        again = sync.run("sync", "--full")
        assert again.code in WELL, again.messages
        assert sync.run("sync").outcome["state"] == "unchanged"
        assert marked_cells(target.database) == {}
        assert marked_files(target.data_dir) == []
        assert without(records_held(target.database), world.person) == without(before, world.person)


@pytest.mark.parametrize("point", HEALED_BY)
def test_an_erasure_that_is_killed_is_completed(world: ErasureWorld, point: str) -> None:
    if world.before.server and point not in ON_BOTH:
        pytest.skip("what both databases do alike is told of DuckDB")
    with world.before.copied() as target:
        sync, contact = world.sync(target), world.person.contact
        before = records_held(target.database)
        with held_at(sync, point, "erase", contact, *WHY) as held:
            held.kill("both")
        assert sync.rows("select count(*) from ops.erasures where finished_at is null") != [(0,)]

        (command,) = HEALED_BY[point]
        healed = sync.run(*(("erase", contact, *WHY) if command == "erase" else ("sync",)))

        assert healed.code in WELL, healed.messages
        assert marked_cells(target.database) == {}
        assert marked_files(target.data_dir) == []
        assert without(records_held(target.database), world.person) == without(before, world.person)
        assert sync.rows("select count(*) from ops.erasures where finished_at is null") == [(0,)]


def without(held: Contents, person: MarkedPerson) -> Contents:
    """All rows but the person's; and but what the states say of the landing."""
    told = (*person.all_ids(), MARK)
    kept: dict[str, list[tuple[Any, ...]]] = {}
    for table, rows in held.items():
        if table not in ("raw._erased", "raw._cursors", "raw._column_reads"):
            kept[table] = [
                row for row in rows if not any(trace in repr(row).lower() for trace in _lower(told))
            ]
    return kept


def _lower(told: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each.lower() for each in told)
