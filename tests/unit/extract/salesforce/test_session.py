"""An expired session is renewed once for all threads, and never again after the login was refused."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from extract.errors import LoginRefused
from extract.salesforce.session import Granted, Session
from extract.salesforce.usage import ApiUsage


def test_threads_that_find_the_session_expired_together_log_in_once() -> None:
    logins: list[str] = []
    together = threading.Barrier(8)

    def log_in() -> Granted:
        logins.append("again")
        return Granted("second", "https://acme.my.salesforce.com")

    session = Session(Granted("first", "https://acme.my.salesforce.com"), log_in)

    def renew(_: int) -> str:
        together.wait()
        return session.renew("first")

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(renew, range(8))) == ["second"] * 8
    assert logins == ["again"]


def test_a_refused_login_is_not_tried_again() -> None:
    tries: list[int] = []

    def log_in() -> Granted:
        tries.append(1)
        raise LoginRefused("no", "here", "mend it")

    session = Session(Granted("first", ""), log_in)
    for _ in range(3):
        with pytest.raises(LoginRefused, match="no"):
            session.renew("first")
    assert len(tries) == 1


def test_a_token_does_not_show_when_printed() -> None:
    assert "hidden" not in repr(Granted("hidden", "https://acme.my.salesforce.com"))


def test_the_figures_of_one_object_count_for_the_whole_too() -> None:
    whole = ApiUsage()
    part = ApiUsage(whole)
    part.add(calls=2, bytes=10)
    whole.add(calls=1, retries=1)
    part.say(5, 100)
    assert (part.calls, part.bytes, part.retries) == (2, 10, 0)
    assert (whole.calls, whole.bytes, whole.retries) == (3, 10, 1)
    assert (whole.used, whole.limit) == (5, 100)
