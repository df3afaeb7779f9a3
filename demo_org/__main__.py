"""Serves a demo org: `python -m demo_org serve --folder DIR`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb

from demo_org.certificate import server_context
from demo_org.records import Sizes
from demo_org.server import OrgServer
from demo_org.service import Credentials, Service
from demo_org.storage import Org

MEMORY = "300MB"  # DuckDB's; the whole process stays below twice that, however large the org is


def main(arguments: list[str] | None = None) -> int:
    """Serve until the process is asked to end."""
    asked = _parser().parse_args(arguments)
    os.umask(0o077)  # a demo org may be filled with a copy of something real
    asked.folder.mkdir(parents=True, exist_ok=True)
    context, ca_file = server_context(asked.folder) if asked.https else (None, "")
    path = asked.folder / "records.duckdb"
    try:
        org = Org.open(path, memory_limit=MEMORY) if path.exists() else _made(path, asked)
    except duckdb.IOException as error:
        if "lock" not in str(error):
            raise
        return _refuse("folder", "another process has its records open")
    credentials = Credentials(client_secret=asked.client_secret) if asked.client_secret else Credentials()
    service = Service(org, asked.folder, credentials)
    try:
        server = OrgServer(asked.port, service, context)
    except OSError as error:
        return _refuse("port", error.strerror or str(error))
    print(json.dumps(_ready(service, str(ca_file))), flush=True)
    _end_with(server, parent_pipe=asked.parent_pipe)
    server.serve_forever(poll_interval=0.05)  # seconds until it notices that it is to end
    server.server_close()
    service.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="demo_org", description=__doc__)
    serve = parser.add_subparsers(required=True).add_parser("serve", help="answer requests until stopped")
    serve.add_argument("--folder", type=Path, required=True, help="where the org is, or will be made")
    serve.add_argument("--port", type=int, default=0, help="0 takes any free one")
    serve.add_argument("--seed", type=int, default=42, help="of a new org's records")
    serve.add_argument(
        "--scale",
        type=int,
        default=300,
        help="how many volunteers a new org has; of all contacts they are one in thirteen",
    )
    serve.add_argument("--contacts", type=int, help="exactly so many contacts in a new org")
    serve.add_argument(
        "--real",
        type=float,
        nargs="?",
        const=1.0,
        metavar="SHARE",
        help="a new org of the real organization's size and mixture, or of a share of it",
    )
    serve.add_argument("--https", action="store_true", help="with a certificate made for the occasion")
    serve.add_argument("--client-secret", default="", help="a random one by default")
    serve.add_argument("--parent-pipe", action="store_true", help="end when stdin closes")
    return parser


def _made(path: Path, asked: argparse.Namespace) -> Org:
    """A new org. It gets its name when it is whole, so that a half-made one is never served."""
    part = path.with_name("records.part.duckdb")
    for left in (part, part.with_name(part.name + ".wal")):
        left.unlink(missing_ok=True)
    sizes = Sizes.of(asked.scale, asked.contacts) if asked.real is None else Sizes.real(asked.real)
    Org.create(part, seed=asked.seed, sizes=sizes).close()
    part.rename(path)
    return Org.open(path, memory_limit=MEMORY)


def _refuse(option: str, why: str) -> int:
    """The one line on stdout instead: which option cannot be had, and why."""
    print(json.dumps({"refused": option, "why": why}), flush=True)
    return 1


def _ready(service: Service, ca_file: str) -> dict[str, str]:
    """The one line on stdout: where the org is, and what opens it."""
    credentials = service.credentials
    return {
        "url": service.url,
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "control_key": credentials.control_key,
        "ca_file": ca_file,
        "organization_id": service.org.organization_id,
    }


def _end_with(server: OrgServer, *, parent_pipe: bool) -> None:
    """Stop at SIGTERM or ^C, and when asked also at the end of stdin."""

    def stop(*_: object) -> None:
        threading.Thread(target=server.shutdown).start()  # shutdown waits for the loop this thread runs

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if parent_pipe:
        threading.Thread(target=_wait_for_end_of_stdin, args=(stop,), daemon=True).start()


def _wait_for_end_of_stdin(stop: Callable[[], None]) -> None:
    sys.stdin.buffer.read()
    stop()


if __name__ == "__main__":
    sys.exit(main())
