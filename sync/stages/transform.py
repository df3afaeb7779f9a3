"""Builds what the application should hold: runs dbt's models and their tests on what landed."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner

from extract.database import Database
from extract.errors import TransformFailed
from sync.fingerprint import take_fingerprint
from sync.private_files import make_private_folder
from sync.publish.compare import LOCK_WAIT_SECONDS, set_up
from sync.publish.create import prepare_tables
from sync.publish.manifest import read_contract
from sync.stages.dbt_docs import docs_fingerprint, refresh_docs
from sync.stages.dbt_failures import invocation_failure, transform_failure
from sync.stages.dbt_profile import profile_in_environment
from sync.stages.due_nodes import (
    after,
    due_nodes,
    forget,
    held_warnings,
    prune,
    remember,
    source_states,
    state_keys,
    tagged,
)
from sync.stages.node_code import Project, model_fingerprints
from sync.stages.seeds import outgrown_seeds
from sync.stages.tables_beside import beside, typed_columns, write_fingerprints

Report = Callable[..., None]
# dbt's own log repeats what the database answered, values and all. What people need is reported by us.
SILENT = ("--log-level", "none", "--log-level-file", "none", "--no-print", "--no-use-colors")
NO_RESULTS_FILE = "--no-write-json"  # run_results.json repeats the database's messages too
# Unit tests prove code, not data: `make test-share` runs them.
NOT_IN_A_RUN = ("--exclude-resource-type", "unit_test")


@dataclass(frozen=True)
class TransformOptions:
    """What to build, where, and whether from scratch."""

    database: Database
    project_dir: Path
    data_dir: Path
    site_dir: Path
    run_id: str
    full: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)  # what models read: LANDFALL_TIME_ZONE, ...
    suffix: str = ""  # of every schema that is built and read: a build beside that of every day (sync/rollback/as_of.py)
    lock_wait_seconds: int = LOCK_WAIT_SECONDS  # how long the application may keep us waiting for a table

    @property
    def target_dir(self) -> Path:
        return self.data_dir / "dbt" / f"target{self.suffix}"

    @property
    def manifest(self) -> Path:
        """What publish reads: every model's contract."""
        return self.target_dir / "manifest.json"


@dataclass(frozen=True)
class TransformResult:
    """What dbt did: nodes built, tests run, and the tests that only warn, with their counts."""

    models: int
    tests: int
    warnings: tuple[Mapping[str, Any], ...]
    seconds: float


def build_models(options: TransformOptions, report: Report) -> TransformResult:
    """Bring staging and build up to what landed, and test them. Raises TransformFailed.

    Only what lies behind a change is built and tested; the rest would come out as it is.
    """
    started = time.monotonic()
    make_private_folder(options.target_dir)
    with profile_in_environment(options.database, options.settings):
        dbt = Dbt(options, report)
        dbt.parse()
        missing = objects_not_landed(dbt.manifest, options.database)
        make_application_tables(options)
        plan = _plan(dbt, missing)
        _remake_outgrown_seeds(dbt, plan)
        results = dbt.run(_command(options, dbt.manifest, plan)) if plan.due else []
        result = _finish(dbt, plan, results, started)
        report("point", name="transform.built")
        _refresh_docs(dbt, report)
    return result


def make_application_tables(options: TransformOptions) -> None:
    """Empty, where they are missing, with the columns they lack: the reports are views over them. Publish fills them.

    Raises PublishFailed, also when the application keeps a table locked: who waits for a table that is to get a
    column keeps all later readers waiting too.
    """
    with options.database.connect() as connection:
        set_up(connection, options.lock_wait_seconds)
        prepare_tables(connection, read_contract(options.manifest))


def _remake_outgrown_seeds(dbt: Dbt, plan: Plan) -> None:
    """dbt fills a seed's table as it is; one of other columns has to be made anew, with the views upon it."""
    options = dbt.options
    with options.database.connect() as connection:
        outgrown = outgrown_seeds(connection, dbt.manifest, options.project_dir, plan.due)
    if outgrown:
        dbt.run(["seed", "--full-refresh", "--select", *outgrown])


@dataclass(frozen=True)
class Plan:
    """Every node's key, the nodes that are due, those that cannot be built, and the warnings of tests that are not due."""

    keys: Mapping[str, str]
    without: frozenset[str]
    due: frozenset[str]
    warnings: Mapping[str, int]


def _plan(dbt: Dbt, missing: Iterable[str]) -> Plan:
    """What is due; noted as not passed, and with the code that each incremental model is to be built from."""
    options, without = dbt.options, after(dbt.manifest, missing)
    with options.database.connect() as connection:
        settings_file = options.project_dir / "dbt_project.yml"
        project = Project(
            dbt.manifest, typed_columns(connection), options.settings, beside(connection), settings_file
        )
        keys = state_keys(project, source_states(connection, dbt.manifest))
        keys = {name: key for name, key in keys.items() if name not in without}
        due = set(keys) if options.full else due_nodes(connection, project, keys)
        held = {name: count for name, count in held_warnings(connection).items() if name in keys}
        with connection.transaction():
            forget(connection, due)
            write_fingerprints(connection, model_fingerprints(project))
    return Plan(
        keys,
        frozenset(without),
        frozenset(due),
        {name: count for name, count in held.items() if name not in due},
    )


def _command(options: TransformOptions, manifest: Any, plan: Plan) -> list[str]:
    full = ["--full-refresh"] if options.full else []
    without = ["--exclude", tagged(manifest, plan.without, "without")] if plan.without else []
    return ["build", *NOT_IN_A_RUN, *full, "--select", tagged(manifest, plan.due, "due"), *without]


def _finish(dbt: Dbt, plan: Plan, results: Sequence[Any], started: float) -> TransformResult:
    """Note what passed, and count; a warning of a test that had no reason to run again still stands."""
    warned = {each.node.unique_id: each.failures for each in results if str(each.status) == "warn"}
    warnings = {**plan.warnings, **warned}
    with dbt.options.database.connect() as connection, connection.transaction():
        remember(connection, plan.keys, warnings)
        prune(connection, dbt.manifest)
    return summary(dbt.manifest, results, warnings, time.monotonic() - started)


class Dbt:
    """dbt in this process: one parsed project, several commands, every database connection closed in between."""

    def __init__(self, options: TransformOptions, report: Report) -> None:
        self.options = options
        self.manifest: Any = None
        self._report = report
        self._done = 0
        self._expected = 0

    def parse(self) -> None:
        """Read the project; writes the manifest."""
        self._report("progress", step="parse", done=0, expected=None, unit="models")
        self.manifest = self.invoke(["parse"])

    def run(self, command: Sequence[str]) -> Sequence[Any]:
        """The results of all nodes; raises TransformFailed when one failed."""
        self._done = 0
        outcome = self._invoke([*command, NO_RESULTS_FILE])
        results = getattr(outcome.result, "results", None) or []
        if failure := transform_failure(results, self.manifest, self.options.database):
            raise failure
        if not outcome.success:
            raise invocation_failure(outcome.exception, self.options.database)
        return results

    def invoke(self, command: Sequence[str]) -> Any:
        """What the command gives back; raises TransformFailed when dbt stopped."""
        outcome = self._invoke(command)
        if not outcome.success:
            raise invocation_failure(outcome.exception, self.options.database)
        return outcome.result

    def _invoke(self, command: Sequence[str]) -> Any:
        try:
            return dbtRunner(manifest=self.manifest, callbacks=[self._on_event]).invoke(
                [*command, *self._flags()]
            )
        finally:
            self._close_connections()

    def _flags(self) -> list[str]:
        folders = {
            "--project-dir": self.options.project_dir,
            "--profiles-dir": self.options.project_dir,
            "--target-path": self.options.target_dir,
            "--log-path": self.options.data_dir / "dbt" / "logs",
        }
        paths = [text for flag, path in folders.items() for text in (flag, str(path.resolve()))]
        suffix = self.options.suffix
        variables = ["--vars", json.dumps({"schema_suffix": suffix})] if suffix else []
        return [*paths, *variables, "--target", self.options.database.kind, *SILENT]

    def _close_connections(self) -> None:
        """DuckDB's file stays locked until the last connection to it is gone."""
        if self.options.database.kind == "duckdb":
            from dbt.adapters.duckdb.connections import DuckDBConnectionManager

            DuckDBConnectionManager.close_all_connections()
            gc.collect()  # the adapter closes by dropping its references, some of which go in a circle

    def _on_event(self, event: Any) -> None:
        if event.info.name == "ConcurrencyLine":
            self._expected = event.data.node_count
        if event.info.name == "NodeFinished":
            self._done += 1
            name = event.data.node_info.node_name
            self._report(
                "progress", step="model", name=name, done=self._done, expected=self._expected, unit="nodes"
            )


def objects_not_landed(manifest: Any, database: Database) -> list[str]:
    """Keys of the sources without a table. Raises TransformFailed when an application table needs one, or a model a field."""
    with database.connect() as connection:
        landed = typed_columns(connection)
    missing = {key: node.name for key, node in manifest.sources.items() if node.identifier not in landed}
    for key, name in missing.items():
        if needing := _application_models(manifest, after(manifest, [key])):
            raise TransformFailed(
                f"The object {name} has not landed, and {', '.join(needing)} cannot be built without it.",
                f"{database.name}, typed.{name}",
                "Run `landfall extract`, and see that the Salesforce user may read the object. Nothing was published.",
            )
    _refuse_missing_fields(manifest, landed, database)
    return sorted(missing)


def _refuse_missing_fields(
    manifest: Any, landed: Mapping[str, Mapping[str, str]], database: Database
) -> None:
    """The columns that _sources.yml lists are those that staging needs; for another one it takes a null."""
    for source in manifest.sources.values():
        columns = landed.get(source.identifier)
        missing = [] if columns is None else [name for name in source.columns if name not in columns]
        if missing:
            raise TransformFailed(
                f"The field {missing[0]} of {source.name} has not landed, and the models need it"
                f"{f', as {len(missing) - 1} more' if missing[1:] else ''}.",
                f"{database.name}, typed.{source.name}: {', '.join(missing)}",
                "See that the org has the field and that the Salesforce user may read it, and run `landfall extract`."
                " Nothing was published.",
            )


def _application_models(manifest: Any, keys: Iterable[str]) -> list[str]:
    nodes = [manifest.nodes[key] for key in keys]
    return sorted(node.name for node in nodes if node.config.meta.get("app_table"))


def _refresh_docs(dbt: Dbt, report: Report) -> None:
    options = dbt.options
    with options.database.connect() as connection:
        fingerprint = docs_fingerprint(
            connection, take_fingerprint(options.project_dir.parent, options.settings).models
        )
    try:
        refresh_docs(dbt.invoke, options.target_dir, options.site_dir, fingerprint)
    except (
        TransformFailed
    ) as error:  # the data is built and tested; a page about it is no reason to keep it back
        report("note", text=f"The dbt documentation was not made. {error.what}")


def summary(
    manifest: Any, results: Sequence[Any], warnings: Mapping[str, int], seconds: float
) -> TransformResult:
    """The counts of a build that passed."""
    kinds = [str(result.node.resource_type) for result in results]
    told = tuple(
        {"name": manifest.nodes[name].name, "failures": failures} for name, failures in warnings.items()
    )
    return TransformResult(kinds.count("model"), kinds.count("test"), told, seconds)
