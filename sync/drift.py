"""Says what a change of the org's fields means here: which models use the field, and what becomes of its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sync.models import read_field_uses

Row = Mapping[str, Any]
TABLES_TOLD = 5


def name_models(changes: Sequence[Row], manifest: Path) -> list[Row]:
    """Each change with the `models` that use its field and the application's `tables` among them.

    Both are None when dbt has not said yet what its models are.
    """
    uses = read_field_uses(manifest) if changes else None
    return [{**change, **_used(change, uses)} for change in changes]


def _used(change: Row, uses: Any) -> dict[str, list[str] | None]:
    if uses is None:
        return {"models": None, "tables": None}
    found = uses.of(change["object"], change["column"] or change["field"])
    return {"models": list(found.models), "tables": list(found.tables)}


def spell_change(change: Row) -> str:
    """One line: what happened to the field, what is kept, and what is made of it."""
    words = f"{change['object']}.{change['field']} {_what(change)}"
    hint = f"; {change['hint']}" if change.get("hint") else ""
    return words + hint + spell_use(change)


def _what(change: Row) -> str:
    before, after = change["before"], change["after"]
    match change["change"]:
        case "vanished":
            return f"vanished (was {before}); what was landed of it is kept"
        case "retyped":
            return f"retyped from {before} to {after}"
        case what:
            return f"{what} ({after})"


def spell_use(change: Row) -> str:
    """The models that use the field, in words; empty when none does, or dbt has not said."""
    models, tables = change.get("models") or [], change.get("tables") or []
    if not models:
        return ""
    more = f" and {len(tables) - TABLES_TOLD} more" if len(tables) > TABLES_TOLD else ""
    reaches = f", which reaches {', '.join(tables[:TABLES_TOLD])}{more}" if tables else ""
    return f"; used by {models[0]}{reaches}"


def spell_columns_read(read: Row) -> str:
    """One line about columns that were read alone for all records."""
    words = f"{read['object']}: {', '.join(read['fields'])} ({read['why']})"
    if read["state"] == "done":
        return f"{words} of {read['rows_served']:,} records, {read['versions_new']:,} said something else"
    return f"{words}, {read['rows_served']:,} of {read['expected']:,} records; goes on in the next run"


def warn_waiting(columns_read: Sequence[Row]) -> list[str]:
    """One sentence per object of which columns could not be read."""
    return [
        f"{read['object']}: {', '.join(read['fields'])} waits to be read for all records"
        + (f": {read['error']['what']}" if read["error"] else "")
        for read in columns_read
        if read["state"] != "done"
    ]


def spell_followed(followed: Row) -> str:
    """One line about records that were read again because of what they refer to."""
    records = f"{followed['records']:,} record{'' if followed['records'] == 1 else 's'}"
    return (
        f"{followed['object']}: {records} read again, {followed['versions_new']:,} said something else; "
        "what they refer to was deleted, merged or taken back"
    )


def warn_not_followed(followed: Sequence[Row]) -> list[str]:
    """One sentence per object of which the records could not be read again."""
    return [
        f"{each['object']}: {each['records']:,} records wait to be read again, because what they refer to was deleted, "
        f"merged or taken back: {each['error']['what']}"
        for each in followed
        if each["error"]
    ]


def spell_sample(sample: Row) -> str:
    """One line about a sample of formulas; a refresh of all records is told with the columns."""
    share = sample["stale"] / sample["sampled"] if sample["sampled"] else 0
    return (
        f"{sample['object']}: {sample['stale']:,} of {sample['sampled']:,} sampled records are stale ({share:.0%}); "
        "`landfall refresh` reads them again"
    )
