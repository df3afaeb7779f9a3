"""Refuses to land one org's records beside another's."""

from __future__ import annotations

from collections.abc import Iterable

from extract.errors import SettingsError


def check_org(org_id: str, held_org_ids: Iterable[str], target: str) -> None:
    """Raises SettingsError when the target holds another org, as after a sandbox refresh or a changed login."""
    others = sorted({held for held in held_org_ids if held and held != org_id})
    if others:
        raise SettingsError(
            f"The login leads to org {org_id}, but the target holds org {', '.join(others)}.",
            target,
            "Give each org its own DATABASE_URL and LANDFALL_DATA_DIR, or correct SALESFORCE_INSTANCE_URL.",
        )
