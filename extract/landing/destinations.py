"""Teaches dlt's DuckDB and PostgreSQL destinations to load our parts by `load_part`, once each.

The only place that leans on inner names of dlt (`_raw_capabilities`, the job clients). dlt's version is pinned, and
tests/spec/test_landing_crash.py fails when a new one no longer calls what is overridden here.
"""

from __future__ import annotations

from typing import Any

from dlt.common.destination import DestinationCapabilitiesContext
from dlt.common.destination.client import LoadJob, PreparedTableSchema, RunnableLoadJob
from dlt.common.destination.exceptions import DestinationTerminalException
from dlt.common.schema import Schema
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials
from dlt.destinations.impl.duckdb.duck import DuckDbClient
from dlt.destinations.impl.duckdb.factory import duckdb as DuckDbFactory
from dlt.destinations.impl.postgres.factory import postgres as PostgresFactory
from dlt.destinations.impl.postgres.postgres import PostgresClient

from extract.database import Connection, Database
from extract.errors import LandfallError
from extract.landing.failures import explain_part
from extract.landing.load_part import DUCKDB_LIMITS, InsertRows, insert_duckdb, insert_postgres, load_part
from extract.landing.parts import Part, PartOutcome
from extract.landing.results import Report


class PartsOnTheWay:
    """What travels with the files of one package: the part of each table, and what became of it."""

    def __init__(self, database: Database, report: Report) -> None:
        self.database = database
        self.report = report
        self.parts: dict[str, Part] = {}
        self.outcomes: dict[str, PartOutcome] = {}
        self.failure: LandfallError | None = None

    def load(self, native: Any, table: str, load_id: str) -> None:
        connection = Connection(self.database.kind, native, self.database.name)
        insert_rows: InsertRows = insert_duckdb if self.database.kind == "duckdb" else insert_postgres
        try:
            self.outcomes[table] = load_part(connection, self.parts[table], load_id, insert_rows, self.report)
        except Exception as error:
            self.failure = explain_part(error, self.parts[table], self.database)
            # dlt logs what it is given, and a reader's error may quote a record; terminal: dlt does not try again
            raise DestinationTerminalException(self.failure.what) from None


class LoadPartJob(RunnableLoadJob):
    """dlt's job for one part file."""

    def __init__(self, file_path: str, load_id: str, on_the_way: PartsOnTheWay) -> None:
        super().__init__(file_path)
        self._part_load_id = load_id
        self._on_the_way = on_the_way
        self._job_client: Any = None

    def run(self) -> None:
        native = self._job_client.sql_client.native_connection
        self._on_the_way.load(native, self.load_table_name, self._part_load_id)


class LandingDuckDbClient(DuckDbClient):
    on_the_way: PartsOnTheWay

    def create_load_job(
        self, table: PreparedTableSchema, file_path: str, load_id: str, restore: bool = False
    ) -> LoadJob:
        if table["name"] in self.on_the_way.parts:
            return LoadPartJob(file_path, load_id, self.on_the_way)
        return super().create_load_job(table, file_path, load_id, restore)


class LandingPostgresClient(PostgresClient):
    on_the_way: PartsOnTheWay

    def create_load_job(
        self, table: PreparedTableSchema, file_path: str, load_id: str, restore: bool = False
    ) -> LoadJob:
        if table["name"] in self.on_the_way.parts:
            return LoadPartJob(file_path, load_id, self.on_the_way)
        return super().create_load_job(table, file_path, load_id, restore)


class LandingDuckDb(DuckDbFactory):
    on_the_way: PartsOnTheWay

    @property
    def client_class(self) -> type[LandingDuckDbClient]:
        return LandingDuckDbClient

    def client(self, schema: Schema, initial_config: Any = None) -> LandingDuckDbClient:
        client: LandingDuckDbClient = super().client(schema, initial_config)
        client.on_the_way = self.on_the_way
        return client

    def _raw_capabilities(self) -> DestinationCapabilitiesContext:
        capabilities = super()._raw_capabilities()
        capabilities.supported_loader_file_formats = [*capabilities.supported_loader_file_formats, "csv"]
        return capabilities


class LandingPostgres(PostgresFactory):
    on_the_way: PartsOnTheWay

    @property
    def client_class(self) -> type[LandingPostgresClient]:
        return LandingPostgresClient

    def client(self, schema: Schema, initial_config: Any = None) -> LandingPostgresClient:
        client: LandingPostgresClient = super().client(schema, initial_config)
        client.on_the_way = self.on_the_way
        return client


def landing_destination(on_the_way: PartsOnTheWay, temp_folder: str) -> LandingDuckDb | LandingPostgres:
    """The dlt destination for the target database."""
    database = on_the_way.database
    destination: LandingDuckDb | LandingPostgres
    if database.kind == "duckdb":
        settings = {**DUCKDB_LIMITS, "temp_directory": temp_folder}
        destination = LandingDuckDb(DuckDbCredentials(str(database.path.resolve()), global_config=settings))
    else:
        destination = LandingPostgres(database.url)
    destination.on_the_way = on_the_way
    return destination
