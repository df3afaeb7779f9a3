"""A sync on a machine that forgets: the data folder is packed after each run and gone before the next."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from extract.database import Database
from sync.settings import ROOT
from tests.demo_org.running import start_demo_org
from tests.sync.whole_runs import Sync


@pytest.mark.slow
def test_the_next_machine_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    data, state = tmp_path / "data", tmp_path / "kept" / "state.enc"
    with start_demo_org(tmp_path / "org", scale=20) as org:
        sync = Sync(org, Database(f"duckdb:///{data}/landfall.duckdb"), data)

        def run_scheduled() -> str:
            settings = {"STATE_FILE": str(state), "STATE_KEY": "a-key"}
            done = subprocess.run(
                ["sh", ROOT / ".ci" / "scheduled-sync"],
                env=sync.environment(settings),
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            assert (data / "site" / "index.html").exists()
            shutil.rmtree(data)
            return done.stdout

        assert "The application schema is up to date." in run_scheduled()
        assert "Nothing new" in run_scheduled()
        org.control("POST", "/scenario", {"name": "second_day"})
        assert "The application schema is up to date." in run_scheduled()
