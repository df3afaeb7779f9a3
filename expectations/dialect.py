"""Lets Great Expectations read DuckDB, which it does not know, as if it were the PostgreSQL it does know.

The stock DuckDB dialect fails nearly every expectation: Great Expectations fetches results after it closed the
connection, which DuckDB answers with nothing; column reflection asks for catalogues that DuckDB has not; and
an unknown dialect has no regular expressions. Read-only: begin, commit and rollback do nothing here.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import duckdb_engine
import sqlalchemy as sa
from sqlalchemy.dialects import registry

_opened: list[Any] = []

TYPES: dict[str, Any] = {
    "BIGINT": sa.BigInteger,
    "INTEGER": sa.Integer,
    "DOUBLE": sa.Float,
    "BOOLEAN": sa.Boolean,
    "DATE": sa.Date,
    "TIMESTAMP": sa.DateTime,
    "TIMESTAMP WITH TIME ZONE": sa.DateTime,
    "VARCHAR": sa.String,
}
COLUMNS = """
    select column_name, data_type, is_nullable from duckdb_columns()
    where database_name = current_database() and schema_name = :schema and table_name = :table
    order by column_index
"""


class _Compiler(duckdb_engine.Dialect.statement_compiler):  # type: ignore[misc]
    """PostgreSQL's `~` searches; DuckDB's `~` wants the whole text to match."""

    def visit_custom_op_binary(self, element: Any, operator: Any, **kw: Any) -> str:
        if operator.opstring not in ("~", "!~"):
            return str(super().visit_custom_op_binary(element, operator, **kw))
        left, right = self.process(element.left, **kw), self.process(element.right, **kw)
        return f"{'NOT ' if operator.opstring == '!~' else ''}regexp_matches({left}, {right})"


class Dialect(duckdb_engine.Dialect):  # type: ignore[misc]
    name = "postgresql"
    driver = "duckdb"
    statement_compiler = _Compiler
    supports_statement_cache = False
    _backslash_escapes = False  # else every backslash of a regular expression is doubled: other rows match

    def create_connect_args(self, url: sa.URL) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The file's path as it is: SQLAlchemy takes no quoting back in an address's last part."""
        given, options = super().create_connect_args(url)
        return given, {**options, "database": unquote(options["database"])}

    def connect(self, *arguments: Any, **options: Any) -> Any:
        connection = super().connect(*arguments, **options)
        _opened.append(connection)
        return connection

    def do_begin(self, dbapi_connection: Any) -> None:
        pass

    def do_commit(self, dbapi_connection: Any) -> None:
        pass

    def do_rollback(self, dbapi_connection: Any) -> None:
        pass

    def get_columns(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[Any]:
        names = {"schema": schema or "main", "table": table_name}
        rows = connection.execute(sa.text(COLUMNS), names).fetchall()
        if not rows:
            raise sa.exc.NoSuchTableError(f"{schema}.{table_name}")
        return [
            {"name": name, "type": _type(data_type), "nullable": bool(nullable), "default": None}
            for name, data_type, nullable in rows
        ]

    def get_pk_constraint(self, *arguments: Any, **kw: Any) -> dict[str, Any]:
        return {"constrained_columns": [], "name": None}


def close_connections() -> None:
    """Let go of every DuckDB file that Great Expectations opened; disposing of its engine does not."""
    while _opened:
        _opened.pop().close()


def _type(name: str) -> Any:
    return sa.Numeric() if name.startswith("DECIMAL") else TYPES.get(name, sa.String)()


registry.register("postgresql.duckdb", __name__, "Dialect")
