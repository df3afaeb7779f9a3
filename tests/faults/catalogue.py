"""Reads the catalogue of faults, and which tests say that they show one."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = Path(__file__).with_name("catalogue.toml")
ENDS_WELL = ("same run", "next run")


@dataclass(frozen=True)
class Shown:
    """A test that shows a fault."""

    fault: str
    planted: str
    test: str  # tests/salesforce/test_faults.py::test_a_fault_that_passes_is_ridden_out
    ends_well: str = ""  # "same run" or "next run": with a correct result, and without a hand


@dataclass(frozen=True)
class Fault:
    """A fault of the catalogue with the tests that show it."""

    id: str
    chapter: str
    happens: str
    reaction: str
    transient: bool = False
    not_yet: str = ""
    tests: tuple[Shown, ...] = field(default=())

    @property
    def ends_well(self) -> bool:
        """Whether a test shows that it ends with a correct result and without a hand."""
        return any(shown.ends_well for shown in self.tests)


def load_faults() -> list[Fault]:
    """All faults in their order."""
    shown = list(marked_tests())
    content = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return [
        Fault(
            chapter=chapter["title"], tests=tuple(one for one in shown if one.fault == entry["id"]), **entry
        )
        for chapter in content["chapter"]
        for entry in chapter["fault"]
    ]


def marked_tests() -> Iterator[Shown]:
    """What tests say with `@pytest.mark.fault`, found in their text: collecting them all would take seconds."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if "mark.fault(" in text:
            yield from _marked_in(ast.parse(text), str(path.relative_to(ROOT)))


def _marked_in(module: ast.Module, file: str) -> Iterator[Shown]:
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for decorator in node.decorator_list:
                for call in ast.walk(decorator):
                    if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.fault":
                        yield as_shown(f"{file}::{node.name}", *_arguments(call))


def _arguments(call: ast.Call) -> tuple[list[Any], dict[str, Any]]:
    named = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
    return [ast.literal_eval(argument) for argument in call.args], named


def as_shown(test: str, arguments: list[Any], named: dict[str, Any]) -> Shown:
    """The mark as a value; ValueError when it is not `fault("F1", "how it is planted", ends_well="same run")`."""
    if (
        len(arguments) != 2
        or set(named) - {"ends_well"}
        or named.get("ends_well", "") not in ("", *ENDS_WELL)
    ):
        raise ValueError(f'{test}: a fault is marked ("F1", "how it is planted", ends_well={ENDS_WELL})')
    return Shown(arguments[0], arguments[1], test, named.get("ends_well", ""))
