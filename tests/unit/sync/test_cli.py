"""What the command line answers to wrong use, wrong settings and a database that is not there."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sync.cli import answer
from sync.settings import ROOT, load_settings, other_environment

ORG = {
    "SALESFORCE_INSTANCE_URL": "http://127.0.0.1:9",  # nobody listens there
    "SALESFORCE_CLIENT_ID": "an-id",
    "SALESFORCE_CLIENT_SECRET": "canary-secret",
}


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith(("LANDFALL_", "SALESFORCE_", "DATABASE_URL")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LANDFALL_ENV_FILE", "")
    monkeypatch.setenv("LANDFALL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DATABASE_URL", f"duckdb:///{tmp_path}/data/target.duckdb")


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer([]) == 0
    assert "sync" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says", "where"),
    [
        (["sync", "--ful"], "Did you mean --full?", "landfall sync"),
        (["synk"], "Did you mean 'sync'?", "landfall"),
        (["sync", "Account"], "unexpected extra argument", "landfall sync"),
        (["plan", "--only"], "'--only' requires an argument", "landfall plan"),
        (["quarantine", "release", "1", "--why"], "'--why' requires an", "landfall quarantine release"),
        (["quarantine", "release", "1"], "Missing option '--why'", "landfall quarantine release"),
        (["quarantine"], "Wrong use: Missing command.\n", "landfall quarantine"),
        (["erase"], "Missing argument 'ID…'.\n", "landfall erase"),
        (
            ["serve", "--port", "70000"],
            "--port: Input should be less than or equal to 65535",
            "landfall serve",
        ),
        (["serve", "--port", "-1"], "--port: Input should be greater than or equal to 0", "landfall serve"),
        (["serve", "--port", "abc"], "--port: Input should be a valid integer", "landfall serve"),
        (["verify", "--seed", "x"], "--seed: Input should be a valid integer", "landfall verify"),
        (["demo-org", "--port", "70000"], "less than or equal to 65535", "landfall demo-org"),
    ],
)
def test_wrong_use_is_told_in_three_parts(
    arguments: list[str], says: str, where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(arguments) == 2
    shown = capsys.readouterr()
    assert says in shown.err
    assert f"  where: {where}\n" in shown.err
    assert "next:" in shown.err
    assert shown.out == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["erase", "Jane Fictional", "--dry-run"], "not a Salesforce Id (number 1)"),
        (["erase", "003Lf00000sog09IAA", "003Lf00000sog09IAB", "--dry-run"], "(number 2)"),
        (["erase", "003Lf00000sog09"], "needs a reason"),
    ],
)
def test_an_erasure_of_nobody_or_without_a_reason_is_refused_without_repeating_what_was_said(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(arguments) == 10
    shown = capsys.readouterr()
    assert says in shown.err
    assert "Jane" not in shown.err
    assert "next:" in shown.err


def test_no_org_configured_is_told_before_anything_starts(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert answer(["sync"]) == 10
    assert "make demo" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("arguments", "where"),
    [(["sync", "--only", "Account,Acount"], "--only"), (["refresh", "Acount"], "OBJECT")],
)
def test_an_unknown_object_lists_the_known_ones(
    arguments: list[str], where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(arguments) == 10
    shown = capsys.readouterr().err
    assert "Acount" in shown
    assert f"where: {where}\n" in shown
    assert "Session_Participant__c" in shown


def test_a_database_that_is_down_is_one_message(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _configure(monkeypatch, DATABASE_URL=f"postgresql://user:canary-password@127.0.0.1:{_free_port()}/app")
    assert answer(["sync"]) == 11
    shown = capsys.readouterr().err
    assert "DatabaseUnavailable" in shown
    assert "canary" not in shown
    assert "Traceback" not in shown


def test_an_org_that_does_not_answer_closes_the_run_and_is_on_record(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _configure(monkeypatch, SALESFORCE_INSTANCE_URL="https://no-such-org.invalid")
    code = answer(["sync", "--json"])
    shown = capsys.readouterr()
    assert 20 <= code < 30
    outcome = json.loads(shown.out)
    assert (outcome["state"], outcome["exit_code"]) == ("failed", code)
    assert Path(outcome["site"]).is_file()
    assert "canary" not in shown.out + shown.err + _everything_in(tmp_path / "data")
    assert answer(["status", "--json"]) == 0
    run = json.loads(capsys.readouterr().out)["runs"][0]
    assert (run["state"], run["exit_code"]) == ("failed", code)


@pytest.mark.parametrize("arguments", [["verify"], ["erase", "003Lf00000sog09IAA", "--dry-run"]])
@pytest.mark.parametrize("emptied", [False, True])
def test_what_looks_at_records_says_of_a_target_without_any_how_to_start(
    arguments: list[str],
    emptied: bool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    _configure(monkeypatch)
    if emptied:
        with load_settings().database.connect() as connection:
            connection.execute("create table t (a text)")
    assert answer(arguments) == 10
    shown = capsys.readouterr().err
    assert "Nothing has landed yet." in shown
    assert "landfall sync" in shown
    assert (tmp_path / "data").exists() == emptied


def test_publish_before_anything_was_built_is_refused_and_on_record(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert answer(["publish"]) == 41
    assert "landfall transform" in capsys.readouterr().err


def test_status_before_the_first_run_says_how_to_start(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert answer(["status"]) == 0
    assert "landfall sync" in capsys.readouterr().out
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("emptied", [False, True])
def test_the_page_of_a_target_without_runs_says_how_to_start(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, emptied: bool
) -> None:
    """Also a target that others made, and that no run has seen."""
    if emptied:
        with load_settings().database.connect() as connection:
            connection.execute("create table t (a text)")
    assert answer(["site"]) == 11
    shown = capsys.readouterr().err
    assert "landfall sync" in shown
    assert "defect" not in shown
    assert (tmp_path / "data").exists() == emptied


@pytest.mark.fault("F84", "SIGTERM and SIGINT to a run that has begun")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_run_that_is_told_to_stop_ends_in_order(number: signal.Signals, code: int, tmp_path: Path) -> None:
    environment = other_environment(
        **ORG,
        LANDFALL_DATA_DIR=str(tmp_path / "data"),
        DATABASE_URL=f"duckdb:///{tmp_path}/data/target.duckdb",
        LANDFALL_LOG_FORMAT="json",
        LANDFALL_HOLD_AT="extract.started",
    )
    run = subprocess.Popen(
        [sys.executable, "-m", "sync", "sync"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )
    assert run.stderr is not None
    for line in run.stderr:
        if json.loads(line)["event"] == "point":
            break
    run.send_signal(number)
    rest = run.stderr.read()
    assert run.wait(10) == code
    assert "Traceback" not in rest
    assert number.name in rest
    database = load_settings(environment).database
    with database.connect(read_only=True) as connection:
        assert connection.rows("select state, exit_code from ops.runs") == [("failed", code)]


def test_the_example_of_a_settings_file_names_every_setting() -> None:
    from sync.settings import known_names

    example = (ROOT / ".env.example").read_text()
    inner = {"LANDFALL_ENV_FILE", "LANDFALL_HOLD_AT"}
    assert [name for name in known_names() if f"{name}=" not in example and name not in inner] == []


def _configure(monkeypatch: pytest.MonkeyPatch, **others: str) -> None:
    for name, value in {**ORG, **others}.items():
        monkeypatch.setenv(name, value)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _everything_in(folder: Path) -> str:
    return "".join(file.read_bytes().decode("latin-1") for file in folder.rglob("*") if file.is_file())
