"""A correction by staff is in the tables after the next run, though nothing is new in Salesforce."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.database import Database
from tests.demo_org.running import start_demo_org
from tests.sync.whole_runs import Sync

pytestmark = pytest.mark.slow


def test_an_override_is_published_by_the_next_run_and_taken_back_by_the_one_after_its_end(
    database: Database, tmp_path: Path
) -> None:
    with start_demo_org(tmp_path / "org", scale=60) as org:
        sync = Sync(org, database, tmp_path / "data")
        assert sync.run("sync").outcome["state"] == "published"
        assert sync.run("sync").outcome["state"] == "unchanged"
        school = sync.value("select min(salesforce_id) from app.schools")
        name = sync.value(f"select name from app.schools where salesforce_id = '{school}'")
        _execute(
            database,
            "insert into app.overrides (table_name, row_key, column_name, value, who, why)"
            f" values ('schools', '{school}', 'name', 'Corrected', 'staff', 'a test')",
        )
        _ends_with(sync, school, "Corrected")
        assert sync.value("select kind from ops.conflicts") == "differs"
        _execute(database, "delete from app.overrides")
        _ends_with(sync, school, name)
        assert sync.value("select count(*) from ops.conflicts") == 0


def _ends_with(sync: Sync, school: str, name: str) -> None:
    """The next run changes this row alone; the one after it nothing."""
    ended = sync.run("sync")
    assert ended.outcome["state"] == "published", ended.messages
    assert sync.value(f"select name from app.schools where salesforce_id = '{school}'") == name
    assert sum(each["updated"] for each in ended.outcome["tables"]) == 1
    assert sync.run("sync").outcome["state"] == "unchanged"


def _execute(database: Database, sql: str) -> None:
    with database.connect() as connection:
        connection.execute(sql)
