"""Imports events, participations and history record by record, with a commit for each hundred."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from simple_salesforce import Salesforce
from sqlalchemy.orm import Session

from tests.bench.legacy import queries
from tests.bench.legacy.models import (
    Contact,
    District,
    Email,
    Event,
    EventParticipation,
    EventStudentParticipation,
    History,
    PendingParticipation,
    School,
    Student,
    Volunteer,
    find_or_add,
)
from tests.bench.legacy.people import skill_named
from tests.bench.legacy.queries import Record

NO_DATE = datetime(2000, 1, 1)


def import_events(salesforce: Salesforce, session: Session, since: str) -> int:
    sessions = queries.all_of(salesforce, queries.SESSION, since)
    for number, record in enumerate(sessions, 1):
        if (record["Name"] or "").strip():
            _import_event(session, record)
        if number % 100 == 0:
            session.commit()
    session.commit()
    participants = queries.all_of(salesforce, f"{queries.PARTICIPANT} 'Volunteer'", since)
    for number, record in enumerate(participants, 1):
        _import_participation(session, record)
        if number % 100 == 0:
            session.commit()
    session.commit()
    return len(sessions) + len(participants)


def _import_event(session: Session, record: Record) -> None:
    event = find_or_add(session, Event, salesforce_id=record["Id"])
    event.title, event.description = record["Name"].strip(), record["Description__c"]
    event.type, event.format = record["Session_Type__c"], record["Format__c"]
    event.start_date = moment(record["Start_Date_and_Time__c"]) or NO_DATE
    event.end_date = moment(record["End_Date_and_Time__c"]) or NO_DATE
    event.status, event.location = record["Session_Status__c"] or "Draft", record["Location_Information__c"]
    event.district_partner = record["District__c"] or record["Parent_Account__c"]
    event.participant_count = int(record["Non_Scheduled_Students_Count__c"] or 0)
    event.available_slots = max(0, int(record["Available_Slots__c"] or 0))
    session.flush()
    school = session.get(School, record["School__c"]) if record["School__c"] else None
    district = session.query(District).filter_by(name=event.district_partner or "").first()
    event.school = school.id if school else event.school
    ids = {school.district_id if school else None, district.id if district else None} - {None}
    if ids:
        event.districts = session.query(District).filter(District.id.in_(ids)).all()
    names = ("Legacy_Skill_Covered_for_the_Session__c", "Legacy_Skills_Needed__c", "Requested_Skills__c")
    for text in {part.strip(' "') for name in names for part in (record[name] or "").split(",")} - {""}:
        skill = skill_named(session, text)
        if skill not in event.skills:
            event.skills.append(skill)


def _import_participation(session: Session, record: Record) -> None:
    found = session.query(EventParticipation).filter_by(salesforce_id=record["Id"]).first()
    if found is None:
        volunteer = session.query(Volunteer).filter_by(salesforce_individual_id=record["Contact__c"]).first()
        event = session.query(Event).filter_by(salesforce_id=record["Session__c"]).first()
        if volunteer is None or event is None:
            _queue(session, record)
            return
        found = EventParticipation(salesforce_id=record["Id"], volunteer_id=volunteer.id, event_id=event.id)
        session.add(found)
    found.status, found.delivery_hours = record["Status__c"], record["Delivery_Hours__c"]


def _queue(session: Session, record: Record) -> None:
    if session.query(PendingParticipation).filter_by(sf_participation_id=record["Id"]).first() is None:
        session.add(
            PendingParticipation(
                sf_participation_id=record["Id"],
                sf_contact_id=record["Contact__c"],
                sf_session_id=record["Session__c"],
                status=record["Status__c"],
            )
        )


def import_student_participations(salesforce: Salesforce, session: Session, since: str) -> int:
    records = queries.all_of(salesforce, f"{queries.PARTICIPANT} 'Student'", since)
    for number, record in enumerate(records, 1):
        if session.query(EventStudentParticipation).filter_by(salesforce_id=record["Id"]).first() is None:
            _import_student(session, record)
        if number % 100 == 0:
            session.commit()
    session.commit()
    return len(records)


def _import_student(session: Session, record: Record) -> None:
    event = session.query(Event).filter_by(salesforce_id=record["Session__c"]).first()
    student = session.query(Student).filter_by(salesforce_individual_id=record["Contact__c"]).first()
    if event is None or student is None:
        return
    pair = {"event_id": event.id, "student_id": student.id}
    found = session.query(EventStudentParticipation).filter_by(**pair).first()
    if found is None:
        found = EventStudentParticipation(salesforce_id=record["Id"], **pair)
        session.add(found)
    found.status, found.delivery_hours = record["Status__c"], record["Delivery_Hours__c"]


def import_history(salesforce: Salesforce, session: Session, since: str) -> int:
    """What is needed to match is read before, since the last repair; what is known is not read again."""
    tasks = queries.all_of(salesforce, queries.TASK, since)
    messages = queries.all_of(salesforce, queries.EMAIL_MESSAGE, since)
    known = {row[0] for row in session.query(History.salesforce_id)}
    people = {row[0]: row[1] for row in session.query(Contact.salesforce_individual_id, Contact.id)}
    addresses = {row[0].strip().lower(): row[1] for row in session.query(Email.email, Email.contact_id)}
    events = {row[0]: row[1] for row in session.query(Event.salesforce_id, Event.id)}
    added = 0
    for record in (*tasks, *messages):
        readers = [part.strip().lower() for part in (record.get("ToAddress") or "").split(",")]
        about = next((addresses[each] for each in readers if each in addresses), None)
        contact = people.get(record.get("WhoId") or record.get("RelatedToId") or "") or about
        if contact is None or record["Id"] in known:
            continue
        text = record.get("Description") or record.get("HtmlBody") or record.get("TextBody") or ""
        session.add(
            History(
                salesforce_id=record["Id"],
                contact_id=contact,
                event_id=events.get(record.get("WhatId")),
                summary=record["Subject"],
                description=" ".join(re.sub("<[^>]*>", "", text).split()),
                activity_type=record.get("Type") or "Email",
                activity_date=moment(record.get("ActivityDate") or record.get("MessageDate"))
                or datetime.now(UTC),
            )
        )
        added += 1
        if added % 100 == 0:
            session.commit()
    session.commit()
    return len(tasks) + len(messages)


def moment(text: str | None) -> datetime | None:
    """The day alone: the time is cut off."""
    return datetime.fromisoformat(text[:10]) if text else None
