"""Going back to an earlier run: the application schema is as it was, stays so, and goes on when somebody says so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from extract.database import Database
from tests.demo_org.running import RunningOrg, start_demo_org
from tests.equal_tables import differing_rows
from tests.sync.kills import held_at
from tests.sync.targets import Target, assert_same, new_target, published, records_held
from tests.sync.whole_runs import Sync
from tests.sync.worlds import KINDS, WELL, World, must_end_well

pytestmark = pytest.mark.slow
COUNTS = ("table_name", "inserted", "updated", "deleted", "unchanged")


def test_the_application_schema_is_as_it_was_and_goes_on_when_told(world: World) -> None:
    """After a day with new, changed, deleted and bad records, late parents and a new field."""
    with world.twin.target.copied() as target:
        sync = world.sync(target)
        first = _runs(sync)[0]
        before = published(target.database)
        told = sync.run("rollback", "--to", first, "--dry-run")
        assert told.code == 0, told.messages
        assert_same(published(target.database), before)
        assert _leftovers(target.database) == []
        assert len(_runs(sync)) == 2  # it left no record

        back = sync.run("rollback", "--to", first)
        assert back.code in WELL, back.messages
        assert back.outcome["rolled_back_to"] == first
        assert [[each[name] for name in COUNTS] for each in back.outcome["tables"]] == [
            [each[name] for name in COUNTS] for each in told.outcome["tables"]
        ]
        assert sum(each["updated"] for each in back.outcome["tables"]) > 0
        assert differing_rows(target.database, world.before.database) == {}
        assert _leftovers(target.database) == []

        held = sync.run()
        assert (held.code, held.outcome["state"]) == (42, "held"), held.messages
        assert [each["stage"] for each in held.outcome["stages"]] == ["extract"]  # nothing was new
        assert differing_rows(target.database, world.before.database) == {}
        assert sync.run("publish").code == 42

        assert sync.run("rollback", "--end").code == 0
        released = must_end_well(sync)
        assert [each["stage"] for each in released.outcome["stages"]] == ["extract", "check", "publish"]
        assert_same(records_held(target.database), world.twin.holds)
        assert sync.run().outcome["state"] == "unchanged"


@pytest.mark.parametrize(
    ("world", "point"),
    [
        (kind, point)
        for kind in KINDS
        for point in ("rebuild.started", "rebuild.built", "publish.merged", "publish.committed")
    ],
    indirect=["world"],
)
def test_a_killed_rollback_is_done_or_not_begun(world: World, point: str) -> None:
    with world.twin.target.copied() as target:
        sync = world.sync(target)
        first = _runs(sync)[0]
        before = published(target.database)
        with held_at(sync, point, "rollback", "--to", first) as held:
            held.kill("run")
        done = point == "publish.committed"
        if not done:
            assert_same(published(target.database), before)

        following = sync.run()  # of whatever kind: it closes the record and drops what was left

        assert following.code in ((42,) if done else WELL), following.messages
        assert _leftovers(target.database) == []
        assert sync.value("select state from ops.runs where command = 'rollback'") == "crashed"
        if done:
            assert differing_rows(target.database, world.before.database) == {}
            assert sync.run("rollback", "--end").code == 0
            must_end_well(sync)
        assert_same(records_held(target.database), world.twin.holds)


class Days:
    """A target over three days of an org, with what it was after each."""

    def __init__(self, org: RunningOrg, target: Target, copies: ExitStack) -> None:
        self.org = org
        self.target = target
        self.sync = Sync(org, target.database, target.data_dir)
        self._copies = copies
        self.after: list[Target] = []

    def end(self) -> None:
        must_end_well(self.sync)
        self.after.append(self._copies.enter_context(self.target.copied()))

    def change(self, *changes: dict[str, object]) -> list[str]:
        ids: list[str] = self.org.control("POST", "/records", {"changes": list(changes)})["ids"]
        return ids


@pytest.fixture(params=KINDS)
def days(request: pytest.FixtureRequest, tmp_path: Path, postgres_server: str) -> Iterator[Days]:
    server = postgres_server if request.param == "postgres" else ""
    with (
        start_demo_org(tmp_path / "org", scale=20) as org,
        new_target(tmp_path, server) as target,
        ExitStack() as copies,
    ):
        yield Days(org, target, copies)


def test_each_day_can_be_gone_back_to_whatever_was_corrected_since(days: Days) -> None:
    sync = days.sync
    days.end()
    one, gone = (
        each
        for (each,) in sync.rows(
            "select salesforce_id from app.organizations where deleted_at is null order by 1 limit 2"
        )
    )
    name = sync.value(f"select name from app.organizations where salesforce_id = '{one}'")
    days.org.control("POST", "/scenario", {"name": "second_day"})
    (bad, *_) = days.change(
        {"op": "plant", "object": "Account", "record": {"Name": "NaN", "Type": "Business"}},
        {"op": "update", "object": "Account", "id": one, "record": {"Name": "NaN"}},  # set aside
        {"op": "delete", "object": "Account", "id": gone},
    )
    days.end()
    days.change(
        {"op": "update", "object": "Account", "id": bad, "record": {"Name": "Corrected Works"}},
        {"op": "update", "object": "Account", "id": one, "record": {"Name": "Corrected Too"}},
        {"op": "undelete", "object": "Account", "id": gone},
    )
    school = sync.value("select min(salesforce_id) from app.schools")
    with days.target.database.connect() as connection:
        connection.execute(
            "insert into app.overrides (table_name, row_key, column_name, value, who, why)"
            " values ('schools', ?, 'name', 'Overridden', 'staff', 'a test')",
            (school,),
        )
    days.end()
    runs = _runs(sync)

    for day in (0, 1):  # the second while publishing is held
        back = sync.run("rollback", "--to", runs[day])
        assert back.code in WELL, back.messages
        # staff's correction is of today
        overridden = str(sync.value(f"select id from app.schools where salesforce_id = '{school}'"))
        assert differing_rows(days.target.database, days.after[day].database) == {"schools": [overridden]}
        assert sync.value(f"select name from app.schools where salesforce_id = '{school}'") == "Overridden"
    assert sync.value(f"select name from app.organizations where salesforce_id = '{one}'") == name

    twin = Sync(days.org, days.after[2].database, days.after[2].data_dir)
    as_of_then = published(days.target.database)
    days.change({"op": "update", "object": "Account", "id": gone, "record": {"Name": "Renamed Meanwhile"}})
    held = sync.run()
    assert (held.code, held.outcome["state"]) == (42, "held"), held.messages
    assert [each["stage"] for each in held.outcome["stages"]] == ["extract", "validate", "transform"]
    assert [each for each in held.outcome["completeness"] if each["difference"]] == []
    assert_same(published(days.target.database), as_of_then)
    assert [each["stage"] for each in sync.run().outcome["stages"]] == ["extract"]
    assert f"as of run {runs[1]}" in sync.run("status").outcome["answers"][1]["words"]

    assert sync.run("rollback", "--end").code == 0
    must_end_well(sync)
    must_end_well(twin)
    assert_same(records_held(days.target.database), records_held(twin.database))


def _runs(sync: Sync) -> list[str]:
    """In the order in which they began."""
    return [run_id for (run_id,) in sync.rows("select run_id from ops.runs order by started_at")]


def _leftovers(database: Database) -> list[str]:
    """Schemas of a build as of an earlier run; a killed run's stage may hold a DuckDB file for a moment."""
    sql = "select schema_name from information_schema.schemata where schema_name like '%landfall_as_of'"
    for _ in range(100):
        try:
            with database.connect() as connection:
                return [name for (name,) in connection.rows(sql)]
        except Exception:
            time.sleep(0.1)
    raise AssertionError("the database does not answer")
