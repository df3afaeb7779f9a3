"""What of a validation's result may be kept: the rules, their counts and their verdicts, by an allow-list.

Great Expectations is not needed for it: the check of built tables writes results without loading it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from expectations.rules import RuleOutcome

NUMBERS = (
    "element_count",
    "unexpected_count",
    "unexpected_percent",
    "unexpected_percent_total",
    "unexpected_percent_nonmissing",
    "missing_count",
    "missing_percent",
)
STATISTICS = (
    "evaluated_expectations",
    "successful_expectations",
    "unsuccessful_expectations",
    "success_percent",
)
# The permitted types whose observed value is a count of rows; of any other it could be a record's value.
COUNTED = ("unexpected_rows_expectation", "expect_table_row_count_to_be_between")
RECORD_IDS = "record_ids"  # ours: of rows that break the rule
IDS_SHOWN = 20  # of each rule
CONFIGURATION = ("type", "kwargs", "severity", "description", "id", "meta")
META = ("great_expectations_version", "run_id", "validation_id", "checkpoint_id", "validation_time")
COULD_NOT_RUN = "The rule could not be run. The run's log names the reason."


def without_values(result: dict[str, Any]) -> dict[str, Any]:
    """A new result with the rules, their counts and their verdicts; whatever is not known to be safe is left out."""
    statistics = {
        key: value
        for key, value in (result.get("statistics") or {}).items()
        if key in STATISTICS and _is_count(value)
    }
    return {
        "success": bool(result.get("success")),
        "results": [_rule(rule) for rule in result.get("results") or []],
        "suite_name": result["suite_name"],
        "suite_parameters": {},
        "statistics": statistics,
        "meta": _meta(result.get("meta") or {}, statistics.get("success_percent")),
        "id": result.get("id"),
    }


def numbers_with_ids(outcome: RuleOutcome, ids: Sequence[str]) -> dict[str, Any]:
    """What is added to a rule's result so that its page tells these ids: the page asks for a count and a share too."""
    if not ids:
        return {}
    return {
        RECORD_IDS: list(ids),
        "element_count": outcome.rows_checked,
        "unexpected_count": outcome.rows_failed,
        "unexpected_percent": outcome.percent,
    }


def raised(info: Any) -> bool:
    """Whether the rule could not run; Great Expectations says so in two shapes, flat and per metric."""
    if not isinstance(info, dict):
        return False
    if "raised_exception" in info:
        return bool(info["raised_exception"])
    return any(isinstance(part, dict) and part.get("raised_exception") for part in info.values())


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    configuration = {k: v for k, v in (rule.get("expectation_config") or {}).items() if k in CONFIGURATION}
    configuration["kwargs"] = {
        k: v for k, v in (configuration.get("kwargs") or {}).items() if k != "batch_id"
    }
    failed_to_run = raised(rule.get("exception_info"))
    counts = {} if failed_to_run else _counts(configuration.get("type"), rule.get("result") or {})
    return {
        "success": bool(rule.get("success")),
        "expectation_config": configuration,
        "meta": {},
        "result": counts,
        "exception_info": {  # texts, never null: the renderer searches both and would lose the whole page
            "raised_exception": failed_to_run,
            "exception_traceback": "",
            "exception_message": COULD_NOT_RUN if failed_to_run else "",
        },
    }


def _counts(kind: str | None, result: dict[str, Any]) -> dict[str, Any]:
    counts = {key: result[key] for key in NUMBERS if _is_count(result.get(key))}
    if "unexpected_percent" not in counts:
        counts.pop("unexpected_count", None)  # the renderer needs both or none
    if kind in COUNTED and _is_count(result.get("observed_value")):
        counts["observed_value"] = result["observed_value"]
    if ids := [each for each in result.get(RECORD_IDS) or () if is_record_id(each)]:
        counts["partial_unexpected_list"] = ids  # what the page lists
    return counts


def is_record_id(value: object) -> bool:
    """Whether it has the shape of a Salesforce id, which is no record's value."""
    return isinstance(value, str) and len(value) in (15, 18) and value.isascii() and value.isalnum()


def _meta(meta: dict[str, Any], success_percent: float | None) -> dict[str, Any]:
    batch = meta.get("active_batch_definition") or {}
    names = ("datasource_name", "data_connector_name", "data_asset_name")
    kept: dict[str, Any] = {key: meta[key] for key in META if key in meta}
    kept["active_batch_definition"] = {**{key: batch.get(key) for key in names}, "batch_identifiers": {}}
    # the pages take the asset's name from batch_kwargs only; the percentage is for our column of the index
    kept["batch_kwargs"] = {
        "data_asset_name": batch.get("data_asset_name"),
        "success_percent": success_percent,
    }
    return kept


def _is_count(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
