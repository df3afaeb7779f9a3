"""Runs Landfall's commands against a demo org, measured."""

from __future__ import annotations

import sys
from pathlib import Path

from sync.settings import ROOT, other_environment
from tests.bench.processes import Measured, measure
from tests.demo_org.running import RunningOrg


def run(org: RunningOrg, url: str, data: Path, *arguments: str) -> Measured:
    """One landfall command against the org, in an environment of its own."""
    environment = other_environment(
        LANDFALL_DATA_DIR=str(data),
        DATABASE_URL=url,
        SALESFORCE_INSTANCE_URL=org.url,
        SALESFORCE_CLIENT_ID=org.client_id,
        SALESFORCE_CLIENT_SECRET=org.client_secret,
        SALESFORCE_CA_FILE=org.ca_file,
    )
    # 3: published, with more rows set aside than the default share; the demo org has them on purpose.
    return measure([sys.executable, "-m", "sync", *arguments], cwd=ROOT, env=environment, good=(0, 3))
