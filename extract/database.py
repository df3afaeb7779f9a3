"""Short-lived connections to the target database, DuckDB or PostgreSQL, behind one small interface.

DuckDB has one writer per file, so a connection is opened, used and closed; nobody keeps one while another
process works. SQL is written once with `?` for parameters (so no other `?` in a statement that has some), in
the dialect both databases share.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from extract.causes import NOTHING_KEPT, first_line, is_full, known_error
from extract.duckdb_file import SECONDS_TO_CLOSE, is_open_elsewhere, open_duckdb
from extract.errors import DatabaseUnavailable, SettingsError, StorageError

Kind = Literal["duckdb", "postgres"]
CONNECT_SECONDS = 10


@dataclass(frozen=True)
class Database:
    """The target: `duckdb:///folder/file.duckdb` (relative to the working folder) or `postgresql://…`."""

    url: str

    @property
    def kind(self) -> Kind:
        scheme = self.url.partition("://")[0]
        if scheme == "duckdb":
            return "duckdb"
        if scheme in ("postgresql", "postgres"):
            return "postgres"
        # without a scheme it may begin with anything, also with a password
        found = f"{scheme[:20]!r}, which is not a database" if "://" in self.url else "no kind of database"
        raise SettingsError(
            f"DATABASE_URL starts with {found} that Landfall writes to.",
            "DATABASE_URL",
            "Use duckdb:///data/landfall.duckdb or postgresql://user:password@host:5432/name.",
        )

    @property
    def path(self) -> Path:
        """The DuckDB file. `duckdb:///data/x` is relative, `duckdb:////srv/x` absolute."""
        return Path(unquote(urlsplit(self.url).path.removeprefix("/")))

    @property
    def name(self) -> str:
        """The target without its password, for messages and pages."""
        if self.kind == "duckdb":
            return f"DuckDB {self.path}"
        parts = urlsplit(self.url)
        socket = parse_qs(parts.query).get("host")  # the folder of a socket
        host = socket[0] if socket else parts.hostname or "localhost"
        return f"PostgreSQL {host}:{parts.port or 5432}{unquote(parts.path)}"

    @contextmanager
    def connect(self, *, read_only: bool = False) -> Iterator[Connection]:
        """A connection that is closed at the end of the block.

        Raises DatabaseUnavailable when the server or file cannot be opened, and StorageError when the disk is full.
        """
        connection = self._open_duckdb(read_only) if self.kind == "duckdb" else self._open_postgres(read_only)
        try:
            yield connection
        finally:
            connection.close()

    def _open_duckdb(self, read_only: bool) -> Connection:
        import duckdb

        if not read_only:
            _make_private_folder(self.path.parent)
        try:
            native = open_duckdb(self.path, read_only=read_only)
        except duckdb.Error as error:
            if is_full(error):
                raise StorageError(
                    "DuckDB could not write its file.", self.name, f"Make room on the disk, {NOTHING_KEPT}"
                ) from error
            if is_open_elsewhere(error):
                raise DatabaseUnavailable(
                    f"Another program has the DuckDB file open, for more than {SECONDS_TO_CLOSE} seconds{_holder(error)}.",
                    self.name,
                    "Close the file there: while a program has it open, DuckDB lets no other write.",
                ) from error
            raise DatabaseUnavailable(
                f"The DuckDB file cannot be opened: {first_line(error)}",
                self.name,
                "See that you may write to the file and its folder.",
            ) from error
        if not read_only:
            self.path.chmod(0o600)
        native.execute("set timezone = 'UTC'")
        native.execute("set enable_progress_bar = false")  # it would be drawn into our results
        return Connection("duckdb", native, self.name)

    def _open_postgres(self, read_only: bool) -> Connection:
        import psycopg2

        try:
            native = psycopg2.connect(self.url, connect_timeout=CONNECT_SECONDS, options="-c timezone=UTC")
        except psycopg2.Error as error:
            if is_full(error):
                raise StorageError(
                    "PostgreSQL has no room left.", self.name, f"Make room on the server, {NOTHING_KEPT}"
                ) from error
            raise DatabaseUnavailable(
                f"PostgreSQL does not let us in: {first_line(error)}",
                self.name,
                "See that the server runs, and that host, port, user, password and database in DATABASE_URL are right.",
            ) from error
        native.set_session(autocommit=True, readonly=read_only)
        return Connection("postgres", native, self.name)


class Connection:
    """One open connection. Statements commit by themselves unless inside `transaction()`."""

    def __init__(self, kind: Kind, native: Any, name: str) -> None:
        self.kind = kind
        self.native = native
        self.name = name

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Run one statement and return the number of rows it changed (-1 where the database does not say)."""
        cursor = self._run(sql, parameters)
        if self.kind == "postgres":
            return int(cursor.rowcount)
        counted = cursor.fetchall() if cursor.description else []
        return int(counted[0][0]) if counted and isinstance(counted[0][0], int) else -1

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query. For small results: this holds them in memory."""
        found: list[tuple[Any, ...]] = self._run(sql, parameters).fetchall()
        return found

    def value(self, sql: str, parameters: Sequence[object] = ()) -> Any:
        """The first column of the first row, or None when there is no row."""
        found = self._run(sql, parameters).fetchone()
        return None if found is None else found[0]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All statements of the block, or none of them."""
        self._run("begin", ())
        try:
            yield
        except BaseException:
            self._run("rollback", ())
            raise
        self._run("commit", ())

    @contextmanager
    def taken_back(self) -> Iterator[None]:
        """A transaction of which nothing stays, also when the block ends well."""
        self._run("begin", ())
        try:
            yield
        finally:
            self._run("rollback", ())

    def has_table(self, schema: str, table: str) -> bool:
        return bool(
            self.value(
                "select count(*) from information_schema.tables where table_schema = ? and table_name = ?",
                (schema, table),
            )
        )

    def close(self) -> None:
        self.native.close()

    def _run(self, sql: str, parameters: Sequence[object]) -> Any:
        if self.kind == "duckdb":
            return self._run_duckdb(sql, parameters)
        return self._run_postgres(sql, parameters)

    def _run_duckdb(self, sql: str, parameters: Sequence[object]) -> Any:
        import duckdb

        try:
            return self.native.execute(sql, list(parameters)) if parameters else self.native.execute(sql)
        except duckdb.Error as error:
            self._raise_known(error)
            raise

    def _run_postgres(self, sql: str, parameters: Sequence[object]) -> Any:
        import psycopg2

        try:
            cursor = self.native.cursor()  # refuses when the server has gone away
            # psycopg2 reads % as its own sign only when parameters are given
            cursor.execute(
                sql.replace("%", "%%").replace("?", "%s"), parameters
            ) if parameters else cursor.execute(sql)
        except psycopg2.Error as error:
            self._raise_known(error)
            raise
        return cursor

    def _raise_known(self, error: Exception) -> None:
        known = known_error(error, self.name)
        if known is not None:
            raise known from error


def quoted(name: str) -> str:
    """A table or column name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _holder(error: BaseException) -> str:
    """The process that DuckDB names as the one that has its file."""
    found = re.search(r"\(PID (\d+)\)", str(error))
    return f": process {found[1]}" if found else ""


def _make_private_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StorageError(
            f"The folder cannot be made: {error.strerror}.",
            str(folder),
            "Choose a folder you may write to in DATABASE_URL or LANDFALL_DATA_DIR.",
        ) from error
