"""Runs `landfall` as a user does, against a demo org, and reads what it left."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extract.database import Database
from sync.settings import ROOT, other_environment
from tests.demo_org.running import RunningOrg


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    outcome: dict[str, Any]  # what --json printed
    messages: str  # standard error


def event_of(line: str) -> dict[str, Any]:
    """What a line of the JSON format tells; nothing for the message that a failed run ends with, which is text."""
    found: dict[str, Any] = json.loads(line) if line.startswith("{") else {}
    return found


@dataclass(frozen=True)
class Sync:
    """One target that is synced from one org."""

    org: RunningOrg
    database: Database
    data_dir: Path

    def run(self, *arguments: str, **settings: str) -> Ended:
        """`landfall ARGUMENTS --json`, by default `sync`."""
        done = subprocess.run(
            self._command(*arguments),
            cwd=ROOT,
            env=self.environment(settings),
            capture_output=True,
            text=True,
            timeout=900,  # a machine may be busy with other things
            check=False,
        )
        assert "Traceback" not in done.stderr
        return Ended(done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr)

    @contextmanager
    def held_at(self, point: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """A sync, or another command, that stands still at the point for the length of the block and is killed at its end."""
        settings = {"LANDFALL_HOLD_AT": point, "LANDFALL_LOG_FORMAT": "json"}
        process = subprocess.Popen(
            self._command(*arguments),
            cwd=ROOT,
            env=self.environment(settings),
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        try:
            heard = list(self._until_held(process))
            assert process.poll() is None, "".join(heard)
            yield process
        finally:
            process.kill()
            process.wait()
            process.stderr.close()

    def environment(self, settings: dict[str, str]) -> dict[str, str]:
        """This process's, with the target and the org, and these settings over them; all changes are visible then."""
        self.org.settle()
        given = {
            "SALESFORCE_INSTANCE_URL": self.org.url,
            "SALESFORCE_CLIENT_ID": self.org.client_id,
            "SALESFORCE_CLIENT_SECRET": self.org.client_secret,
            "DATABASE_URL": self.database.url,
            "LANDFALL_DATA_DIR": str(self.data_dir),
        }
        return other_environment(**{**given, **settings})

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Read the target, as soon as a killed run's stage has let go of it."""
        give_up = time.monotonic() + 10
        while True:
            try:
                with self.database.connect() as connection:
                    return connection.rows(sql)
            except Exception:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.1)

    def value(self, sql: str) -> Any:
        return self.rows(sql)[0][0]

    def _until_held(self, process: subprocess.Popen[str]) -> Iterator[str]:
        assert process.stderr is not None
        for line in process.stderr:
            yield line
            if event_of(line).get("event") == "point":
                return

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "sync", *(arguments or ("sync",)), "--json"]
