"""Answers SOQL over REST: a first page, and the next ones through a cursor."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from json.encoder import encode_basestring
from typing import Any

import duckdb

from demo_org.answers.columns import describe_columns
from demo_org.answers.json_rows import BARE, JsonRows
from demo_org.messages import Answer, Request, json_answer
from demo_org.refusals import Refused
from demo_org.service import LARGEST_PAGE_ROWS, Service
from demo_org.soql import Plan
from demo_org.wire import json_sql

SMALLEST_PAGE = 200


def query(service: Service, request: Request) -> Answer:
    return _query(service, request, include_deleted=False)


def query_all(service: Service, request: Request) -> Answer:
    """Deleted and archived records too."""
    return _query(service, request, include_deleted=True)


def _query(service: Service, request: Request, *, include_deleted: bool) -> Answer:
    soql = request.query.get("q", "")
    if not soql.strip():
        raise Refused(400, "MALFORMED_QUERY", "A query string has to be specified")
    plan = service.plan(soql, include_deleted=include_deleted)
    if request.query.get("columns") == "true":
        return describe_columns(plan)
    connection = service.reader()
    if plan.aggregates:
        return _aggregated(connection, plan)
    connection.begin()  # the count, the Ids and the first page are of one moment
    try:
        return _first_page(service, request, connection, plan)
    finally:
        connection.rollback()


def _first_page(
    service: Service, request: Request, connection: duckdb.DuckDBPyConnection, plan: Plan
) -> Answer:
    total = _one(connection.execute(plan.count(), plan.parameters))
    if plan.is_count:
        return json_answer({"totalSize": total, "done": True, "records": []})
    size = _page_size(service, request)
    rows = JsonRows(plan, request.version)
    if total <= size:
        found = connection.execute(plan.rows(rows.select), plan.parameters).fetchall()
        return _page(rows, found, total, "")
    cursor = service.cursors.start(connection, plan, total)
    found = connection.execute(plan.rows_of(rows.select), [cursor.ids(0, size)]).fetchall()
    return _page(rows, found, total, _next_url(request, cursor.id, size))


def next_page(service: Service, request: Request, cursor_id: str, first: str) -> Answer:
    """A page of a query that was begun before. Records are read now; those that vanished are left out."""
    cursor = service.cursors.get(cursor_id)
    start, size = int(first), _page_size(service, request)
    if start >= cursor.total:
        raise Refused(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    rows = JsonRows(cursor.plan, request.version)
    found = service.reader().execute(cursor.plan.rows_of(rows.select), [cursor.ids(start, size)]).fetchall()
    following = _next_url(request, cursor.id, start + size) if start + size < cursor.total else ""
    return _page(rows, found, cursor.total, following)


def _page(rows: JsonRows, found: Sequence[Any], total: int, next_url: str, *, cut: int = 0) -> Answer:
    """The answer with these rows; the truncated-page fault asks for it with the last ones cut off."""
    following = f'"nextRecordsUrl":{encode_basestring(next_url)},' if next_url else ""
    done = "false" if next_url else "true"
    written = rows.write(found[: len(found) - cut] if cut else found)
    body = f'{{"totalSize":{total},"done":{done},{following}"records":{written}}}'
    return Answer(body=body.encode(), short=None if cut else partial(_cut_page, rows, found, total, next_url))


def _cut_page(rows: JsonRows, found: Sequence[Any], total: int, next_url: str, cut: int) -> Answer:
    return _page(rows, found, total, next_url, cut=cut)


def _aggregated(connection: duckdb.DuckDBPyConnection, plan: Plan) -> Answer:
    """One row of COUNT(Id) and its like."""
    select = ", ".join(json_sql(column.type, column.sql) for _, column in plan.aggregates)
    found = connection.execute(plan.rows(select), plan.parameters).fetchall()
    records = []
    for row in found:
        values = zip(plan.aggregates, row, strict=True)
        parts = [
            f"{encode_basestring(label)}:{_bare(column.type, value)}" for (label, column), value in values
        ]
        records.append('{"attributes":{"type":"AggregateResult"},' + ",".join(parts) + "}")
    body = f'{{"totalSize":{len(records)},"done":true,"records":[{",".join(records)}]}}'
    return Answer(body=body.encode())


def _bare(kind: str, value: str | None) -> str:
    if value is None:
        return "null"
    return value if kind in BARE else encode_basestring(value)


def _page_size(service: Service, request: Request) -> int:
    """What Sforce-Query-Options asks for, within Salesforce's bounds; fewer where the control API says so."""
    found = re.search(r"batchSize\s*=\s*(\d+)", request.headers.get("sforce-query-options", ""))
    asked = int(found[1]) if found else LARGEST_PAGE_ROWS
    return min(service.page_rows, max(SMALLEST_PAGE, asked))


def _next_url(request: Request, cursor_id: str, first: int) -> str:
    return f"/services/data/v{request.version}/query/{cursor_id}-{first}"


def _one(cursor: duckdb.DuckDBPyConnection) -> int:
    found = cursor.fetchone()
    return int(found[0]) if found else 0
