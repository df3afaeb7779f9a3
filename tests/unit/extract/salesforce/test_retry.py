"""What is repeated, what is not, and for how long is waited."""

from datetime import UTC, datetime

import pytest

from extract.salesforce.answers import Refusal
from extract.salesforce.retry import (
    Reaction,
    RetryPolicy,
    job_may_succeed_again,
    poll_wait,
    react,
    wished_wait,
)


@pytest.mark.parametrize(
    ("refusal", "reaction"),
    [
        (Refusal(401, "INVALID_SESSION_ID", "Session expired or invalid"), Reaction.LOG_IN_AGAIN),
        (Refusal(401, message="a web page"), Reaction.LOG_IN_AGAIN),
        (Refusal(400, "InvalidSessionId"), Reaction.LOG_IN_AGAIN),
        (Refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), Reaction.OUT_OF_CALLS),
        (
            Refusal(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded"),
            Reaction.WAIT_FOR_OTHERS,
        ),
        (
            Refusal(
                403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded"
            ),
            Reaction.WAIT_FOR_OTHERS,
        ),
        (Refusal(500, "UNKNOWN_EXCEPTION"), Reaction.REPEAT),
        (Refusal(503, "SERVER_UNAVAILABLE"), Reaction.REPEAT),
        (Refusal(502), Reaction.REPEAT),
        (Refusal(504), Reaction.REPEAT),
        (Refusal(408), Reaction.REPEAT),
        (Refusal(420, empty=True), Reaction.REPEAT),
        (Refusal(429), Reaction.REPEAT),
        (Refusal(406, empty=True), Reaction.REPEAT),
        (Refusal(406, "NOT_ACCEPTABLE"), Reaction.GIVE_UP),
        (Refusal(400, "UNABLE_TO_LOCK_ROW"), Reaction.REPEAT),
        (Refusal(400, "JOB_NOT_COMPLETE"), Reaction.REPEAT),
        (Refusal(400, "QUERY_TIMEOUT"), Reaction.REPEAT_FEW),
        (Refusal(500, "UNSUPPORTED_API_VERSION"), Reaction.GIVE_UP),
        (Refusal(410), Reaction.GIVE_UP),
        (Refusal(400, "MALFORMED_QUERY"), Reaction.GIVE_UP),
        (Refusal(400, "INVALID_FIELD"), Reaction.GIVE_UP),
        (Refusal(404, "NOT_FOUND"), Reaction.GIVE_UP),
        (Refusal(403, "INSUFFICIENT_ACCESS"), Reaction.GIVE_UP),
        (Refusal(403, "API_DISABLED_FOR_ORG"), Reaction.GIVE_UP),
        (Refusal(400, "INVALID_LOGIN"), Reaction.GIVE_UP),
        (Refusal(400, "NEVER_HEARD_OF"), Reaction.GIVE_UP),
    ],
)
def test_each_answer_calls_for_one_reaction(refusal: Refusal, reaction: Reaction) -> None:
    assert react(refusal) is reaction


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("7", 7.0),
        ("Mon, 23 Nov 2026 10:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 09:00:00 GMT", 0.0),
    ],
)
def test_the_servers_wish_to_wait_is_read_in_both_forms(header: str | None, seconds: float | None) -> None:
    assert wished_wait(header, datetime(2026, 11, 23, 10, tzinfo=UTC)) == seconds


@pytest.mark.parametrize(
    ("message", "worth_it"),
    [
        ("InternalServerError: Retried more than fifteen times", True),
        ("InvalidBatch : QUERY_TIMEOUT", True),
        ("InvalidBatch : Failed to process query: MALFORMED_QUERY", False),
        ("", False),
    ],
)
def test_a_failed_job_is_repeated_only_for_a_fault_of_the_moment(message: str, worth_it: bool) -> None:
    assert job_may_succeed_again(message) is worth_it


def test_looks_at_a_job_get_rarer_with_its_age() -> None:
    policy = RetryPolicy()
    assert poll_wait(0, policy) == 0.05
    assert poll_wait(10, policy) == 3.0
    assert poll_wait(3600, policy) == 30.0
