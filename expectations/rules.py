"""Holds what a rule is: one Great Expectations expectation with a name, a meaning, an owner and a severity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["refuse", "quarantine", "warn"]
Outcome = Literal["passed", "failed", "could_not_run"]
SEVERITIES: tuple[Severity, ...] = ("refuse", "quarantine", "warn")

# A column that every batch has: false for a record that was deleted in Salesforce.
LIVE = "_live"
# Before the name of a text column: the same in small letters and without blanks around it, as the models compare.
FOLDED = "_folded_"
LIVE_CONDITION = {"type": "comparison", "column": {"name": LIVE}, "operator": "==", "parameter": True}


@dataclass(frozen=True)
class Rule:
    """One line of a suite. `rows` says whether it also looks at records deleted in Salesforce."""

    name: str
    type: str
    kwargs: Mapping[str, Any]
    severity: Severity
    meaning: str
    owner: str
    rows: Literal["live", "all"]
    where: str  # file:line, for messages

    @property
    def condition(self) -> dict[str, Any] | None:
        """Great Expectations' row condition: the rule's own, and that the record is not deleted."""
        own = self.kwargs.get("row_condition")
        if self.rows == "all":
            return own
        return {"type": "and", "conditions": [LIVE_CONDITION, own]} if own else LIVE_CONDITION

    @property
    def threshold(self) -> float:
        """The share of the rows that may break the rule, as Great Expectations' `mostly` says it the other way round."""
        return round(1.0 - float(self.kwargs.get("mostly", 1.0)), 6)


@dataclass(frozen=True)
class Suite:
    """All rules of one object, the shared ones first.

    `held` are rules about all that is held of the object, `quarantine_limit` is the share of a batch's rows that may
    be set aside where it is another than the settings say. `optional` are columns that an org may lack.
    """

    name: str
    object: str
    rules: tuple[Rule, ...]
    held: tuple[Rule, ...] = ()
    quarantine_limit: float | None = None
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RuleOutcome:
    """What one rule said about one batch: counts only, never a value."""

    object: str
    rule: Rule
    rows_checked: int
    rows_failed: int
    outcome: Outcome
    detail: str = ""  # why it could not run, or why its rows cannot be named

    @property
    def percent(self) -> float:
        return 100.0 * self.rows_failed / self.rows_checked if self.rows_checked else 0.0
