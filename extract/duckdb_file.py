"""Opens a DuckDB file, also after a crash that left a log which DuckDB 1.5 cannot replay by itself.

When a table has a default that calls a function (an application table's `id` and `created_at` do) and is altered,
and the process is killed before the next checkpoint, opening the file fails: "Calling GetDefaultDatabase with no
default database set". Attached to another database the same file replays its log well.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

NOT_REPLAYED = "Failure while replaying WAL"
SETTINGS = {"threads": 2}


def open_duckdb(path: Path, *, read_only: bool) -> Any:
    """A native connection. Raises duckdb.Error."""
    import duckdb

    try:
        return duckdb.connect(str(path), read_only=read_only, config=dict(SETTINGS))
    except duckdb.InternalException as error:
        if NOT_REPLAYED not in str(error):
            raise
    _replay_log(path)
    return duckdb.connect(str(path), read_only=read_only, config=dict(SETTINGS))


def _replay_log(path: Path) -> None:
    """Take the log into the file; nobody else may have it open."""
    import duckdb

    quoted = str(path).replace("'", "''")
    with duckdb.connect(":memory:", config=dict(SETTINGS)) as other:
        other.execute(f"attach '{quoted}' as crashed")
        other.execute("checkpoint crashed")
        other.execute("detach crashed")
