"""Plants faults: rules that say which requests go wrong, how, and how often."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from demo_org.messages import Answer, Request, json_answer
from demo_org.refusals import Refused

JOB_FAULTS = ("failed_job", "aborted_job", "stuck_job")
ROW_FAULTS = ("truncated_page",)
BODY_FAULTS = ("truncated_gzip", "cut_body", "missing_header", "slow")
OTHER_FAULTS = ("status", "expired_session", "reset", "stall", "hide_field", "false_deletion")
KINDS = (*OTHER_FAULTS, *BODY_FAULTS, *ROW_FAULTS, *JOB_FAULTS)
KEYS = {
    "match": ("method", "path", "query", "body"),
    "rule": (
        "match", "fault", "skip", "times",  # which requests: after `skip` matches, the next `times` (0: for ever)
        "status", "kind", "code", "message",  # status: answer this, with a json, html or empty body
        "headers",  # status: with these, such as Retry-After or Location
        "bytes",  # cut_body: so many are lacking at the end, though the answer is well formed
        "seconds", "header", "rows", "bytes_per_second",
        "object", "field",  # hide_field: which, after the answer was made
        "record",  # false_deletion: the Id that the list of deletions has, whether or not it was deleted
    ),
}  # fmt: skip
HTML = "<html><head><title>Down for maintenance</title></head><body><h1>We'll be back.</h1></body></html>"


@dataclass
class Rule:
    """One planted fault, and how often it matched and fired."""

    id: int
    fault: str
    settings: Mapping[str, Any]
    method: str = ""
    path: str = ""
    query: str = ""
    body: str = ""
    skip: int = 0
    times: int = 1
    matched: int = 0
    fired: int = 0

    def fits(self, request: Request, subject: str) -> bool:
        """Whether the rule means this request; `subject` is its SOQL, or its job's."""
        is_creation = request.method == "POST" and bool(re.search(r"/jobs/query/?$", request.path))
        if self.fault in JOB_FAULTS and not is_creation:
            return False
        if self.fault in ROW_FAULTS and not re.search(r"/(query|queryAll|results)(/|$)", request.path):
            return False
        return (
            self.method in ("", request.method)
            and bool(re.search(self.path, request.path, re.IGNORECASE))
            and bool(re.search(self.query, urlsplit(request.target).query))
            and bool(re.search(self.body, subject, re.IGNORECASE))
        )

    def takes(self) -> bool:
        """Count a match; whether the fault happens to it."""
        self.matched += 1
        if self.matched <= self.skip or (self.times and self.fired >= self.times):
            return False
        self.fired += 1
        return True

    def report(self) -> dict[str, Any]:
        return {"id": self.id, "fault": self.fault, "matched": self.matched, "fired": self.fired}


class Faults:
    """The planted rules, in order; the first that fires wins."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._made = 0
        self._lock = threading.Lock()

    def plant(self, entry: Mapping[str, Any]) -> Rule:
        """Add a rule; an unknown key or kind is refused with the known ones."""
        match = entry.get("match", {})
        for keys, known in ((entry, KEYS["rule"]), (match, KEYS["match"])):
            unknown = set(keys) - set(known)
            if unknown:
                raise Refused(
                    400, "JSON_PARSER_ERROR", f"unknown keys {sorted(unknown)}; known: {sorted(known)}"
                )
        if entry.get("fault") not in KINDS:
            raise Refused(400, "JSON_PARSER_ERROR", f"unknown fault; known: {sorted(KINDS)}")
        with self._lock:
            self._made += 1
            skip, times = int(entry.get("skip", 0)), int(entry.get("times", 1))
            rule = Rule(self._made, entry["fault"], dict(entry), skip=skip, times=times, **match)
            self._rules.append(rule)
        return rule

    def take(self, request: Request, subject: str) -> Rule | None:
        """The fault that happens to this request, if any."""
        with self._lock:
            for rule in self._rules:
                if rule.fits(request, subject) and rule.takes():
                    return rule
        return None

    def report(self) -> list[dict[str, Any]]:
        with self._lock:
            return [rule.report() for rule in self._rules]

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()


def status_answer(settings: Mapping[str, Any]) -> Answer:
    """The planted answer of a "status" fault."""
    status = int(settings.get("status", 503))
    kind, headers = settings.get("kind", "json"), dict(settings.get("headers", {}))
    if kind == "html":
        return Answer(status, HTML.encode(), "text/html;charset=UTF-8", headers)
    if kind == "empty":
        return Answer(status, headers=headers)
    code = settings.get("code", "SERVER_UNAVAILABLE")
    return json_answer([{"message": settings.get("message", code), "errorCode": code}], status, headers)
