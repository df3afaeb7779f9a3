"""Specifies that app equals the last build with staff's overrides in place, with one row per record that ever was.

A diff before each publish told what it did.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extract.database import Database
from tests.spec.publishing import World, key_of

IDS = ("D1", "D2", "D3", "D4")
# what a build holds of one record: nothing, or its name and whether it is deleted
DELETED = "2026-01-02 00:00:00+00"
VERSIONS = st.none() | st.tuples(st.sampled_from([None, "North", "South"]), st.sampled_from(["", DELETED]))
BUILDS = st.fixed_dictionaries(dict.fromkeys(IDS, VERSIONS))
# what staff says of a record's name: nothing, or a name, or that it has none
OVERRIDES = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(IDS, st.sampled_from([None, "South", "By staff"]))
)
LEFT = "left the build"
State = dict[str, tuple[str | None, str]]  # name, and when it was deleted
Build = dict[str, tuple[str | None, str] | None]
Overrides = dict[str, str | None]


@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(days=st.lists(st.tuples(BUILDS, OVERRIDES), min_size=1, max_size=5))
def test_app_equals_build_and_overrides_after_any_sequence_of_both(
    database: Database, tmp_path: Path, days: Sequence[tuple[Build, Overrides]]
) -> None:
    world = _clean_world(database, tmp_path)
    world.execute("insert into app.districts (name) values ('Our own')")
    state: State = {}
    for build, overrides in days:
        world.build("districts", _as_table(build))
        world.execute("delete from app.overrides")
        for salesforce_id, name in overrides.items():
            world.override("districts", salesforce_id, "name", name)
        told = world.diff().tables[0]
        result = next(one for one in world.publish().tables if one.table_name == "districts")
        after = _expected(state, build, overrides)
        assert _stored(world) == after
        assert _conflicts(world) == _disagreeing(build, overrides)
        assert (result.inserted, result.updated, result.deleted, result.unchanged) == _counted(state, after)
        assert (told.inserted, told.updated, told.deleted, told.unchanged) == _counted(state, after)
        assert {row.record for row in told.rows} == {key for key in after if after[key] != state.get(key)}
        state = after
    assert world.rows("select name from app.districts where salesforce_id is null") == [("Our own",)]


def _clean_world(database: Database, folder: Path) -> World:
    """The same database for every example, as empty as at first."""
    with database.connect() as connection:
        for schema in ("app", "build", "ops"):
            connection.execute(f"drop schema if exists {schema} cascade")
    world = World(database, folder)
    world.publish()
    return world


def _as_table(build: Build) -> str:
    lines = ["salesforce_id | name | deleted_at"]
    for salesforce_id, version in build.items():
        if version is not None:
            name, deleted = version
            lines.append(f"{salesforce_id} | {name or ''} | {deleted}")
    return "\n".join(lines)


def _expected(before: State, build: Build, overrides: Overrides) -> State:
    built = {
        salesforce_id: (overrides.get(salesforce_id, version[0]), version[1])
        for salesforce_id, version in build.items()
        if version is not None
    }
    left = {salesforce_id: (name, deleted or LEFT) for salesforce_id, (name, deleted) in before.items()}
    return left | built


def _disagreeing(build: Build, overrides: Overrides) -> dict[str, str]:
    found = {}
    for salesforce_id, name in overrides.items():
        version = build.get(salesforce_id)
        if version is None:
            found[salesforce_id] = "invalid"
        elif version[0] != name:
            found[salesforce_id] = "differs"
    return found


def _conflicts(world: World) -> dict[str, str]:
    return dict(world.rows("select row_key, kind from ops.conflicts"))


def _stored(world: World) -> State:
    found = world.rows(
        "select salesforce_id, cast(id as varchar), name, case when deleted_at is null then ''"
        f" when deleted_at = '{DELETED}' then '{DELETED}' else '{LEFT}' end"
        " from app.districts where salesforce_id is not null"
    )
    assert all(key == key_of(salesforce_id) for salesforce_id, key, _, _ in found)
    return {salesforce_id: (name, deleted) for salesforce_id, _, name, deleted in found}


def _counted(before: State, after: State) -> tuple[int, int, int, int]:
    inserted = len(after.keys() - before.keys())
    changed = [key for key in before if after[key] != before[key]]
    deleted = sum(1 for key in changed if after[key][1] and not before[key][1])
    return inserted, len(changed) - deleted, deleted, len(before) - len(changed)
