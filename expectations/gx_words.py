"""Says a rule in Great Expectations' own words, without loading it."""

from __future__ import annotations

from typing import Any

from expectations.predicates import ROW_COUNT, query_of
from expectations.rules import Rule

# Great Expectations' own words, for its API and exports; pages get ours through the description.
SEVERITY = {"refuse": "critical", "quarantine": "warning", "warn": "info"}


def configuration(rule: Rule) -> dict[str, Any]:
    kwargs = dict(rule.kwargs)
    if rule.type == "unexpected_rows_expectation":  # takes no row condition
        kwargs["unexpected_rows_query"] = query_of(rule, "{batch}")
    elif rule.condition:
        kwargs["row_condition"] = rule.condition
    if rule.type == ROW_COUNT:
        kwargs.setdefault("min_value", 0)  # a suite that judges nothing in this run: it is on the pages only
        kwargs.pop("tolerance", None)
    return {
        "type": rule.type,
        "kwargs": kwargs,
        "severity": SEVERITY[rule.severity],
        # its pages show the description and neither the severity nor the name
        "description": f"{rule.meaning} ({rule.severity}: {rule.name}; {rule.owner})".replace("$", "$$"),
        "meta": {"rule": rule.name, "severity": rule.severity, "owner": rule.owner},
    }
