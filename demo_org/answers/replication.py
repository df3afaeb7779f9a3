"""Answers which records were deleted or updated in a span of time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from demo_org.answers.describe import find_object
from demo_org.messages import Answer, Request, json_answer
from demo_org.metadata.sobjects import SObject
from demo_org.refusals import Refused
from demo_org.service import Service

DAYS_BACK = 30
MOST_IDS = 600_000


def deleted(service: Service, request: Request, name: str) -> Answer:
    """Ids and moments of deletions, hard ones too."""
    sobject, start, end = _asked(service, request, name)
    lives = 'NOT t."IsDeleted"' if "IsDeleted" in sobject.by_name else "true"
    found = service.reader().execute(
        'SELECT id, max("deletedDate") FROM org.deletion_log AS gone'
        ' WHERE object = ? AND "deletedDate" >= ? AND "deletedDate" < ?'
        f' AND NOT EXISTS (SELECT 1 FROM "{sobject.name}" AS t WHERE t."Id" = gone.id AND {lives})'
        " GROUP BY id ORDER BY 2, 1 LIMIT ?",
        [sobject.name, start, end, MOST_IDS + 1],
    )
    rows = found.fetchall()
    _check_number(len(rows))
    records = [{"id": row[0], "deletedDate": _spelled(row[1])} for row in rows]
    earliest = service.org.now().replace(tzinfo=None) - timedelta(days=DAYS_BACK)
    covered = {"earliestDateAvailable": _spelled(earliest), "latestDateCovered": _spelled(end)}
    return json_answer({"deletedRecords": records, **covered})


def with_false_deletion(answer: Answer, record_id: str) -> Answer:
    """The list of deletions with one more entry, as Salesforce's is known to have of records that are still there."""
    assert isinstance(answer.body, bytes)
    told = json.loads(answer.body)
    entry = {"id": record_id, "deletedDate": told["latestDateCovered"]}
    return json_answer({**told, "deletedRecords": [*told["deletedRecords"], entry]})


def updated(service: Service, request: Request, name: str) -> Answer:
    """Ids of records that were created or changed."""
    sobject, start, end = _asked(service, request, name)
    found = service.reader().execute(
        f'SELECT "Id" FROM "{sobject.name}" WHERE "SystemModstamp" >= ? AND "SystemModstamp" < ?'
        ' AND "IsDeleted" IS NOT TRUE ORDER BY "Id" LIMIT ?'
        if "IsDeleted" in sobject.by_name
        else f'SELECT "Id" FROM "{sobject.name}" WHERE "SystemModstamp" >= ? AND "SystemModstamp" < ?'
        ' ORDER BY "Id" LIMIT ?',
        [start, end, MOST_IDS + 1],
    )
    ids = [row[0] for row in found.fetchall()]
    _check_number(len(ids))
    return json_answer({"ids": ids, "latestDateCovered": _spelled(end)})


def _asked(service: Service, request: Request, name: str) -> tuple[SObject, datetime, datetime]:
    """The object and the span, as UTC without zone, which is how moments are stored."""
    sobject = find_object(service, name)
    if not sobject.replicateable:
        raise Refused(400, "INVALID_TYPE", f"Replication is not available for entity {sobject.name}")
    start, end = (_moment(request, part) for part in ("start", "end"))
    now = service.org.now().replace(tzinfo=None)
    if end - start < timedelta(minutes=1):
        raise Refused(
            400, "INVALID_REPLICATION_DATE", "endDate must be at least one minute greater than startDate"
        )
    if start < now - timedelta(days=DAYS_BACK):
        raise Refused(400, "INVALID_REPLICATION_DATE", "startDate cannot be more than 30 days ago")
    return sobject, start, min(end, now)


def _moment(request: Request, name: str) -> datetime:
    # A plus sign that nobody encoded arrives as a blank.
    text = request.query.get(name, "").strip().replace(" ", "+")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(400, "INVALID_REPLICATION_DATE", f"invalid {name} date") from None
    if moment.tzinfo is None:
        raise Refused(400, "INVALID_REPLICATION_DATE", f"{name} has no time zone")
    return moment.astimezone(UTC).replace(tzinfo=None)


def _check_number(found: int) -> None:
    if found > MOST_IDS:
        raise Refused(400, "EXCEEDED_ID_LIMIT", "Id limit exceeded; ask for a shorter span")


def _spelled(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
