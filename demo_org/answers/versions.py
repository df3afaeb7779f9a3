"""Lists the API versions of the org, and the resources of one."""

from __future__ import annotations

from demo_org.messages import Answer, Request, json_answer
from demo_org.refusals import Refused, not_found
from demo_org.service import Service

FIRST, LAST = 31, 68  # 30 and earlier were retired in Summer '25; 68 is Winter '27
SEASONS = ("Spring", "Summer", "Winter")  # version 31 is Summer '14


def versions(service: Service, request: Request) -> Answer:
    """Every version, oldest first. No session is needed."""
    return json_answer(
        [
            {"label": _label(number), "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
            for number in range(FIRST, LAST + 1)
        ]
    )


def resources(service: Service, request: Request) -> Answer:
    """Where the parts of one version are."""
    root = f"/services/data/v{request.version}"
    names = ("sobjects", "query", "queryAll", "limits", "jobs")
    identity = f"{service.url}/id/{service.org.organization_id}"
    return json_answer({name: f"{root}/{name}" for name in names} | {"identity": identity})


def check_version(version: str) -> None:
    """Refuse a version that is retired, or that there never was."""
    number = float(version or 0)
    if version and number < FIRST:
        raise Refused(410, "UNSUPPORTED_API_VERSION", f"API version {version} is retired.")
    if not version or number > LAST or not number.is_integer():
        raise not_found()


def _label(number: int) -> str:
    """Spring, Summer, Winter: the Winter release carries the next year's number."""
    place = number - 30  # 30 was Spring '14
    season = SEASONS[place % 3]
    return f"{season} '{14 + place // 3 + (season == 'Winter')}"
