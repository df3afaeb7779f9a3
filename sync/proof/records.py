"""Finds for each live record of an object whether it stands in a table, and if not, the reason.

Two tallies are compared first: the records on one side, on the other those that stand and those that a rule leaves
out. Only where they differ, or where staff had a say, every record is looked at.
"""

from __future__ import annotations

from extract.database import Connection, quoted
from sync.proof.declared import Records
from sync.proof.results import EXTRA, FOUND, IDS_NAMED, MISSING, OVERRIDE, STANDS, Reason, RecordsProof
from sync.proof.tally import Tally, tallies, tally
from sync.publish.contract import Table


def prove_records(connection: Connection, table: Table, records: Records, by_staff: str) -> RecordsProof:
    """`by_staff` is a query for row keys whose deletion staff decided, or "" for none."""
    held = tally(connection, _live(records))
    standing = tally(connection, _standing(table, records))
    left_out = tallies(connection, _left_out(records)) if records.left_out else {}
    accounted = standing
    for each in left_out.values():
        accounted = accounted.with_(each)
    if held == accounted and not by_staff:
        counted = [Reason(STANDS, standing.count), *_reasons(records, left_out)]
        return RecordsProof(records.object, held.count, standing.count, tuple(counted))
    return _one_by_one(connection, table, records, by_staff, held, standing)


def _reasons(records: Records, left_out: dict[int, Tally]) -> list[Reason]:
    return [
        Reason(name, left_out[place].count)
        for place, (name, _) in enumerate(records.left_out)
        if place in left_out
    ]


def _live(records: Records) -> str:
    return f"select {quoted(records.staging.id_column)} from {_staging(records)} where not coalesce(is_deleted, false)"


def _standing(table: Table, records: Records) -> str:
    column = quoted(records.column)
    distinct = "" if records.column == table.row_key else "distinct "
    return (
        f"select {distinct}{column} from {table.app}"
        f" where {table.key} is not null and {column} is not null and deleted_at is null and ({records.rows})"
    )


def _left_out(records: Records) -> str:
    """Place of the reason and record. Each condition stands alone in a `where`, so that the database can join by it."""
    key = f"record.{quoted(records.staging.id_column)}"
    alive = f"from {_staging(records)} as record where not coalesce(record.is_deleted, false)"
    each = [
        f"select {place} as place, {key} as id {alive} and ({condition})"
        for place, (_, condition) in enumerate(records.left_out)
    ]
    if len(each) == 1:
        return each[0]
    return f"select min(place), id from ({' union all '.join(each)}) as found group by id"


def _one_by_one(
    connection: Connection, table: Table, records: Records, by_staff: str, held: Tally, standing: Tally
) -> RecordsProof:
    sql = f"""
    with held(id) as ({_live(records)}),
    standing(id) as ({_standing(table, records)}),
    left_out(place, id) as ({_left_out(records) if records.left_out else "select -1, null"}),
    decided(id) as ({_decided(table, records, by_staff) if by_staff else "select cast(null as text)"})
    select
        coalesce(held.id, standing.id) as id,
        case
            when held.id is not null and standing.id is not null then coalesce(left_out.place, {_STANDS})
            when held.id is null then case when decided.id is null then {_EXTRA} else {_OVERRIDE} end
            when left_out.place is not null then left_out.place
            when decided.id is not null then {_OVERRIDE}
            else {_MISSING}
        end as place,
        standing.id is not null as stands
    from held
    full outer join standing on standing.id = held.id
    left join left_out on left_out.id = held.id
    left join decided on decided.id = coalesce(held.id, standing.id)
    """
    found = connection.rows(
        f"select place, stands, count(*) from ({sql}) as placed group by place, stands order by place, stands"
    )
    reasons = [Reason(_name(records, place, stands), count) for place, stands, count in found]
    unexplained = f"(place >= {_MISSING} or (stands and place between 0 and {_OVERRIDE - 1}))"
    some = connection.rows(
        f"select id from ({sql}) as placed where {unexplained} order by id limit {IDS_NAMED}"
    )
    ids = tuple(str(record) for (record,) in some)
    return RecordsProof(records.object, held.count, standing.count, tuple(reasons), ids)


_STANDS, _OVERRIDE, _MISSING, _EXTRA = -1, 1000, 1001, 1002  # before and after the places of the rules
_NAMES = {_STANDS: STANDS, _OVERRIDE: OVERRIDE, _MISSING: MISSING, _EXTRA: EXTRA}


def _name(records: Records, place: int, stands: bool) -> str:
    if place in _NAMES:
        return _NAMES[place]
    reason, _ = records.left_out[place]
    return f"{FOUND}{reason}" if stands else reason


def _decided(table: Table, records: Records, by_staff: str) -> str:
    """The records whose rows staff decided on. Where a record has several rows, one of them is enough."""
    return f"select distinct a.{quoted(records.column)} from {table.app} as a where a.{table.key} in ({by_staff})"


def _staging(records: Records) -> str:
    return f"{quoted(records.staging.schema)}.{quoted(records.staging.name)}"
