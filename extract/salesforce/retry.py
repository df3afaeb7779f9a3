"""Decides what a failed answer calls for, and how long to wait before asking again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum

from extract.salesforce.answers import Refusal


@dataclass(frozen=True)
class RetryPolicy:
    """How patient the client is. The defaults ride out ten minutes of maintenance: the deadline ends them, not the tries."""

    tries: int = 40  # a pause is a minute on average, once the pauses have grown
    base_seconds: float = 2.0
    cap_seconds: float = 120.0
    deadline_seconds: float = 900.0  # one request, with all its repeats and its body
    connect_timeout: float = 15.0
    read_timeout: float = 130.0  # Salesforce itself stops a query after 120 s
    first_contact_tries: int = 3  # a wrong host name should be said at once
    slow_query_tries: int = 3
    first_poll_seconds: float = 0.05
    longest_poll_seconds: float = 30.0
    job_deadline_seconds: float = 4 * 3600.0


class Reaction(Enum):
    REPEAT = "repeat"  # the same request may succeed later
    REPEAT_FEW = "repeat a few times"  # a query that ran too long: patience alone rarely helps
    LOG_IN_AGAIN = "log in again"  # once, then it is a failure
    WAIT_FOR_OTHERS = "wait for others"  # too many long requests run in the org at this moment
    OUT_OF_CALLS = "out of calls"  # the org's calls of the day are used up: stop the run
    GIVE_UP = "give up"  # the same request will fail again


SLOW_QUERY = "QUERY_TIMEOUT"
_REPEAT_STATUS = frozenset({408, 412, 420, 425, 429, 500, 502, 503, 504})  # 412: results are not ready
_REPEAT_CODES = frozenset(
    {
        "SERVER_UNAVAILABLE",
        "UNABLE_TO_LOCK_ROW",
        "UNKNOWN_EXCEPTION",
        "UNKNOWN_ERROR",  # the login's way of saying it, with the words "retry your request"
        "REQUEST_RUNNING_TOO_LONG",
        "LOGIN_RATE_EXCEEDED",
        "JOB_NOT_COMPLETE",
        "TOO_MANY_REQUESTS",
    }
)
_FINAL_CODES = frozenset({"UNSUPPORTED_API_VERSION", "API_CURRENTLY_DISABLED", "API_DISABLED_FOR_ORG"})
_SESSION_CODES = frozenset({"INVALID_SESSION_ID", "INVALIDSESSIONID"})


def react(refusal: Refusal) -> Reaction:
    """What the answer calls for; an unknown one is final, so that nothing is repeated blindly."""
    code = refusal.code.upper()
    if code in _SESSION_CODES or (refusal.status == 401 and code not in _FINAL_CODES):
        return Reaction.LOG_IN_AGAIN
    if code == "REQUEST_LIMIT_EXCEEDED":
        # One code, two meanings: the day's calls are used up, or too many long requests run at this moment.
        at_once = "concurrent" in refusal.message.lower()
        return Reaction.WAIT_FOR_OTHERS if at_once else Reaction.OUT_OF_CALLS
    if code == SLOW_QUERY:
        return Reaction.REPEAT_FEW
    if code in _FINAL_CODES:
        return Reaction.GIVE_UP
    if code in _REPEAT_CODES or refusal.status in _REPEAT_STATUS:
        return Reaction.REPEAT
    if refusal.status == 406 and refusal.empty:  # the edge answers so while a host moves
        return Reaction.REPEAT
    return Reaction.GIVE_UP


def wished_wait(retry_after: str | None, now: datetime | None = None) -> float | None:
    """The seconds a Retry-After header asks for, in either of its two forms; None when there is no sense in it."""
    if not retry_after:
        return None
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


_JOB_REPEAT = (
    "internalservererror",
    "retried more than",
    "server_unavailable",
    "query_timeout",
    "unable_to_lock_row",
)


def job_may_succeed_again(error_message: str) -> bool:
    """Whether a failed Bulk job failed by a fault of the moment, so that a new one is worth its cost."""
    return any(sign in error_message.lower() for sign in _JOB_REPEAT)


def poll_wait(elapsed: float, policy: RetryPolicy) -> float:
    """Seconds until the next look at a job: a share of its age, so a short job is found done soon after."""
    return min(policy.longest_poll_seconds, max(policy.first_poll_seconds, elapsed * 0.3))
