"""Works out again the fields that Salesforce computes, after records were written."""

import duckdb

# What an object's own fields give. The record's stamps move with the edit that changed them.
OWN = {
    "Account": {
        "Name_And_Code__c": """case when "Type" = 'School District'
            then "Name" || coalesce(' ' || "School_Code_External_ID__c", '') end""",
    },
    "Contact": {
        "Name": """concat_ws(' ', "FirstName", "MiddleName", "LastName", "Suffix")""",
        "npe01__Home_Address__c": '"MailingStreet"',
        "Total_Hours__c": '"Number_of_Attended_Volunteer_Sessions__c" * 1.5',
    },
    "User": {"Name": """concat_ws(' ', "FirstName", "LastName")"""},
    "Session__c": {
        "Start_Date__c": 'coalesce("Start_Date_and_Time__c"::date, "Legacy_Start_Date__c")',
        "Date_and_Time_for_Cal__c": """strftime("Start_Date_and_Time__c", '%Y-%m-%d %H:%M:%SZ')""",
        "Available_Slots__c": '"Total_Requested_Volunteer_Jobs__c" - coalesce("Filled_Volunteer_Jobs__c", 0)',
    },
    "Task": {"IsClosed": """coalesce("Status" = 'Completed', false)"""},
    "Case": {"IsClosed": """coalesce("Status" = 'Closed', false)"""},
}
PARTICIPANT = """
update "Session_Participant__c" as participants set
    "Email__c" = contacts."Email", "Title__c" = contacts."Title", "Age_Group__c" = contacts."Age_Group__c"
from "Contact" as contacts
where contacts."Id" = participants."Contact__c" and list_contains(?, participants.{column})
"""


def recompute(cursor: duckdb.DuckDBPyConnection, name: str, record_ids: list[str]) -> None:
    """Bring the computed fields of records up to date, and those of others that look at it.

    The others' stamps do not move: Salesforce computes a formula when it is read, so a reader who follows
    stamps never hears of it.
    """
    if name in OWN:
        assignments = ", ".join(f'"{field}" = {formula}' for field, formula in OWN[name].items())
        cursor.execute(f'update "{name}" set {assignments} where list_contains(?, "Id")', [record_ids])
    if name in ("Contact", "Session_Participant__c"):
        column = '"Contact__c"' if name == "Contact" else '"Id"'
        cursor.execute(PARTICIPANT.format(column=column), [record_ids])
