"""Keeps validation results and pages: whole files, and of results nothing of any record's values.

A validation writes its result to the store before any action could clean it, and pages are built from the
store alone, so the store's `serialize` is the one gate. The result in memory is not changed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from great_expectations.data_context.store.tuple_store_backend import TupleFilesystemStoreBackend
from great_expectations.data_context.store.validation_results_store import ValidationResultsStore

from expectations.data_docs.safe_result import without_values
from extract.whole_file import write_whole


class SafeValidationResultsStore(ValidationResultsStore):
    """What is stored, and so what pages show, is an allow-list."""

    def serialize(self, value: Any) -> Any:
        return json.dumps(without_values(value.to_json_dict()), indent=2, sort_keys=True)


class WholeFiles(TupleFilesystemStoreBackend):
    """A full disk or a kill leaves no half of a result or page; Great Expectations writes into the file itself."""

    def _set(self, key: Any, value: str | bytes, **_: Any) -> str:
        path = Path(self.full_base_directory) / self._convert_key_to_filepath(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, value)
        return str(path)
