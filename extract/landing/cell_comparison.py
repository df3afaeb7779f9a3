"""Chooses a sample of the records that raw holds, and compares what the org serves of them cell by cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from extract.database import Connection, quoted
from extract.landing.fields import HeldField
from extract.landing.parts import Part
from extract.landing.tables import columns_of_raw, newest_first
from extract.landing.take_in import make_temporary, take_in

MOST_IDS_NAMED = 20  # of the records in which a field differs


@dataclass(frozen=True)
class FieldDifference:
    """A field whose cells differ: how many, and in which records; never what they say."""

    field: str
    count: int
    record_ids: tuple[str, ...]  # the first of them


@dataclass(frozen=True)
class CellComparison:
    compared: int  # records
    cells: int
    in_flight: int  # records that changed since the newest window; they are not compared
    wrong: tuple[FieldDifference, ...] = ()
    stale: tuple[FieldDifference, ...] = ()  # calculated fields, which change without a word
    stale_records: int = 0  # in which any of them differs


def share_sample(sample: int, sizes: Mapping[str, int]) -> dict[str, int]:
    """How many records of each object to look at: by their sizes, but at least one of each that has any."""
    total = sum(sizes.values())
    return {
        name: min(size, max(1, round(sample * size / total))) if size else 0 for name, size in sizes.items()
    }


def choose_records(connection: Connection, table: str, count: int, seed: int) -> tuple[str, ...]:
    """Ids of records that are held as live, at random; the same for the same seed and records, on both databases."""
    columns = columns_of_raw(connection)[table]
    held, deleted = f"raw.{quoted(table)}", ""
    if "isdeleted" in columns:
        deleted = (
            f" where id not in (select id from (select id, isdeleted, row_number() over (partition by id order by"
            f" {newest_first(columns)}) as age from {held} where id in (select id from {held}"
            " where isdeleted = 'true')) versions where age = 1 and isdeleted = 'true')"
        )
    found = connection.rows(
        f"select id from (select distinct id from {held}{deleted}) live order by md5(? || id), id limit ?",
        (f"{seed}/", count),
    )
    return tuple(row[0] for row in found)


def compare_cells(
    connection: Connection, parts: Sequence[Part], fields: Iterable[HeldField], stamp: str, settled: str
) -> CellComparison:
    """The parts, which hold these fields of some records, against the newest versions held of them.

    A record whose `stamp` column ("" when it has none) differs and is not before `settled` is in flight.
    """
    table = parts[0].table
    columns = columns_of_raw(connection)[table]
    described = {entry.column: entry for entry in fields if entry.column != "id"}
    with connection.transaction():
        take_in(connection, parts, "_served")
        make_temporary(
            connection,
            "_newest",
            f"select * from (select *, row_number() over (partition by id order by {newest_first(columns)}) as _age"
            f" from raw.{quoted(table)} where id in (select id from _served)) versions where _age = 1",
        )
        moved = f"served.{stamp} is distinct from held.{stamp} and served.{stamp} >= '{settled}'"
        in_flight = f"coalesce({moved}, false)" if stamp else "false"
        pairs = "from _served served inner join _newest held on held.id = served.id"
        (compared, on_the_way), counts = _count(connection, pairs, in_flight, list(described))
        formulas = [column for column, entry in described.items() if entry.calculated and counts[column]]
        any_differs = " or ".join(_differ(column) for column in formulas) or "false"
        stale_records = int(
            connection.value(f"select count(*) {pairs} where not {in_flight} and ({any_differs})")
        )
        differences = [
            (
                described[column].calculated,
                FieldDifference(
                    described[column].field,
                    count,
                    _ids(connection, f"{pairs} where not {in_flight} and {_differ(column)}"),
                ),
            )
            for column, count in counts.items()
            if count
        ]
    return CellComparison(
        compared=compared,
        cells=compared * len(described),
        in_flight=on_the_way,
        wrong=tuple(difference for calculated, difference in differences if not calculated),
        stale=tuple(difference for calculated, difference in differences if calculated),
        stale_records=stale_records,
    )


def _count(
    connection: Connection, pairs: str, in_flight: str, columns: Sequence[str]
) -> tuple[tuple[int, int], dict[str, int]]:
    """(records compared, records in flight), and per column how many of the compared differ."""
    sums = [f"count(case when not {in_flight} and {_differ(column)} then 1 end)" for column in columns]
    found = connection.rows(
        f"select {', '.join([f'count(case when not {in_flight} then 1 end)', f'count(case when {in_flight} then 1 end)', *sums])}"
        f" {pairs}"
    )[0]
    return (int(found[0]), int(found[1])), {
        column: int(count) for column, count in zip(columns, found[2:], strict=True)
    }


def _differ(column: str) -> str:
    return f"served.{quoted(column)} is distinct from held.{quoted(column)}"


def _ids(connection: Connection, pairs: str) -> tuple[str, ...]:
    found = connection.rows(f"select served.id {pairs} order by served.id limit {MOST_IDS_NAMED}")
    return tuple(row[0] for row in found)
