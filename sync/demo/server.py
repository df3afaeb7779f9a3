"""Starts the demo org's server as a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from extract.errors import LandfallError, SettingsError
from sync.private_files import make_private_folder, open_private
from sync.settings import ROOT

SECONDS_TO_END = 10


@dataclass(frozen=True)
class DemoOrg:
    """A demo org that answers at `url`."""

    url: str
    client_id: str
    organization_id: str
    client_secret: str = field(repr=False)
    control_key: str = field(repr=False)
    ca_file: str = ""

    @property
    def settings(self) -> dict[str, str]:
        """What a `.env` for it would say."""
        found = {
            "SALESFORCE_INSTANCE_URL": self.url,
            "SALESFORCE_CLIENT_ID": self.client_id,
            "SALESFORCE_CLIENT_SECRET": self.client_secret,
        }
        return {**found, "SALESFORCE_CA_FILE": self.ca_file} if self.ca_file else found

    def play(self, scenario: str) -> Mapping[str, Any]:
        """Change the org as the scenario says; what was done, as the org tells it."""
        answer = requests.post(
            f"{self.url}/_control/scenario",
            json={"name": scenario},
            headers={"X-Control-Key": self.control_key},
            verify=self.ca_file or True,
            timeout=120,
        )
        answer.raise_for_status()
        found: Mapping[str, Any] = answer.json()
        return found


@contextmanager
def start_demo_org(folder: Path, *, scale: int, port: int = 0) -> Iterator[DemoOrg]:
    """The demo org in `folder`, made there when new, until the end of the block.

    Raises SettingsError when the port is taken, or the folder is another demo org's.
    """
    make_private_folder(folder)
    command = [sys.executable, "-m", "demo_org", "serve", "--folder", str(folder), "--parent-pipe"]
    log_file = folder / "server.log"
    with open_private(log_file, "ab") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--scale", str(scale)],
            cwd=ROOT,
            stdin=subprocess.PIPE,  # its closing ends the server, also when this process is killed
            stdout=subprocess.PIPE,
            stderr=log,
        )
    try:
        yield _wait_until_ready(process, log_file, port)
    finally:
        process.communicate(timeout=SECONDS_TO_END)


def serve_demo_org(folder: Path, scale: int, port: int) -> int:
    """Keep a demo org up until Ctrl-C, and say how to point a sync at it."""
    with start_demo_org(folder, scale=scale, port=port) as org:
        print(f"# A demo org answers at {org.url} until Ctrl-C. For .env, or in front of `landfall sync`:")
        for name, value in org.settings.items():
            print(f"{name}={value}", flush=True)
        print(f"# It can be changed with the header X-Control-Key: {org.control_key}", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            return 0
    return 0


def _wait_until_ready(process: subprocess.Popen[bytes], log_file: Path, port: int) -> DemoOrg:
    assert process.stdout is not None
    line = process.stdout.readline()
    try:
        told = json.loads(line)
    except ValueError:
        raise LandfallError("The demo org did not start.", str(log_file), "See its log.") from None
    if told.get("refused") == "port":
        raise SettingsError(
            f"Port {port} cannot be used: {told['why']}.",
            "--port",
            "Choose another one with --port; 0 takes a free one.",
        )
    if told.get("refused") == "folder":
        raise SettingsError(
            f"The demo org's folder cannot be used: {told['why']}.",
            str(log_file.parent),
            "End the demo org that serves it, or choose another folder with --folder.",
        )
    return DemoOrg(**told)
