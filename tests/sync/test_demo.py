"""`make demo`: the story it tells is what happened, and nothing of the user's is touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sync.demo.demo import show_demo


@pytest.mark.share
def test_the_demonstration_tells_what_two_syncs_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    # What the user has configured must not reach the demonstration.
    monkeypatch.setenv("SALESFORCE_ACCESS_TOKEN", "canary-token")
    monkeypatch.setenv("DATABASE_URL", f"duckdb:///{tmp_path}/users/own.duckdb")
    monkeypatch.setenv("LANDFALL_DATA_DIR", str(tmp_path / "users"))
    told: list[str] = []
    assert show_demo(told.append, folder=tmp_path / "demo") == 0
    (story,) = told
    for part in (
        "First sync",
        "set aside",
        "Partnership_Level__c",
        "Second sync",
        "records in the org, all of them accounted for here",
        str(tmp_path / "demo" / "site" / "index.html"),
    ):
        assert part in story
    assert (tmp_path / "demo" / "site" / "index.html").is_file()
    assert not (tmp_path / "users").exists()
    progress = capfd.readouterr().err
    assert "Traceback" not in progress
    assert "canary" not in story + progress + json.dumps(told)
