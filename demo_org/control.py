"""Changes the org from outside: records, fields, faults, sessions, limits, permissions, the clock.

Every call needs the key that the server printed when it started, and is not an API call of the org.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from demo_org import changes, scenario
from demo_org.messages import Answer, Request, json_answer
from demo_org.refusals import Refused, not_found
from demo_org.service import LARGEST_PAGE_ROWS, Service

Body = Mapping[str, Any]


def respond(service: Service, request: Request) -> Answer:
    """The answer to a control call; a wrong one is refused with the reason."""
    key = request.headers.get("x-control-key", "")
    try:
        if not hmac.compare_digest(key.encode(), service.credentials.control_key.encode()):
            raise Refused(403, "FORBIDDEN", "X-Control-Key is missing or wrong")
        action = ACTIONS.get((request.method, request.path.removeprefix("/_control").rstrip("/")))
        if action is None:
            raise not_found()
        body = request.json() if request.body else {}
        return json_answer(action(service, body))
    except Refused as refused:
        return refused.answer()
    except (KeyError, ValueError, TypeError) as error:
        return Refused(400, "BAD_CONTROL_CALL", f"{type(error).__name__}: {error}").answer()


# -- the records and fields ----------------------------------------------------------------------


def change_records(service: Service, body: Body) -> Any:
    """One change {"op", "object", "id", "record"}, or many under "changes"; says the Ids."""
    asked = body.get("changes", [body])
    return {"ids": [_change(service, change) for change in asked]}


def _change(service: Service, change: Body) -> str:
    operation, name, org = change["op"], change["object"], service.org
    if operation == "insert":
        return changes.insert(org, name, change["record"])
    if operation == "plant":  # past Salesforce's checks
        return changes.plant(org, name, change["record"], record_id=change.get("id"))
    if operation == "touch":  # what a nightly job does: new stamps on so many records
        return str(changes.touch(org, name, int(change["count"])))
    if operation == "late":  # visible only so many seconds after its stamp
        seconds, late_id = int(change["seconds"]), change.get("id")
        return changes.commit_late(org, name, change["record"], seconds=seconds, record_id=late_id)
    record_id = str(change["id"])
    if operation == "update":
        changes.update(org, name, record_id, change["record"])
    elif operation == "silent":
        changes.change_silently(org, name, record_id, change["record"])
    elif operation == "merge":
        changes.merge(org, name, record_id, change["losers"])
    elif operation in ("delete", "undelete", "hard_delete"):
        getattr(changes, operation)(org, name, record_id)
    else:
        known = "insert, plant, late, update, silent, delete, undelete, hard_delete, merge or touch"
        raise ValueError(f"op is {known}")
    return record_id


def change_fields(service: Service, body: Body) -> Any:
    """{"op": "add", "object", "field": {…}}, {"op": "hide" | "show", "object", "name"}, and of an added field
    {"op": "retype", "object", "name", "field": {…}} or {"op": "rename", "object", "name", "to"}."""
    name = body["object"]
    if body["op"] == "add":
        changes.add_field(service.org, name, body["field"])
    elif body["op"] == "hide":
        changes.hide_field(service.org, name, body["name"])
    elif body["op"] == "show":
        changes.show_field(service.org, name, body["name"])
    elif body["op"] == "retype":
        changes.retype_field(service.org, name, body["name"], body["field"])
    elif body["op"] == "rename":
        changes.rename_field(service.org, name, body["name"], body["to"])
    else:
        raise ValueError("op is add, hide, show, retype or rename")
    service.described_at[name] = service.org.now()
    return {"fields": len(service.org.objects[name].fields)}


def play_scenario(service: Service, body: Body) -> Any:
    """{"name": "second_day"}: the changes a demonstration needs; says what was done.

    Answers when the second of the last change is over: a sync that starts then finds all of them, because a window
    ends before the second in which it is asked for.
    """
    before = service.org.objects
    done = scenario.play(service.org, body["name"])
    last_change = service.org.now()
    while service.org.now() <= last_change:
        time.sleep(0.02)
    for name, sobject in service.org.objects.items():
        if sobject.fields != before[name].fields:
            service.described_at[name] = service.org.now()
    return done


# -- faults and the log --------------------------------------------------------------------------


def plant_faults(service: Service, body: Any) -> Any:
    """One rule, or a list of them; see demo_org.faults."""
    rules = body if isinstance(body, list) else [body]
    return {"ids": [service.faults.plant(rule).id for rule in rules]}


def list_faults(service: Service, body: Body) -> Any:
    return {"faults": service.faults.report()}


def clear_faults(service: Service, body: Body) -> Any:
    service.faults.clear()
    return {"faults": []}


def list_requests(service: Service, body: Body) -> Any:
    return service.log.report()


def clear_requests(service: Service, body: Body) -> Any:
    service.log.clear()
    return {"count": 0}


# -- sessions, limits, permissions, clock --------------------------------------------------------


def expire_sessions(service: Service, body: Body) -> Any:
    return {"expired": service.sessions.expire_all()}


def set_grants(service: Service, body: Body) -> Any:
    """{"rotate": true}: each use of a refresh token replaces it; {"public_key": PEM}: who may sign logins;
    {"session_seconds": …}: how long sessions last. Says a new refresh token."""
    service.grants.rotating = bool(body.get("rotate", service.grants.rotating))
    service.grants.public_key = str(body.get("public_key", service.grants.public_key))
    service.sessions.seconds = body.get("session_seconds", service.sessions.seconds)
    return {"refresh_token": service.grants.new_refresh_token()}


def expire_cursors(service: Service, body: Body) -> Any:
    service.cursors.expire_all()
    return {}


def set_limits(service: Service, body: Body) -> Any:
    """{"maximum": …, "used": …}: the API calls of the day; "page_rows": of a REST page; "result_rows": of a
    Bulk job's result page. Each may be left out."""
    service.result_rows = int(body.get("result_rows", service.result_rows))
    service.page_rows = min(LARGEST_PAGE_ROWS, int(body.get("page_rows", service.page_rows)))
    service.usage.change(maximum=body.get("maximum"), used=body.get("used"))
    return {"maximum": service.usage.maximum, "used": service.usage.used}


def set_permissions(service: Service, body: Body) -> Any:
    """{"object", "readable": false}: the object is not there; {"object", "rows": false}: it looks empty."""
    name = body["object"]
    if name not in service.org.objects:
        raise ValueError(f"no object {name}")
    service.unreadable = _with(service.unreadable, name, not body.get("readable", True))
    service.unshared = _with(service.unshared, name, not body.get("rows", True))
    return {"unreadable": sorted(service.unreadable), "unshared": sorted(service.unshared)}


def set_clock(service: Service, body: Body) -> Any:
    """{"advance_seconds": …}, {"at": "2030-01-01T00:00:00Z"} or {"ahead_seconds": …} of this machine's clock; with
    {"stands_still": true} it stays at the moment it is set to, with false it goes on from there."""
    if "stands_still" in body:
        service.org.stop_clock(bool(body["stands_still"]))
    now = service.org.ticking_now()
    if "at" in body:
        service.org.set_ahead(datetime.fromisoformat(body["at"]).astimezone(UTC) - now)
    elif "ahead_seconds" in body:
        service.org.set_ahead(timedelta(seconds=float(body["ahead_seconds"])))
    else:
        ahead = service.org.now() - now + timedelta(seconds=float(body.get("advance_seconds", 0)))
        service.org.set_ahead(ahead)
    return {"now": service.org.now().isoformat()}


def state(service: Service, body: Body) -> Any:
    """How the org stands: its clock, its usage, how many records each object has."""
    reader = service.reader()
    counts = {}
    for name, sobject in service.org.objects.items():
        kept = 'WHERE NOT "IsDeleted"' if "IsDeleted" in sobject.by_name else ""
        found = reader.execute(f'SELECT count(*) FROM "{name}" {kept}').fetchone()
        counts[name] = found[0] if found else 0
    jobs = [{"id": job.id, "object": job.plan.sobject.name, "state": job.state} for job in service.jobs.all()]
    usage = {"used": service.usage.used, "maximum": service.usage.maximum}
    return {"now": service.org.now().isoformat(), "records": counts, "usage": usage, "jobs": jobs}


def query(service: Service, body: Body) -> Any:
    """{"soql": …}: the Ids it finds, deleted records too, so that a test need not ask through the API."""
    plan = service.plan(body["soql"], include_deleted=True)
    rows = service.reader().execute(plan.rows('t."Id"'), plan.parameters).fetchall()
    return {"ids": [row[0] for row in rows]}


def _with(names: frozenset[str], name: str, wanted: bool) -> frozenset[str]:
    return names | {name} if wanted else names - {name}


ACTIONS: dict[tuple[str, str], Callable[[Service, Any], Any]] = {
    ("GET", "/state"): state,
    ("POST", "/query"): query,
    ("POST", "/records"): change_records,
    ("POST", "/fields"): change_fields,
    ("POST", "/scenario"): play_scenario,
    ("POST", "/faults"): plant_faults,
    ("GET", "/faults"): list_faults,
    ("DELETE", "/faults"): clear_faults,
    ("GET", "/requests"): list_requests,
    ("DELETE", "/requests"): clear_requests,
    ("POST", "/sessions/expire"): expire_sessions,
    ("POST", "/grants"): set_grants,
    ("POST", "/cursors/expire"): expire_cursors,
    ("POST", "/limits"): set_limits,
    ("POST", "/permissions"): set_permissions,
    ("POST", "/clock"): set_clock,
}
