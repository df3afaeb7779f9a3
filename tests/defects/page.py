"""Makes docs/reference/defects.md: the kinds of bad data that are planted, and the rule that catches each."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from expectations.suites import load_suites
from tests.defects.catalogue import Seeded, read_catalogue

HEAD = """# Defects

Bad data of many kinds, planted record by record in the [demo org](../tutorial.md) and brought over by HTTP like any other. Made from
`tests/defects/catalogue.toml` by `.venv/bin/python -m tests.defects.page > docs/reference/defects.md`; tests hold the page to the
catalogue, and the catalogue to what the [rules](rules.md) find.

- **{defects} of {defects}** planted defects are caught, each by just the rules that it shall break.
- **0 of {right}** records that look odd and are right are caught.

What a severity does: [add a rule](../how-to/add-a-rule.md). Rules that compare records, whole tables or what was built have examples of their own,
each with rows that pass and rows that fail: `tests/spec/examples`.

| planted | in | caught by |
|---|---|---|
"""


def make_page(seeded: Sequence[Seeded]) -> str:
    """The page as text."""
    severities = {
        (suite.object, rule.name): rule.severity for suite in load_suites().values() for rule in suite.rules
    }
    defects = [each for each in seeded if each.breaks]
    right = [each for each in seeded if not each.breaks]
    lines = [
        f"| {each.what} | {each.object} | "
        + "<br>".join(f"`{rule}` ({severities[each.object, rule]})" for rule in each.breaks)
        + " |"
        for each in defects
    ]
    tail = "\n## Odd, and right\n\n| planted | in |\n|---|---|\n"
    tail += "\n".join(f"| {each.what} | {each.object} |" for each in right)
    return HEAD.format(defects=len(defects), right=len(right)) + "\n".join(lines) + "\n" + tail + "\n"


if __name__ == "__main__":
    sys.stdout.write(make_page(read_catalogue()))
