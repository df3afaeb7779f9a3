"""Knows whether anything has landed: what looks at records has nothing to say of a target without any."""

from __future__ import annotations

from collections.abc import Sequence

from extract.database import Connection
from extract.errors import SettingsError
from sync.reading import open_to_read
from sync.settings import Settings


def refuse_without_landed(settings: Settings, only: Sequence[str] = ()) -> None:
    """Raises SettingsError when nothing has landed, or nothing of these objects; LockHeld."""
    database = settings.database
    if database.kind == "duckdb" and not database.path.exists():  # connecting would make it
        landed: set[str] = set()
    else:
        with open_to_read(database, settings.data_dir) as connection:
            landed = _landed(connection)
    if not landed or (only and landed.isdisjoint(only)):
        what = f" of {', '.join(only)}" if landed else ""
        raise SettingsError(f"Nothing{what} has landed yet.", database.name, "Run `landfall sync` first.")


def _landed(connection: Connection) -> set[str]:
    if not connection.has_table("raw", "_cursors"):
        return set()
    return {name for (name,) in connection.rows("select object from raw._cursors")}
