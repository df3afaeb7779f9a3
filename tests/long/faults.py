"""What goes wrong between the org and a command, once or twice, and whether the same command gets over it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

QUERIES = "/(query|queryAll|results|describe|jobs)"
ROWS = "/(query|queryAll|results)"


@dataclass(frozen=True)
class Fault:
    """A fault of tests/faults/catalogue.toml, as the demo org plants it."""

    id: str
    name: str
    rule: dict[str, Any]
    same_run: bool = True  # whether the command that meets it once ends well


def _status(
    id: str,
    name: str,
    status: int,
    code: str = "",
    *,
    kind: str = "json",
    path: str = QUERIES,
    method: str = "",
    headers: dict[str, str] | None = None,
    same_run: bool = True,
) -> Fault:
    match = {"path": path, "method": method}
    rule = {"fault": "status", "status": status, "kind": kind, "match": match, "headers": headers or {}}
    return Fault(id, name, {**rule, "code": code, "message": name} if code else rule, same_run)


FAULTS = (
    Fault("F1", "connection reset", {"fault": "reset", "match": {"path": QUERIES}}),
    Fault("F4", "gzip cut short", {"fault": "truncated_gzip", "match": {"path": QUERIES}}),
    Fault("F5", "page cut short", {"fault": "truncated_page", "match": {"path": ROWS}}),
    _status("F7", "web page with status 200", 200, kind="html"),
    _status("F8", "An unexpected error occurred", 500, "UNKNOWN_EXCEPTION"),
    _status("F9", "maintenance as a web page", 503, kind="html"),
    _status("F9", "Server unavailable", 503, "SERVER_UNAVAILABLE"),
    _status("F9", "gateway timeout, empty", 504, kind="empty"),
    _status("F10", "too many requests, empty", 429, kind="empty"),
    _status("F10", "edge answers 406", 406, kind="empty"),
    _status("F10", "too many requests", 429, kind="empty", headers={"Retry-After": "1"}),
    Fault("F6", "page cut inside a value", {"fault": "cut_body", "bytes": 7, "match": {"path": ROWS}}),
    Fault("F11", "session expired", {"fault": "expired_session", "match": {"path": QUERIES}}),
    _status("F13", "session refused by a web page", 401, kind="html"),
    _status("F21", "TotalRequests Limit exceeded.", 403, "REQUEST_LIMIT_EXCEEDED", same_run=False),
    _status("F22", "ConcurrentRequests Limit exceeded.", 403, "REQUEST_LIMIT_EXCEEDED"),
    _status("F26", "query timed out", 400, "QUERY_TIMEOUT", path="/(query|queryAll)$"),
    _status("F33", "query locator lost", 400, "INVALID_QUERY_LOCATOR", path="/query(All)?/01g"),
    Fault("F40", "job failed", {"fault": "failed_job"}),
    Fault("F42", "job aborted", {"fault": "aborted_job"}),
    _status("F45", "look at a job fails", 503, "SERVER_UNAVAILABLE", path=r"/jobs/query/\w+$", method="GET"),
    _status("F47", "job gone", 404, "NOT_FOUND", path=r"/jobs/query/\w+$", method="GET"),
    _status("F49", "results not ready", 412, kind="empty", path="/results"),
    Fault("F51", "page does not say its size", {"fault": "missing_header", "match": {"path": "/results"}}),
    _status("F9", "login down", 503, kind="html", path="/oauth2/token"),
    _status("F9", "Login rate exceeded", 403, "LOGIN_RATE_EXCEEDED", path="/oauth2/token"),
)
LASTING = Fault(
    "F9", "down for the whole run", {"fault": "status", "status": 503, "times": 0}, same_run=False
)


def planted(number: int, skip: int) -> tuple[Fault, dict[str, Any]]:
    """One of them, and the rule that plants it on the request after `skip` that it fits."""
    fault = FAULTS[number % len(FAULTS)]
    return fault, {"times": 1, "skip": skip % 6, **fault.rule}


@dataclass
class Recovery:
    """How the runs ended that met a transient fault; nobody lent a hand."""

    same_run: Counter[str] = field(default_factory=Counter)
    next_run: Counter[str] = field(default_factory=Counter)  # told of its failure, and ended right later
    kills: Counter[str] = field(default_factory=Counter)

    def count(self, fault: Fault, well: bool) -> None:
        (self.same_run if well else self.next_run)[f"{fault.id} {fault.name}"] += 1

    def add(self, other: Recovery) -> None:
        self.same_run += other.same_run
        self.next_run += other.next_run
        self.kills += other.kills

    def table(self) -> str:
        """A line for each fault: in how many runs it was met, and how those ended."""
        lines = [f"{'what happened to a run':44} {'runs':>5} {'well at once':>13} {'well by the next':>17}"]
        for name in sorted({*self.same_run, *self.next_run}):
            here, later = self.same_run[name], self.next_run[name]
            lines.append(f"{name:44} {here + later:5} {here:13} {later:17}")
        for point, count in sorted(self.kills.items()):
            lines.append(f"{'kill -9 at ' + point:44} {count:5} {0:13} {count:17}")
        whole = sum((self.same_run + self.next_run + self.kills).values())
        lines.append(f"{'all, without a hand':44} {whole:5}")
        return "\n".join(lines)
