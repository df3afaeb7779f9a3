"""What schedulers start: the workflows, the systemd units, the crontab line and the script for machines that forget."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from sync.settings import ROOT, other_environment

SCRIPT = ROOT / ".ci" / "scheduled-sync"
SCHEDULE = ROOT / "docs" / "how-to" / "schedule"


def _start(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """The script as a scheduler starts it, on a machine whose folders are all in `folder`."""
    given = {
        "LANDFALL_DATA_DIR": str(folder / "data"),
        "STATE_FILE": str(folder / "kept" / "state.enc"),
        "STATE_KEY": "one-key",
        "LANDFALL_ENV_FILE": "",
        **settings,
    }
    return subprocess.run(
        ["sh", str(SCRIPT), *arguments],
        env=other_environment(**given),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A machine after a run that left a state; the data folder is gone, as on the next runner."""
    data = tmp_path / "data"
    assert _start(tmp_path, "--help").returncode == 0  # nothing to read, nothing to keep
    data.mkdir()
    (data / "landfall.duckdb").write_text("canary-person")
    _pack(tmp_path)
    return tmp_path


def _pack(folder: Path) -> None:
    """What the script does after its run, for a data folder that the test has made."""
    pack = 'tar -czf - -C "$1" . | openssl enc -salt -aes-256-cbc -pbkdf2 -iter 200000 -pass env:STATE_KEY -out "$2"'
    (folder / "kept").mkdir(exist_ok=True)
    subprocess.run(
        ["sh", "-c", pack, "-", folder / "data", folder / "kept" / "state.enc"],
        env={**os.environ, "STATE_KEY": "one-key"},
        check=True,
    )
    shutil.rmtree(folder / "data")


def test_without_a_key_nothing_starts(tmp_path: Path) -> None:
    ended = _start(tmp_path, STATE_KEY="")
    assert (ended.returncode, ended.stdout) == (10, "")
    assert "STATE_KEY" in ended.stderr
    assert "openssl rand" in ended.stderr


def test_a_state_that_does_not_open_is_not_begun_anew(kept: Path) -> None:
    ended = _start(kept, "--help", STATE_KEY="another-key")
    assert ended.returncode == 10
    assert "does not open with this key" in ended.stderr
    assert not (kept / "data").exists()
    assert (kept / "kept" / "state.enc").exists()


def test_a_folder_that_stays_is_never_overwritten(kept: Path) -> None:
    (kept / "data").mkdir()
    (kept / "data" / "landfall.duckdb").write_text("newer")
    ended = _start(kept, "--help")
    assert ended.returncode == 10
    assert "something in it already" in ended.stderr
    assert (kept / "data" / "landfall.duckdb").read_text() == "newer"


def test_the_exit_code_is_the_syncs_and_the_state_is_kept_also_then(kept: Path) -> None:
    before = (kept / "kept" / "state.enc").read_bytes()
    ended = _start(kept, SALESFORCE_INSTANCE_URL="", SALESFORCE_CLIENT_ID="")  # no org is configured
    assert ended.returncode == 10
    assert "went on from the state of" in ended.stderr
    assert "No Salesforce org is configured" in ended.stderr
    assert (kept / "data" / "landfall.duckdb").read_text() == "canary-person"
    packed = (kept / "kept" / "state.enc").read_bytes()
    assert packed != before
    assert b"canary-person" not in packed
    assert (kept / "kept" / "state.enc").stat().st_mode & 0o077 == 0


def test_the_workflows_run_what_people_run() -> None:
    steps = {
        name: [
            step.get("run", "").split()[:1]
            for job in _workflow(name)["jobs"].values()
            for step in job["steps"]
        ]
        for name in ("ci", "sync")
    }
    assert [".ci/run"] in steps["ci"]
    assert [".ci/scheduled-sync"] in steps["sync"]
    for command in (".ci/run", ".ci/scheduled-sync"):
        assert os.access(ROOT / command, os.X_OK)


def test_the_scheduled_workflow_is_never_cut_short_and_reads_no_more_than_it_needs() -> None:
    workflow = _workflow("sync")
    assert workflow["concurrency"] == {"group": "landfall-sync", "cancel-in-progress": False}
    assert workflow["permissions"] == {"contents": "read"}
    kept = [step for step in workflow["jobs"]["sync"]["steps"] if "cache/save" in step.get("uses", "")]
    assert [step["if"] for step in kept] == ["always()"]


def test_the_workflow_gives_only_settings_that_exist() -> None:
    steps = _workflow("sync")["jobs"]["sync"]["steps"]
    given = {name for step in steps for name in step.get("env", {})} - {"STATE_KEY"}  # the script's own
    told = (ROOT / "docs" / "reference" / "settings.md").read_text()
    assert given
    assert [name for name in given if f"`{name}`" not in told] == []


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    service = _unit("landfall.service")
    assert service["ExecStart"].endswith(".venv/bin/landfall sync --reconcile")
    assert service["SuccessExitStatus"] == "3"
    assert service["ReadWritePaths"].startswith(
        "-"
    )  # without the folder the run itself tells what is missing
    checker = shutil.which("systemd-analyze")
    if checker is None:
        pytest.skip("no systemd on this machine")
    for name in ("landfall.service", "landfall.timer"):
        text = (SCHEDULE / name).read_text()
        # the program has to be there for the check, and is not in /opt here
        (tmp_path / name).write_text(text.replace("/opt/landfall/.venv/bin/landfall", "/bin/true"))
    done = subprocess.run(
        [checker, "verify", tmp_path / "landfall.service", tmp_path / "landfall.timer"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_crontab_line_runs_in_a_shell(tmp_path: Path) -> None:
    """In a folder that has just been made, as after the first checkout: the log's folder is not there yet."""
    line = next(line for line in (SCHEDULE / "crontab").read_text().splitlines() if not line.startswith("#"))
    command = line.split(maxsplit=5)[5].replace("/opt/landfall", str(tmp_path))
    program = tmp_path / ".venv" / "bin" / "landfall"
    program.parent.mkdir(parents=True)
    program.symlink_to(ROOT / ".venv" / "bin" / "landfall")
    subprocess.run(["sh", "-c", command.replace("landfall sync", "landfall sync --help")], check=True)
    assert "--full" in (tmp_path / "data" / "logs" / "cron.log").read_text()


def _workflow(name: str) -> dict[str, dict[str, dict[str, list[dict[str, str]]]]]:
    found: dict[str, dict[str, dict[str, list[dict[str, str]]]]] = yaml.safe_load(
        (ROOT / ".github" / "workflows" / f"{name}.yml").read_text()
    )
    return found


def _unit(name: str) -> configparser.SectionProxy:
    parser = configparser.ConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(SCHEDULE / name)
    return parser["Service"]
