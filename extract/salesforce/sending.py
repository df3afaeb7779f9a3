"""Sends every request of the client: repeats what may pass, logs in again once, and counts."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from extract.errors import BudgetReached, LoginRefused
from extract.salesforce.answers import Refusal, parse_date, parse_refusal, parse_usage
from extract.salesforce.body import read_bytes
from extract.salesforce.connection import Call, Connection
from extract.salesforce.refusals import ApiRefused
from extract.salesforce.retry import Reaction, RetryPolicy, react, wished_wait
from extract.salesforce.session import Session
from extract.salesforce.unreachable import Passing
from extract.salesforce.usage import ApiUsage

T = TypeVar("T")
Read = Callable[[requests.Response, float], T]  # makes something of an answer before the deadline
Report = Callable[..., None]
Form = Mapping[str, str] | bytes


class Sender:
    """Sends for one login. Threads may share it: each has its own connections, all share one session."""

    def __init__(
        self,
        connection: Connection,
        session: Session | None,
        policy: RetryPolicy,
        report: Report,
        usage: ApiUsage,
    ) -> None:
        self.connection = connection
        self.session = session
        self.policy = policy
        self.report = report
        self.usage = usage
        self._clock = _Clock()

    def with_usage(self, usage: ApiUsage) -> Sender:
        """The same sender with other counters."""
        sender = Sender(self.connection, self.session, self.policy, self.report, usage)
        sender._clock = self._clock
        return sender

    def hurried(self) -> Sender:
        """The same sender, for a query that is not worth asking again when it ran too long."""
        sender = Sender(
            self.connection,
            self.session,
            replace(self.policy, slow_query_tries=1),
            self.report,
            self.usage,
        )
        sender._clock = self._clock
        return sender

    @property
    def server_time(self) -> datetime | None:
        """The newest `Date` that any answer carried."""
        return self._clock.latest

    def get_json(self, path: str, load: Callable[[bytes], Any] = json.loads, about: str = "") -> Any:
        return self.send(
            "GET", path, lambda response, deadline: self._json(response, deadline, load), about=about
        )

    def send_json(self, method: str, path: str, body: Any, about: str = "") -> Any:
        return self.send(
            method,
            path,
            lambda response, deadline: self._json(response, deadline, json.loads),
            body=body,
            about=about,
        )

    def send(
        self,
        method: str,
        path: str,
        read: Read[T],
        *,
        body: Any = None,
        form: Form | None = None,
        headers: Mapping[str, str] | None = None,
        about: str = "",
        tries: int | None = None,
    ) -> T:
        """What `read` makes of the answer; it runs again with each repeat. `about` names the object in reports.

        Raises ApiRefused for an answer that is final, SalesforceError when patience has run out."""
        call = _call(method, path, headers, body, form)
        return self.repeat(lambda deadline: self._ask(call(deadline), read), about, tries)

    def send_once(
        self, path: str, read: Read[T], deadline: float, form: Form, headers: Mapping[str, str]
    ) -> T:
        """What `read` makes of the answer to one POST. Raises Passing for what `repeat` asks for again."""
        return self._ask(_call("POST", path, headers, None, form)(deadline), read)

    def repeat(self, attempt: Callable[[float], T], about: str = "", tries: int | None = None) -> T:
        """What an attempt comes to that is told the deadline of all of them; again where it raises Passing.

        Raises SalesforceError when patience has run out."""
        deadline = time.monotonic() + self.policy.deadline_seconds
        retrying = Retrying(
            retry=retry_if_exception_type(Passing),
            stop=lambda state: self._enough(state, deadline, tries),
            wait=self._wait,
            before_sleep=lambda state: self._note(state, about),
            reraise=True,
        )
        try:
            found: T = retrying(attempt, deadline)
            return found
        except Passing as passing:
            raise passing.as_error() from passing

    def _ask(self, call: Call, read: Read[T]) -> T:
        """One try, with one more right away when the session turned out to have expired."""
        token = self.session.token if self.session else ""
        try:
            return self._once(call, read, token)
        except _SessionExpired as expired:
            if self.session is None:
                raise ApiRefused(expired.refusal) from expired
        try:
            return self._once(call, read, self.session.renew(token))
        except _SessionExpired as expired:
            raise LoginRefused(
                "Salesforce refuses the session also right after a new login.",
                self.connection.host,
                "Check in Setup that the user may use the API (permission “API Enabled”), "
                "that SALESFORCE_INSTANCE_URL is the My Domain, and the session settings’ IP restrictions.",
            ) from expired

    def _once(self, call: Call, read: Read[T], token: str) -> T:
        self.usage.add(calls=1)
        with self.connection.exchange(call, token) as response:
            self._listen(response)
            if 200 <= response.status_code < 300:
                return read(response, call.deadline)
            refusal = parse_refusal(response.status_code, read_bytes(response, call.deadline, self.usage))
            raise self._reaction(refusal, wished_wait(response.headers.get("Retry-After")))

    def _reaction(self, refusal: Refusal, wait: float | None) -> Exception:
        """The exception that the answer calls for."""
        said = f"{refusal.status} {refusal.code}".rstrip()
        match react(refusal):
            case Reaction.LOG_IN_AGAIN:
                return _SessionExpired(refusal)
            case Reaction.OUT_OF_CALLS:
                return BudgetReached(
                    "The org's API calls of the last 24 hours are used up.",
                    self.connection.host,
                    "Run it again later; Setup → Company Information shows the use, and "
                    "Setup → System Overview the trend.",
                )
            case Reaction.REPEAT:
                return Passing(f"Salesforce answered {said}.", self.connection.host, wait=wait)
            case Reaction.WAIT_FOR_OTHERS:
                return Passing(
                    "Too many long requests run in the org at this moment; the day's calls are not used up.",
                    self.connection.host,
                    "Run it again at a quieter hour, or with a smaller LANDFALL_PARALLEL; what was landed stays.",
                    wait=wait,
                )
            case Reaction.REPEAT_FEW:
                what = f"Salesforce stopped the query because it ran too long ({said})."
                few = self.policy.slow_query_tries
                return Passing(what, self.connection.host, wait=wait, tries=few, final=ApiRefused(refusal))
            case _:
                return ApiRefused(refusal)

    def _json(self, response: requests.Response, deadline: float, load: Callable[[bytes], Any]) -> Any:
        found = read_bytes(response, deadline, self.usage)
        if not found and response.status_code == 204:
            return None
        try:
            return load(found)
        except (ValueError, UnicodeDecodeError) as error:
            raise Passing(
                "Salesforce answered with something that is not JSON.", self.connection.host
            ) from error

    def _listen(self, response: requests.Response) -> None:
        """Take from the headers what every answer may carry."""
        said = parse_usage(response.headers.get("Sforce-Limit-Info"))
        if said is not None:
            self.usage.say(*said)
        self._clock.hear(parse_date(response.headers.get("Date")))

    def _wait(self, state: RetryCallState) -> float:
        """The server's wish if it has one; else between nothing and a doubling bound, so that clients spread."""
        passing = _failure(state)
        if passing.wait is not None:
            return min(passing.wait, self.policy.cap_seconds)
        return float(
            wait_random_exponential(multiplier=self.policy.base_seconds, max=self.policy.cap_seconds)(state)
        )

    def _enough(self, state: RetryCallState, deadline: float, tries: int | None) -> bool:
        most = min(filter(None, (self.policy.tries, tries, _failure(state).tries)))
        if _failure(state).no_contact and self.server_time is None:
            most = min(most, self.policy.first_contact_tries)
        return state.attempt_number >= most or time.monotonic() + state.upcoming_sleep >= deadline

    def _note(self, state: RetryCallState, about: str) -> None:
        self.usage.add(retries=1)
        self.report("retry", object=about, what=_failure(state).what, wait=round(state.upcoming_sleep, 1))


def _call(
    method: str, path: str, headers: Mapping[str, str] | None, body: Any, form: Form | None
) -> Callable[[float], Call]:
    """The request, as soon as its deadline is known."""
    accepted = {"Accept-Encoding": "gzip", "Accept": "*/*", **(headers or {})}
    return lambda deadline: Call(method, path, accepted, deadline, body, form)


class _SessionExpired(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


class _Clock:
    """The newest server time that was heard; every answer was sent before now, so it is safe as a window's end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.latest: datetime | None = None

    def hear(self, moment: datetime | None) -> None:
        with self._lock:
            if moment is not None and (self.latest is None or moment > self.latest):
                self.latest = moment


def _failure(state: RetryCallState) -> Passing:
    failure = state.outcome.exception() if state.outcome else None
    assert isinstance(failure, Passing)
    return failure
