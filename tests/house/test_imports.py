"""Imports point one way: a stage knows nothing of the next, and the run starts without the heavy libraries."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# package → what of ours it may import. The longest matching name counts.
ALLOWED = {
    "demo_org": {"demo_org"},
    "extract.errors": set(),
    "extract.address": {"extract.errors"},
    "extract.record_ids": set(),
    "extract.causes": {"extract.errors"},
    "extract.database": {"extract.causes", "extract.duckdb_file", "extract.errors"},
    "extract.duckdb_file": set(),
    "extract.whole_file": set(),
    "extract.salesforce": {"extract.salesforce", "extract.errors"},
    "extract.catalogue": {"extract.catalogue", "extract.errors"},
    "extract.landing": {"extract"},
    "extract": set(),
    "expectations": {"expectations", "extract.errors", "extract.database", "extract.whole_file"},
    "sync": {"sync", "extract", "expectations"},
}
OURS = ("extract", "expectations", "sync", "demo_org")

# library → the only packages that may import it
OWNERS = {
    "dlt": ("extract.landing",),
    "great_expectations": ("expectations",),
    "dbt": ("sync.stages",),
    "simple_salesforce": ("extract.salesforce",),
}


def modules() -> list[Path]:
    return sorted(path for package in OURS for path in (ROOT / package).rglob("*.py"))


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names if node.module in OURS}
    return found


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_a_module_imports_only_what_its_package_may_know(path: Path) -> None:
    name = dotted(path)
    package = max((known for known in ALLOWED if within(name, known)), key=len)
    ours = {each for each in imported(path) if each.split(".")[0] in OURS and each not in OURS}
    forbidden = {each for each in ours if not any(within(each, allowed) for allowed in ALLOWED[package])}
    assert not forbidden, (
        f"{name} imports {sorted(forbidden)}; {package} may import {sorted(ALLOWED[package])}"
    )


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_a_heavy_library_is_imported_by_its_stage_alone(path: Path) -> None:
    name = dotted(path)
    for library, owners in OWNERS.items():
        if any(within(each, library) for each in imported(path)):
            assert any(within(name, owner) for owner in owners), f"{name} imports {library}"


def test_the_command_line_starts_without_dlt_dbt_or_great_expectations() -> None:
    script = (
        "import sys, sync.cli, sync.run; "
        "print([name for name in ('dlt', 'dbt', 'great_expectations', 'pandas', 'simple_salesforce') "
        "if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_only_the_settings_read_the_environment() -> None:
    readers = [
        dotted(path)
        for path in modules()
        if "os.environ" in path.read_text(encoding="utf-8") or "getenv(" in path.read_text(encoding="utf-8")
    ]
    # The demo and the stage runner hand an environment to a child; the transform stage sets dbt's.
    handing_on = {"sync.demo.demo", "sync.stage_process", "sync.stages.dbt_profile", "sync.stages.__main__"}
    quiet = {"extract.landing.pipeline", "expectations"}
    allowed = {"sync.settings"} | handing_on | quiet
    assert set(readers) <= allowed, f"also read the environment: {sorted(set(readers) - allowed)}"
