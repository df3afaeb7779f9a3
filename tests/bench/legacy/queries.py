"""What the legacy way of working asks Salesforce for, all of it at once, into a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simple_salesforce import Salesforce

Record = dict[str, Any]

ORGANIZATION = "Id, Name, Type, Description, ParentId, BillingStreet, BillingCity, BillingState, BillingPostalCode, BillingCountry, LastActivityDate, LastModifiedDate FROM Account WHERE (Type NOT IN ('Household', 'School District', 'School'))"
DISTRICT = (
    "Id, Name, School_Code_External_ID__c, LastModifiedDate FROM Account WHERE Type = 'School District'"
)
SCHOOL = "Id, Name, ParentId, Connector_Account_Name__c, School_Code_External_ID__c, LastModifiedDate FROM Account WHERE Type = 'School'"
CLASS = "Id, Name, School__c, Class_Year_Number__c, LastModifiedDate FROM Class__c WHERE Id != null"
VOLUNTEER = "Id, AccountId, FirstName, LastName, MiddleName, Email, npe01__AlternateEmail__c, npe01__HomeEmail__c, npe01__WorkEmail__c, npe01__Preferred_Email__c, HomePhone, MobilePhone, npe01__WorkPhone__c, Phone, npe01__PreferredPhone__c, npsp__Primary_Affiliation__c, Title, Department, Gender__c, Birthdate, Last_Mailchimp_Email_Date__c, Last_Volunteer_Date__c, Last_Email_Message__c, Volunteer_Recruitment_Notes__c, Volunteer_Skills__c, Volunteer_Skills_Text__c, Volunteer_Interests__c, Number_of_Attended_Volunteer_Sessions__c, Racial_Ethnic_Background__c, Last_Activity_Date__c, First_Volunteer_Date__c, Last_Non_Internal_Email_Activity__c, Description, Highest_Level_of_Educational__c, Age_Group__c, DoNotCall, npsp__Do_Not_Contact__c, HasOptedOutOfEmail, EmailBouncedDate, MailingAddress, npe01__Home_Address__c, npe01__Work_Address__c, npe01__Other_Address__c, npe01__Primary_Address_Type__c, npe01__Secondary_Address_Type__c, LastModifiedDate FROM Contact WHERE (Contact_Type__c = 'Volunteer' OR Contact_Type__c = '')"
TEACHER = "Id, AccountId, FirstName, LastName, Email, npsp__Primary_Affiliation__c, Department, Gender__c, Phone, Last_Email_Message__c, Last_Mailchimp_Email_Date__c, LastModifiedDate FROM Contact WHERE Contact_Type__c = 'Teacher'"
STUDENT = "Id, AccountId, FirstName, LastName, MiddleName, Email, Phone, Local_Student_ID__c, Birthdate, Gender__c, Racial_Ethnic_Background__c, npsp__Primary_Affiliation__c, Class__c, Legacy_Grade__c, Current_Grade__c, LastModifiedDate FROM Contact WHERE Contact_Type__c = 'Student'"
AFFILIATION = "Id, Name, npe5__Organization__c, npe5__Contact__c, npe5__Role__c, npe5__Primary__c, npe5__Status__c, npe5__StartDate__c, npe5__EndDate__c, LastModifiedDate FROM npe5__Affiliation__c WHERE Id != null"
SESSION = "Id, Name, Session_Type__c, Format__c, Start_Date_and_Time__c, End_Date_and_Time__c, Session_Status__c, Location_Information__c, Description__c, Cancellation_Reason__c, Non_Scheduled_Students_Count__c, District__c, School__c, Legacy_Skill_Covered_for_the_Session__c, Legacy_Skills_Needed__c, Requested_Skills__c, Additional_Information__c, Total_Requested_Volunteer_Jobs__c, Available_Slots__c, Parent_Account__c, Session_Host__c, Registration_Link__c, LastModifiedDate FROM Session__c WHERE Session_Status__c != 'Draft' AND Session_Type__c != 'Connector Session'"
PARTICIPANT = "Id, Name, Contact__c, Session__c, Status__c, Delivery_Hours__c, Age_Group__c, Email__c, Title__c, LastModifiedDate FROM Session_Participant__c WHERE Participant_Type__c = "
TASK = "Id, Subject, Description, Type, Status, ActivityDate, WhoId, WhatId, LastModifiedDate FROM Task WHERE WhoId != null"
EMAIL_MESSAGE = "Id, Subject, TextBody, HtmlBody, MessageDate, FromAddress, ToAddress, CcAddress, BccAddress, RelatedToId, ParentId, Incoming, Status, CreatedDate, LastModifiedDate, MessageIdentifier, ThreadIdentifier FROM EmailMessage WHERE RelatedToId != null"


def all_of(salesforce: Salesforce, query: str, since: str) -> list[Record]:
    """Every record of a query in one list; with a watermark only those edited after it."""
    records: list[Record] = salesforce.query_all(f"SELECT {query}{_after(since)}")["records"]
    return records


def chunks_by_id(salesforce: Salesforce, query: str, since: str, size: int) -> Iterator[list[Record]]:
    """The records of a query by Id, so many at a time."""
    last = ""
    while True:
        beyond = f" AND Id > '{last}'" if last else ""
        asked = f"SELECT {query}{beyond}{_after(since)} ORDER BY Id LIMIT {size}"
        records: list[Record] = salesforce.query_all(asked)["records"]
        if records:
            yield records
        if len(records) < size:
            return
        last = records[-1]["Id"]


def _after(since: str) -> str:
    return f" AND LastModifiedDate > {since}" if since else ""
