"""Says what a table should hold: what was built, with staff's overrides in place of it where there are some.

A table without overrides is its build table, as if there were no overrides at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from extract.database import Connection, quoted
from sync.publish.contract import Column, Owner, Table, Vocabulary
from sync.publish.existing import columns_of
from sync.publish.overrides import NOT_ACCEPTED, PICTURE
from sync.rollback.as_of import SUFFIX


@dataclass(frozen=True)
class Effective:
    """One table, and the columns of it that have an override somewhere.

    Of a build as of an earlier run also what is built of every day, and the columns of it that Salesforce owns only
    when filled: what the application has from there is not the application's to keep.
    """

    table: Table
    overridden: tuple[Column, ...] = ()
    today: str = ""
    filled: tuple[Column, ...] = ()

    @property
    def rows(self) -> str:
        """The build table's columns, and those of `beside`."""
        if not self.beside:
            return self.table.build
        cells = [self._cell(column) for column in self.table.built]
        joins = []
        if self.overridden:
            cells += [f"o.{flag(column)}" for column in self.overridden]
            joins.append(f"left join {self.overrides} as o on o.row_key = built.{self.table.key}")
        if self.filled:
            cells += [f"now.{quoted(column.name)} as {of_today(column)}" for column in self.filled]
            joins.append(f"left join {self.today} as now on now.{self.table.key} = built.{self.table.key}")
        return f"(select {', '.join(cells)} from {self.table.build} as built {' '.join(joins)})"

    def _cell(self, column: Column) -> str:
        name = quoted(column.name)
        if column not in self.overridden:
            return f"built.{name}"
        return f"case when o.{flag(column)} then o.{name} else built.{name} end as {name}"

    @property
    def beside(self) -> list[str]:
        """What `rows` has beside the table's columns, as SQL names it."""
        return [*map(flag, self.overridden), *map(of_today, self.filled)]

    @property
    def overrides(self) -> str:
        """The temporary table with one row for each row that has an override that applies."""
        return quoted(f"{PICTURE}_{self.table.name}")

    def new_value(self, column: Column) -> str:
        """What a synced column of a row that is there will hold: b is the row of `rows`, a the application's."""
        name = quoted(column.name)
        if column.owner is not Owner.SALESFORCE_IF_NOT_NULL:
            return f"b.{name}"
        value = f"coalesce(b.{name}, {self._kept(column)})"
        return (
            f"case when b.{flag(column)} then b.{name} else {value} end"
            if column in self.overridden
            else value
        )

    def _kept(self, column: Column) -> str:
        """What stays where Salesforce says nothing: not the word for what it said before, nor a word of its own."""
        name = quoted(column.name)
        conditions = [f"b.{quoted(column.raw_value)} is null"] if column.raw_value else []
        if column in self.filled:
            conditions.append(f"a.{name} is distinct from b.{of_today(column)}")
        return f"case when {' and '.join(conditions)} then a.{name} end" if conditions else f"a.{name}"


def flag(column: Column) -> str:
    """The column that says whether the value is staff's."""
    return quoted(f"{column.name} is overridden")


def of_today(column: Column) -> str:
    """The column with what the build of every day says."""
    return quoted(f"{column.name} of today")


def with_today(connection: Connection, effective: Effective) -> Effective:
    """Of a build as of an earlier run, with the build of every day beside it as far as it has the columns."""
    table = effective.table
    schema = table.build_schema.removesuffix(SUFFIX)
    found = columns_of(connection, schema, table.build_name)
    filled = tuple(
        column
        for column in table.synced
        if column.owner is Owner.SALESFORCE_IF_NOT_NULL
        and table.row_key in found
        and found.get(column.name) == column.type
    )
    return replace(effective, today=f"{quoted(schema)}.{quoted(table.build_name)}", filled=filled)


def among_names(tables: Iterable[Effective]) -> str:
    """The tables' names as SQL's list; a contract's names hold no quote."""
    return "(" + ", ".join(f"'{effective.table.name}'" for effective in tables) + ")"


def apply_overrides(connection: Connection, tables: Sequence[Table]) -> dict[str, Effective]:
    """Lay the overrides that can be applied beside their tables, cast to their columns' types.

    What the tables refer to has to be among them.
    """
    known = {table.name: table for table in tables}
    for name, columns in _overridden(connection, known).items():
        _refuse_unknown_rows(connection, known[name])
        for column in columns:
            if column.references:
                _refuse_unknown_targets(connection, known[name], column, known[column.references])
            if column.vocabulary is not None:
                _refuse_unknown_words(connection, known[name], column, column.vocabulary)
    effective = {name: Effective(table) for name, table in known.items()}
    for name, columns in _overridden(connection, known).items():
        effective[name] = Effective(known[name], columns)
        connection.execute(_overrides_sql(effective[name], known))
    return effective


def _overridden(connection: Connection, tables: Mapping[str, Table]) -> dict[str, tuple[Column, ...]]:
    found = connection.rows(f"select distinct table_name, column_name from {PICTURE} where kind is null")
    return {
        name: tuple(column for column in tables[name].columns if (name, column.name) in found)
        for name in sorted({name for name, _ in found} & tables.keys())
    }


def _refuse_unknown_rows(connection: Connection, table: Table) -> None:
    connection.execute(
        f"update {PICTURE} set kind = 'invalid', reason = ? where kind is null and table_name = ?"
        f" and not exists (select 1 from {table.build} as b where b.{table.key} = row_key)",
        ("no row with this key is built", table.name),
    )


def _refuse_unknown_words(
    connection: Connection, table: Table, column: Column, vocabulary: Vocabulary
) -> None:
    connection.execute(
        f"update {PICTURE} set kind = 'invalid', reason = ? where kind is null and value is not null"
        f" and table_name = ? and column_name = ? and value not in ({vocabulary.words})",
        (NOT_ACCEPTED, table.name, column.name),
    )


def _refuse_unknown_targets(connection: Connection, table: Table, column: Column, parent: Table) -> None:
    here = f"kind is null and table_name = '{table.name}' and column_name = '{column.name}'"
    connection.execute(
        f"update {PICTURE} set kind = 'invalid', reason = ? where {here} and value is not null"
        f" and not exists (select 1 from {_targets(table, column, parent)} as t where t.row_key = value)",
        (f"it points at a row that {parent.name} does not have",),
    )
    if parent.name == table.name:
        connection.execute(
            f"update {PICTURE} set kind = 'invalid', reason = ? where {here} and value = row_key",
            ("it points at its own row",),
        )


def _targets(table: Table, column: Column, parent: Table) -> str:
    """Rows that overrides of the column point at: built, or still here though no longer built."""
    wanted = (
        f"select value from {PICTURE} where table_name = '{table.name}' and column_name = '{column.name}'"
    )
    return (
        f"(select id, {parent.key} as row_key from {parent.build} where {parent.key} in ({wanted})"
        f" union all select a.id, a.{parent.key} from {parent.app} as a where a.{parent.key} in ({wanted})"
        f" and not exists (select 1 from {parent.build} as b where b.{parent.key} = a.{parent.key}))"
    )


def _overrides_sql(effective: Effective, tables: Mapping[str, Table]) -> str:
    cells, joins = [], []
    for number, column in enumerate(effective.overridden):
        if column.references:
            parent = tables[column.references]
            joins.append(
                f"left join {_targets(effective.table, column, parent)} as t{number}"
                f" on t{number}.row_key = o.v{number}"
            )
            cells.append(f"t{number}.id as {quoted(column.name)}, o.f{number} as {flag(column)}")
        else:
            value = f"cast(o.v{number} as {column.type})"
            cells.append(f"{value} as {quoted(column.name)}, o.f{number} as {flag(column)}")
    pivoted = [
        f"max(case when column_name = '{column.name}' then value end) as v{number},"
        f" bool_or(column_name = '{column.name}') as f{number}"
        for number, column in enumerate(effective.overridden)
    ]
    return (
        f"create temporary table {effective.overrides} as select o.row_key, {', '.join(cells)} from"
        f" (select row_key, {', '.join(pivoted)} from {PICTURE}"
        f" where kind is null and table_name = '{effective.table.name}' group by row_key) as o {' '.join(joins)}"
    )
