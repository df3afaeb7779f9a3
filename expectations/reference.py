"""Prints docs/reference/rules.md from the suites: `python -m expectations.reference`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from expectations.predicates import NEWEST
from expectations.rules import Rule, Suite
from expectations.suites import load_suites
from expectations.table_suites import load_table_suites

HEAD = """# Rules

Made from `expectations/suites` by `.venv/bin/python -m expectations.reference > docs/reference/rules.md`; a test holds it to them.
How a rule is written, and what the severities do: [add a rule](../how-to/add-a-rule.md). What each said in a run is in
`quality.results`, on the status page and in the Data Docs that it links to.

**refuse** stops the run before anything is published, **quarantine** sets the row aside, **warn** reports. A threshold is the share
of the rows that may break the rule before it counts as broken; where none is shown, one row is enough.
"""
HELD = """
## What is held

About all that is held of an object, in every validation: the number of its records beside the median of the last five, where 20 more
or fewer are never too many, and the age of the newest change in Salesforce, of which a sync that brings nothing looks too.
`tolerance`, `fresh_within_days` and `quarantine_limit` stand at the top of an object's suite.
"""
LANDED = """
## What landed

Rules of every object are listed once; `Organization`, `RecordType` and `User` have none about deletion. Rules compare what landed
together; the rules about what was built see all rows.
"""
BUILT = """
## What was built

Looked at after the models and before the publish, whole tables at a time. Nothing is set aside here. Rules of every table are
listed once.
"""


def reference() -> str:
    """The page, whole."""
    landed = sorted(load_suites().values(), key=lambda suite: suite.object.lower())
    built = sorted(load_table_suites().values(), key=lambda suite: suite.object)
    parts = [HEAD, LANDED, *_sections(landed, "Every object"), HELD, _held(landed)]
    return "".join([*parts, BUILT, *_sections(built, "Every table")])


def _held(suites: Sequence[Suite]) -> str:
    """One line for each object: the rules are the same, their thresholds are not."""
    names = sorted({rule.name for suite in suites for rule in suite.held}, reverse=True)
    lines = [f"\n| object | {' | '.join(f'`{name}`' for name in names)} | may be set aside in a run |\n"]
    lines.append(f"|---|{'---|' * len(names)}---|\n")
    for suite in suites:
        said = {rule.name: _threshold_of_held(rule) for rule in suite.held}
        limit = f"{suite.quarantine_limit:.0%}" if suite.quarantine_limit else "`LANDFALL_QUARANTINE_LIMIT`"
        cells = [said.get(name, "not asked") for name in names]
        lines.append(f"| {suite.object} | {' | '.join(cells)} | {limit} |\n")
    return "".join(lines)


def _threshold_of_held(rule: Rule) -> str:
    if rule.type == NEWEST:
        return f"{rule.kwargs['max_age_days']} days"
    return f"within {float(rule.kwargs['tolerance']):.0%}"


def _sections(suites: Sequence[Suite], shared: str) -> Iterable[str]:
    longest = max(suites, key=lambda suite: sum(_is_shared(rule) for rule in suite.rules))
    # what differs from table to table, its name and its tolerance, is left out of the shared rules
    table = longest.object.removeprefix("build.")
    common = [rule for rule in longest.rules if _is_shared(rule)]
    yield _section(
        shared, common, {rf" of {table}\b": "", r"within \d+ %": "within 5 %, or its suite's tolerance,"}
    )
    for suite in suites:
        own = [rule for rule in suite.rules if not _is_shared(rule)]
        if own:
            yield _section(suite.object, own, {})


def _threshold(rule: Rule) -> str:
    return f"{rule.threshold:.1%}".replace(".0%", "%") if rule.threshold else ""


def _is_shared(rule: Rule) -> bool:
    return rule.where.rpartition(":")[0].endswith("shared.yml")


def _section(title: str, rules: Sequence[Rule], plainer: dict[str, str]) -> str:
    lines = [f"\n### {title}\n\n| rule | severity | threshold | meaning | owner |\n|---|---|---|---|---|\n"]
    for rule in rules:
        meaning = rule.meaning
        for words, instead in plainer.items():
            meaning = re.sub(words, instead, meaning)
        lines.append(
            f"| `{rule.name}` | {rule.severity} | {_threshold(rule)} | {meaning.replace('|', chr(92) + '|')} | {rule.owner} |\n"
        )
    return "".join(lines)


if __name__ == "__main__":
    print(reference(), end="")
