"""Imports organizations, districts, schools and classes record by record, and affiliations from a list of pairs."""

from __future__ import annotations

from simple_salesforce import Salesforce
from sqlalchemy.orm import Session

from tests.bench.legacy import queries
from tests.bench.legacy.models import (
    Contact,
    District,
    Organization,
    School,
    SchoolClass,
    VolunteerOrganization,
    find_or_add,
)
from tests.bench.legacy.people import day


def import_organizations(salesforce: Salesforce, session: Session, since: str) -> int:
    records = queries.all_of(salesforce, queries.ORGANIZATION, since)
    for number, record in enumerate(records, 1):
        with session.begin_nested():
            organization = find_or_add(session, Organization, salesforce_id=record["Id"])
            organization.name, organization.type = record["Name"] or "", record["Type"] or "Other"
            organization.description = record["Description"]
            organization.billing_street, organization.billing_city = (
                record["BillingStreet"],
                record["BillingCity"],
            )
            organization.billing_state = record["BillingState"]
            organization.billing_postal_code = record["BillingPostalCode"]
            organization.billing_country = record["BillingCountry"]
        if number % 50 == 0:
            session.commit()
    session.commit()
    return len(records)


def import_schools(salesforce: Salesforce, session: Session, since: str) -> int:
    """Always all of them: the watermark was looked up under another name than it was written under."""
    districts = queries.all_of(salesforce, queries.DISTRICT, "")
    for record in districts:
        district = find_or_add(session, District, salesforce_id=record["Id"])
        district.name, district.district_code = record["Name"], record["School_Code_External_ID__c"]
    session.commit()
    schools = queries.all_of(salesforce, queries.SCHOOL, "")
    for record in schools:
        parent = session.query(District).filter_by(salesforce_id=record["ParentId"]).first()
        school = session.get(School, record["Id"])
        if school is None:
            school = School(id=record["Id"])
            session.add(school)
        school.name, school.district_id = record["Name"], parent.id if parent else None
        school.salesforce_district_id, school.school_code = (
            record["ParentId"],
            record["School_Code_External_ID__c"],
        )
        school.normalized_name = record["Connector_Account_Name__c"]
    session.commit()
    return len(districts) + len(schools)


def import_classes(salesforce: Salesforce, session: Session, since: str) -> int:
    records = queries.all_of(salesforce, queries.CLASS, since)
    for record in records:
        found = find_or_add(session, SchoolClass, salesforce_id=record["Id"])
        found.name, found.school_salesforce_id = record["Name"], record["School__c"]
        found.class_year = int(record["Class_Year_Number__c"] or 0)
    session.commit()
    return len(records)


def import_affiliations(salesforce: Salesforce, session: Session, since: str) -> int:
    records = queries.all_of(salesforce, queries.AFFILIATION, since)
    not_students = session.query(Contact).filter(Contact.type != "student")
    people = {each.salesforce_individual_id: each.id for each in not_students}
    organizations: dict[str | None, int] = {
        each.salesforce_id: each.id for each in session.query(Organization)
    }
    pairs = {(each.volunteer_id, each.organization_id): each for each in session.query(VolunteerOrganization)}
    for number, record in enumerate(records, 1):
        person = people.get(record["npe5__Contact__c"])
        if person is None:
            continue
        where = record["npe5__Organization__c"]
        organization = organizations.get(where) or _mirrored(session, where, organizations)
        if organization is None:
            continue
        pair = pairs.get((person, organization))
        if pair is None:
            pair = VolunteerOrganization(volunteer_id=person, organization_id=organization)
            pairs[person, organization] = pair
            session.add(pair)
        pair.role, pair.status = record["npe5__Role__c"], record["npe5__Status__c"]
        pair.is_primary = record["npe5__Primary__c"] == "true"
        pair.start_date, pair.end_date = day(record["npe5__StartDate__c"]), day(record["npe5__EndDate__c"])
        if number % 5000 == 0:
            session.commit()
    session.commit()
    return len(records)


def _mirrored(session: Session, salesforce_id: str, organizations: dict[str | None, int]) -> int | None:
    """An organization made for the school or district of this Id."""
    found = session.get(School, salesforce_id)
    named = found or session.query(District).filter_by(salesforce_id=salesforce_id).first()
    if named is None:
        return None
    kind = "School" if found else "District"
    organization = Organization(salesforce_id=salesforce_id, name=named.name, type=kind)
    session.add(organization)
    session.flush()
    organizations[salesforce_id] = organization.id
    return organization.id
