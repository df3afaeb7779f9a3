"""Opens a DuckDB file: in turn with others, and after a crash that left a log which DuckDB 1.5 cannot replay by itself.

DuckDB lets one program write, or several read. Our own commands that look at the file keep it for moments and leave it to
a run that is at work, so a run waits for one that was there before it.

When a table has a default that calls a function (an application table's `id` and `created_at` do) and is altered,
and the process is killed before the next checkpoint, opening the file fails: "Calling GetDefaultDatabase with no
default database set". Attached to another database the same file replays its log well.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

NOT_REPLAYED = "Failure while replaying WAL"
OPEN_ELSEWHERE = "Conflicting lock is held"
SETTINGS = {"threads": 2}
SECONDS_TO_CLOSE = (
    20  # the longest look of ours judges all that is held of one object: 14 s at 200,000 records
)


def open_duckdb(path: Path, *, read_only: bool) -> Any:
    """A native connection. Raises duckdb.Error; `is_open_elsewhere` knows the one of a file that stays open in another program."""
    import duckdb

    try:
        return _open_in_turn(path, read_only)
    except duckdb.InternalException as error:
        if NOT_REPLAYED not in str(error):
            raise
    _replay_log(path)
    return _open_in_turn(path, read_only)


def is_open_elsewhere(error: BaseException) -> bool:
    """Another program has the file, and keeps it."""
    return OPEN_ELSEWHERE in str(error)


def _open_in_turn(path: Path, read_only: bool) -> Any:
    import duckdb

    def connect() -> Any:
        return duckdb.connect(str(path), read_only=read_only, config=dict(SETTINGS))

    try:
        return connect()
    except duckdb.IOException as error:
        if not is_open_elsewhere(error):
            raise
    from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed

    in_turn = Retrying(
        retry=retry_if_exception(is_open_elsewhere),
        stop=stop_after_delay(SECONDS_TO_CLOSE),
        wait=wait_fixed(0.1),
        reraise=True,
    )
    return in_turn(connect)


def _replay_log(path: Path) -> None:
    """Take the log into the file; nobody else may have it open."""
    import duckdb

    quoted = str(path).replace("'", "''")
    with duckdb.connect(":memory:", config=dict(SETTINGS)) as other:
        other.execute(f"attach '{quoted}' as crashed")
        other.execute("checkpoint crashed")
        other.execute("detach crashed")
