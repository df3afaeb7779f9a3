"""What a run came to: the numbers of its result, and the exit code they mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from extract.errors import (
    BudgetReached,
    DataRefused,
    LandfallError,
    NotProven,
    PublishHeld,
    error_from_dict,
)

Row = Mapping[str, Any]
WITH_WARNINGS = 3


@dataclass
class Outcome:
    """Filled while the run goes on; the last word is what the command prints."""

    run_id: str
    command: str
    target: str
    state: str = "running"
    exit_code: int = 0
    seconds: float = 0.0
    stages: list[Row] = field(default_factory=list)
    objects: Sequence[Row] = ()
    schema_changes: Sequence[Row] = ()
    columns_read: Sequence[Row] = ()
    followed: Sequence[Row] = ()  # records read again because of what they refer to
    formula_samples: Sequence[Row] = ()
    reconciled: Sequence[Row] = ()  # before the extract, by --reconcile
    reconcile_due: Sequence[Row] = ()
    calls: int = 0
    validated: Sequence[Row] = ()
    replayed: Sequence[Row] = ()  # of a replay: what was set aside of each object, and what of it passes now
    tables: Sequence[Row] = ()
    only: Sequence[str] = ()  # the tables of a publish of some; none: it was of all
    rolled_back_to: str = ""  # the run as of which a rollback publishes
    unresolved: int = 0
    erased: Sequence[Row] = ()  # the records of an erasure
    erased_rows: Sequence[Row] = ()  # how many rows of which table they were, or would be in a dry run
    in_org: Sequence[str] = ()  # those of them that the org shows still
    completeness: Sequence[Row] = ()
    proof: Sequence[Row] = ()  # what each application table was last proven to hold
    warnings: list[str] = field(default_factory=list)
    error: LandfallError | None = None
    site: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        plain = {name: value for name, value in vars(self).items() if name != "error"}
        return {**plain, "error": self.error.to_dict() if self.error else None}

    @property
    def failed_objects(self) -> list[Row]:
        return [each for each in self.objects if each["state"] == "failed"]


def state_after(error: LandfallError | None, published: bool) -> str:
    """The state a run ends in. What was published stays published, whatever failed later."""
    if published:
        return "published"
    if error is None or isinstance(error, NotProven):
        return "unchanged"
    if isinstance(error, DataRefused):
        return "refused"
    if isinstance(error, BudgetReached):
        return "deferred"
    if isinstance(error, PublishHeld):
        return "held"
    return "failed"


def failed_objects_error(failed: Sequence[Row], of: int, were: str = "read") -> LandfallError:
    """One error for all objects that failed; its class, and so the exit code, is the first one's."""
    first = error_from_dict(failed[0]["error"])
    if len(failed) == 1:
        return type(first)(f"{failed[0]['object']}: {first.what}", first.where, first.next_step)
    names = ", ".join(str(each["object"]) for each in failed)
    return type(first)(
        f"{len(failed)} of {of} objects were not {were}: {names}. First: {first.what}",
        first.where,
        first.next_step,
    )


def warn_set_aside(validated: Sequence[Row], limit: float) -> list[str]:
    """One sentence per object of whose rows a larger share than the limit was set aside in this run."""
    return [
        f"{each['object']}: {each['set_aside']:,} of {each['rows_checked']:,} rows set aside "
        f"(more than {limit:.0%})"
        for each in validated
        if each["set_aside"] > limit * each["rows_checked"]
    ]


def warn_unresolved(unresolved: int, tables: Sequence[Row], limit: float) -> list[str]:
    """One sentence when more references point at nothing than the limit allows."""
    rows = sum(each["inserted"] + each["updated"] + each["unchanged"] for each in tables)
    if unresolved <= limit * rows:
        return []
    return [f"{unresolved:,} references of {rows:,} rows point at records that are not there yet"]
