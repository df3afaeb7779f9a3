"""Specifies the proof of a table: each record stands there, or a named reason says why not; what is wrong is never green."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from extract.database import Database
from extract.errors import NotProven
from sync.proof import Proven, TableProof, not_proven_tables, prove_tables
from sync.proof.declared import read_declared
from sync.proof.held import has_lost_rows, read_table_proofs
from sync.publish import PublishResult
from sync.record import RunRecord, now
from tests.spec.publishing import EMAILS, World, model

ACCOUNTS = "stg_salesforce__accounts"
NOT_A_DISTRICT = "lower(record.type) is distinct from 'district'"
Proof = list[dict[str, Any]]


class ProvenWorld(World):
    """Districts and schools are made of accounts, which stand in staging; an account of another type is neither."""

    def __init__(self, database: Database, folder: Path) -> None:
        super().__init__(database, folder)
        self.execute("create schema staging")
        self.execute(f"create table staging.{ACCOUNTS} (account_id text, type text, is_deleted boolean)")
        self.execute("create table staging.built_nodes (node_name text, state_key text)")
        self.declare(model("emails", EMAILS, meta={"row_key": "source_key"}))
        self.prove_by("districts", left_out={"another_type": NOT_A_DISTRICT})
        self.prove_by("schools", left_out={"another_type": "record.type <> 'school'"})
        self.accounts("D1 district, D2 district, S1 school, S2 school, X1 other")
        self.build("districts", "salesforce_id | name\nD1 | North\nD2 | South")
        self.build("schools", "salesforce_id | name\nS1 | Alder\nS2 | Birch")
        self.build("emails", "source_key | email\nE1 | a@example.org")

    def write_manifest(self) -> None:
        """As dbt writes it, with the staging model and its source."""
        super().write_manifest()
        content = json.loads(self.manifest.read_text())
        content["sources"] = {"source.landfall.salesforce.account": {"identifier": "account"}}
        content["nodes"][f"model.landfall.{ACCOUNTS}"] = {
            "resource_type": "model",
            "name": ACCOUNTS,
            "schema": "staging",
            "config": {"unique_key": "account_id"},
            "depends_on": {"nodes": ["source.landfall.salesforce.account"]},
        }
        for node in content["nodes"].values():
            node.setdefault("depends_on", {"nodes": []})
        self.manifest.write_text(json.dumps(content))

    def prove_by(self, name: str, proof: object = None, **said: object) -> None:
        """What the model's meta says under proof."""
        meta = self.models[name]["config"]["meta"]
        meta["proof"] = proof if proof is not None else [{"records_of": ACCOUNTS, **said}]
        self.write_manifest()

    def accounts(self, text: str) -> None:
        """The live records of staging, and one deleted."""
        self.execute(f"delete from staging.{ACCOUNTS}")
        for each in [*text.split(", "), "GONE district x"]:
            account, kind, *deleted = each.split()
            self.execute(f"insert into staging.{ACCOUNTS} values (?, ?, ?)", account, kind, bool(deleted))

    def proven(self, published: PublishResult | None = None, **options: Any) -> Proven:
        """The proof after a publish, as a run records it."""
        rows = [vars(each) for each in published.tables] if published else []
        with self.database.connect() as connection:
            proven = prove_tables(connection, read_declared(self.manifest), "models", rows, **options)
        record = RunRecord(self.database, f"run-{self.runs}")
        record.add("completeness_tables", [{**row, "checked_at": now()} for row in proven.rows()])
        record.add("completeness_reasons", proven.reason_rows())
        return proven

    def table(self, proven: Proven, name: str) -> TableProof:
        return next(each for each in proven.tables if each.table_name == name)


@pytest.fixture
def world(database: Database, tmp_path: Path) -> ProvenWorld:
    return ProvenWorld(database, tmp_path)


def reasons(proof: TableProof) -> dict[str, int]:
    return {reason.name: reason.records for records in proof.records for reason in records.reasons}


def test_what_stands_and_what_each_rule_leaves_out_is_counted(world: ProvenWorld) -> None:
    proven = world.proven(world.publish())
    assert not_proven_tables(proven.tables) is None
    districts = world.table(proven, "districts")
    assert reasons(districts) == {"stands": 2, "another_type": 3}
    assert (districts.records[0].object, districts.records[0].records) == ("Account", 5)
    emails = world.table(proven, "emails")
    assert (emails.in_build, emails.in_app, emails.records) == (1, 1, ())
    with world.database.connect() as connection:
        held = {each.table_name: each for each in read_table_proofs(connection)}
    assert {name: each.is_proven for name, each in held.items()} == dict.fromkeys(
        ("districts", "schools", "emails"), True
    )
    assert [(each.reason, each.records) for each in held["schools"].reasons] == [
        ("another_type", 3),
        ("stands", 2),
    ]


def test_what_no_rule_explains_is_named_with_counts_and_ids(world: ProvenWorld) -> None:
    world.publish()
    for accounts, says in {
        "D1 district, D2 district, D3 district, S1 school, S2 school": "1 missing without a reason (D3)",
        "D1 district, S1 school, S2 school": "1 there without a live record (D2)",
        "D1 district, D2 other, S1 school, S2 school": "1 there although another_type leaves them out (D2)",
        # as many as should stand, but others
        "D1 district, D3 district, S1 school, S2 school": "1 missing without a reason, 1 there without a live record (D2, D3)",
    }.items():
        world.accounts(accounts)
        error = not_proven_tables(world.proven(everything=True).tables)
        assert isinstance(error, NotProven)
        assert "1 of 3 application tables" in error.what
        assert "app.districts" in error.what
        assert says in error.what
        assert "meta.proof" in error.next_step


def test_a_filter_without_a_declared_reason_is_no_proof(world: ProvenWorld) -> None:
    world.build("schools", "salesforce_id | name\nS1 | Alder")
    world.accounts("D1 district, D2 district, S1 school, S2 school")
    proven = world.proven(world.publish())
    assert reasons(world.table(proven, "schools")) == {"stands": 1, "missing": 1, "another_type": 2}
    world.prove_by(
        "schools", left_out={"another_type": "record.type <> 'school'", "closed": "record.account_id = 'S2'"}
    )
    proven = world.proven()  # the declaration changed: counted again without a publish
    assert reasons(world.table(proven, "schools")) == {"stands": 1, "another_type": 2, "closed": 1}
    assert not_proven_tables(proven.tables) is None


def test_a_table_of_records_that_does_not_say_of_which_is_no_proof(world: ProvenWorld) -> None:
    del world.models["schools"]["config"]["meta"]["proof"]
    world.write_manifest()
    error = not_proven_tables(world.proven(world.publish()).tables)
    assert error is not None
    assert "its model does not say of which object" in error.what
    world.prove_by("schools", proof="rows")
    assert not_proven_tables(world.proven().tables) is None


TRIGGER = (
    "create function app.drop_rows() returns trigger language plpgsql as"
    " $$ begin delete from app.emails; return null; end $$",
    "create trigger tidy after insert on app.schools for each row execute function app.drop_rows()",
)


def test_rows_that_a_trigger_takes_from_another_table_are_missed_at_once(world: ProvenWorld) -> None:
    if world.database.kind == "duckdb":
        pytest.skip("DuckDB has no triggers")
    world.proven(world.publish())
    world.execute_all(TRIGGER)
    world.accounts("D1 district, D2 district, S1 school, S2 school, S3 school")
    world.build("schools", "salesforce_id | name\nS1 | Alder\nS2 | Birch\nS3 | Cedar")
    proven = world.proven(world.publish())
    emails = world.table(proven, "emails")
    assert (emails.in_build, emails.in_app, emails.not_in_app) == (1, 0, 1)
    error = not_proven_tables([emails])
    assert error is not None
    assert "build has 1 live rows and app.emails 0" in error.what
    assert "publish" in error.next_step


def test_a_row_deleted_by_hand_is_found_and_the_next_publish_brings_it_back(world: ProvenWorld) -> None:
    world.proven(world.publish())
    world.execute("delete from app.schools where salesforce_id = 'S2'")
    assert world.proven().tables == ()  # nothing was built or published: what was proven stands, with its age
    proven = world.proven(everything=True)
    schools = world.table(proven, "schools")
    assert (schools.not_in_app, reasons(schools)) == (1, {"stands": 1, "missing": 1, "another_type": 3})
    with world.database.connect() as connection:
        assert has_lost_rows(connection)
    proven = world.proven(world.publish())
    assert not_proven_tables(proven.tables) is None
    with world.database.connect() as connection:
        assert not has_lost_rows(connection)


def test_what_staff_decided_is_a_reason_of_its_own(world: ProvenWorld) -> None:
    world.publish()
    world.override("districts", "D1", "deleted_at", "2026-01-05 10:00:00+00")
    proven = world.proven(world.publish())
    districts = world.table(proven, "districts")
    assert (districts.is_proven, districts.by_override) == (True, 1)
    assert reasons(districts) == {"stands": 1, "override": 1, "another_type": 3}


def test_only_what_changed_is_counted_again(world: ProvenWorld) -> None:
    assert len(world.proven(world.publish()).tables) == 3
    assert world.proven().tables == ()
    assert world.proven(world.publish()).tables == ()  # the same rows once more
    world.execute("insert into staging.built_nodes values ('model.landfall.schools', 'built anew')")
    assert [each.table_name for each in world.proven().tables] == ["schools"]
    assert len(world.proven(everything=True).tables) == 3


def test_what_is_not_proven_is_counted_again_by_every_run(world: ProvenWorld) -> None:
    world.accounts("D1 district, D2 district, D3 district, S1 school, S2 school")
    world.proven(world.publish())
    assert [each.table_name for each in world.proven().tables] == ["districts"]


def test_a_declaration_that_cannot_be_understood_names_the_model(world: ProvenWorld) -> None:
    wrong: list[tuple[object, str]] = [
        ([{"records_of": "stg_salesforce__nothing"}], "which is no staging model"),
        ([{"records_of": ACCOUNTS, "column": "nothing"}], "which the table does not have"),
        ([{"records_of": ACCOUNTS, "leftout": {}}], "says leftout"),
        ([{"records_of": ACCOUNTS, "left_out": ["a"]}], "no list of reasons"),
        ("everything", 'is "everything"'),
    ]
    for proof, says in wrong:
        world.prove_by("schools", proof=proof)
        with pytest.raises(NotProven) as caught:
            read_declared(world.manifest)
        assert says in caught.value.what
        assert caught.value.where == "dbt_project/models/application/schools.yml, meta.proof"


def test_a_condition_that_the_database_refuses_is_told_without_its_words(world: ProvenWorld) -> None:
    world.publish()
    world.prove_by("schools", left_out={"closed": "record.nothing = 'Fictional Person'"})
    with pytest.raises(NotProven) as caught:
        world.proven()
    assert "app.schools cannot be counted" in caught.value.what
    assert "Fictional" not in str(caught.value.to_dict())
