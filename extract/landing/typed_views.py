"""Shows raw text with the types that describe gives: the views of schema `typed`, and of `history` over them.

A value that does not cast is null there and its field is named in `_uncast`. Nothing ever raises, also where the
database has no cast that gives null (PostgreSQL before 16): a pattern guards each cast. Nor is a value taken that
only one of them can read, such as 2024-1-5 or infinity.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence

from extract.database import Connection, Kind, quoted
from extract.landing.erased import ERASED
from extract.landing.fields import HeldField
from extract.landing.tables import DELETED, columns_of_raw

BOOKKEEPING = ("_dlt_load_id", "_extracted_at", "_version")
YEAR = "([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"  # no year 0
DATE = f"{YEAR}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
TIME = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?Z"
FRACTION = "-?[0-9]{1,20}(\\.[0-9]{1,18})?"  # what DECIMAL(38,18) holds exactly
LONG_FRACTION = "-?[0-9]{1,19}\\.[0-9]{19,}"  # what it holds rounded, also where that makes one more digit
ENOUGH = 60  # characters of a long fraction: what is cut off can not change how it is rounded
INTEGER = "-?[0-9]{1,18}"


def refresh_views(connection: Connection, fields: Mapping[str, Iterable[HeldField]]) -> None:
    """Make the views of each object that has a raw table, where they are missing or its fields changed."""
    tables = columns_of_raw(connection)
    wanted = {
        name.lower(): _definitions(
            connection.kind, name.lower(), _with_deleted(entries, tables.get(name.lower(), set()))
        )
        for name, entries in fields.items()
        if {entry.column for entry in entries} <= tables.get(name.lower(), set())
    }
    held = _marks(connection)
    stale = {view: sql for view, sql in wanted.items() if held.get(view) != _mark(sql)}
    if not stale:
        return
    connection.execute("create schema if not exists typed")
    connection.execute("create schema if not exists history")
    for view, definitions in stale.items():
        with connection.transaction():
            connection.execute(f"drop view if exists history.{quoted(view)}")
            connection.execute(f"drop view if exists typed.{quoted(view)}")
            for sql in definitions:
                connection.execute(sql)
            connection.execute(f"comment on view typed.{quoted(view)} is 'landfall {_mark(definitions)}'")


def _with_deleted(fields: Iterable[HeldField], columns: Collection[str]) -> list[HeldField]:
    """With the column of tombstones where the org has no such field."""
    shown = list(fields)
    if DELETED in columns and all(field.column != DELETED for field in shown):
        shown.append(HeldField("IsDeleted", DELETED, "boolean", 0, 0, 0))
    return shown


def _definitions(kind: Kind, table: str, fields: Sequence[HeldField]) -> tuple[str, ...]:
    columns = {field.column for field in fields}
    history = (history_sql(table, columns),) if "id" in columns else ()
    return (view_sql(kind, table, fields), *history)


def view_sql(kind: Kind, table: str, fields: Sequence[HeldField]) -> str:
    """The view's definition: every field ever described, typed as last described."""
    casts = [(field, _cast(kind, quoted(field.column), field.type)) for field in fields]
    columns = [f"{cast or quoted(field.column)} as {quoted(field.column)}" for field, cast in casts]
    misfits = [
        f"case when {quoted(field.column)} is not null and ({cast}) is null then '{field.field}' end"
        for field, cast in casts
        if cast
    ]
    uncast = f"nullif(concat_ws(',', {', '.join(misfits)}), '')" if misfits else "cast(null as text)"
    body = ",\n    ".join([*columns, *BOOKKEEPING, f"{uncast} as _uncast"])
    shown = (
        f"where _version is distinct from '{ERASED}'"  # the tombstone of an erased record is no version of it
    )
    return f"create view typed.{quoted(table)} as select\n    {body}\nfrom raw.{quoted(table)}\n{shown}"


def history_sql(table: str, columns: Iterable[str]) -> str:
    """Every version with the time from which to which it was the record's state, and when we first saw it.

    An object without SystemModstamp is only known to have changed when we saw it.
    """
    changed = "systemmodstamp" if "systemmodstamp" in columns else "_extracted_at"
    order = f"{changed} nulls first, _extracted_at, _version"
    return (
        f"create view history.{quoted(table)} as select\n    *,\n    {changed} as _valid_from,\n"
        f"    lead({changed}) over (partition by id order by {order}) as _valid_until,\n"
        f"    _extracted_at as _seen_at\nfrom typed.{quoted(table)}"
    )


def _cast(kind: Kind, value: str, field_type: str) -> str | None:
    """The typed value, null where it does not fit; None for a type that stays text."""
    if field_type == "boolean":
        return f"case {value} when 'true' then true when 'false' then false end"
    if field_type in ("int", "long"):
        return _where_like(kind, value, INTEGER, f"cast({value} as numeric(18, 0))")
    if field_type in ("double", "currency", "percent"):
        return _fraction(kind, value)
    if field_type == "date":
        return _date(kind, value)
    if field_type == "datetime":
        return _datetime(kind, value)
    return None


def _fraction(kind: Kind, value: str) -> str:
    """Exact to 18 decimals; a formula's residue, such as 0.0033333333333333335, is rounded to them."""
    if kind == "duckdb":
        exact, rounded = (f"cast({text} as decimal(38, 18))" for text in (value, f"left({value}, {ENOUGH})"))
    else:
        exact, rounded = f"cast({value} as numeric)", f"round(cast(left({value}, {ENOUGH}) as numeric), 18)"
    return (
        f"case when {_is_like(kind, value, FRACTION)} then {exact}"
        f" when {_is_like(kind, value, LONG_FRACTION)} then {rounded} end"
    )


def _date(kind: Kind, value: str) -> str:
    if kind == "duckdb":
        return _where_like(kind, value, DATE, f"try_cast({value} as date)")
    return f"case when {_is_day(value, f'^{DATE}$')} then cast({value} as date) end"


def _datetime(kind: Kind, value: str) -> str:
    if kind == "duckdb":
        return _where_like(kind, value, f"{DATE}T{TIME}", f"try_cast({value} as timestamptz)")
    return f"case when {_is_day(value, f'^{DATE}T{TIME}$')} then cast({value} as timestamptz) end"


def _is_day(value: str, pattern: str) -> str:
    """PostgreSQL: whether the text looks like a day and its month has that many (no 31 February)."""
    year, month = f"cast(substr({value}, 1, 4) as integer)", f"cast(substr({value}, 6, 2) as integer)"
    first = f"make_date(case when {value} ~ '{pattern}' then {year} else 1 end,"
    first += f" case when {value} ~ '{pattern}' then {month} else 1 end, 1)"
    last_day = f"extract(day from {first} + interval '1 month' - interval '1 day')"
    return (
        f"case when {value} ~ '{pattern}'"
        f" then cast(substr({value}, 9, 2) as integer) <= {last_day} else false end"
    )


def _where_like(kind: Kind, value: str, pattern: str, cast: str) -> str:
    return f"case when {_is_like(kind, value, pattern)} then {cast} end"


def _is_like(kind: Kind, value: str, pattern: str) -> str:
    return f"regexp_full_match({value}, '{pattern}')" if kind == "duckdb" else f"{value} ~ '^{pattern}$'"


def _marks(connection: Connection) -> dict[str, str]:
    """The mark each view carries: a hash of the definition it was made from."""
    if connection.kind == "duckdb":
        found = connection.rows("select view_name, comment from duckdb_views() where schema_name = 'typed'")
    else:
        found = connection.rows(
            "select c.relname, obj_description(c.oid, 'pg_class') from pg_class c"
            " join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'typed' and c.relkind = 'v'"
        )
    return {name: (comment or "").removeprefix("landfall ") for name, comment in found}


def _mark(definitions: Iterable[str]) -> str:
    return hashlib.md5(";".join(definitions).encode(), usedforsecurity=False).hexdigest()
