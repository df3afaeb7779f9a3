"""Carries one request to the configured host and its answer back; what goes wrong on the way is said in words."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from extract.errors import SalesforceError, SettingsError
from extract.salesforce.hosts import redirected, url_on
from extract.salesforce.retry import RetryPolicy
from extract.salesforce.unreachable import Passing, in_words

_MOST_REDIRECTS = 3


@dataclass(frozen=True)
class Call:
    """One request: what to ask, and until when the answer must be read."""

    method: str
    path: str
    headers: Mapping[str, str]
    deadline: float  # of the monotonic clock
    body: Any = None  # sent as JSON
    form: Mapping[str, str] | bytes | None = None


class Connection:
    """Connections to one host, a set for each thread; every request has its timeouts and stays with the org."""

    def __init__(self, base_url: str, ca_file: Path | None, policy: RetryPolicy) -> None:
        self.base_url = base_url
        self._verify: bool | str = str(ca_file) if ca_file is not None else True
        self._policy = policy
        self._local = threading.local()
        self._lock = threading.Lock()
        self._sessions: list[requests.Session] = []
        if ca_file is not None:
            _check_authority(ca_file)

    def moved_to(self, base_url: str) -> None:
        """Send to this address from now on: the one the org named in its answer to the login, checked before."""
        self.base_url = base_url

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).netloc

    @contextmanager
    def exchange(self, call: Call, token: str) -> Iterator[requests.Response]:
        """The answer, its body still to be read inside the block. Raises Passing for what may work later."""
        try:
            with self._follow(call, url_on(self.base_url, call.path), token) as response:
                yield response
        except (requests.RequestException, HTTPError) as error:
            raise in_words(error, self.host, trusts_own_authority=self._verify is not True) from error

    def close(self) -> None:
        with self._lock:
            for session in self._sessions:
                session.close()
            self._sessions.clear()

    def _follow(self, call: Call, url: str, token: str) -> requests.Response:
        """The answer; redirects are followed as long as they stay with the org."""
        for _ in range(_MOST_REDIRECTS + 1):
            left = call.deadline - time.monotonic()
            if left <= 0:
                raise Passing("The request took longer than its deadline.", self.host, slow=True)
            response = self._session().request(
                call.method,
                url,
                headers=dict(call.headers),
                json=call.body,
                data=call.form,
                auth=_Bearer(token),  # set here, or a .netrc of the machine would replace it
                timeout=(self._policy.connect_timeout, min(self._policy.read_timeout, left)),
                verify=self._verify,
                allow_redirects=False,
                stream=True,
            )
            if response.status_code not in (301, 302, 303, 307, 308):
                return response
            response.close()
            url = redirected(self.base_url, url, response.headers.get("Location", ""))
        raise SalesforceError(
            "Salesforce redirected in a circle.",
            self.host,
            "Check SALESFORCE_INSTANCE_URL: it must be the My Domain.",
        )

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.mount("http://", HTTPAdapter(pool_maxsize=2, max_retries=0))
            session.mount("https://", HTTPAdapter(pool_maxsize=2, max_retries=0))
            self._local.session = session
            with self._lock:
                self._sessions.append(session)
        return session


class _Bearer(requests.auth.AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _check_authority(ca_file: Path) -> None:
    try:
        ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # SSLError is one too
        raise SettingsError(
            "The certificate authority's file is not there, or holds no certificate.",
            f"SALESFORCE_CA_FILE = {ca_file}",
            "Correct the path, or unset SALESFORCE_CA_FILE to trust the public authorities.",
        ) from error
