"""Copies the dbt project with some of its models, for tests that build it often."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from sync.settings import ROOT

ACCOUNT_MODELS = (
    "districts",
    "schools",
    "organizations",
    "unmapped_values",
    "stg_salesforce__contacts",
    "stg_salesforce__pathways",
    "stg_salesforce__session_participants",
)
_NAMED = re.compile(r"""ref\(["'](\w+)["']\)""")


def copy_account_models(folder: Path) -> Path:
    """The models of accounts and all before them; of the unmapped values those of organizations."""
    project = folder / "dbt_project"
    shutil.copytree(ROOT / "dbt_project", project, ignore=shutil.ignore_patterns("target", "logs"))
    unmapped = project / "models" / "reporting" / "unmapped_values.sql"
    unmapped.write_text(re.sub(r'\s*ref\("int_unmapped__\w+"\),', "", unmapped.read_text()))
    keep_models(project, ACCOUNT_MODELS)
    return project


def keep_models(project: Path, names: Iterable[str]) -> None:
    """Take out all models but these and those before them, with what is said of them."""
    files = {path.stem: path for path in (project / "models").rglob("*.sql")}
    kept: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in files and name not in kept:
            kept.add(name)
            waiting += _NAMED.findall(files[name].read_text())
    assert kept >= set(names)
    for name, path in files.items():
        if name not in kept:
            path.unlink()
            path.with_suffix(".yml").unlink(missing_ok=True)
