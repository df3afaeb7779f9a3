"""Opens a client of one org, and answers what is asked about the org and its objects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from extract.errors import SalesforceError
from extract.salesforce.answers import Refusal
from extract.salesforce.connection import Connection
from extract.salesforce.describe import ObjectDescription, parse_object
from extract.salesforce.downloads import Downloads
from extract.salesforce.flows import log_in, log_in_again
from extract.salesforce.login import Login, login_address
from extract.salesforce.refusals import ApiRefused, explained
from extract.salesforce.rest_query import first_page
from extract.salesforce.retry import SLOW_QUERY, RetryPolicy
from extract.salesforce.sending import Report, Sender
from extract.salesforce.session import Granted, Session
from extract.salesforce.soql import select, select_count
from extract.salesforce.usage import ApiUsage, DailyLimits, parse_limits


class SalesforceClient:
    """A logged-in client; several threads may use it at once."""

    def __init__(
        self,
        sender: Sender,
        api_version: str,
        organization_id: str = "",
        downloads: Downloads | None = None,
    ) -> None:
        self.sender = sender
        self.downloads = downloads or Downloads()
        self.api_version = api_version
        self._organization_id = organization_id
        self._slow_counts: dict[tuple[str, bool], Refusal] = {}

    @property
    def usage(self) -> ApiUsage:
        return self.sender.usage

    @property
    def instance_url(self) -> str:
        return self.sender.connection.base_url

    def with_own_usage(self) -> SalesforceClient:
        """The same client with counters of its own, which add to this one's too: for the figures of one object."""
        sender = self.sender.with_usage(ApiUsage(self.usage))
        client = SalesforceClient(sender, self.api_version, self._organization_id, self.downloads)
        client._slow_counts = self._slow_counts
        return client

    def organization_id(self) -> str:
        """The org's 18-character id."""
        if not self._organization_id:
            with explained("Organization"):
                page = first_page(
                    self.sender, self.api_version, select("Organization", ["Id"]), "Organization"
                )
            if len(page.records) != 1:
                raise SalesforceError(
                    "The org did not say its own id.",
                    self.instance_url,
                    "Give the user Read on Organization.",
                )
            self._organization_id = str(page.records[0]["Id"])
        return self._organization_id

    def server_time(self) -> datetime:
        """The org's clock as its newest answer said it: a safe end for a window that is asked for afterwards."""
        moment = self.sender.server_time
        if moment is None:
            raise SalesforceError(
                "No answer of Salesforce said what time it is there.",
                self.instance_url,
                "Check whether a proxy in between removes the Date header.",
            )
        return moment

    def object_names(self) -> set[str]:
        """The API names of all objects the user may see."""
        with explained():
            answer = self._get("/sobjects")
        return {str(entry["name"]) for entry in answer["sobjects"]}

    def describe(self, name: str) -> ObjectDescription:
        """The object and the fields of it that the user may see. Raises ObjectRefused when there is none."""
        with explained(name):
            return parse_object(self._get(f"/sobjects/{name}/describe", name))

    def count(self, name: str, where: str = "", *, include_deleted: bool = False) -> int:
        """How many records the org has; `include_deleted` counts the recycle bin and archived activities too.

        A count that ran too long is not asked for again."""
        with explained(name):
            return self._count(name, select_count(name, where), include_deleted)

    def count_in_time(self, name: str, where: str = "", *, include_deleted: bool = False) -> int | None:
        """The same; None when the org does not manage to count so many in time."""
        with explained(name):
            try:
                return self._count(name, select_count(name, where), include_deleted)
            except ApiRefused as refused:
                if refused.refusal.code == SLOW_QUERY:
                    return None
                raise

    def _count(self, name: str, query: str, include_deleted: bool) -> int:
        slow = self._slow_counts.get((query, include_deleted))
        if slow is not None:
            raise ApiRefused(slow)
        try:
            page = first_page(self.sender.hurried(), self.api_version, query, name, deleted=include_deleted)
        except ApiRefused as refused:
            if refused.refusal.code == SLOW_QUERY:
                self._slow_counts[query, include_deleted] = refused.refusal
            raise
        return page.total

    def daily_limits(self) -> DailyLimits:
        """What is left of the org's day; unknown where the user may not ask, which is no failure."""
        try:
            answer = self._get("/limits")
        except ApiRefused:
            return DailyLimits()
        return parse_limits(answer)

    def _get(self, resource: str, about: str = "") -> Any:
        return self.sender.get_json(f"/services/data/v{self.api_version}{resource}", about=about)


@contextmanager
def open_client(
    login: Login, report: Report, policy: RetryPolicy | None = None
) -> Iterator[SalesforceClient]:
    """A client that has logged in and speaks an API version the org offers.

    Raises SettingsError, LoginRefused or SalesforceError, each with its next step."""
    policy = policy or RetryPolicy()
    usage, downloads = ApiUsage(), Downloads()
    entrance = Connection(login_address(login), login.ca_file, policy)
    connection = Connection(login_address(login), login.ca_file, policy)
    lobby = Sender(entrance, None, policy, report, usage)

    def renewed() -> Granted:
        again = log_in_again(login, lobby)
        connection.moved_to(again.instance_url)
        return again

    try:
        granted = log_in(login, lobby)
        connection.moved_to(granted.instance_url)
        sender = Sender(connection, Session(granted, renewed), policy, report, usage)
        _check_version(sender, login.api_version)
        yield SalesforceClient(sender, login.api_version, granted.organization_id, downloads)
    finally:
        downloads.close()
        entrance.close()
        connection.close()


def _check_version(sender: Sender, wanted: str) -> None:
    with explained():
        offered = [str(entry["version"]) for entry in sender.get_json("/services/data/")]
    if wanted not in offered:
        host = urlsplit(sender.connection.base_url).hostname
        first, last = (offered[0], offered[-1]) if offered else ("none", "none")
        raise SalesforceError(
            f"The org does not offer API version {wanted}; it offers {first} to {last}.",
            f"SALESFORCE_API_VERSION, {host}",
            "Set SALESFORCE_API_VERSION to one of them; Landfall is made for 64.0.",
        )
