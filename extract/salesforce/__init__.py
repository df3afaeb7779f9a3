"""Speaks to Salesforce; knows nothing of dlt or databases.

with open_client(login, report) as client:          client.py     the org, its objects, its clock
    description = client.describe("Account")        describe.py   what the org says about an object
    for part in read_window(client, description, …) reading.py    a window's records as part files

login.py      which way of logging in        flows.py         the ways        login_hints.py  refused logins in words
sending.py    one place sends everything     retry.py         what is repeated, and when
connection.py one request and its answer     unreachable.py   broken connections in words
rest_query.py few records                    bulk_query.py    many records    spool.py        the part files
rest_groups.py an object too wide for REST   result_pages.py  pages side by side, page_store.py kept over a crash
halving.py    a window too much for one job  bulk_parts.py    parts of one size out of pages of any
too_much.py   the answers that call for the one or the other: a shorter window, or groups of fields
deleted.py    the log of deletions
soql.py       the queries                    spelling.py      one text for one value, by REST and by Bulk
"""

from extract.salesforce.client import SalesforceClient, open_client
from extract.salesforce.deleted import read_deleted
from extract.salesforce.describe import BINARY_TYPES, COMPOUND_TYPES, FieldDescription, ObjectDescription
from extract.salesforce.login import Login
from extract.salesforce.reading import read_window
from extract.salesforce.retry import RetryPolicy
from extract.salesforce.spool import SpoolPart
from extract.salesforce.usage import ApiUsage

__all__ = [
    "BINARY_TYPES",
    "COMPOUND_TYPES",
    "ApiUsage",
    "FieldDescription",
    "Login",
    "ObjectDescription",
    "RetryPolicy",
    "SalesforceClient",
    "SpoolPart",
    "open_client",
    "read_deleted",
    "read_window",
]
