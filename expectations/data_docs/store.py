"""Keeps validation results without any record's values: what is stored, and so what pages show, is an allow-list.

A validation writes its result to the store before any action could clean it, and pages are built from the
store alone, so the store's `serialize` is the one gate. The result in memory is not changed.
"""

from __future__ import annotations

import json
from typing import Any

from great_expectations.data_context.store.validation_results_store import ValidationResultsStore

from expectations.data_docs.safe_result import without_values


class SafeValidationResultsStore(ValidationResultsStore):
    def serialize(self, value: Any) -> Any:
        return json.dumps(without_values(value.to_json_dict()), indent=2, sort_keys=True)
