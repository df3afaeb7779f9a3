"""Specifies what a publish refuses, with the table and the next step, and without a row's values."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.database import Database
from extract.errors import DatabaseUnavailable, PublishFailed
from sync.publish import existing
from sync.stages.transform import TransformOptions, make_application_tables
from tests.spec.publishing import DISTRICTS, NO_ROWS, SCHOOLS, World, counts, model

CANARY = "Quillfeather"


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return World(database, tmp_path)


@pytest.fixture
def postgres_world(postgres_database: Database, tmp_path: Path) -> World:
    return World(postgres_database, tmp_path)


def refused(world: World, **options: object) -> PublishFailed:
    """The error of a publish, after seeing that it is complete and tells no values."""
    with pytest.raises(PublishFailed) as caught:
        world.publish(**options)
    error = caught.value
    assert error.what
    assert error.where
    assert error.next_step
    assert CANARY not in " ".join(error.to_dict().values())
    return error


def many(number: int) -> str:
    return "salesforce_id | name\n" + "\n".join(f"D{n} | Name {n}" for n in range(number))


def test_an_empty_build_does_not_delete_hundreds_of_rows(world: World) -> None:
    world.build("districts", many(250))
    world.publish()
    world.build("districts", NO_ROWS)
    error = refused(world)
    assert "is empty" in error.what
    assert "250 of the 250 live rows of app.districts" in error.what
    assert "LANDFALL_ALLOW_MASS_DELETE" in error.next_step
    assert "permission" in error.next_step
    assert world.rows("select count(*) from app.districts where deleted_at is null") == [(250,)]


def test_deleting_more_than_a_hundred_rows_and_a_tenth_is_refused_unless_allowed(world: World) -> None:
    world.build("districts", many(1000))
    world.publish()
    world.execute("update build.districts set deleted_at = now() where salesforce_id < 'D19'")
    assert world.rows("select count(*) from build.districts where deleted_at is not null") == [(101,)]
    error = refused(world)
    assert "101 of the 1000 live rows" in error.what
    assert "101 deleted in Salesforce, 0 no longer built" in error.what
    assert counts(world.publish(allow_mass_delete=True), "districts") == (0, 0, 101, 899)


def test_deleting_a_hundred_rows_is_work_and_no_accident(world: World) -> None:
    world.build("districts", many(150))
    world.publish()
    world.build("districts", many(50))
    assert counts(world.publish(), "districts") == (0, 0, 100, 50)


def test_deleting_a_tenth_of_many_rows_is_work_and_no_accident(world: World) -> None:
    world.build("districts", many(2000))
    world.publish()
    world.build("districts", many(1800))
    assert counts(world.publish(), "districts") == (0, 0, 200, 1800)


def test_a_row_of_the_application_that_claims_a_salesforce_id_is_told(world: World) -> None:
    world.publish()
    world.execute("insert into app.districts (salesforce_id, name) values ('D1', ?)", CANARY)
    world.build("districts", "salesforce_id | name\nD1 | North")
    error = refused(world)
    assert "app.districts" in error.where
    assert "unique" in error.what
    assert "salesforce_id" in error.next_step


def test_a_unique_index_of_the_application_that_a_row_breaks_is_told(world: World) -> None:
    world.build("districts", "salesforce_id | name\nD1 | North")
    world.publish()
    world.execute("create unique index one_name on app.districts (name)")
    world.build("districts", f"salesforce_id | name\nD1 | {CANARY}\nD2 | {CANARY}")
    assert "app.districts" in refused(world).where
    world.expect("app.districts", "salesforce_id | name\nD1 | North")


def test_a_required_value_that_is_missing_is_told_with_its_column(world: World) -> None:
    world.declare(model("districts", DISTRICTS, not_null=["name"]))
    world.publish()
    world.build("districts", "salesforce_id | name\nD1 |")
    error = refused(world)
    assert "app.districts" in error.where
    assert "column name" in error.where


def test_a_column_of_another_type_is_told_before_anything_is_written(world: World) -> None:
    world.publish()
    world.declare(model("schools", {**SCHOOLS, "seats": ("text", {"owner": "salesforce"})}))
    error = refused(world)
    assert "app.schools.seats is integer, but the contract promises text" in error.what


def test_a_table_of_the_application_without_our_keys_is_left_alone(world: World) -> None:
    world.publish()
    world.execute("drop table app.schools")
    world.execute("create table app.schools (id integer, name text)")
    assert "app.schools exists but has no column salesforce_id" in refused(world).what


def test_a_column_that_was_not_built_is_told(world: World) -> None:
    world.execute("alter table build.schools drop column seats")
    error = refused(world)
    assert "no column seats" in error.what
    assert "transform" in error.next_step


def test_a_column_that_the_application_owns_need_not_be_built(world: World) -> None:
    world.execute("alter table build.schools drop column nickname")
    world.build("schools", "salesforce_id | name\nS1 | Alder")
    assert counts(world.publish(), "schools") == (1, 0, 0, 0)


def test_a_column_that_was_built_as_another_type_is_told(world: World) -> None:
    world.execute("alter table build.schools drop column seats")
    world.execute("alter table build.schools add column seats text")
    assert "schools.seats was built as text, promised as integer" in refused(world).what


def test_a_run_without_a_record_is_refused(world: World) -> None:
    assert "nobody has no record" in refused(world, run_id="nobody").what


def test_a_database_without_ops_is_refused(world: World) -> None:
    run_id = world.open_run()
    world.execute("drop schema ops cascade")
    assert "no record in ops.runs" in refused(world, run_id=run_id).what


def test_a_row_that_the_application_keeps_locked_is_told_in_time(postgres_world: World) -> None:
    postgres_world.build("districts", "salesforce_id | name\nD1 | North")
    postgres_world.publish()
    postgres_world.build("districts", "salesforce_id | name\nD1 | Changed")
    with postgres_world.database.connect() as application, application.transaction():
        application.execute("update app.districts set name = 'Held' where salesforce_id = 'D1'")
        error = refused(postgres_world, lock_wait_seconds=1)
    assert "app.districts" in error.what
    assert "locked for too long" in error.what
    postgres_world.expect("app.districts", "salesforce_id | name\nD1 | Held")


def test_a_table_that_is_to_get_a_column_while_the_application_reads_it_is_told_in_time(
    postgres_database: Database, tmp_path: Path
) -> None:
    """A transform adds the columns before it builds: who reads after it would wait as long as it does."""
    options = TransformOptions(
        postgres_database, tmp_path, tmp_path, tmp_path / "site", "run", lock_wait_seconds=1
    )
    options.target_dir.mkdir(parents=True)
    world = World(postgres_database, options.target_dir)
    world.publish()
    world.declare(model("districts", {**DISTRICTS, "colour": ("text", {"owner": "salesforce"})}))
    with world.database.connect() as application, application.transaction():
        application.rows("select * from app.districts")
        application.execute("set local idle_in_transaction_session_timeout = '10s'")
        with pytest.raises(PublishFailed) as caught:
            make_application_tables(options)
    assert caught.value.what == "Another session kept app.districts locked for too long."
    assert "pg_stat_activity" in caught.value.next_step
    make_application_tables(options)
    assert world.rows("select colour from app.districts") == []


def test_a_user_who_may_not_write_is_told(postgres_world: World) -> None:
    postgres_world.build("districts", "salesforce_id | name\nD1 | North")
    run_id = postgres_world.open_run()
    role = "publish_reader"
    if not postgres_world.rows(f"select 1 from pg_roles where rolname = '{role}'"):
        postgres_world.execute(f"create role {role} login")
    postgres_world.execute(f"grant usage on schema build, ops to {role}")
    postgres_world.execute(f"grant select on all tables in schema build, ops to {role}")
    owner = postgres_world.database
    postgres_world.database = Database(owner.url.replace("landfall:landfall@", f"{role}:x@"))
    assert "may not write to app" in refused(postgres_world, run_id=run_id).what

    postgres_world.database = owner
    postgres_world.publish(run_id=run_id)
    postgres_world.execute(f"grant usage on schema app to {role}")
    postgres_world.execute(f"grant select on all tables in schema app to {role}")
    postgres_world.build("districts", "salesforce_id | name\nD1 | Changed")
    postgres_world.database = Database(owner.url.replace("landfall:landfall@", f"{role}:x@"))
    error = refused(postgres_world, run_id=run_id)
    assert "may not write to app.districts" in error.what
    assert "Grant" in error.next_step


@pytest.mark.parametrize("checked", ["", "deferrable initially deferred"])
def test_a_foreign_key_of_the_application_that_a_row_breaks_is_told(
    postgres_world: World, checked: str
) -> None:
    world = postgres_world
    world.build("districts", "salesforce_id | name\nD1 | North")
    world.publish()
    world.execute("create table app.names (name text primary key)")
    world.execute("insert into app.names values ('North')")
    world.execute(
        f"alter table app.districts add constraint known_name foreign key (name) references app.names {checked}"
    )
    world.build("districts", f"salesforce_id | name\nD1 | {CANARY}")
    world.reported.clear()
    error = refused(world)
    assert "constraint known_name" in error.where
    assert "app.districts" in error.what
    assert ("point", {"name": "publish.merged"}) not in world.reported


def test_a_trigger_that_drops_rows_is_told(postgres_world: World) -> None:
    postgres_world.publish()
    postgres_world.execute(
        "create function app.drop_row() returns trigger language plpgsql as $$ begin return null; end $$"
    )
    postgres_world.execute(
        "create trigger t before insert on app.districts for each row execute function app.drop_row()"
    )
    postgres_world.build("districts", "salesforce_id | name\nD1 | North")
    assert "1 rows of app.districts had to be written, the database wrote 0" in refused(postgres_world).what


def test_a_trigger_that_raises_an_error_is_told_without_its_text(postgres_world: World) -> None:
    postgres_world.publish()
    postgres_world.execute(
        "create function app.refuse() returns trigger language plpgsql as $$ begin raise '%', new.name; end $$"
    )
    postgres_world.execute(
        "create trigger t before insert on app.districts for each row execute function app.refuse()"
    )
    postgres_world.build("districts", f"salesforce_id | name\nD1 | {CANARY}")
    assert "A trigger of the application" in refused(postgres_world).what


def test_a_view_under_the_name_of_a_table_is_told(postgres_world: World) -> None:
    postgres_world.publish()
    postgres_world.execute("alter table app.districts rename to districts_kept")
    postgres_world.execute("create view app.districts as select *, 1 as one from app.districts_kept limit 5")
    postgres_world.build("districts", "salesforce_id | name\nD1 | North")
    assert "app.districts" in refused(postgres_world).where


def test_an_old_server_is_told_which_version_it_needs(
    postgres_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(existing, "POSTGRES_WITH_MERGE", 990000)
    error = refused(postgres_world)
    assert "too old" in error.what
    assert "15" in error.next_step


def test_a_server_that_is_not_there_is_told(tmp_path: Path, duckdb_database: Database) -> None:
    world = World(duckdb_database, tmp_path)
    world.database = Database("postgresql://x:secret@127.0.0.1:9/none")
    with pytest.raises(DatabaseUnavailable) as caught:
        world.publish(run_id="run-1")
    assert "secret" not in " ".join(caught.value.to_dict().values())


def test_a_foreign_key_that_duckdb_cannot_honour_is_told(duckdb_database: Database, tmp_path: Path) -> None:
    world = World(duckdb_database, tmp_path)
    world.declare(model("districts", DISTRICTS, unique=["name"]))
    world.build("districts", "salesforce_id | name\nD1 | North")
    world.publish()
    world.execute("create table app.notes (district text references app.districts (name))")
    world.execute("insert into app.notes values ('North')")
    world.build("districts", f"salesforce_id | name\nD1 | {CANARY}")
    assert "foreign keys" in refused(world).what
