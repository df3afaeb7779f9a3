"""docs/explanation/past-defects.md tells the truth: all defects and edge cases are there, and what it names exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from demo_org import scenario
from demo_org.records.planting import OBJECT_OF_FILE, planted_entries
from tests.house.test_imports import imported, modules

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/explanation/past-defects.md").read_text(encoding="utf-8")
SPAN = re.compile(r"`([^`]+)`")
KINDS = {  # what a code span of the tables may name
    "test": re.compile(r"(tests/[\w/]+\.py)::(test_\w+)"),
    "dbt": re.compile(r"dbt: (\w+)"),
    "rule": re.compile(r"rule: (\w+)"),
    "demo": re.compile(r"demo: (\w+) (\d+)"),
    "scenario": re.compile(r"scenario: (\w+)"),
}
SERVERS = {
    "http.server",
    "socketserver",
    "wsgiref",
    "flask",
    "fastapi",
    "starlette",
    "uvicorn",
    "aiohttp.web",
}


def rows_of(heading: str) -> dict[str, str]:
    """The table under a heading: the first cell of each row, and what comes after it."""
    section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    assert section, f"no section {heading!r}"
    lines = re.findall(r"^\| (.+?) \|(.+)\|$", section[1], re.M)
    return {first: rest for first, rest in lines[1:] if not set(first) <= {"-", ":"}}


INCIDENTS, DEFECTS, EDGES = (rows_of(name) for name in ("Incidents", "Defects", "Edge cases"))
ROWS = [
    *(f"incident {key}" for key in INCIDENTS),
    *(f"defect {key}" for key in DEFECTS),
    *(f"edge case {key}" for key in EDGES),
]


def text_of(row: str) -> str:
    kind, _, key = row.rpartition(" ") if not row.startswith("incident ") else ("incident", "", row[9:])
    return {"incident": INCIDENTS, "defect": DEFECTS, "edge case": EDGES}[kind][key]


@cache
def functions_of(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@cache
def dbt_tests() -> frozenset[str]:
    """The unit tests beside the models, and tests that are files of their own."""
    found = {path.stem for path in (ROOT / "dbt_project/tests").glob("*.sql")}
    for path in (ROOT / "dbt_project/models").rglob("*.yml"):
        given = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        found |= {test["name"] for test in given.get("unit_tests") or []}
    return frozenset(found)


@cache
def rules() -> frozenset[str]:
    suites = (
        yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in (ROOT / "expectations/suites").glob("*.yml")
    )
    return frozenset(each["meta"]["rule"] for suite in suites for each in suite["expectations"])


def is_there(kind: str, found: re.Match[str]) -> bool:
    """Whether what a span names exists."""
    if kind == "test":
        return (ROOT / found[1]).is_file() and found[2] in functions_of(found[1])
    if kind == "demo":
        known = found[1] in OBJECT_OF_FILE
        return known and any(each["number"] == int(found[2]) for each in planted_entries(found[1]))
    if kind == "scenario":
        return found[1] in {step.__name__ for steps in scenario.SCENARIOS.values() for step in steps}
    return found[1] in {"dbt": dbt_tests, "rule": rules}[kind]()


def named(text: str) -> list[tuple[str, re.Match[str]]]:
    """What a row names, with its kind."""
    return [
        (kind, found)
        for span in SPAN.findall(text)
        for kind, pattern in KINDS.items()
        if (found := pattern.fullmatch(span))
    ]


def test_every_defect_and_every_edge_case_of_the_domain_has_its_row() -> None:
    assert list(DEFECTS) == [f"B{number}" for number in range(1, 33)]
    assert list(EDGES) == [str(number) for number in range(1, 19)]
    assert len(INCIDENTS) >= 17


@pytest.mark.parametrize("row", ROWS)
def test_a_row_names_tests_that_exist(row: str) -> None:
    found = named(text_of(row))
    missing = [match[0] for kind, match in found if not is_there(kind, match)]
    assert not missing
    assert {kind for kind, _ in found} & {"test", "dbt"}, "a demo record alone fails nothing"


@pytest.mark.parametrize("row", ROWS)
def test_a_row_names_nothing_in_a_way_that_nobody_checks(row: str) -> None:
    loose = [
        span for span in SPAN.findall(text_of(row)) if re.match(r"(tests/|dbt:|rule:|demo:|scenario:)", span)
    ]
    assert loose == [match[0] for _, match in named(text_of(row))]


def test_nothing_serves_requests_or_keeps_users() -> None:
    """A scheduler once made an administrator with a known password, to call the import routes as that user.

    `landfall serve` shows files on loopback and starts nothing (tests/unit/sync/test_serve.py).
    """
    shows_files = ROOT / "sync" / "serve.py"
    product = [
        path for path in modules() if path.relative_to(ROOT).parts[0] != "demo_org" and path != shows_files
    ]
    assert product
    assert {str(path): imported(path) & SERVERS for path in product if imported(path) & SERVERS} == {}


def test_no_column_of_an_application_table_cuts_text() -> None:
    paths = sorted((ROOT / "dbt_project/models/application").glob("*.yml"))
    assert paths
    for path in paths:
        types = re.findall(r"data_type: *([a-z]+(?:\(\d+\))?)", path.read_text(encoding="utf-8"))
        assert not [each for each in types if re.match(r"(var)?char|text\(|string", each)], path.name


@pytest.mark.parametrize(
    ("span", "there"),
    [
        ("dbt: no_such_test", False),
        ("rule: no_such_rule", False),
        ("demo: contact 1", True),
        ("demo: contact 999", False),
        ("demo: planet 1", False),
        ("scenario: people_become_one", True),
        ("scenario: play", False),
        ("tests/house/test_past_defects.py::test_a_row_names_tests_that_exist", True),
        ("tests/house/test_past_defects.py::test_that_is_not_there", False),
        ("tests/house/no_such_file.py::test_that_is_not_there", False),
    ],
)
def test_a_name_is_looked_up_where_it_belongs(span: str, there: bool) -> None:
    ((kind, match),) = named(f"`{span}`")
    assert is_there(kind, match) is there
