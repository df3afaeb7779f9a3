"""What raw holds after parts landed, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from extract.database import Database
from extract.errors import LandfallError
from extract.landing.holdings import brings_nothing, count_records
from extract.landing.state import load_cursors
from tests.spec.landing import NOON, LandingSpec

TWO = """
    Id  | Name            | IsDeleted | SystemModstamp
    001 | Vera Beispiel   | false     | 2026-03-01T10:00:00.000Z
    002 | Otto Muster     | false     | 2026-03-01T10:00:00.000Z
"""
HEADER = "Id | Name | IsDeleted | SystemModstamp\n"
OTTO_CHANGED = HEADER + "002 | Otto Neu | false | 2026-03-01T11:00:00.000Z"
NAMES = "select id, name from raw.account order by id, systemmodstamp, name"


@pytest.fixture
def spec(database: Database, tmp_path: Path) -> LandingSpec:
    return LandingSpec(database, tmp_path)


def test_new_records_are_stored_with_their_load_and_time(spec: LandingSpec) -> None:
    outcome = spec.landed(TWO)
    assert outcome.versions_new == 2
    assert spec.rows(NAMES) == [("001", "Vera Beispiel"), ("002", "Otto Muster")]
    assert spec.rows("select distinct _dlt_load_id, _extracted_at from raw.account") == [
        (outcome.load_id, NOON.replace(hour=13))
    ]
    assert spec.rows("select load_id from raw._dlt_loads") == [(outcome.load_id,)]


def test_a_version_that_is_held_is_not_stored_again_and_keeps_its_load(spec: LandingSpec) -> None:
    first = spec.landed(TWO)
    assert spec.landed(TWO).versions_new == 0
    assert spec.rows("select _dlt_load_id, count(*) from raw.account group by 1") == [(first.load_id, 2)]


def test_a_changed_record_becomes_a_second_version(spec: LandingSpec) -> None:
    spec.landed(TWO)
    assert spec.landed(OTTO_CHANGED).versions_new == 1
    assert spec.rows(NAMES) == [("001", "Vera Beispiel"), ("002", "Otto Muster"), ("002", "Otto Neu")]


@pytest.mark.fault("F62", "A part with older stamps after a newer one", ends_well="same run")
def test_an_older_version_that_comes_later_is_kept_too(spec: LandingSpec) -> None:
    spec.landed(OTTO_CHANGED)
    assert spec.landed(TWO).versions_new == 2
    assert len(spec.rows(NAMES)) == 3


@pytest.mark.fault("F89", "One part with a record twice", ends_well="same run")
@pytest.mark.fault("F61", "One part with two versions of a record", ends_well="same run")
def test_a_record_served_twice_in_one_part_is_stored_once(spec: LandingSpec) -> None:
    twice = TWO + "    002 | Otto Muster | false | 2026-03-01T10:00:00.000Z\n" + OTTO_CHANGED.splitlines()[1]
    assert spec.landed(twice).versions_new == 3
    assert spec.rows(NAMES) == [("001", "Vera Beispiel"), ("002", "Otto Muster"), ("002", "Otto Neu")]


@pytest.mark.fault("F89", "Two parts with the same records", ends_well="same run")
def test_a_record_served_in_two_parts_of_a_first_read_is_stored_once(spec: LandingSpec) -> None:
    spec.landed(TWO, ends=False)
    assert spec.landed(TWO + "    003 | Ida Probe | false | 2026-03-01T10:00:00.000Z").versions_new == 1
    assert [record for record, _ in spec.rows(NAMES)] == ["001", "002", "003"]


@pytest.mark.fault("F89", "A part with the name of one that is in", ends_well="same run")
def test_a_part_that_is_in_the_ledger_is_not_loaded_again(spec: LandingSpec) -> None:
    first = spec.landed(TWO, part_id="one")
    again = spec.landed(OTTO_CHANGED, part_id="one")
    assert (again.versions_new, again.load_id) == (2, first.load_id)
    assert len(spec.rows(NAMES)) == 2
    assert spec.rows("select part_id, object, rows_served, versions_new from raw._landed") == [
        ("one", "Account", 2, 2)
    ]


def test_several_objects_land_in_one_package(spec: LandingSpec) -> None:
    outcomes = spec.pipeline.load([spec.served(TWO), spec.served(TWO, name="Contact")])
    assert {table: outcome.versions_new for table, outcome in outcomes.items()} == {
        "account": 2,
        "contact": 2,
    }
    assert len({outcome.load_id for outcome in outcomes.values()}) == 1


def test_a_table_whose_name_is_a_word_of_sql_lands_like_any_other(spec: LandingSpec) -> None:
    spec.landed("Id | Order | Group\n001 | a | b", name="Case")
    assert spec.rows('select id, "order", "group" from raw."case"') == [("001", "a", "b")]


def test_a_deleted_record_is_a_version_and_no_longer_counts(spec: LandingSpec) -> None:
    spec.landed(TWO)
    outcome = spec.landed(HEADER + "001 | Vera Beispiel | true | 2026-03-01T11:00:00.000Z")
    assert (outcome.versions_new, outcome.deleted_rows) == (1, 1)
    assert counted(spec) == 1


def test_an_undeleted_record_counts_again(spec: LandingSpec) -> None:
    spec.landed(TWO)
    spec.landed(HEADER + "001 | Vera Beispiel | true | 2026-03-01T11:00:00.000Z")
    spec.landed(HEADER + "001 | Vera Beispiel | false | 2026-03-01T12:00:00.000Z")
    assert counted(spec) == 2


def test_an_object_that_cannot_be_deleted_counts_its_records(spec: LandingSpec) -> None:
    spec.landed("Id | Name\n001 | Vera Beispiel\n001 | Vera Neu")
    with spec.database.connect() as connection:
        assert count_records(connection, "account", {"id", "name"}) == 1


def test_a_new_field_adds_a_column_and_old_rows_are_as_they_were(spec: LandingSpec) -> None:
    spec.landed(TWO)
    wider = """
        Id  | Name          | IsDeleted | SystemModstamp           | Colour__c
        001 | Vera Beispiel | false     | 2026-03-01T10:00:00.000Z |
        002 | Otto Muster   | false     | 2026-03-01T11:00:00.000Z | green
    """
    assert spec.landed(wider).versions_new == 1  # what is empty there is the version we hold
    assert spec.rows("select id, colour__c from raw.account order by id, colour__c nulls first") == [
        ("001", None),
        ("002", None),
        ("002", "green"),
    ]


@pytest.mark.fault("F74", "A part without the field")
def test_a_field_that_vanished_keeps_its_column_and_values(spec: LandingSpec) -> None:
    spec.landed("Id | Name | Colour__c\n001 | Vera | green")
    spec.landed("Id | Name\n001 | Verena")
    assert spec.rows("select name, colour__c from raw.account order by name") == [
        ("Vera", "green"),
        ("Verena", None),
    ]


def test_the_cursor_moves_with_the_last_part_only(spec: LandingSpec) -> None:
    spec.landed(TWO, ends=False)
    assert cursors(spec) == {}
    spec.landed(OTTO_CHANGED)
    assert cursors(spec) == {"Account": NOON.replace(hour=14)}


def test_nothing_of_a_part_that_is_shorter_than_what_was_served_is_kept(spec: LandingSpec) -> None:
    part = spec.served(TWO)
    with pytest.raises(LandfallError, match="has 2 records, but 3 were served"):
        spec.pipeline.load([replace(part, rows=3)])
    assert spec.rows("select count(*) from raw._landed") == [(0,)]
    assert spec.rows("select count(*) from raw.account") == [(0,)]
    assert cursors(spec) == {}
    assert spec.pipeline.load([part])["account"].versions_new == 2  # and the pipeline is not stuck


@pytest.mark.fault("F54", "Such texts, landed")
def test_numbers_and_nasty_text_are_stored_exactly(spec: LandingSpec) -> None:
    texts = [
        "a\r\nb",
        "x\u2028y",
        "\x85",
        "NULL",
        "\\N",
        "\\.",
        "a\n\\.\nb",
        'q"uo,te',
        "  blanks  ",
        "\t",
        "𝕌😀",
    ]
    texts += ["l\n" * 16_000, "z" * 131_072]
    spec.landed([{"Id": f"{number:03}", "Text__c": text} for number, text in enumerate(texts)])
    found = dict(spec.rows("select id, text__c from raw.account"))
    assert [found[f"{number:03}"] == text for number, text in enumerate(texts)] == [True] * len(texts)


def test_a_number_lands_in_one_spelling_by_either_api(spec: LandingSpec) -> None:
    spec.landed("Id | Amount__c\n001 | 1.2345678E7")
    assert spec.landed("Id | Amount__c\n001 | 12345678.0").versions_new == 0
    assert spec.rows("select amount__c from raw.account") == [("12345678",)]


def test_a_small_part_whose_versions_are_all_held_is_known_without_dlt(spec: LandingSpec) -> None:
    spec.landed(TWO)
    with spec.database.connect() as connection:
        assert brings_nothing(connection, spec.served(TWO))
        assert not brings_nothing(
            connection, spec.served(TWO + "003 | Ida | false | 2026-03-01T10:00:00.000Z")
        )
        assert not brings_nothing(connection, spec.served(OTTO_CHANGED))


def counted(spec: LandingSpec) -> int:
    with spec.database.connect() as connection:
        return count_records(connection, "account", {"isdeleted", "systemmodstamp"})


def cursors(spec: LandingSpec) -> dict[str, datetime]:
    with spec.database.connect() as connection:
        return {name: held.cursor.end.astimezone(UTC) for name, held in load_cursors(connection).items()}
