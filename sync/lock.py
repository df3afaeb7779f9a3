"""Lets one run at a time at a target, and tells who is at it.

The lock is the kernel's (flock) or the server's (a session advisory lock), never a file that is merely there: a
crash leaves nothing stuck. Stage processes inherit the flock's descriptors, so a stage that outlives its run for
a moment still keeps the next run out.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from extract.database import Connection, Database
from extract.errors import LockHeld, StorageError
from sync.private_files import make_private_folder, told_when_not_written

ADVISORY_KEY = 0x4C414E4446414C4C  # "LANDFALL" in ASCII


@dataclass(frozen=True)
class Owner:
    """Who holds the lock."""

    run_id: str
    pid: int
    host: str
    since: str

    @classmethod
    def here(cls, run_id: str) -> Owner:
        return cls(run_id, os.getpid(), socket.gethostname(), datetime.now(UTC).isoformat(timespec="seconds"))


@dataclass(frozen=True)
class Lock:
    """A lock that is held: the descriptors that stage processes inherit."""

    owner: Owner
    descriptors: tuple[int, ...]


@contextmanager
def hold_lock(database: Database, data_dir: Path, run_id: str) -> Iterator[Lock]:
    """The target and the data folder are ours until the end of the block. Raises LockHeld."""
    owner = Owner.here(run_id)
    with ExitStack() as held:
        descriptors = [held.enter_context(hold_file(path, owner)) for path in _files(database, data_dir)]
        if database.kind == "postgres":
            held.enter_context(_hold_server_lock(database))
        yield Lock(owner, tuple(descriptors))


def find_owner(data_dir: Path) -> Owner | None:
    """Who is at work with this data folder at the moment, without waiting and without taking the lock."""
    path = data_dir / "run.lock"
    if not path.exists():
        return None
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_owner(descriptor)
    finally:
        os.close(descriptor)
    return None


def _files(database: Database, data_dir: Path) -> list[Path]:
    """The data folder's lock (spool and pipeline state live there), and the one beside a DuckDB file."""
    files = [data_dir / "run.lock"]
    if database.kind == "duckdb":
        real = database.path.resolve()  # two names of one file are one target
        files.append(real.with_name(real.name + ".lock"))
    return files


@contextmanager
def hold_file(path: Path, owner: Owner) -> Iterator[int]:
    make_private_folder(path.parent)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StorageError(
            f"The lock file cannot be opened: {error.strerror}.",
            str(path),
            "See that you may write to its folder.",
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise lock_held(_read_owner(descriptor), str(path)) from None
        with told_when_not_written(path):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(asdict(owner)).encode(), 0)
        yield descriptor
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _read_owner(descriptor: int) -> Owner | None:
    try:
        return Owner(**json.loads(os.pread(descriptor, 4096, 0)))
    except (ValueError, TypeError):
        return None  # the owner has taken the lock and not yet written its name


@contextmanager
def _hold_server_lock(database: Database) -> Iterator[None]:
    """Ours until the connection closes, which the server notices when this process dies."""
    with database.connect() as connection:
        if not connection.value("select pg_try_advisory_lock(?)", (ADVISORY_KEY,)):
            raise lock_held(_running_owner(connection), database.name)
        yield


def _running_owner(connection: Connection) -> Owner | None:
    """Who wrote the run record that is still open; for runs from another machine or data folder."""
    if not connection.has_table("ops", "runs"):
        return None
    found = connection.rows(
        "select run_id, pid, host, started_at from ops.runs where state = 'running' order by started_at desc limit 1"
    )
    if not found:
        return None
    run_id, pid, host, since = found[0]
    return Owner(run_id, pid, host, since.isoformat(timespec="seconds"))


def lock_held(owner: Owner | None, where: str) -> LockHeld:
    """The error for whoever comes second; `owner` is None while the first has not yet written its name."""
    if owner is None:
        return LockHeld("Another run has just started.", where, "Wait for it to end, then run again.")
    return LockHeld(
        f"Run {owner.run_id} is at work since {owner.since} (process {owner.pid} on {owner.host}).",
        where,
        f"Wait for it to end (`landfall status` shows it), or stop it with `kill {owner.pid}`. "
        "The lock frees itself when that process ends, however it ends.",
    )
