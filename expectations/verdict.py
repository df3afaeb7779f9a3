"""Decides from counts alone whether what landed may go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from expectations.predicates import ROW_COUNT
from expectations.quarantine import SetAside
from expectations.rules import RuleOutcome

# Below this, one bad row would already be a large share.
ROWS_FOR_A_SHARE = 20


@dataclass(frozen=True)
class Verdict:
    """Passed, or refused with a sentence for each reason."""

    verdict: Literal["passed", "refused"]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class ObjectVerdict:
    object: str
    rows_checked: int
    rules_run: int
    rules_failed: int
    set_aside: int
    could_not_run: int


@dataclass(frozen=True)
class ValidationResult:
    verdict: Literal["passed", "refused"]
    reasons: tuple[str, ...]
    objects: tuple[ObjectVerdict, ...]
    seconds: float


def decide(
    outcomes: Sequence[RuleOutcome],
    set_aside: Sequence[SetAside],
    limit: float,
    limits: Mapping[str, float] | None = None,
) -> Verdict:
    """Refuse when a refuse rule failed, when a rule that guards could not run, or when too many rows are set aside.

    `limit` is the largest share of an object's rows that may be; `limits` are those of objects with one of their own.
    """
    reasons = [reason for outcome in outcomes if (reason := _reason(outcome))]
    for share in set_aside:
        most = (limits or {}).get(share.object, limit)
        reasons += [_too_many(share, most)] if _is_too_many(share, most) else []
    return Verdict("refused" if reasons else "passed", tuple(reasons))


def _reason(outcome: RuleOutcome) -> str | None:
    rule = outcome.rule
    if outcome.outcome == "could_not_run" and rule.severity != "warn":
        return f"{outcome.object}: the rule {rule.name} could not run: {outcome.detail}."
    if outcome.outcome == "failed" and rule.severity == "refuse":
        rows = f"{outcome.rows_failed:,} of {outcome.rows_checked:,} rows"
        if rule.type == ROW_COUNT:
            rows = f"{outcome.rows_failed:,} rows more or fewer than usual"
        examples = f" ({outcome.detail})" if outcome.detail else ""
        return f"{outcome.object}: {rows} break the rule {rule.name}: {rule.meaning}{examples}"
    return None


def _is_too_many(share: SetAside, limit: float) -> bool:
    return share.rows_checked > ROWS_FOR_A_SHARE and share.new > limit * share.rows_checked


def _too_many(share: SetAside, limit: float) -> str:
    return (
        f"{share.object}: {share.new:,} of {share.rows_checked:,} rows would be set aside, "
        f"more than the limit of {limit:.0%}."
    )
