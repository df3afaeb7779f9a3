"""Starts the demo org as a process of its own, for tests."""

from __future__ import annotations

import atexit
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import requests

from demo_org.storage import Org

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class RunningOrg:
    """A demo org that answers at `url`, and the way to change it."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    control_key: str = field(repr=False)
    ca_file: str  # "" for http
    organization_id: str
    _changes: list[float] = field(default_factory=list, repr=False, compare=False)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control API, e.g. control("POST", "/faults", {...}); raises when it says no."""
        answer = requests.request(
            method,
            f"{self.url}/_control/{path.removeprefix('/_control').lstrip('/')}",
            json=body,
            headers={"X-Control-Key": self.control_key},
            verify=self.ca_file or True,
            timeout=120,
        )
        if not answer.ok:
            raise AssertionError(f"control {method} {path}: {answer.status_code} {answer.text[:500]}")
        self._changes[:] = [time.time()]
        return answer.json() if answer.content else None

    def settle(self) -> None:
        """Wait out the second of the last change: a window ends before the second in which it is asked for."""
        while self._changes and int(time.time()) <= int(self._changes[-1]):
            time.sleep(0.02)

    def token(self) -> str:
        """A fresh access token, by the client-credentials flow."""
        answer = requests.post(
            f"{self.url}/services/oauth2/token",
            data={
                "grant_type": "client_credentials",
                "client_id": self.client_id,
                "client_secret": self.client_secret,
            },
            verify=self.ca_file or True,
            timeout=60,
        )
        answer.raise_for_status()
        return str(answer.json()["access_token"])


@contextmanager
def start_demo_org(
    folder: Path,
    *,
    scale: int = 300,
    seed: int = 42,
    contacts: int | None = None,
    real: float | None = None,
    https: bool = False,
    client_secret: str = "",
    python: str = sys.executable,
    is_copied: bool = True,
) -> Iterator[RunningOrg]:
    """The demo org in `folder` (made there when new, continued when it exists), until the block ends.

    A new one is a copy of one that this process has made before, unless the server is to make it itself."""
    folder.mkdir(parents=True, exist_ok=True)
    if is_copied and real is None and not (records := folder / "records.duckdb").exists():
        shutil.copyfile(_new_org(scale, seed, contacts), records)
        records.chmod(0o600)
    command = [python, "-m", "demo_org", "serve", "--port", "0", "--folder", str(folder), "--parent-pipe"]
    command += ["--seed", str(seed), "--scale", str(scale)]
    command += ["--contacts", str(contacts)] if contacts is not None else []
    command += ["--real", str(real)] if real is not None else []
    command += ["--https"] if https else []
    command += ["--client-secret", client_secret] if client_secret else []
    log = folder / "server.log"
    with log.open("ab") as stderr:
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr
        )
    try:
        yield RunningOrg(**_ready(process, log))
    finally:
        _stop(process)


@cache
def _new_org(scale: int, seed: int, contacts: int | None) -> Path:
    """An org of which each that is asked for in this process is a copy: making one takes seconds."""
    folder = Path(tempfile.mkdtemp(prefix="landfall-orgs-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "records.duckdb"
    Org.create(path, seed=seed, scale=scale, contacts=contacts).close()
    return path


def _ready(process: subprocess.Popen[bytes], log: Path) -> dict[str, str]:
    """What the server says of itself when it is ready; the end of its log when it is not."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.strip():
        raise AssertionError(f"the demo org did not start:\n{log.read_text()[-2000:]}")
    said: dict[str, str] = json.loads(line)
    return said


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Close its stdin, which ends it; kill it when that takes more than ten seconds."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    finally:
        if process.stdout is not None:
            process.stdout.close()
