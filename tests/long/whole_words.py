"""What records say in a whole history: words that break no rule, since a version that is set aside leaves the one
before it in force, which a first sync of the same org would not know."""

from __future__ import annotations

from tests.long.changing import Words

WORDS: Words = {
    "Account": {
        "Name": ("Guild of Inventors", "Fictional Bakery", "Made Up Robotics", "Sample School"),
        "Type": ("Business", "Non-profit", "School", "School District", "Household"),
        "BillingCity": ("Kansas City", "Independence", None),
        "BillingState": ("MO", "KS", None),
        "Phone": ("(816) 555-0100", "816-555-0199", None),
        "School_Code_External_ID__c": ("48001", "48002", None),
    },
    "Contact": {
        "FirstName": ("Vera", "Otto", "Ada"),
        "LastName": ("Beispiel", "Muster", "Madeup"),
        "Contact_Type__c": ("Volunteer", "Teacher", "Student"),
        "Email": ("vera@example.org", "otto@example.org", None),
        "npe01__HomeEmail__c": ("vera@example.org", "home@example.org", None),
        "MobilePhone": ("816-555-0111", "(816) 555-0112 x7", None),
        "HomePhone": ("816-555-0111", "816-555-0113", None),
        "MailingPostalCode": ("64101", "66101", None),
        "MailingCity": ("Kansas City", None),
    },
    "npe5__Affiliation__c": {
        "npe5__Role__c": ("Employee", "Principal", None),
        "npe5__Status__c": ("Current", "Former"),
        "npe5__Primary__c": (True, False),
        "npe5__StartDate__c": ("2020-01-01", "2021-02-03", None),
    },
    "Class__c": {"Name": ("Class A", "Class B")},
    "Pathway__c": {"Name": ("Pathway A", "Pathway B")},
    "Session__c": {
        "Name": ("Talk", "Tour"),
        "Session_Status__c": ("Completed", "Confirmed", "Draft", "Cancelled"),
        "Session_Type__c": ("Career Speaker", "Connector Session", "Career Fair"),
        "Start_Date_and_Time__c": ("2026-02-03T16:00:00.000Z", "2026-05-06T18:30:00.000Z"),
    },
    "Session_Participant__c": {
        "Participant_Type__c": ("Volunteer", "Student", "Teacher"),
        "Status__c": ("Attended", "No-Show", "Registered", "Scheduled"),
        "Delivery_Hours__c": (1, 2.5, 0, None),
    },
    "Task": {"Subject": ("Left a message", "Wrote a letter"), "Status": ("Completed", "Not Started")},
    "Case": {"Subject": ("A question", "Another one"), "Status": ("New", "Closed")},
    "EmailMessage": {"Subject": ("Welcome", "Good bye")},
    "User": {"Title": ("Director", None)},
}
