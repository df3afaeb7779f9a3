"""The verdict is a pure function of counts."""

from __future__ import annotations

import pytest

from expectations.quarantine import SetAside
from expectations.rules import Outcome, Rule, RuleOutcome, Severity
from expectations.verdict import decide


def _outcome(severity: Severity, outcome: Outcome, failed: int = 0, detail: str = "") -> RuleOutcome:
    rule = Rule("name_is_there", "t", {}, severity, "There is a name.", "Data team", "live", "account.yml:1")
    return RuleOutcome("Account", rule, 1200, failed, outcome, detail)


@pytest.mark.parametrize(
    ("severity", "outcome", "verdict"),
    [
        ("refuse", "passed", "passed"),
        ("refuse", "failed", "refused"),
        ("refuse", "could_not_run", "refused"),
        ("quarantine", "passed", "passed"),
        ("quarantine", "failed", "passed"),
        ("quarantine", "could_not_run", "refused"),
        ("warn", "passed", "passed"),
        ("warn", "failed", "passed"),
        ("warn", "could_not_run", "passed"),
    ],
)
def test_severity_and_outcome_decide(severity: Severity, outcome: Outcome, verdict: str) -> None:
    decided = decide([_outcome(severity, outcome, failed=3)], [], 0.1)

    assert decided.verdict == verdict
    assert bool(decided.reasons) == (verdict == "refused")


@pytest.mark.parametrize(
    ("rows", "new", "limit", "verdict"),
    [
        (1000, 100, 0.1, "passed"),  # exactly the limit
        (1000, 101, 0.1, "refused"),
        (20, 20, 0.1, "passed"),  # too few rows for a share to mean anything
        (21, 3, 0.1, "refused"),
        (21, 2, 0.1, "passed"),
        (0, 0, 0.1, "passed"),
        (1000, 1000, 1.0, "passed"),
    ],
)
def test_too_large_a_share_set_aside_refuses_the_run(rows: int, new: int, limit: float, verdict: str) -> None:
    assert decide([], [SetAside("Account", rows, new, new)], limit).verdict == verdict


def test_rows_that_were_set_aside_before_do_not_count_again() -> None:
    assert decide([], [SetAside("Account", 1000, all=500, new=0)], 0.1).verdict == "passed"


def test_a_reason_says_how_many_rows_break_which_rule() -> None:
    decided = decide([_outcome("refuse", "failed", 3, "first ids: 001000000000001AAA")], [], 0.1)

    assert decided.reasons == (
        "Account: 3 of 1,200 rows break the rule name_is_there: There is a name. (first ids: 001000000000001AAA)",
    )


def test_every_reason_is_given() -> None:
    outcomes = [
        _outcome("refuse", "failed", 1),
        _outcome("quarantine", "could_not_run", detail="no column x"),
    ]

    assert len(decide(outcomes, [SetAside("Account", 100, 50, 50)], 0.1).reasons) == 3


def test_a_suite_s_own_limit_takes_the_place_of_the_settings_one() -> None:
    shares = [SetAside("Account", 100, 5, 5), SetAside("Contact", 100, 5, 5)]

    decided = decide([], shares, 0.10, {"Account": 0.02})

    assert decided.reasons == ("Account: 5 of 100 rows would be set aside, more than the limit of 2%.",)
