"""Answers one record by its Id."""

from __future__ import annotations

from demo_org.answers.describe import find_object
from demo_org.answers.json_rows import JsonRows
from demo_org.ids import with_checksum
from demo_org.messages import Answer, Request
from demo_org.refusals import Refused, not_found
from demo_org.service import Service


def record(service: Service, request: Request, name: str, record_id: str) -> Answer:
    """All fields, or those that `fields` lists."""
    sobject = find_object(service, name)
    asked = request.query.get("fields", "")
    names = [part.strip() for part in asked.split(",")] if asked else [field.name for field in sobject.fields]
    full_id = with_checksum(record_id) if len(record_id) == 15 else record_id
    plan = service.plan(
        f"SELECT {', '.join(names)} FROM {sobject.name} WHERE Id = '{full_id}'", include_deleted=True
    )
    rows = JsonRows(plan, request.version)
    deleted = 't."IsDeleted"' if "IsDeleted" in sobject.by_name else "false"
    select = f"{rows.select}, {deleted}"
    found = service.reader().execute(plan.rows(select), plan.parameters).fetchall()
    if not found:
        raise not_found()
    if found[0][-1]:
        raise Refused(404, "ENTITY_IS_DELETED", "entity is deleted")
    return Answer(body=rows.write(found)[1:-1].encode())
