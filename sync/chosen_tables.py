"""Checks the tables that a command names against the contract, and adds what they refer to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from extract.errors import SettingsError


def check_tables(manifest: Path, names: Sequence[str], option: str) -> None:
    """Raises SettingsError with the tables there are, PublishFailed when no build has told them."""
    from sync.publish.manifest import read_contract  # loads the databases' drivers

    if not names:
        return
    known = sorted(table.name for table in read_contract(manifest))
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SettingsError(
            f"{', '.join(unknown)}: no application table has this name.",
            option,
            f"The application tables are: {', '.join(known)}.",
        )


def add_referenced(manifest: Path, names: Sequence[str]) -> tuple[str, ...]:
    """The tables and all that they refer to; none when that is every table, which is a publish like any other."""
    from sync.publish.contract import with_referenced
    from sync.publish.manifest import read_contract

    contract = read_contract(manifest)
    chosen = tuple(table.name for table in with_referenced(contract, names))
    return chosen if len(chosen) < len(contract) else ()
