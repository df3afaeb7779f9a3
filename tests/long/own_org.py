"""A demo org in this process: it answers over HTTP, its clock moves only when it is told to, and its storage can be read."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from demo_org import control
from demo_org.server import OrgServer
from demo_org.service import Credentials, Service
from demo_org.storage import Org

STARTS_AT = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
_FOLDER = TemporaryDirectory(prefix="landfall-long-")  # goes with the process


@cache
def _made(scale: int) -> Path:
    path = Path(_FOLDER.name) / f"records_{scale}.duckdb"
    Org.create(path, seed=1, scale=scale, at=STARTS_AT).close()
    return path


class OwnOrg:
    """What `RunningOrg` is for an org in another process, and the storage behind it."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.storage = service.org
        self.url = service.url
        self.client_id = service.credentials.client_id
        self.client_secret = service.credentials.client_secret

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the control API, without the way over HTTP; raises when it says no."""
        return control.ACTIONS[(method, path)](self.service, body or {})

    def settle(self) -> None:
        """A window ends before the second in which it is asked for, so the clock goes on by some."""
        self.control("POST", "/clock", {"advance_seconds": 2})

    def now(self) -> datetime:
        """The org's clock, UTC without zone, as its stamps are kept."""
        return self.storage.now().replace(tzinfo=None)


@contextmanager
def own_org(folder: Path, *, scale: int = 1) -> Iterator[OwnOrg]:
    """An org like every other of this scale, until the block ends. Its clock stands still at `STARTS_AT`."""
    folder.mkdir(parents=True)
    storage = Org.open(Path(shutil.copy(_made(scale), folder / "records.duckdb")))
    storage.stop_clock(True)
    storage.set_ahead(STARTS_AT - storage.ticking_now())
    service = Service(storage, folder, Credentials())
    server = OrgServer(0, service, None)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield OwnOrg(service)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        service.close()
        shutil.rmtree(folder, ignore_errors=True)
