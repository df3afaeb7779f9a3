"""What a partial read makes of the versions that raw holds, on both databases."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from extract.database import Connection, Database
from extract.errors import LandfallError
from extract.landing.compose import Composed, compose_part, new_load_id
from extract.landing.holdings import brings_nothing, count_records
from extract.landing.state import create_tables
from sync.lock import Owner
from sync.pending import read_pending
from sync.record import RunRecord
from tests.spec.landing import NOON, LandingSpec
from tests.spec.landing_child import ROOT

STAMP = "2026-03-01T10:00:00.000Z"
TWO = f"""
    Id  | Name            | Amount__c | IsDeleted | SystemModstamp
    001 | Vera Beispiel   | 5.0       | false     | {STAMP}
    002 | Otto Muster     |           | false     | {STAMP}
"""
NEWEST = (
    "select id, name, amount__c, isdeleted from (select *, row_number() over (partition by id"
    " order by systemmodstamp desc nulls last, _extracted_at desc, _version desc) as age from raw.account) held"
    " where age = 1 order by id"
)


@pytest.fixture
def spec(database: Database, tmp_path: Path) -> LandingSpec:
    landed = LandingSpec(database, tmp_path)
    landed.stored(TWO)
    return landed


def composed(spec: LandingSpec, rows: str) -> Composed:
    with spec.database.connect() as connection:
        return compose_part(connection, spec.served(rows, ends=False), spec._report)


def test_a_partial_read_makes_whole_versions(spec: LandingSpec) -> None:
    result = composed(spec, "Id | Amount__c\n001 | 7.50\n002 |")
    assert (result.versions_new, result.left_out) == (1, 0)
    assert spec.rows(NEWEST) == [
        ("001", "Vera Beispiel", "7.5", "false"),
        ("002", "Otto Muster", None, "false"),
    ]
    assert spec.rows("select count(*) from raw.account") == [(3,)]


def test_the_version_is_the_one_that_landing_would_have_made(spec: LandingSpec) -> None:
    composed(spec, "Id | Amount__c\n001 | 7.5")
    whole = TWO.replace("5.0  ", "7.50")
    with spec.database.connect() as connection:
        assert brings_nothing(connection, spec.served(whole))


def test_a_part_that_says_nothing_new_stores_and_records_nothing(spec: LandingSpec) -> None:
    before = spec.rows("select part_id, load_id from raw._landed")
    assert composed(spec, "Id | Amount__c\n001 | 5\n002 |") == Composed(0, "", 0)
    assert spec.rows("select part_id, load_id from raw._landed") == before
    changed = "Id | Amount__c\n001 | 6"
    assert composed(spec, changed).versions_new == 1
    assert composed(spec, changed).versions_new == 0


def test_it_is_a_load_that_waits_for_validation_and_publish(spec: LandingSpec) -> None:
    with spec.database.connect() as connection:
        landed = connection.value("select max(load_id) from raw._landed")
    result = composed(spec, "Id | IsDeleted\n001 | true")
    assert result.load_id > landed
    assert spec.rows(
        f"select object, rows_served, versions_new from raw._landed where load_id = '{result.load_id}'"
    ) == [("Account", 1, 1)]
    assert spec.rows("select distinct _dlt_load_id from raw.account order by 1") == [
        (landed,),
        (result.load_id,),
    ]
    assert spec.rows("select records_held from raw._cursors") == [(None,)]
    with spec.database.connect() as connection:
        assert count_records(connection, "account", {"isdeleted", "systemmodstamp"}) == 1
    RunRecord(spec.database, "run").start("sync", Owner.here("run"))
    assert read_pending(spec.database).loads == {"Account": (landed, result.load_id)}


def test_dlt_lists_it_among_its_completed_loads(database: Database, tmp_path: Path) -> None:
    spec = LandingSpec(database, tmp_path)
    first = spec.landed(TWO)
    second = composed(spec, "Id | IsDeleted\n001 | true")
    found = spec.rows("select load_id, schema_name, status from raw._dlt_loads order by load_id")
    assert found == [(first.load_id, "landfall", 0), (second.load_id, "landfall", 0)]
    third = spec.landed(TWO.replace("Muster", "Neu"))
    assert third.versions_new == 2  # Otto's, and Vera's, who is shown again


def test_it_is_the_newest_even_where_the_clock_stood_still(spec: LandingSpec) -> None:
    with spec.database.connect() as connection:
        part = replace(spec.served("Id | IsDeleted\n001 | true", ends=False), extracted_at=NOON)
        compose_part(connection, part, spec._report)
    assert spec.rows(NEWEST)[0] == ("001", "Vera Beispiel", "5", "true")


def test_a_content_that_returns_is_the_newest_again(spec: LandingSpec) -> None:
    for said in ("true", "false", "true", "false"):
        assert composed(spec, f"Id | IsDeleted\n001 | {said}").versions_new == 1
        assert spec.rows(NEWEST)[0][3] == said
    assert spec.stored(TWO).versions_new == 0
    assert spec.rows(NEWEST)[0][3] == "false"
    assert spec.rows("select count(*), count(distinct _version) from raw.account where id = '001'") == [
        (5, 5)
    ]


def test_a_newer_version_that_lands_later_counts(spec: LandingSpec) -> None:
    composed(spec, "Id | IsDeleted\n001 | true")
    spec.stored(TWO.replace(STAMP, "2026-03-01T11:00:00.000Z"))
    assert [row[3] for row in spec.rows(NEWEST)] == ["false", "false"]


def test_records_that_changed_meanwhile_or_are_not_held_are_left_out(spec: LandingSpec) -> None:
    result = composed(
        spec,
        f"Id | Amount__c | SystemModstamp\n001 | 6 | {STAMP}\n002 | 6 | 2026-03-01T10:00:01.000Z\n003 | 6 | {STAMP}",
    )
    assert (result.versions_new, result.left_out) == (1, 2)
    assert [row[2] for row in spec.rows(NEWEST)] == ["6", None]


def test_a_record_served_twice_counts_once_and_with_two_contents_not_at_all(spec: LandingSpec) -> None:
    twice = "Id | Amount__c\n001 | 6\n001 | 6\n002 | 1\n002 | 2"
    result = composed(spec, twice)
    assert (result.versions_new, result.left_out) == (1, 1)


def test_a_column_that_is_not_read_any_more_keeps_its_value(spec: LandingSpec) -> None:
    spec.stored(f"Id | Name | IsDeleted | SystemModstamp\n002 | Otto Neu | false | {STAMP}")
    composed(spec, "Id | IsDeleted\n001 | true\n002 | true")
    assert spec.rows(NEWEST) == [("001", "Vera Beispiel", "5", "true"), ("002", "Otto Neu", None, "true")]


def test_a_wide_object_has_the_same_versions_on_both_databases(spec: LandingSpec) -> None:
    wide = {"Id": "009", **{f"Field{n}__c": "ü" if n % 3 else "" for n in range(250)}}
    spec.stored([wide])
    composed(spec, "Id | Field1__c\n009 | x")
    with spec.database.connect() as connection:
        assert brings_nothing(connection, spec.served([{**wide, "Field1__c": "x"}]))


def test_nothing_of_a_part_that_is_shorter_than_what_was_served_is_kept(spec: LandingSpec) -> None:
    part = replace(spec.served("Id | IsDeleted\n001 | true", ends=False), rows=2)
    with pytest.raises(LandfallError, match="has 1 records, but 2"), spec.database.connect() as connection:
        compose_part(connection, part, spec._report)
    assert spec.rows("select count(*) from raw.account") == [(2,)]


def test_what_is_written_beside_it_is_there_with_it_or_not_at_all(spec: LandingSpec) -> None:
    def beside(connection: Connection, load_id: str) -> None:
        connection.execute("create table raw.noted as select id, ? as load_id from _composed", (load_id,))

    def full(connection: Connection, load_id: str) -> None:
        beside(connection, load_id)
        raise LandfallError("no room")

    part = spec.served("Id | IsDeleted\n001 | true\n002 | false", ends=False)
    with spec.database.connect() as connection:
        with pytest.raises(LandfallError, match="no room"):
            compose_part(connection, part, spec._report, full)
        assert connection.value("select count(*) from raw.account") == 2
        assert not connection.has_table("raw", "noted")
        load_id = compose_part(connection, part, spec._report, beside).load_id
    assert spec.rows("select * from raw.noted") == [("001", load_id)]


def test_a_load_id_sorts_after_all_others_whatever_the_clock_says(database: Database) -> None:
    with database.connect() as connection:
        create_tables(connection)
        first = new_load_id(connection)
        connection.execute("insert into raw._landed (part_id, load_id) values ('a', '9999999999.5')")
        assert first < "9999999999.5" < new_load_id(connection)


@pytest.mark.parametrize(("point", "versions"), [("compose.before_commit", 2), ("compose.committed", 3)])
def test_a_kill_leaves_the_versions_whole_or_not_at_all(
    spec: LandingSpec, tmp_path: Path, point: str, versions: int
) -> None:
    said = "Id | IsDeleted\n001 | true"
    arguments = [spec.database.url, str(tmp_path), point, said, "compose"]
    command = [sys.executable, "-m", "tests.spec.landing_child", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == point
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    assert spec.rows("select count(*) from raw.account") == [(versions,)]
    assert spec.rows("select count(*) from raw._landed") == [(versions - 1,)]
    assert composed(spec, said).versions_new == 3 - versions
    assert spec.rows(NEWEST)[0][3] == "true"
