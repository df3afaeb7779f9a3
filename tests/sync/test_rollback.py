"""Going back to an earlier run: the application schema is as it was, stays so, and goes on when somebody says so."""

from __future__ import annotations

import time

from tests.equal_tables import differing_rows
from tests.sync.targets import assert_same, records_held
from tests.sync.worlds import WELL, World, must_end_well


def test_the_application_schema_is_as_it_was_and_goes_on_when_told(world: World) -> None:
    with world.twin.target.copied() as target:
        sync = world.sync(target)
        first = sync.value("select min(run_id) from ops.runs")
        t = time.time()
        told = sync.run("rollback", "--to", first, "--dry-run")
        print("dry", time.time() - t, told.messages[-3000:])
        t = time.time()
        assert told.code == 0, told.messages
        back = sync.run("rollback", "--to", first)
        print("back", time.time() - t, back.messages[-3000:])
        t = time.time()
        assert back.code in WELL, back.messages
        assert differing_rows(target.database, world.before.database) == {}
        held = sync.run()
        print("held", time.time() - t, held.messages[-3000:])
        t = time.time()
        assert held.code == 42
        print(held.messages)
        assert sync.run("rollback", "--end").code == 0
        t = time.time()
        must_end_well(sync)
        print("released", time.time() - t)
        t = time.time()
        assert_same(records_held(target.database), world.twin.holds)
