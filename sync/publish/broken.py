"""Words the error of a contract that cannot be kept: which model, which column, what to do."""

from __future__ import annotations

from extract.errors import PublishFailed


def broken(model: str, column: str, wrong: str, advice: str) -> PublishFailed:
    """The error to raise before anything is written."""
    return PublishFailed(
        f"The contract of {model} cannot be kept: column {column} {wrong}.",
        f"dbt_project/models/application, model {model}, column {column}",
        f"{advice}, then run `landfall transform` and publish again. Nothing was published.",
    )
