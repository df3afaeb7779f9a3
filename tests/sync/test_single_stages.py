"""The stages one at a time, as somebody at work on a rule or a model runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.database import Database
from tests.demo_org.running import start_demo_org
from tests.sync.whole_runs import Ended, Sync

WELL = (0, 3)


@pytest.mark.parametrize(
    "database",
    [pytest.param("postgres", marks=pytest.mark.share), pytest.param("duckdb", marks=pytest.mark.slow)],
    indirect=True,
)
def test_each_stage_works_alone_on_what_is_there(database: Database, tmp_path: Path) -> None:
    with start_demo_org(tmp_path / "org", scale=60) as org:
        sync = Sync(org, database, tmp_path / "data")
        landed = sync.run("extract", "--only", "account")
        assert (landed.code, landed.outcome["state"]) == (0, "unchanged"), landed.messages
        assert [each["object"] for each in landed.outcome["objects"]] == ["Account"]

        unvalidated = sync.run("transform")  # what no rule has looked at is not built on
        assert unvalidated.code == 30
        assert "landfall validate" in unvalidated.messages
        assert sync.run("publish").code == 41

        for stage in ("validate", "transform"):
            ended = sync.run(stage)
            assert ended.code in WELL, ended.messages
            assert ended.outcome["state"] == "unchanged"
        _what_is_certainly_wrong_is_not_published(sync)
        _some_tables_are_published_alone(sync)
        told = sync.run("diff", "--exit-code")
        published = sync.run("publish")
        assert published.outcome["state"] == "published", published.messages
        _the_publish_did_what_was_told(told, published)
        assert sync.run("diff", "--exit-code").code == 0
        assert sync.value("select count(*) from app.organizations") > 100

        assert sync.run("sync", "--only", "Account").outcome["state"] == "unchanged"
        # A scheduled run may start in a fresh checkout each time; the state is in the database.
        elsewhere = Sync(org, database, tmp_path / "elsewhere").run("sync", "--only", "Account")
        assert (elsewhere.code, elsewhere.outcome["state"]) == (0, "unchanged"), elsewhere.messages
        numbers = sync.run("status").outcome
        assert [run["state"] for run in numbers["runs"]][:3] == ["unchanged", "unchanged", "published"]
        assert {table["table_name"] for table in numbers["tables"]} > {
            "districts",
            "organizations",
            "schools",
        }


def _some_tables_are_published_alone(sync: Sync) -> None:
    """A school is in a district, so the districts come with it; the build is not published by that."""
    ended = sync.run("publish", "--only", "schools")
    assert ended.outcome["state"] == "published", ended.messages
    assert "Published too, because they are referred to: districts" in ended.messages
    assert [table["table_name"] for table in ended.outcome["tables"]] == ["districts", "schools"]
    assert ended.outcome["only"] == ["districts", "schools"]
    assert sync.value("select count(*) from app.schools") > 0
    assert sync.value("select count(*) from app.organizations") == 0
    assert sync.value("select count(*) from ops.runs where published_through is not null") == 0


def _the_publish_did_what_was_told(told: Ended, published: Ended) -> None:
    names = ("table_name", "inserted", "updated", "deleted", "unchanged")
    said, did = (
        [[table[name] for name in names] for table in ended.outcome["tables"]] for ended in (told, published)
    )
    assert said == did
    assert told.code == 4


def _what_is_certainly_wrong_is_not_published(sync: Sync) -> None:
    """As if a model were wrong: what was built is changed behind its back."""
    twice = "insert into build.skills (id, source_key, name) values (cast(md5(?) as uuid), ?, ?)"
    with sync.database.connect() as connection:
        for key, name in (("skill|one", "Coding"), ("skill|two", "CODING")):
            connection.execute(twice, (key, key, name))

    refused = sync.run("publish")

    assert (refused.code, refused.outcome["state"]) == (30, "refused"), refused.messages
    assert "build.skills: 2 of 2 rows break the rule skill_is_there_once" in refused.outcome["error"]["what"]
    assert [stage["stage"] for stage in refused.outcome["stages"]] == ["check"]
    assert sync.value("select count(*) from app.organizations") == 0  # the table itself is made by transform
    with sync.database.connect() as connection:
        connection.execute("delete from build.skills")
