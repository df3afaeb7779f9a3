"""A seed that changed is due, also one that is too large for dbt to look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.database import Database
from sync.stages.dbt_profile import profile_in_environment
from sync.stages.node_code import Project
from sync.stages.transform import Dbt, TransformOptions
from tests.spec.project import copy_account_models

MEBIBYTE = 2**20


@pytest.mark.parametrize("size", [pytest.param(100, marks=pytest.mark.slow), 2 * MEBIBYTE])
def test_a_seed_of_any_size_is_due_when_a_value_in_it_changes(
    duckdb_database: Database, tmp_path: Path, size: int
) -> None:
    project = copy_account_models(tmp_path)
    options = TransformOptions(duckdb_database, project, tmp_path / "data", tmp_path / "site", "run")
    seed = project / "seeds" / "school_levels.csv"
    lines = [f"{number:018},High" for number in range(size // 24)]

    def code() -> str:
        with profile_in_environment(duckdb_database, options.settings):
            dbt = Dbt(options, lambda *_, **__: None)
            dbt.parse()
        made_of = Project(dbt.manifest, {}, {}, "", project / "dbt_project.yml")
        return made_of.code("seed.landfall.school_levels")

    seed.write_text("\n".join(["school_id,level", *lines, ""]))
    before = code()
    assert code() == before
    seed.write_text("\n".join(["school_id,level", *lines[:-1], lines[-1].replace("High", "Less"), ""]))
    assert code() != before
