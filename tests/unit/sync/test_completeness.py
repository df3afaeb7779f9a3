"""Counts that agree, differ, and why, on both databases."""

from __future__ import annotations

import pytest

from extract.database import Database
from sync.completeness import Count, count_objects, not_proven, warn_gone
from sync.models import Models, StagingModel
from sync.ops_tables import create_ops_tables
from sync.record import RunRecord

MODELS = Models(
    (StagingModel("account", "staging", "stg_salesforce__accounts", "account_id", "model.accounts"),),
    frozenset(),
)
LANDED = [{"object": "Account", "in_org": 4, "in_raw": 4}]

TABLES = """
create schema raw;
create schema staging;
create schema quality;
create table raw.account (id text, isdeleted text, systemmodstamp text, _extracted_at timestamptz, _version text);
create table staging.stg_salesforce__accounts (account_id text, is_deleted boolean);
create table quality.quarantine (
    object text, record_id text, version text, rule text, severity text, resolved_at timestamptz
);
insert into staging.stg_salesforce__accounts values ('1', false), ('2', false), ('3', true), ('8', false);
insert into raw.account values
    ('1', 'false', '1', now(), 'a'), ('2', 'false', '1', now(), 'a'), ('3', 'true', '1', now(), 'a'),
    ('4', 'false', '1', now(), 'a'), ('5', 'false', '1', now(), 'a'), ('5', 'false', '2', now(), 'b'),
    ('6', 'false', '1', now(), 'a'), ('6', 'true', '2', now(), 'b'), ('8', 'true', '2', now(), 'b');
insert into quality.quarantine values
    ('Account', '4', 'a', 'one', 'quarantine', null),
    ('Account', '4', 'a', 'two', 'quarantine', null),  -- breaks two rules, is one record
    ('Account', '5', 'a', 'one', 'quarantine', null),
    ('Account', '5', 'b', 'one', 'quarantine', null),  -- both versions, one record
    ('Account', '1', 'z', 'one', 'quarantine', null),  -- an older version stands in staging
    ('Account', '2', 'a', 'one', 'quarantine', now()),  -- resolved
    ('Account', '6', 'b', 'one', 'quarantine', null),  -- deleted since
    ('Account', '7', 'a', 'one', 'warn', null),
    ('Account', '8', 'b', 'one', 'quarantine', null);  -- the deleted version is set aside, the one before it stands
"""


def test_every_record_is_in_staging_or_set_aside(database: Database) -> None:
    with database.connect() as connection:
        for statement in TABLES.split(";\n"):
            if statement.strip():
                connection.execute(statement)
    (count,) = count_objects(database, LANDED, MODELS)
    assert (count.in_staging, count.set_aside, count.deletion_set_aside) == (3, 2, 1)
    assert count.difference == 0


def test_staging_is_counted_again_only_when_it_was_built_again(database: Database) -> None:
    with database.connect() as connection:
        for statement in TABLES.split(";\n"):
            if statement.strip():
                connection.execute(statement)
        create_ops_tables(connection)
        connection.execute("create table staging.built_nodes (node_name text, state_key text)")
        connection.execute("insert into staging.built_nodes values ('model.accounts', 'first')")
    record = RunRecord(database, "run-1")
    for state, staged in (("first", 3), ("first", 3), ("second", 2)):
        with database.connect() as connection:
            connection.execute(f"update staging.built_nodes set state_key = '{state}'")
        (count,) = count_objects(database, LANDED, MODELS)
        assert (count.in_staging, count.state_key) == (staged, state)
        record.add("completeness", [count.to_row()])
        with database.connect() as connection:  # not by a build
            connection.execute("delete from staging.stg_salesforce__accounts where account_id = '8'")


@pytest.mark.fault("F58", "The org counts one record more than raw holds")
@pytest.mark.fault("F71", "The org shows none of what is held")
@pytest.mark.parametrize(
    ("count", "proven", "says"),
    [
        (Count("Task", 5, 5, 4, 1), True, ""),
        (Count("Task", 6, 5, 4, 1), False, "the org counts 6 and raw holds 5"),
        (Count("Task", 5, 5, 3, 1), False, "raw holds 5, staging 3, and 1 are set aside"),
        (Count("Task", 4, 5, 4, 1), True, "1 held here, but no longer shown by the org"),
        (Count("Task", 0, 5000, 4990, 10), False, "the org shows 0 of the 5,000 held here"),
        (Count("Task", 4, 4, 5, 0), False, "raw holds 4, staging 5"),
        (Count("Task", 7, 5, 4, 1, in_flight=1), False, "the org counts 7 and raw holds 5"),
        (Count("Task", 3, 5, 4, 1, in_flight=-1), True, "1 held here, but no longer shown by the org"),
    ],
)
def test_missing_records_are_no_proof_and_records_gone_from_the_org_are_told(
    count: Count, proven: bool, says: str
) -> None:
    assert (not_proven([count]) is None) is proven
    assert count.reason.startswith(says)
    assert bool(warn_gone([count])) is (proven and bool(says))


@pytest.mark.parametrize(
    ("in_org", "erased", "proven"),
    [(7, 2, True), (6, 2, True), (7, 1, False), (8, 2, False), (5, 2, True), (4, 2, True)],
)
def test_what_was_erased_here_explains_as_many_records_and_no_more(
    in_org: int, erased: int, proven: bool
) -> None:
    count = Count("Task", in_org, 5, 4, 1, erased=erased)
    assert (not_proven([count]) is None) is proven
    assert ("erased here" in count.reason) is (proven and in_org > 5)
    if in_org > 5:  # one of those that raw holds is in no other place
        assert not_proven([Count("Task", in_org, 5, 3, 1, erased=erased)]) is not None


@pytest.mark.parametrize(
    "count", [Count("Task", 6, 5, 4, 1, in_flight=1), Count("Task", 3, 5, 4, 1, in_flight=-2)]
)
def test_what_changed_while_it_was_read_is_told_and_no_reason_to_doubt(count: Count) -> None:
    assert count.difference == 0
    assert count.reason.endswith("changed while they were read: the next run brings that")
    assert not_proven([count]) is None
    assert warn_gone([count]) == []


def test_an_object_that_was_not_read_or_counted_is_not_judged(database: Database) -> None:
    assert count_objects(database, [{"object": "Account", "in_org": None, "in_raw": None}], MODELS) == []
