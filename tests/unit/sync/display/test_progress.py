"""What a person or a machine sees of a run while it works."""

from __future__ import annotations

import io
import json

from sync.display.progress import open_display, spell_event


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def show(log_format: str, stream: io.StringIO) -> str:
    with open_display(log_format, stream) as display:
        display.run_started("r1", "sync", "DuckDB file")
        display.stage_started("extract")
        display.event(
            "extract", {"event": "progress", "object": "Account", "done": 5, "expected": 9, "unit": "rows"}
        )
        display.event("extract", {"event": "retry", "object": "Task", "what": "HTTP 503", "wait": 2.0})
        display.stage_ended("extract", "passed", 1.25, "15 objects")
    return stream.getvalue()


def test_without_a_terminal_every_line_is_plain_text() -> None:
    shown = show("text", io.StringIO())
    assert "\x1b" not in shown
    assert "landfall sync: run r1 into DuckDB file\n" in shown
    assert "Task: HTTP 503; next try in 2 s" in shown
    assert "extract passed in 1.2 s: 15 objects\n" in shown


def test_machines_get_json_lines_that_each_carry_a_time() -> None:
    lines = [json.loads(line) for line in show("json", io.StringIO()).splitlines()]
    assert [line["event"] for line in lines] == [
        "run_started",
        "stage_started",
        "progress",
        "retry",
        "stage_ended",
    ]
    assert all(line["at"] for line in lines)
    assert lines[2]["done"] == 5


def test_on_a_terminal_the_stage_line_stays() -> None:
    shown = show("text", Terminal())
    assert "✓" in shown
    assert "15 objects" in shown


def test_progress_is_spelled_with_thousands() -> None:
    event = {"event": "progress", "object": "Contact", "done": 12000, "expected": 200000, "unit": "rows"}
    assert spell_event(event) == "Contact: 12,000 of 200,000 rows"
