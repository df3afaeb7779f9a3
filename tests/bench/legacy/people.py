"""Imports people record by record: volunteers with a commit each, teachers by fifty, students by a hundred."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

from simple_salesforce import Salesforce
from sqlalchemy.orm import Session

from tests.bench.legacy import queries
from tests.bench.legacy.models import (
    Address,
    Contact,
    Email,
    Phone,
    Skill,
    Student,
    Teacher,
    Volunteer,
    find_or_add,
)
from tests.bench.legacy.queries import Record

STUDENTS_CHUNK = 2000
STUDENTS_PAUSE = 0.2  # seconds between chunks
EMAIL_FIELDS = {
    "npe01__WorkEmail__c": "professional",
    "Email": "personal",
    "npe01__HomeEmail__c": "personal",
    "npe01__AlternateEmail__c": "personal",
}
PHONE_FIELDS = {
    "npe01__WorkPhone__c": "professional",
    "Phone": "professional",
    "HomePhone": "personal",
    "MobilePhone": "personal",
}


def import_volunteers(salesforce: Salesforce, session: Session, since: str) -> int:
    records = queries.all_of(salesforce, queries.VOLUNTEER, since)
    known: dict[str, Volunteer] = {
        each.salesforce_individual_id or "": each for each in session.query(Volunteer)
    }
    emails: dict[int, dict[str, Email]] = {}  # of everybody, whoever is imported
    for email in session.query(Email):
        emails.setdefault(email.contact_id, {})[email.email] = email
    phones: dict[int, dict[str, Phone]] = {}
    for phone in session.query(Phone):
        phones.setdefault(phone.contact_id, {})[phone.number] = phone
    for record in records:
        volunteer = known.get(record["Id"])
        if volunteer is None:
            volunteer = Volunteer(salesforce_individual_id=record["Id"])
            session.add(volunteer)
        _name(volunteer, record)
        volunteer.organization_name = record["npsp__Primary_Affiliation__c"]
        volunteer.title, volunteer.department = record["Title"], record["Department"]
        volunteer.education = record["Highest_Level_of_Educational__c"]
        volunteer.first_volunteer_date = day(record["First_Volunteer_Date__c"])
        volunteer.last_volunteer_date = day(record["Last_Volunteer_Date__c"])
        volunteer.times_volunteered = int(float(record["Number_of_Attended_Volunteer_Sessions__c"] or 0))
        volunteer.interests = record["Volunteer_Interests__c"]
        volunteer.notes = record["Volunteer_Recruitment_Notes__c"]
        volunteer.birthdate = day(record["Birthdate"])
        session.flush()
        _reach(session, volunteer, record, emails.get(volunteer.id, {}), phones.get(volunteer.id, {}))
        _address(session, volunteer, record["MailingAddress"] or {})
        _skills(session, volunteer, record)
        session.commit()
    return len(records)


def import_teachers(salesforce: Salesforce, session: Session, since: str) -> int:
    records = queries.all_of(salesforce, queries.TEACHER, since)
    for number, record in enumerate(records, 1):
        with session.begin_nested():
            teacher = find_or_add(session, Teacher, salesforce_individual_id=record["Id"])
            _name(teacher, record)
            teacher.department, teacher.school_id = (
                record["Department"],
                record["npsp__Primary_Affiliation__c"],
            )
            session.flush()
            _only_email(session, teacher, record, "professional")
            _only_phone(session, teacher, record, "professional")
        if number % 50 == 0:
            session.commit()
    session.commit()
    return len(records)


def import_students(salesforce: Salesforce, session: Session, since: str) -> int:
    count = 0
    for records in queries.chunks_by_id(salesforce, queries.STUDENT, since, STUDENTS_CHUNK):
        for number, record in enumerate(records, 1):
            student = find_or_add(session, Student, salesforce_individual_id=record["Id"])
            _name(student, record)
            student.birthdate = day(record["Birthdate"])
            student.student_id, student.legacy_grade = (
                record["Local_Student_ID__c"],
                record["Legacy_Grade__c"],
            )
            student.current_grade = int(record["Current_Grade__c"] or 0)
            student.school_id = record["npsp__Primary_Affiliation__c"]
            student.class_salesforce_id = record["Class__c"]
            student.racial_ethnic = record["Racial_Ethnic_Background__c"]
            session.flush()
            _only_email(session, student, record, "personal")
            _only_phone(session, student, record, "personal")
            if number % 100 == 0:
                session.commit()
        session.commit()
        session.expunge_all()
        count += len(records)
        time.sleep(STUDENTS_PAUSE)
    return count


def day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def _name(contact: Contact, record: Record) -> None:
    contact.salesforce_account_id = record["AccountId"]
    contact.first_name, contact.last_name = record["FirstName"] or "", record["LastName"] or ""
    contact.middle_name, contact.gender = record.get("MiddleName"), record["Gender__c"]
    contact.description = record.get("Description")
    contact.do_not_call = bool(record.get("DoNotCall"))
    contact.email_opt_out = bool(record.get("HasOptedOutOfEmail"))
    contact.race_ethnicity = record.get("Racial_Ethnic_Background__c")


def _reach(
    session: Session, volunteer: Volunteer, record: Record, emails: dict[str, Email], phones: dict[str, Phone]
) -> None:
    for name, kind in EMAIL_FIELDS.items():
        if address := record[name]:
            if address not in emails:
                emails[address] = Email(contact_id=volunteer.id, email=address)
                session.add(emails[address])
            emails[address].type, emails[address].primary = kind, name == "Email"
    for name, kind in PHONE_FIELDS.items():
        if number := record[name]:
            if number not in phones:
                phones[number] = Phone(contact_id=volunteer.id, number=number)
                session.add(phones[number])
            phones[number].type, phones[number].primary = kind, name == "Phone"


def _address(session: Session, volunteer: Volunteer, given: dict[str, Any]) -> None:
    if not any(given.get(part) for part in ("street", "city", "state", "postalCode")):
        return
    address = find_or_add(session, Address, contact_id=volunteer.id)
    address.address_line1, address.city, address.state = given["street"], given["city"], given["state"]
    address.zip_code, address.country = given["postalCode"], given["country"]


def _skills(session: Session, volunteer: Volunteer, record: Record) -> None:
    listed = (record["Volunteer_Skills_Text__c"] or "").split(";") + (
        record["Volunteer_Skills__c"] or ""
    ).split(",")
    names = {each.strip().capitalize() for each in listed if each.strip()}
    if names and names != {skill.name for skill in volunteer.skills}:
        volunteer.skills = [skill_named(session, name) for name in sorted(names)]


def skill_named(session: Session, name: str) -> Skill:
    skill = find_or_add(session, Skill, name=name)
    session.flush()
    return skill


def _only_email(session: Session, contact: Contact, record: Record, kind: str) -> None:
    if record["Email"]:
        email = find_or_add(session, Email, contact_id=contact.id, type=kind)
        email.email, email.primary = record["Email"].strip(), True


def _only_phone(session: Session, contact: Contact, record: Record, kind: str) -> None:
    if record["Phone"]:
        phone = find_or_add(session, Phone, contact_id=contact.id, type=kind)
        phone.number, phone.primary = record["Phone"], True
