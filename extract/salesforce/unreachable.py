"""Puts a connection that failed into words, and says whether it may work later."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import NameResolutionError, ProtocolError, ReadTimeoutError

from extract.errors import SalesforceError
from extract.salesforce.hosts import is_loopback


class Passing(Exception):
    """A failure that may pass: worth the same request again, `tries` times at most when that is given."""

    def __init__(
        self,
        what: str,
        where: str = "",
        next_step: str = "",
        *,
        wait: float | None = None,
        tries: int | None = None,
        no_contact: bool = False,
        slow: bool = False,
        final: Exception | None = None,
    ) -> None:
        super().__init__(what)
        self.what, self.where, self.next_step = what, where, next_step
        self.wait = wait  # what the server asked for
        self.tries = tries
        self.no_contact = no_contact  # nothing answered at all
        self.slow = slow  # it began to come, and less of it may come in time
        self.final = final

    def as_error(self) -> Exception:
        """The error for when patience has run out."""
        if self.final is not None:
            return self.final
        next_step = (
            self.next_step or "Run it again later; what was landed stays, and the next run continues there."
        )
        return SalesforceError(self.what, self.where, next_step)


def was_slow(error: SalesforceError) -> bool:
    """Whether patience ran out because too little came in its time."""
    return isinstance(error.__cause__, Passing) and error.__cause__.slow


def in_words(error: Exception, host: str, *, trusts_own_authority: bool = False) -> Exception:
    """The failure as Passing, or as SalesforceError when repeating cannot help."""
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return _untrusted(host, trusts_own_authority)
    if any(isinstance(cause, NameResolutionError) for cause in causes):
        return Passing(
            "The org's host name is not known.",
            host,
            "Check SALESFORCE_INSTANCE_URL for a typing mistake, then this machine's network and DNS.",
            no_contact=True,
        )
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return Passing(
            "Nothing answers at the org's address: the connection was refused.",
            host,
            "Check SALESFORCE_INSTANCE_URL. `landfall demo-org` starts a demo org, and prints its address and secret."
            if is_loopback(urlsplit(f"//{host}").hostname or "")
            else "Check SALESFORCE_INSTANCE_URL and a firewall in between.",
            no_contact=True,
        )
    if isinstance(error, requests.exceptions.ProxyError):
        return Passing(
            "The proxy did not pass the request on.",
            host,
            "Check HTTPS_PROXY, or ask who runs the proxy.",
            no_contact=True,
        )
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return Passing(
            "The org's host did not take the connection in time.",
            host,
            "Check the network between this machine and Salesforce, and https://status.salesforce.com.",
            no_contact=True,
        )
    if isinstance(error, requests.exceptions.ReadTimeout | ReadTimeoutError) or "Read timed out" in str(
        error
    ):
        return Passing("Salesforce stopped answering in the middle of a request.", host, slow=True)
    if isinstance(error, requests.exceptions.SSLError):
        return Passing("The encrypted connection to Salesforce could not be opened.", host, no_contact=True)
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return SalesforceError("The org's address is not one.", host, "Correct SALESFORCE_INSTANCE_URL.")
    if any(isinstance(cause, ProtocolError | OSError) for cause in causes):
        return Passing("The connection to Salesforce broke.", host, slow=True)
    return SalesforceError(f"The request could not be sent ({type(error).__name__}).", host)


def _untrusted(host: str, trusts_own_authority: bool) -> SalesforceError:
    if trusts_own_authority:
        return SalesforceError(
            "The org's certificate was not signed by the authority in SALESFORCE_CA_FILE.",
            host,
            "Check that SALESFORCE_CA_FILE is the authority of this host; unset it for an org of Salesforce itself.",
        )
    return SalesforceError(
        "The org's certificate is signed by an authority that this machine does not know.",
        host,
        "If your network or demo org has its own authority, set SALESFORCE_CA_FILE to its certificate; "
        "else something between this machine and Salesforce may be reading along.",
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and everything it was raised for, also what the libraries keep in their arguments."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        current = waiting.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        inner = [current.__cause__, current.__context__, getattr(current, "reason", None), *current.args]
        waiting.extend(cause for cause in inner if isinstance(cause, BaseException))
