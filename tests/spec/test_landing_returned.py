"""A content that comes back with no newer stamp is the newest again, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from extract.database import Database
from extract.landing.holdings import brings_nothing
from extract.landing.tables import columns_of_raw, newest_first
from tests.spec.landing import LandingSpec

ONE = "2026-03-01T10:00:00.000Z"
TWO = "2026-03-01T11:00:00.000Z"


@pytest.fixture
def spec(database: Database, tmp_path: Path) -> LandingSpec:
    return LandingSpec(database, tmp_path)


@pytest.mark.parametrize(
    ("served", "newest", "versions"),
    [
        ("A1 B1 A1", "A", 3),
        ("A1 B1 A1 A1", "A", 3),
        ("A1 B1 A1 B1 A1 B1", "B", 6),
        ("A1 B1 C1 B1", "B", 4),
        ("A1 B2 A1", "B", 2),  # an older stamp, as a replica that lags serves it
        ("A1 B2 A2 B2", "B", 4),
        ("A- B- A-", "A", 3),
        ("A- B- A- A- B-", "B", 4),
    ],
)
def test_what_is_served_last_under_one_stamp_is_the_newest(
    spec: LandingSpec, served: str, newest: str, versions: int
) -> None:
    for content in served.split():
        spec.stored(_table(content))
    assert (_newest(spec), spec.rows("select count(*) from raw.account")) == (newest, [(versions,)])
    with spec.database.connect() as connection:
        assert brings_nothing(connection, spec.served(_table(served.split()[-1])))


@pytest.mark.parametrize("served", ["A1 B1 A1", "A- B- A-"])
def test_a_small_part_with_a_content_that_comes_back_is_not_taken_for_known(
    spec: LandingSpec, served: str
) -> None:
    *before, last = served.split()
    for content in before:
        spec.stored(_table(content))
    with spec.database.connect() as connection:
        assert not brings_nothing(connection, spec.served(_table(last)))
    assert spec.landed(_table(last)).versions_new == 1
    assert _newest(spec) == "A"


def test_a_part_that_was_read_before_the_newest_version_takes_nothing_back(spec: LandingSpec) -> None:
    for content in ("A1", "B1"):
        spec.stored(_table(content))
    late = spec.served(_table("A1"))
    assert spec.pipeline.load([replace(late, extracted_at=late.extracted_at - timedelta(hours=2))])
    assert _newest(spec) == "B"


def test_a_record_that_is_served_with_two_contents_is_left_as_it_is(spec: LandingSpec) -> None:
    for content in ("A1", "B1", "C1"):
        spec.stored(_table(content))
    for both in ("AC", "AB"):
        rows = "".join(f"001 | {name} | false | {ONE}\n" for name in both)
        assert spec.stored(f"Id | Name | IsDeleted | SystemModstamp\n{rows}").versions_new == 0
        assert _newest(spec) == "C"


def test_the_other_records_and_what_only_has_a_new_field_are_as_they_were(spec: LandingSpec) -> None:
    for content in ("A1", "B1"):
        spec.stored(_table(content) + f"\n002 | Z | false | {ONE}")
    wider = f"Id | Name | Colour__c | IsDeleted | SystemModstamp\n001 | A | | false | {ONE}\n002 | Z | | false | {ONE}"
    assert spec.stored(wider).versions_new == 1
    assert spec.rows("select id, count(*) from raw.account group by id order by id") == [
        ("001", 3),
        ("002", 1),
    ]


def test_a_vanished_field_keeps_what_it_said_last(spec: LandingSpec) -> None:
    for content in ("A1", "B1"):
        spec.stored(_table(content))
    spec.stored(f"Id | Name | Colour__c | IsDeleted | SystemModstamp\n001 | B | green | false | {ONE}")
    part = replace(spec.served(_table("A1")), vanished=("colour__c",))
    assert spec.pipeline.load([part])["account"].versions_new == 1
    assert (_newest(spec), _newest(spec, "colour__c")) == ("A", "green")


def test_a_record_that_is_back_under_its_old_stamp_has_its_referrers_read_again(spec: LandingSpec) -> None:
    deleted = f"Id | Name | IsDeleted | SystemModstamp\n001 | A | true | {ONE}"
    assert [
        spec.stored(served).deleted_rows for served in (_table("A1"), deleted, _table("A1"), deleted)
    ] == [*(0, 1, 0, 1)]
    assert spec.rows("select object, record_id, deleted, followed from raw._turned") == [
        ("Account", "001", True, False)
    ]
    assert _newest(spec, "isdeleted") == "true"


def _table(content: str) -> str:
    """`A1`: the record says A under the first stamp; `A-`: under none."""
    name, stamp = content
    if stamp == "-":
        return f"Id | Name\n001 | {name}"
    return f"Id | Name | IsDeleted | SystemModstamp\n001 | {name} | false | {ONE if stamp == '1' else TWO}"


def _newest(spec: LandingSpec, column: str = "name") -> str:
    with spec.database.connect() as connection:
        order = newest_first(columns_of_raw(connection)["account"])
    ((found,),) = spec.rows(f"select {column} from raw.account where id = '001' order by {order} limit 1")
    return str(found)
