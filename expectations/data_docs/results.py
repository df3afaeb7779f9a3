"""Writes results where Great Expectations keeps its own, as it would, so that its pages show them.

The pages are made by the next process that has Great Expectations loaded: the validation of the next run, or at once
when the check refuses.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from expectations.batch import Batch
from expectations.counting import ABOUT_NULLS, RuleCount
from expectations.data_docs.safe_result import COUNTED, numbers_with_ids, without_values
from expectations.gx_words import configuration
from extract.whole_file import write_whole

NO_IDS: Mapping[str, Sequence[str]] = {}


def write_result(
    results_dir: Path,
    run_id: str,
    moment: dt.datetime,
    batch: Batch,
    counts: Sequence[RuleCount],
    ids: Mapping[str, Sequence[str]] = NO_IDS,
) -> None:
    """One file, in the place that the store's key for it has; `ids` are the records to be told of each rule."""
    stamp = moment.strftime("%Y%m%dT%H%M%S.%fZ")
    folder = results_dir / batch.suite.name / run_id / stamp
    folder.mkdir(parents=True, exist_ok=True)
    result = without_values(_result(run_id, moment, batch, counts, ids))
    write_whole(folder / f"landfall-{batch.object}.json", json.dumps(result, indent=2, sort_keys=True))


def _result(
    run_id: str,
    moment: dt.datetime,
    batch: Batch,
    counts: Sequence[RuleCount],
    ids: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    passed = sum(each.outcome.outcome == "passed" for each in counts)
    return {
        "success": passed == len(counts),
        "suite_name": batch.suite.name,
        "results": [_rule(each, ids.get(each.outcome.rule.name, ())) for each in counts],
        "statistics": {
            "evaluated_expectations": len(counts),
            "successful_expectations": passed,
            "unsuccessful_expectations": len(counts) - passed,
            "success_percent": 100.0 * passed / len(counts) if counts else 100.0,
        },
        "meta": {
            "great_expectations_version": _version(),
            "run_id": {"run_name": run_id, "run_time": moment.isoformat()},
            "validation_time": moment.isoformat(),
            "active_batch_definition": {
                "datasource_name": "landfall",
                "data_connector_name": "fluent",
                "data_asset_name": batch.object,
            },
        },
    }


@cache
def _version() -> str:
    return version("great_expectations")


def _rule(each: RuleCount, ids: Sequence[str]) -> dict[str, Any]:
    outcome = each.outcome
    numbers = {} if outcome.outcome == "could_not_run" else _numbers(each)
    return {
        "success": outcome.outcome == "passed",
        "expectation_config": configuration(outcome.rule),
        "result": {**numbers, **numbers_with_ids(outcome, ids)},
        "exception_info": {"raised_exception": outcome.outcome == "could_not_run"},
    }


def _numbers(each: RuleCount) -> dict[str, Any]:
    if each.outcome.rule.type in COUNTED:
        return {"observed_value": each.found}
    filled = each.elements - each.missing
    numbers: dict[str, Any] = {
        "element_count": each.elements,
        "unexpected_count": each.found,
        "unexpected_percent": 100.0 * each.found / filled if filled else 0.0,
    }
    if each.outcome.rule.type not in ABOUT_NULLS:
        numbers["missing_count"] = each.missing
        numbers["missing_percent"] = 100.0 * each.missing / each.elements if each.elements else 0.0
        numbers["unexpected_percent_nonmissing"] = numbers["unexpected_percent"]
        numbers["unexpected_percent_total"] = 100.0 * each.found / each.elements if each.elements else 0.0
    return numbers
