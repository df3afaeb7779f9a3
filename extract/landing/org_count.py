"""Counts an object's records in the org, for the proof that nothing was lost."""

from __future__ import annotations

from collections.abc import Collection

from extract.landing.window import Window
from extract.salesforce import SalesforceClient, soql
from extract.salesforce.refusals import explained
from extract.salesforce.rest_query import first_page


def count_in_org(client: SalesforceClient, name: str, fields: Collection[str], window: Window) -> int:
    """The records that are not deleted and were there when the window ended.

    Asked by queryAll: a plain query hides archived tasks and events, which are landed.
    """
    filters = []
    if "IsDeleted" in fields:
        filters.append("IsDeleted = false")
    if "CreatedDate" in fields:
        filters.append(soql.window("CreatedDate", None, window.end))
    query = soql.select_count(name, " AND ".join(filters))
    with explained(name):
        return first_page(client.sender, client.api_version, query, name).total
