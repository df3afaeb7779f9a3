"""Whom failures and recoveries are told, what is said and what never is; and that it changes nothing about a run."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from extract.database import Database
from extract.errors import DatabaseUnavailable, DataRefused, LandfallError, LockHeld, SettingsError
from sync import webhook
from sync.display.progress import open_display
from sync.ops_tables import create_ops_tables
from sync.outcome import Outcome
from sync.settings import Settings, load_settings
from sync.webhook import tell_webhook
from tests.pages.history import MARKER, add_run


class Address(HTTPServer):
    """Takes messages, and answers with the statuses it was told, then with 200."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taker)
        self.taken: list[dict[str, Any]] = []
        self.statuses: list[int] = []


class _Taker(BaseHTTPRequestHandler):
    server: Address

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        if status == 200:
            self.server.taken.append(json.loads(body))
        self.send_response(status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def address() -> Iterator[Address]:
    server = Address()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings(address: Address, duckdb_database: Database, tmp_path: Path) -> Settings:
    with duckdb_database.connect() as connection:
        create_ops_tables(connection)
    return load_settings(
        {
            "LANDFALL_ENV_FILE": "",
            "LANDFALL_DATA_DIR": str(tmp_path),
            "DATABASE_URL": duckdb_database.url,
            "LANDFALL_WEBHOOK_URL": f"http://127.0.0.1:{address.server_port}/hook/canary-path",
        }
    )


def run(settings: Settings, run_id: str, error: LandfallError | None = None) -> str:
    """A run that is recorded with the error, or well; what the terminal showed."""
    stream, outcome = io.StringIO(), Outcome(run_id, "sync", settings.database.name)
    with open_display("text", stream) as display, tell_webhook(settings, outcome, display):
        outcome.error, outcome.exit_code = error, error.exit_code if error else 0
        outcome.state = "refused" if error else "published"
        outcome.objects = [{"object": "Account", "state": "landed", "versions_new": 7}]
        with settings.database.connect() as connection:
            add_run(connection, run_id, state=outcome.state, exit_code=outcome.exit_code)
    return stream.getvalue()


def begin_in_vain(settings: Settings, error: LandfallError) -> None:
    """A run that raises before it can be recorded."""
    outcome = Outcome("r1", "sync", settings.database.name)
    with (
        pytest.raises(type(error)),
        open_display("text", io.StringIO()) as display,
        tell_webhook(settings, outcome, display),
    ):
        raise error


def test_failures_and_the_first_good_run_after_them_are_told_in_ids_and_counts(
    settings: Settings, address: Address
) -> None:
    refused = DataRefused(f"A rule refuses {MARKER}.", MARKER, MARKER)
    run(settings, "r1")
    run(settings, "r2", refused)
    run(settings, "r3", refused)
    run(settings, "r4")
    run(settings, "r5")
    assert [(each["event"], each["run_id"]) for each in address.taken] == [
        ("failure", "r2"),
        ("failure", "r3"),
        ("recovery", "r4"),
    ]
    failure = address.taken[0]
    assert (failure["exit_code"], failure["error"], failure["state"]) == (30, "DataRefused", "refused")
    assert (failure["objects"], failure["landed"]) == (1, 7)
    assert failure["text"] == "Landfall: sync r2 ended with exit code 30 (refused)."
    assert MARKER not in json.dumps(address.taken)


def test_a_failure_that_the_database_could_not_record_is_told_and_so_is_its_end(
    settings: Settings, address: Address
) -> None:
    begin_in_vain(settings, DatabaseUnavailable("PostgreSQL does not let us in."))
    run(settings, "r2")
    assert [(each["event"], each["state"]) for each in address.taken] == [
        ("failure", "failed"),
        ("recovery", "published"),
    ]


def test_a_run_that_found_another_at_work_has_not_failed(settings: Settings, address: Address) -> None:
    begin_in_vain(settings, LockHeld("Run r0 is at work."))
    assert address.taken == []


@pytest.mark.parametrize(
    ("statuses", "taken", "says"),
    [
        ([503, 429], 1, ""),
        ([503, 503, 503], 0, "it answered with status 503"),
        ([302, 302, 302], 0, "it answered with status 302"),  # not followed: it may lead anywhere
    ],
)
def test_it_is_tried_again_and_then_let_be(
    statuses: list[int],
    taken: int,
    says: str,
    settings: Settings,
    address: Address,
) -> None:
    address.statuses = list(statuses)
    shown = run(settings, "r1", DataRefused("no"))
    assert len(address.taken) == taken
    assert says in shown
    assert "canary" not in shown


def test_an_address_where_nobody_answers_changes_nothing(
    settings: Settings, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "TRIES", 1)
    nobody = settings.model_copy(update={"webhook_url": "http://127.0.0.1:9/canary-path"})
    shown = run(nobody, "r1", DataRefused("no"))
    assert "The webhook was not told of this failure: no answer (ConnectionError)." in shown
    assert "canary" not in shown


@pytest.mark.parametrize(
    "url",
    ["http://example.org/hook", "ftp://127.0.0.1/x", "https://", "canary", "http://127.0.0.1.example.org/"],
)
def test_an_address_that_would_be_told_in_the_open_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="LANDFALL_WEBHOOK_URL") as told:
        load_settings({"LANDFALL_ENV_FILE": "", "LANDFALL_WEBHOOK_URL": url})
    assert "canary" not in str(told.value)


def test_nobody_sees_the_address_in_the_settings() -> None:
    given = {"LANDFALL_ENV_FILE": "", "LANDFALL_WEBHOOK_URL": "https://hooks.example.org/canary"}
    assert "canary" not in repr(load_settings(given))
