"""Runs the suites with Great Expectations, one checkpoint for each batch, and reads the counts from its results."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import great_expectations as gx
from great_expectations.data_context.types.base import DataContextConfig
from great_expectations.data_context.types.resource_identifiers import (
    ExpectationSuiteIdentifier,
    ValidationResultIdentifier,
)

from expectations.batch import SCHEMA, Batch
from expectations.data_docs.pages import Folders
from expectations.data_docs.safe_result import numbers_with_ids, raised
from expectations.dialect import close_connections
from expectations.gx_once import forms_made_once
from expectations.gx_words import configuration
from expectations.predicates import ROW_COUNT, columns_read
from expectations.rules import FOLDED, Rule, RuleOutcome, Suite
from extract.database import Database
from extract.errors import LandfallError, SettingsError

LOG = logging.getLogger(__name__)
SITE = "Landfall: quality of what landed and of what was built"
# Counts alone: no failing value is fetched from the database.
COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}


@dataclass(frozen=True)
class Checks:
    """What a checkpoint said: one outcome for each declared rule, and Great Expectations' own result."""

    outcomes: tuple[RuleOutcome, ...]
    result: Any


@contextmanager
def open_context(database: Database, folders: Folders, suites: Mapping[str, Suite]) -> Iterator[Any]:
    """A context that lives as long as the block; the database file is let go of at its end.

    All suites are in it, also of objects without a batch: pages of absent suites would be removed.
    """
    context = gx.get_context(mode="ephemeral", project_config=_configuration(folders, len(suites)))
    try:
        for suite in suites.values():
            context.suites.add(_to_gx(suite))
        _add_source(context, database)
        yield context
    finally:
        close_connections()


def identify_run(run_id: str) -> Any:
    """One name and time for all results of a run: pages are kept and forgotten by it."""
    return gx.RunIdentifier(run_name=run_id, run_time=dt.datetime.now(dt.UTC))


def run_checkpoint(context: Any, batch: Batch, run: Any) -> Checks:
    """Validate one batch. A rule that raised is told apart from a rule that failed. Nothing is stored yet."""
    asset = context.data_sources.get("landfall").add_table_asset(
        batch.object, table_name=batch.table, schema_name=SCHEMA
    )
    landed = asset.add_batch_definition_whole_table("landed").get_batch()
    with forms_made_once():
        validation = landed.validate(_to_gx(batch.suite), result_format=COUNTS_ONLY)
    validation.meta |= {"run_id": run, "validation_time": run.run_time, "batch_id": landed.id}
    return Checks(_outcomes(batch, validation.results), validation)


def store_result(context: Any, checks: Checks, ids: Mapping[str, Sequence[str]]) -> Any:
    """Keep the result for the pages, with the record ids that are to be told of a rule; the key it has in the store."""
    result = checks.result
    outcomes = {outcome.rule.name: outcome for outcome in checks.outcomes}
    for rule in result.results:
        name = rule.expectation_config.meta["rule"]
        rule.result = {**(rule.result or {}), **numbers_with_ids(outcomes[name], ids.get(name, ()))}
    suite = ExpectationSuiteIdentifier(result.suite_name)
    key = ValidationResultIdentifier(suite, result.meta["run_id"], result.meta["batch_id"])
    context.validation_results_store.set(key, result)
    return key


def _outcomes(batch: Batch, results: Sequence[Any]) -> tuple[RuleOutcome, ...]:
    by_rule = {result.expectation_config.meta["rule"]: result for result in results}
    missing = [rule.name for rule in batch.suite.rules if rule.name not in by_rule]
    if missing or len(results) != len(batch.suite.rules):
        raise LandfallError(
            f"{len(batch.suite.rules)} rules are declared for {batch.object} and {len(results)} ran.",
            missing[0] if missing else batch.suite.name,
            "This is a defect of Landfall: please report it.",
        )
    return tuple(_outcome(batch, rule, by_rule[rule.name]) for rule in batch.suite.rules)


def _outcome(batch: Batch, rule: Rule, result: Any) -> RuleOutcome:
    counts = result.result or {}
    failed = counts.get("unexpected_count", counts.get("observed_value"))
    if failed is None and counts.get("element_count") == 0:
        failed = 0  # no row meets the rule's condition: a sum over nothing
    if raised(result.exception_info) or not isinstance(failed, int):
        why = _why_not(batch, rule, result.exception_info)
        LOG.warning("%s: the rule %s could not run: %s", batch.object, rule.name, why)
        return RuleOutcome(batch.object, rule, 0, 0, "could_not_run", why)
    checked = counts.get("element_count", batch.rows if rule.rows == "all" else batch.live_rows)
    if rule.type == ROW_COUNT:  # what it counted are the rows; what differs from the published ones breaks it
        checked = batch.live_rows if batch.published is None else batch.published
        failed = 0 if result.success else abs(failed - checked)
    return RuleOutcome(batch.object, rule, checked, failed, "passed" if result.success else "failed")


def _why_not(batch: Batch, rule: Rule, exception_info: Any) -> str:
    """The reason without the database's own words, which may quote a record's value: the kind of its error alone."""
    absent = sorted(columns_read(rule, set()) - batch.columns - {"_live"})
    if absent:
        return f"{batch.object} has no column {absent[0].removeprefix(FOLDED)}"
    kinds = re.findall(r"\((_?\w+(?:\.\w+)*\.[A-Z]\w+)\)", str(exception_info))
    return (
        f"the database could not evaluate it ({kinds[0]})" if kinds else "the database could not evaluate it"
    )


def _to_gx(suite: Suite) -> Any:
    try:
        made = gx.ExpectationSuite(
            name=suite.name, expectations=[configuration(rule) for rule in suite.rules]
        )
    except (
        Exception
    ) as error:  # Great Expectations raises many kinds here, all of them about the text of a rule
        raise SettingsError(
            f"Great Expectations does not accept a rule of the suite: {type(error).__name__}.",
            _line_of_the_first_refused(suite),
            "See that the values of the rule have the kind that its type asks for.",
        ) from error
    if len(made.expectations) != len(suite.rules):
        raise SettingsError(
            f"Great Expectations took {len(made.expectations)} of {len(suite.rules)} rules.",
            _file_of(suite),
            "See that no two rules say the same.",
        )
    return made


def _file_of(suite: Suite) -> str:
    _, built, table = suite.object.partition("build.")
    return f"expectations/suites/{f'application/{table}' if built else suite.name}.yml"


def _line_of_the_first_refused(suite: Suite) -> str:
    for rule in suite.rules:
        try:
            gx.ExpectationSuite(name=suite.name, expectations=[configuration(rule)])
        except Exception:
            return f"expectations/suites/{rule.where}"
    return _file_of(suite)


def _add_source(context: Any, database: Database) -> None:
    if database.kind == "duckdb":
        path = quote(str(database.path.resolve()))  # expectations/dialect.py takes the quoting back
        options = "access_mode=read_only&threads=2"
        context.data_sources.add_sql("landfall", connection_string=f"postgresql+duckdb:///{path}?{options}")
        return
    # a $ would be read as a variable's name, and the codes in the database's as they are
    address = database.url.partition("://")[2].replace("$", "%24")
    name = urlsplit(database.url).path.removeprefix("/")
    address += f"{'&' if '?' in address else '?'}dbname={name}" if "%" in name else ""
    context.data_sources.add_postgres("landfall", connection_string=f"postgresql+psycopg2://{address}")


def _configuration(folders: Folders, suites: int) -> DataContextConfig:
    memory = {"class_name": "InMemoryStoreBackend"}
    return DataContextConfig(
        config_version=4.0,
        expectations_store_name="suites",
        validation_results_store_name="results",
        checkpoint_store_name="checkpoints",
        stores={
            "suites": {"class_name": "ExpectationsStore", "store_backend": dict(memory)},
            "checkpoints": {"class_name": "CheckpointStore", "store_backend": dict(memory)},
            "validation_definition_store": {
                "class_name": "ValidationDefinitionStore",
                "store_backend": dict(memory),
            },
            "results": {
                "class_name": "SafeValidationResultsStore",
                "module_name": "expectations.data_docs.store",
                "store_backend": _files(folders.results),
            },
        },
        data_docs_sites={
            SITE: {
                "class_name": "OfflineSiteBuilder",
                "module_name": "expectations.data_docs.site",
                "validation_results_limit": folders.runs_kept * suites,
                "store_backend": _files(folders.docs),
            }
        },
        analytics_enabled=False,
        progress_bars={"globally": False},
    )


def _files(folder: Path) -> dict[str, Any]:
    plain = str(folder.resolve()).replace("$", r"\$")  # a $ alone begins the name of a variable
    return {
        "class_name": "WholeFiles",
        "module_name": "expectations.data_docs.store",
        "base_directory": plain,
    }
