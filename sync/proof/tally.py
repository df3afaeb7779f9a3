"""Counts ids and sums them up into one mark, so that two long lists can be compared without joining them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import psycopg2

from extract.database import Connection
from extract.errors import NotProven


@dataclass(frozen=True)
class Tally:
    """How many different ids, and the exclusive or of their hashes of 64 bits: equal for equal sets of ids."""

    count: int
    mark: int

    def with_(self, other: Tally) -> Tally:
        """Of both sets together, when no id is in both."""
        return Tally(self.count + other.count, self.mark ^ other.mark)


def tally(connection: Connection, ids: str) -> Tally:
    """Of a query with one column of ids, each of them once."""
    return tallies(connection, f"select 0, id from ({ids}) as listed(id)").get(0, Tally(0, 0))


def tallies(connection: Connection, placed: str) -> dict[int, Tally]:
    """By place, of a query with a place and an id."""
    text = "cast(id as text)"
    hashed = f"hash({text})" if connection.kind == "duckdb" else f"hashtextextended({text}, 0)"
    found = connection.rows(
        f"select place, count(*), bit_xor({hashed}) from ({placed}) as placed(place, id) group by place"
    )
    return {int(place): Tally(int(count), int(mark)) for place, count, mark in found}


@contextmanager
def countable(label: str, where: str) -> Iterator[None]:
    """What the database does not accept inside the block becomes NotProven; its words may hold values and are left out."""
    try:
        yield
    except (duckdb.Error, psycopg2.Error) as error:
        raise NotProven(
            f"{label} cannot be counted: the database does not accept a condition ({type(error).__name__}).",
            where,
            "Correct the conditions under meta.proof: they may name columns of the staging model, which is called "
            "`record`, and other tables with their schema. Then run again.",
        ) from None
