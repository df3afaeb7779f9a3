"""Prints docs/reference/faults.md from the tests: `python -m tests.faults.page`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from tests.faults.catalogue import Fault, Shown, load_faults

HEAD = """# Faults

What can go wrong between Salesforce and the application's tables, what Landfall does then, and the test that shows it.

Made from the tests' own marks and `tests/faults/catalogue.toml` by `.venv/bin/python -m tests.faults.page >
docs/reference/faults.md`; a test holds it to them. The faults are planted in the [demo org](../tutorial.md) over HTTP, by a server
that answers as a test says, or for real: clocks, disks, sockets, kills. What ends well is compared with what an undisturbed read, load
or run holds.
"""


def page() -> str:
    """The page, whole."""
    faults = load_faults()
    chapters = groupby(faults, key=lambda fault: fault.chapter)
    return "".join([HEAD, _counts(faults), *(_chapter(title, found) for title, found in chapters)])


def _counts(faults: Sequence[Fault]) -> str:
    shown = [fault for fault in faults if fault.tests]
    open_ends = [fault.id for fault in shown if fault.not_yet]
    missing = [fault.id for fault in faults if not fault.tests]
    transient = [fault for fault in faults if fault.transient]
    well = [fault for fault in transient if fault.ends_well]
    left = [fault.id for fault in transient if not fault.ends_well]
    lines = [
        f"- **{len(shown)} of {len(faults)}** faults are shown by a test. Not yet: {_listed(missing)}."
        f" Shown, with something left open: {_listed(open_ends)}.",
        f"- **{len(well)} of {len(transient)}** faults that pass by themselves end in a correct run without a hand:"
        f" {_count_of(well, 'same run')} in the same run, the others in the next."
        f" Not shown to: {_listed(left)}.",
    ]
    return "\n".join(["", *lines, ""])


def _count_of(faults: Iterable[Fault], run: str) -> int:
    return sum(any(shown.ends_well == run for shown in fault.tests) for fault in faults)


def _listed(ids: Sequence[str]) -> str:
    return ", ".join(ids) or "none"


def _chapter(title: str, faults: Iterable[Fault]) -> str:
    lines = [f"\n## {title}\n", "| | what happens | what Landfall does | how it is planted, and the test |"]
    lines += ["|---|---|---|---|"]
    lines += [f"| {fault.id} | {fault.happens} | {_reaction(fault)} | {_tests(fault)} |" for fault in faults]
    return "\n".join([*lines, ""])


def _reaction(fault: Fault) -> str:
    if not fault.not_yet:
        return fault.reaction
    return f"{fault.reaction} **{'Left open' if fault.tests else 'Not yet shown'}**: {fault.not_yet}"


def _tests(fault: Fault) -> str:
    return "<br>".join(map(_test, fault.tests)) or "–"


def _test(shown: Shown) -> str:
    file, _, name = shown.test.partition("::")
    ends = f" *Ends well in the {shown.ends_well}.*" if shown.ends_well else ""
    return f"{shown.planted}: [{name.removeprefix('test_').replace('_', ' ')}](../../{file}).{ends}"


if __name__ == "__main__":
    print(page(), end="")
