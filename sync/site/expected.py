"""What the state of an org's objects is judged by: which there should be, and when they are late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from extract.catalogue import load_catalogue
from sync.settings import Settings


@dataclass(frozen=True)
class Expected:
    """`objects` are those of the catalogue; `api_reserve` is the share of the org's calls that is left to others."""

    objects: tuple[str, ...] = ()
    late_after: timedelta = timedelta(hours=26)
    api_reserve: float = 0.2


def expected_by(settings: Settings) -> Expected:
    """Raises SettingsError when the catalogue cannot be read."""
    return Expected(
        tuple(entry.sobject for entry in load_catalogue()),
        timedelta(hours=settings.late_hours),
        settings.api_reserve,
    )
