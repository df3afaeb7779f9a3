"""Runs dlt over parts: one package with at most one part for each table."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from extract.database import Database
from extract.errors import LandfallError
from extract.landing.failures import explain_failure
from extract.landing.parts import Part, PartOutcome
from extract.landing.results import Report

NAME = "landfall"
DATASET = "raw"
SETTINGS = {
    "runtime.dlthub_telemetry": False,
    "runtime.log_level": "WARNING",
    "schema.naming": "sql_ci_v1",  # lower case only; snake_case merges FooBar__c and Foo_Bar__c
    "load.workers": 1,
    "load.delete_completed_jobs": True,  # its files hold records
    "data_writer.disable_compression": True,
}


class Pipeline:
    """One dlt pipeline for the length of a landing. Packages that a crash left behind are dropped at the start:
    the database knows what is landed, and what is missing is read again."""

    def __init__(self, database: Database, data_dir: Path, report: Report) -> None:
        # dlt takes half a second to import, which a landing that finds nothing new does not pay
        os.environ.setdefault("DLT_DATA_DIR", str(data_dir.resolve() / "dlt"))
        import dlt

        from extract.landing.destinations import PartsOnTheWay, landing_destination

        logging.getLogger("dlt").setLevel(logging.WARNING)
        for name, value in SETTINGS.items():
            dlt.config[name] = value
        folder = data_dir.resolve() / "dlt"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._dlt: Any = dlt
        self._report = report
        self._database = database
        self._on_the_way = PartsOnTheWay(database, report)
        self._pipeline: Any = dlt.pipeline(
            NAME,
            pipelines_dir=str(folder),
            destination=landing_destination(self._on_the_way, str(folder / "temp")),
            dataset_name=DATASET,
        )

    def load(self, parts: Sequence[Part]) -> dict[str, PartOutcome]:
        """Commit the parts, each with its state, and say by table what they brought.

        Raises DatabaseUnavailable or StorageError; a part that was not committed is then not there at all.
        """
        self._on_the_way.parts = {part.table: part for part in parts}
        self._on_the_way.outcomes = {}
        self._on_the_way.failure = None
        try:
            self._run([self._resource(part) for part in parts])
        except LandfallError:
            raise
        except Exception as error:
            raise explain_failure(self._on_the_way.failure or error, self._database) from error
        return self._on_the_way.outcomes

    def _run(self, resources: list[Any]) -> None:
        if self._pipeline.has_pending_data:
            self._pipeline.abort_packages()
        if self._pipeline.first_run:
            self._pipeline.sync_destination()
        self._pipeline.extract(resources)
        self._report("point", name="normalize.started")
        self._pipeline.normalize()
        self._pipeline.load()

    def _resource(self, part: Part) -> Any:
        def files() -> Iterator[Any]:
            yield self._dlt.mark.with_file_import(str(part.path.resolve()), "csv", part.rows)

        text = {name: {"name": name, "data_type": "text", "nullable": True} for name in part.names}
        text["_extracted_at"] = {"name": "_extracted_at", "data_type": "timestamp", "nullable": True}
        return self._dlt.resource(
            files, name=part.table, columns=text, write_disposition="append", file_format="csv"
        )
