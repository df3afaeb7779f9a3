"""A part that the database cannot take fails its own object, and holds up no other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from extract.catalogue import load_catalogue
from extract.database import Database
from extract.errors import LandfallError
from extract.landing import LandingOptions
from extract.landing.asking import texts_of
from extract.landing.erased import without_erased
from extract.landing.landing import Lander
from extract.landing.parts import Part
from extract.landing.reader import ObjectRun, ReadyPart
from extract.landing.state import load_cursors, load_held
from extract.landing.take_in import take_in
from extract.salesforce.kept_job import keep_job, kept_job
from extract.salesforce.login import Login
from tests.spec.landing import LandingSpec

ONE = "Id | Name\n001 | Vera Beispiel"
CATALOGUE = {entry.sobject: entry for entry in load_catalogue()}
LONG_TEXT = 131_072  # characters of the longest text field there is
LONG_TEXTS = 12  # with 1.6 million characters a record has no room for more


@dataclass
class Loading:
    """Hands parts to the lander of one run, and tells which of them were let go."""

    spec: LandingSpec
    runs: dict[str, ObjectRun] = field(default_factory=dict)
    let_go: list[str] = field(default_factory=list)

    def load(self, *parts: Part) -> None:
        login = Login(instance_url="https://example.invalid", client_id="none", client_secret="none")
        options = LandingOptions(login, self.spec.database, self.spec.folder, "run")
        with self.spec.database.connect() as connection:
            lander = Lander(options, load_held(connection), lambda event, **fields: None)
        for part in parts:
            lander.take(self._ready(part))
        lander.flush()

    def _ready(self, part: Part) -> ReadyPart:
        run = self.runs.setdefault(part.object, ObjectRun(CATALOGUE[part.object], cast(Any, None)))
        return ReadyPart(run, part, lambda: self.let_go.append(part.object))

    def cursors(self) -> set[str]:
        with self.spec.database.connect() as connection:
            return set(load_cursors(connection))


@pytest.fixture
def loading(database: Database, tmp_path: Path) -> Loading:
    return Loading(LandingSpec(database, tmp_path))


def test_the_other_objects_of_its_package_land(loading: Loading) -> None:
    spec = loading.spec
    short = replace(spec.served(ONE, name="Account"), rows=2)
    loading.load(spec.served(ONE, name="Contact"), short, spec.served(ONE, name="Case"))
    assert {name: run.versions for name, run in loading.runs.items()} == {
        "Contact": 1,
        "Account": 0,
        "Case": 1,
    }
    assert [name for name, run in loading.runs.items() if run.error] == ["Account"]
    error = loading.runs["Account"].error
    assert error is not None
    assert "has 1 records, but 2 were served" in error.what
    assert (loading.let_go, loading.cursors()) == (["Contact", "Case"], {"Contact", "Case"})


def test_its_window_does_not_end_with_a_part_that_follows(loading: Loading) -> None:
    spec = loading.spec
    short = replace(spec.served(ONE, ends=False), rows=2)
    loading.load(short, spec.served("Id | Name\n002 | Otto Muster"), spec.served(ONE, name="Contact"))
    assert loading.cursors() == {"Contact"}
    assert spec.rows("select count(*) from raw.account") == [(0,)]
    loading.load(spec.served(ONE, ends=False), spec.served("Id | Name\n002 | Otto Muster"))
    assert loading.cursors() == {"Account", "Contact"}
    assert spec.rows("select count(*) from raw.account") == [(2,)]


@pytest.fixture(params=["holds nothing", "holds the record", "keeps a record out"])
def malformed(request: pytest.FixtureRequest, loading: Loading) -> Part:
    """A part with a record that lacks a cell, of a Bulk job that may be taken up."""
    spec = loading.spec
    if request.param != "holds nothing":
        loading.load(spec.served(ONE))
        loading.runs.clear()
        loading.let_go.clear()
    if request.param == "keeps a record out":
        with spec.database.connect() as connection:
            connection.execute(
                "insert into raw._erased (object, record_id, kept_out) values ('Account', '002', true)"
            )
    part = spec.served(ONE)
    part.path.write_text(part.path.read_text().replace(',"Vera Beispiel"', ""))
    keep_job(part.path.parent, "https://org", "SELECT Id FROM Account", "750", "64.0")
    return part


def test_a_malformed_part_fails_its_object_alone_and_is_read_anew(loading: Loading, malformed: Part) -> None:
    loading.load(malformed, loading.spec.served(ONE, name="Contact"))
    assert {name: bool(run.error) for name, run in loading.runs.items()} == {
        "Account": True,
        "Contact": False,
    }
    error = loading.runs["Account"].error
    assert error is not None
    assert "is not the CSV that it ought to be" in error.what
    assert "Vera" not in str(error.to_dict())
    assert kept_job(malformed.path.parent) is None


@pytest.mark.fault("F90", "A record with 500 short values")
def test_a_record_that_is_too_wide_for_postgresql_is_told_with_what_helps(
    postgres_database: Database, tmp_path: Path
) -> None:
    loading = Loading(LandingSpec(postgres_database, tmp_path))
    wide = {"Id": "001"} | {f"Field_{number}__c": "x" * 17 for number in range(500)}
    loading.load(loading.spec.served([wide]), loading.spec.served(ONE, name="Contact"))
    error = loading.runs["Account"].error
    assert error is not None
    assert type(error) is LandfallError
    assert "row is too big" in error.what
    assert "raw.account" in error.where
    assert "leave_out" in error.next_step
    assert loading.cursors() == {"Contact"}


@pytest.mark.parametrize("character", ["x", '"', "\n", "漢", "😀"])
def test_the_longest_record_there_is_lands(loading: Loading, character: str) -> None:
    text = character * (LONG_TEXT // (2 if character == "😀" else 1))  # an emoji counts as two
    record = {"Id": "001"} | {f"Text_{number}__c": text for number in range(LONG_TEXTS)}
    loading.load(loading.spec.served([record]))
    assert not loading.runs["Account"].error
    assert loading.spec.rows("select length(text_11__c) from raw.account") == [(len(text),)]


def test_what_reads_a_malformed_part_says_it_in_words_without_the_record(
    loading: Loading, malformed: Part
) -> None:
    database = loading.spec.database

    def compared() -> None:
        with database.connect() as connection, connection.transaction():
            take_in(connection, [malformed], "_served")

    for read in (
        compared,
        lambda: texts_of([malformed], ("id",)),
        lambda: without_erased(database, malformed, ["001"]),
    ):
        with pytest.raises(LandfallError, match="is not the CSV") as failed:
            read()
        assert "Vera" not in str(failed.value.to_dict())
