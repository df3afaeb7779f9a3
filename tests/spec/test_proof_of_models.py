"""The declarations of the shipped models hold for everything that the story of the models lands, on both databases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from sync.ops_tables import create_ops_tables
from sync.proof import Proven, prove_tables
from sync.proof.declared import read_declared
from sync.publish import PublishOptions, publish
from tests.spec.story import Models


@pytest.fixture(scope="module")
def proven(told: Mapping[str, Any], models: Models) -> Iterator[Proven]:
    """What the story built, published and proven."""
    database, manifest = models.database, models.options.manifest
    models.run("run", "--select", "int_contacts__roles_now")
    with database.connect() as connection:
        create_ops_tables(connection)
        connection.execute("insert into ops.runs (run_id, state) values ('run-1', 'running')")
    published = publish(
        PublishOptions(database, manifest, "run-1", "load-9", allow_mass_delete=True), lambda *_, **__: None
    )
    assert len(published.tables) == 24
    with database.connect() as connection:
        yield prove_tables(connection, read_declared(manifest), "models")


def test_every_record_of_the_story_stands_or_is_left_out_by_a_named_rule(proven: Proven) -> None:
    assert {table.table_name: table.reason for table in proven.tables if table.reason} == {}
    assert len(proven.tables) == 24


def test_each_declared_reason_leaves_out_some_record_of_the_story(proven: Proven) -> None:
    """A condition that is never true would be no proof of anything."""
    found = {
        (table.table_name, reason.name)
        for table in proven.tables
        for records in table.records
        for reason in records.reasons
    }
    assert found == set()
