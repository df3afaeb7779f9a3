"""Asks the org's log which records of an object were deleted, those that are past the recycle bin too."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from extract.errors import SalesforceError
from extract.salesforce.client import SalesforceClient
from extract.salesforce.refusals import ApiRefused, explained
from extract.salesforce.soql import moment

LOG_REACHES_BACK = timedelta(days=15)  # Salesforce promises no more
_SHORTEST = timedelta(minutes=2)  # it refuses a span of one minute and less


def read_deleted(client: SalesforceClient, name: str, start: datetime, end: datetime) -> frozenset[str]:
    """The Ids that the log has for the time from `start` to `end`, which lie more than a minute apart.

    Deletions are known to be in it that were none: never take its word alone. Raises ObjectRefused where the object
    has no log or it does not reach back to `start` any more.
    """
    with explained(name):
        return _read(client, name, start, end)


def _read(client: SalesforceClient, name: str, start: datetime, end: datetime) -> frozenset[str]:
    span = f"start={quote(moment(start), safe='')}&end={quote(moment(end), safe='')}"
    path = f"/services/data/v{client.api_version}/sobjects/{name}/deleted/?{span}"
    try:
        return _ids(client.sender.get_json(path, about=name), name)
    except ApiRefused as refused:
        if refused.refusal.code != "EXCEEDED_ID_LIMIT" or end - start < 2 * _SHORTEST:
            raise
    middle = start + (end - start) / 2
    return _read(client, name, start, middle) | _read(client, name, middle, end)


def _ids(answer: Any, name: str) -> frozenset[str]:
    records = answer.get("deletedRecords") if isinstance(answer, dict) else None
    if not isinstance(records, list):
        raise SalesforceError("Salesforce answered in an unknown shape which records were deleted.", name)
    return frozenset(str(record["id"]) for record in records)
