"""The tables of the application that the legacy way of working writes, as an ORM sees them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Column, Float, ForeignKey, String, Table, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

M = TypeVar("M")


class Base(DeclarativeBase):
    """All tables."""


volunteer_skills = Table(
    "volunteer_skills",
    Base.metadata,
    Column("volunteer_id", ForeignKey("volunteer.id"), primary_key=True),
    Column("skill_id", ForeignKey("skill.id"), primary_key=True),
)
event_districts = Table(
    "event_districts",
    Base.metadata,
    Column("event_id", ForeignKey("event.id"), primary_key=True),
    Column("district_id", ForeignKey("district.id"), primary_key=True),
)
event_skills = Table(
    "event_skills",
    Base.metadata,
    Column("event_id", ForeignKey("event.id"), primary_key=True),
    Column("skill_id", ForeignKey("skill.id"), primary_key=True),
)


class District(Base):
    __tablename__ = "district"
    id: Mapped[int] = mapped_column(primary_key=True)
    salesforce_id: Mapped[str | None] = mapped_column(String(18), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    district_code: Mapped[str | None] = mapped_column(String(50))


class School(Base):
    __tablename__ = "school"
    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    district_id: Mapped[int | None] = mapped_column(ForeignKey("district.id"))
    salesforce_district_id: Mapped[str | None] = mapped_column(String(255))
    normalized_name: Mapped[str | None] = mapped_column(String(255))
    school_code: Mapped[str | None] = mapped_column(String(255))


class Organization(Base):
    __tablename__ = "organization"
    id: Mapped[int] = mapped_column(primary_key=True)
    salesforce_id: Mapped[str | None] = mapped_column(String(18), unique=True)
    name: Mapped[str] = mapped_column(String(255), index=True)
    type: Mapped[str | None] = mapped_column(String(255))
    description: Mapped[str | None] = mapped_column(Text)
    billing_street: Mapped[str | None] = mapped_column(String(255))
    billing_city: Mapped[str | None] = mapped_column(String(255))
    billing_state: Mapped[str | None] = mapped_column(String(255))
    billing_postal_code: Mapped[str | None] = mapped_column(String(255))
    billing_country: Mapped[str | None] = mapped_column(String(255))


class SchoolClass(Base):
    __tablename__ = "class"
    id: Mapped[int] = mapped_column(primary_key=True)
    salesforce_id: Mapped[str] = mapped_column(String(18), unique=True)
    name: Mapped[str] = mapped_column(String(255), index=True)
    school_salesforce_id: Mapped[str | None] = mapped_column(String(18))
    class_year: Mapped[int | None]


class Contact(Base):
    __tablename__ = "contact"
    __mapper_args__ = {"polymorphic_on": "type", "polymorphic_identity": "contact"}  # noqa: RUF012
    id: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(String(50))
    salesforce_individual_id: Mapped[str | None] = mapped_column(String(18), unique=True)
    salesforce_account_id: Mapped[str | None] = mapped_column(String(18))
    first_name: Mapped[str] = mapped_column(Text)
    middle_name: Mapped[str | None] = mapped_column(Text)
    last_name: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    birthdate: Mapped[date | None]
    gender: Mapped[str | None] = mapped_column(Text)
    race_ethnicity: Mapped[str | None] = mapped_column(Text)
    do_not_call: Mapped[bool] = mapped_column(default=False)
    email_opt_out: Mapped[bool] = mapped_column(default=False)
    notes: Mapped[str | None] = mapped_column(Text)
    emails: Mapped[list[Email]] = relationship(back_populates="contact")
    phones: Mapped[list[Phone]] = relationship(back_populates="contact")
    addresses: Mapped[list[Address]] = relationship(back_populates="contact")


class Role:
    """A contact's row in the table of its role."""

    id: Mapped[int] = mapped_column(ForeignKey("contact.id"), primary_key=True)


class Volunteer(Role, Contact):
    __tablename__ = "volunteer"
    __mapper_args__ = {"polymorphic_identity": "volunteer"}  # noqa: RUF012
    organization_name: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str | None] = mapped_column(Text)
    department: Mapped[str | None] = mapped_column(Text)
    education: Mapped[str | None] = mapped_column(Text)
    first_volunteer_date: Mapped[date | None]
    last_volunteer_date: Mapped[date | None]
    times_volunteered: Mapped[int] = mapped_column(default=0)
    interests: Mapped[str | None] = mapped_column(Text)
    skills: Mapped[list[Skill]] = relationship(secondary=volunteer_skills)


class Teacher(Role, Contact):
    __tablename__ = "teacher"
    __mapper_args__ = {"polymorphic_identity": "teacher"}  # noqa: RUF012
    department: Mapped[str | None] = mapped_column(Text)
    school_id: Mapped[str | None] = mapped_column(String(255), index=True)


class Student(Role, Contact):
    __tablename__ = "student"
    __mapper_args__ = {"polymorphic_identity": "student"}  # noqa: RUF012
    current_grade: Mapped[int | None]
    legacy_grade: Mapped[str | None] = mapped_column(Text)
    student_id: Mapped[str | None] = mapped_column(Text)
    school_id: Mapped[str | None] = mapped_column(String(255), index=True)
    class_salesforce_id: Mapped[str | None] = mapped_column(String(18))
    racial_ethnic: Mapped[str | None] = mapped_column(Text)


class OfContact:
    """A row that belongs to a contact."""

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)


class Email(OfContact, Base):
    __tablename__ = "email"
    email: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(String(20))
    primary: Mapped[bool] = mapped_column(default=False)
    contact: Mapped[Contact] = relationship(back_populates="emails")


class Phone(OfContact, Base):
    __tablename__ = "phone"
    number: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(String(20))
    primary: Mapped[bool] = mapped_column(default=False)
    contact: Mapped[Contact] = relationship(back_populates="phones")


class Address(OfContact, Base):
    __tablename__ = "address"
    address_line1: Mapped[str | None] = mapped_column(Text)
    city: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str | None] = mapped_column(Text)
    zip_code: Mapped[str | None] = mapped_column(Text)
    country: Mapped[str | None] = mapped_column(Text)
    contact: Mapped[Contact] = relationship(back_populates="addresses")


class Skill(Base):
    __tablename__ = "skill"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)


class VolunteerOrganization(Base):
    __tablename__ = "volunteer_organization"
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    role: Mapped[str | None] = mapped_column(String(255))
    status: Mapped[str | None] = mapped_column(String(50))
    is_primary: Mapped[bool] = mapped_column(default=False)
    start_date: Mapped[date | None]
    end_date: Mapped[date | None]


class Event(Base):
    __tablename__ = "event"
    id: Mapped[int] = mapped_column(primary_key=True)
    salesforce_id: Mapped[str | None] = mapped_column(String(18), unique=True)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    type: Mapped[str | None] = mapped_column(String(50))
    format: Mapped[str | None] = mapped_column(String(50))
    start_date: Mapped[datetime]
    end_date: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(String(50))
    location: Mapped[str | None] = mapped_column(Text)
    school: Mapped[str | None] = mapped_column(String(18), index=True)
    district_partner: Mapped[str | None] = mapped_column(Text)
    participant_count: Mapped[int]
    available_slots: Mapped[int]
    districts: Mapped[list[District]] = relationship(secondary=event_districts)
    skills: Mapped[list[Skill]] = relationship(secondary=event_skills)


class EventParticipation(Base):
    __tablename__ = "event_participation"
    id: Mapped[int] = mapped_column(primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), index=True)
    status: Mapped[str | None] = mapped_column(String(50))
    delivery_hours: Mapped[float | None] = mapped_column(Float)
    salesforce_id: Mapped[str] = mapped_column(String(18), unique=True)


class PendingParticipation(Base):
    __tablename__ = "pending_participation_imports"
    id: Mapped[int] = mapped_column(primary_key=True)
    sf_participation_id: Mapped[str] = mapped_column(String(18), unique=True)
    sf_contact_id: Mapped[str | None] = mapped_column(String(18), index=True)
    sf_session_id: Mapped[str | None] = mapped_column(String(18), index=True)
    status: Mapped[str | None] = mapped_column(String(50))


class EventStudentParticipation(Base):
    __tablename__ = "event_student_participation"
    __table_args__ = (UniqueConstraint("event_id", "student_id", name="uq_event_student"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    salesforce_id: Mapped[str | None] = mapped_column(String(18), unique=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), index=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    status: Mapped[str | None] = mapped_column(String(50))
    delivery_hours: Mapped[float | None] = mapped_column(Float)


class History(OfContact, Base):
    __tablename__ = "history"
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"))
    salesforce_id: Mapped[str] = mapped_column(String(18), unique=True)
    summary: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    activity_type: Mapped[str | None] = mapped_column(String(100))
    activity_date: Mapped[datetime]


def find_or_add(session: Session, model: type[M], **key: Any) -> M:
    """The row with this key, asked for with a query of its own; a new one when there is none."""
    found = session.query(model).filter_by(**key).first()
    if found is None:
        found = model(**key)
        session.add(found)
    return found
