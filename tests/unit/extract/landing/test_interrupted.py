from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from extract.landing.fields import HeldField
from extract.landing.intent import as_interrupted
from extract.landing.window import Window
from extract.salesforce import soql
from extract.salesforce.kept_job import keep_job

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
START = NOW - timedelta(days=1)
WINDOW = Window("SystemModstamp", START, NOW, "")
FIELDS = (HeldField("Id", "id", "id", 18, 0, 0), HeldField("Name", "name", "string", 80, 0, 0))


def left(folder: Path, window: Window, fields: tuple[str, ...] = ("Id", "Name")) -> None:
    keep_job(
        folder,
        "https://org.my.salesforce.test",
        soql.select("Account", fields, window.where),
        "750000000000001",
        "64.0",
    )


def test_the_window_of_an_interrupted_bulk_job_is_read_to_its_end(tmp_path: Path) -> None:
    earlier = Window("SystemModstamp", START, NOW - timedelta(hours=2), "")
    left(tmp_path, earlier)
    assert as_interrupted(WINDOW, "Account", FIELDS, tmp_path).end == earlier.end


@pytest.mark.parametrize(
    ("case", "window", "fields"),
    [
        ("another start", Window("SystemModstamp", None, NOW - timedelta(hours=2), ""), ("Id", "Name")),
        ("other fields", Window("SystemModstamp", START, NOW - timedelta(hours=2), ""), ("Id",)),
        ("another cursor", Window("CreatedDate", START, NOW - timedelta(hours=2), ""), ("Id", "Name")),
        (
            "its results are gone",
            Window("SystemModstamp", START, NOW - timedelta(days=7), ""),
            ("Id", "Name"),
        ),
        (
            "it ends in the future",
            Window("SystemModstamp", START, NOW + timedelta(hours=2), ""),
            ("Id", "Name"),
        ),
    ],
)
def test_a_job_for_anything_else_changes_nothing(
    tmp_path: Path, case: str, window: Window, fields: tuple[str, ...]
) -> None:
    left(tmp_path, window, fields)
    assert as_interrupted(WINDOW, "Account", FIELDS, tmp_path) == WINDOW, case


def test_an_object_without_a_cursor_is_read_up_to_now_whatever_was_left(tmp_path: Path) -> None:
    whole = Window("", None, NOW, "")
    left(tmp_path, whole)
    assert as_interrupted(whole, "Account", FIELDS, tmp_path) == whole


def test_without_a_job_the_window_is_as_planned(tmp_path: Path) -> None:
    assert as_interrupted(WINDOW, "Account", FIELDS, tmp_path) == WINDOW
    (tmp_path / "job.json").write_text(
        '{"job_id": "1", "instance_url": "", "query": "SELECT Id FROM Account", "api_version": "64.0"}'
    )
    assert as_interrupted(WINDOW, "Account", FIELDS, tmp_path) == WINDOW
