"""Describes the objects of the org, as far as the integration user may see them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from demo_org.messages import Answer, Request, json_answer
from demo_org.metadata.sobjects import SObject
from demo_org.refusals import not_found
from demo_org.service import Service


def describe_global(service: Service, request: Request) -> Answer:
    """The list of all objects."""
    described = [o.describe_global(request.version) for o in service.objects().values()]
    return json_answer({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": described})


def basic(service: Service, request: Request, name: str) -> Answer:
    """The short description of one object."""
    sobject = find_object(service, name)
    return json_answer({"objectDescribe": sobject.describe_global(request.version), "recentItems": []})


def describe(service: Service, request: Request, name: str) -> Answer:
    """The whole description; nothing but 304 when it has not changed since the client's last one."""
    sobject = find_object(service, name)
    changed = service.described_at.get(sobject.name, service.started)
    headers = {"Last-Modified": format_datetime(changed.astimezone(UTC), usegmt=True)}
    since = _moment(request.headers.get("if-modified-since", ""))
    if since is not None and changed <= since:
        return Answer(304, headers=headers)
    return json_answer(service.org.describe(sobject.name, request.version), headers=headers)


def find_object(service: Service, name: str) -> SObject:
    """The object a path names, in any case."""
    for sobject in service.objects().values():
        if sobject.name.lower() == name.lower():
            return sobject
    raise not_found()


def _moment(text: str) -> datetime | None:
    """The moment of an HTTP date; None when it is missing or not one."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.astimezone(UTC)
