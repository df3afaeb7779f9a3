"""Says which function answers which path."""

from __future__ import annotations

import re
from collections.abc import Callable

from demo_org.answers import bulk, describe, identity, limits, oauth, query, record, replication, versions
from demo_org.messages import Answer, Request
from demo_org.refusals import Refused, not_found, session_expired
from demo_org.service import Service

Responder = Callable[..., Answer]

OPEN: tuple[tuple[str, str, Responder], ...] = (
    ("POST", r"/services/oauth2/token", oauth.token),
    ("GET", r"/services/data", versions.versions),
)
IDENTITY: tuple[tuple[str, str, Responder], ...] = (
    ("GET", r"/services/oauth2/userinfo", identity.userinfo),
    ("GET", r"/id/\w+/\w+", identity.userinfo),
    ("POST", r"/services/oauth2/revoke", oauth.revoke),
)
# below /services/data/vXX.X
DATA: tuple[tuple[str, str, Responder], ...] = (
    ("GET", r"", versions.resources),
    ("GET", r"/limits", limits.limits),
    ("GET", r"/sobjects", describe.describe_global),
    ("GET", r"/sobjects/(\w+)", describe.basic),
    ("GET", r"/sobjects/(\w+)/describe", describe.describe),
    ("GET", r"/sobjects/(\w+)/deleted", replication.deleted),
    ("GET", r"/sobjects/(\w+)/updated", replication.updated),
    ("GET", r"/sobjects/(\w+)/(\w{15}|\w{18})", record.record),
    ("GET", r"/query", query.query),
    ("GET", r"/queryAll", query.query_all),
    ("GET", r"/query(?:All)?/(\w+)-(\d+)", query.next_page),
    ("POST", r"/jobs/query", bulk.create),
    ("GET", r"/jobs/query", bulk.list_jobs),
    ("GET", r"/jobs/query/(\w+)", bulk.info),
    ("PATCH", r"/jobs/query/(\w+)", bulk.abort),
    ("DELETE", r"/jobs/query/(\w+)", bulk.delete),
    ("GET", r"/jobs/query/(\w+)/results", bulk.results),
    ("GET", r"/jobs/query/(\w+)/resultPages", bulk.result_pages),
)


def respond(service: Service, request: Request) -> Answer:
    """The answer to a request that is not the control API's."""
    path = request.path.rstrip("/")
    if (found := _find(OPEN, request.method, path)) is not None:
        return found[0](service, request, *found[1])
    if path.startswith("/services/data/"):
        return _respond_data(service, request, path)
    if (found := _find(IDENTITY, request.method, path)) is not None:
        _check_session(service, request)
        return found[0](service, request, *found[1])
    raise not_found()


def _respond_data(service: Service, request: Request, path: str) -> Answer:
    """A call of the data API: it needs a version and a session, and it is counted."""
    versions.check_version(request.version)
    _check_session(service, request)
    service.usage.count_call()
    rest = path.removeprefix(f"/services/data/v{request.version}")
    found = _find(DATA, request.method, rest)
    if found is None:
        raise not_found() if _find(DATA, "", rest) is None else _wrong_method(request)
    return found[0](service, request, *found[1])


def _find(
    routes: tuple[tuple[str, str, Responder], ...], method: str, path: str
) -> tuple[Responder, tuple[str, ...]] | None:
    """Who answers, and the parts of the path it wants; with method "" any method will do."""
    for verb, pattern, responder in routes:
        found = re.fullmatch(pattern, path)
        if found and method in (verb, ""):
            return responder, found.groups()
    return None


def _check_session(service: Service, request: Request) -> None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() not in ("bearer", "oauth") or not service.sessions.is_open(token.strip()):
        raise session_expired()


def _wrong_method(request: Request) -> Refused:
    message = f"HTTP Method '{request.method}' not allowed. Allowed are GET,HEAD,PATCH,DELETE,POST"
    return Refused(405, "METHOD_NOT_ALLOWED", message)
