"""What the demo org says about its objects and fields."""

import csv
import json

import pytest

from demo_org.ids import FIRST_SCHOOL, is_record_id, record_id, with_checksum
from demo_org.metadata import SCHOOL_LEVELS, load_objects
from demo_org.metadata.fields import Field, field_from
from demo_org.metadata.sobjects import SObject

OBJECTS = load_objects()
# What the source system's routes read, by object; each must be there under its exact name.
READ_BY_ROUTES = {
    "Account": "Id Name Type Description ParentId BillingStreet BillingCity BillingState BillingPostalCode "
    "BillingCountry LastActivityDate LastModifiedDate School_Code_External_ID__c Connector_Account_Name__c "
    "Phone Website IsDeleted MasterRecordId CreatedDate SystemModstamp",
    "npe5__Affiliation__c": "Id Name npe5__Organization__c npe5__Contact__c npe5__Role__c npe5__Primary__c "
    "npe5__Status__c npe5__StartDate__c npe5__EndDate__c IsDeleted SystemModstamp CreatedDate",
    "Class__c": "Id Name School__c Class_Year_Number__c IsDeleted SystemModstamp",
    "Contact": "Id AccountId FirstName LastName MiddleName Email npe01__AlternateEmail__c npe01__HomeEmail__c "
    "npe01__WorkEmail__c npe01__Preferred_Email__c HomePhone MobilePhone npe01__WorkPhone__c Phone "
    "npe01__PreferredPhone__c npsp__Primary_Affiliation__c Title Department Gender__c Birthdate "
    "Last_Mailchimp_Email_Date__c Last_Volunteer_Date__c Last_Email_Message__c Volunteer_Recruitment_Notes__c "
    "Volunteer_Skills__c Volunteer_Skills_Text__c Volunteer_Interests__c "
    "Number_of_Attended_Volunteer_Sessions__c Racial_Ethnic_Background__c Last_Activity_Date__c "
    "First_Volunteer_Date__c Last_Non_Internal_Email_Activity__c Description Highest_Level_of_Educational__c "
    "Age_Group__c DoNotCall npsp__Do_Not_Contact__c HasOptedOutOfEmail EmailBouncedDate MailingAddress "
    "npe01__Home_Address__c npe01__Work_Address__c npe01__Other_Address__c npe01__Primary_Address_Type__c "
    "npe01__Secondary_Address_Type__c Connector_Active_Subscription__c Connector_Active_Subscription_Name__c "
    "Connector_Affiliations__c Connector_Industry__c Connector_Joining_Date__c "
    "Connector_Last_Login_Date_Time__c Connector_Last_Update_Date__c Connector_Profile_Link__c "
    "Connector_Role__c Connector_SignUp_Role__c Connector_User_ID__c Local_Student_ID__c Class__c "
    "Legacy_Grade__c Current_Grade__c Contact_Type__c MailingStreet MailingCity MailingState "
    "MailingPostalCode MailingCountry Salutation Suffix IsDeleted MasterRecordId CreatedDate SystemModstamp",
    "Session__c": "Id Name Session_Type__c Format__c Start_Date_and_Time__c End_Date_and_Time__c "
    "Session_Status__c Location_Information__c Description__c Cancellation_Reason__c "
    "Non_Scheduled_Students_Count__c District__c School__c Legacy_Skill_Covered_for_the_Session__c "
    "Legacy_Skills_Needed__c Requested_Skills__c Additional_Information__c Total_Requested_Volunteer_Jobs__c "
    "Available_Slots__c Parent_Account__c Session_Host__c Registration_Link__c Filled_Volunteer_Jobs__c "
    "Date_and_Time_for_Cal__c Display_on_Website__c Start_Date__c CreatedDate IsDeleted SystemModstamp",
    "Session_Participant__c": "Id Name Contact__c Session__c Status__c Delivery_Hours__c Age_Group__c "
    "Email__c Title__c Participant_Type__c IsDeleted SystemModstamp CreatedDate",
    "Task": "Id Subject Description Type Status ActivityDate WhoId WhatId LastModifiedDate IsDeleted",
    "EmailMessage": "Id Subject TextBody HtmlBody MessageDate FromAddress ToAddress CcAddress BccAddress "
    "RelatedToId ParentId Incoming Status CreatedDate LastModifiedDate MessageIdentifier ThreadIdentifier "
    "ActivityId IsDeleted",
    "Case": "Id ContactId IsDeleted",
    "Pathway__c": "Id Name IsDeleted",
    "Pathway_Session__c": "Id Session__c Pathway__c IsDeleted",
    "Pathway_Participant__c": "Id Contact__c Pathway__c IsDeleted",
    "User": "Id Name IsActive SystemModstamp",
    "RecordType": "Id Name DeveloperName SobjectType SystemModstamp",
    "Organization": "Id Name InstanceName IsSandbox SystemModstamp",
}
DESCRIBED = [
    "aggregatable",
    "aiPredictionField",
    "autoNumber",
    "byteLength",
    "calculated",
    "calculatedFormula",
    "cascadeDelete",
    "caseSensitive",
    "compoundFieldName",
    "controllerName",
    "createable",
    "custom",
    "defaultValue",
    "defaultValueFormula",
    "defaultedOnCreate",
    "dependentPicklist",
    "deprecatedAndHidden",
    "digits",
    "displayLocationInDecimal",
    "encrypted",
    "externalId",
    "extraTypeInfo",
    "filterable",
    "filteredLookupInfo",
    "formulaTreatNullNumberAsZero",
    "groupable",
    "highScaleNumber",
    "htmlFormatted",
    "idLookup",
    "inlineHelpText",
    "label",
    "length",
    "mask",
    "maskType",
    "name",
    "nameField",
    "namePointing",
    "nillable",
    "permissionable",
    "picklistValues",
    "polymorphicForeignKey",
    "precision",
    "queryByDistance",
    "referenceTargetField",
    "referenceTo",
    "relationshipName",
    "relationshipOrder",
    "restrictedDelete",
    "restrictedPicklist",
    "scale",
    "searchPrefilterable",
    "soapType",
    "sortable",
    "type",
    "unique",
    "updateable",
    "writeRequiresMasterRead",
]


@pytest.mark.parametrize("name", READ_BY_ROUTES)
def test_an_object_has_every_field_that_the_source_system_is_read_for(name: str) -> None:
    assert not set(READ_BY_ROUTES[name].split()) - set(OBJECTS[name].by_name)


def test_there_are_exactly_the_objects_of_the_catalogue() -> None:
    assert set(OBJECTS) == set(READ_BY_ROUTES)


@pytest.mark.parametrize("sobject", OBJECTS.values(), ids=lambda each: each.name)
def test_a_field_is_described_with_every_key_that_salesforce_sends(sobject: SObject) -> None:
    described = json.loads(json.dumps(sobject.describe()))
    assert [list(field) for field in described["fields"]] == [DESCRIBED] * len(sobject.fields)
    assert described["keyPrefix"] == sobject.key_prefix
    assert described["urls"]["describe"].endswith(f"/sobjects/{sobject.name}/describe")
    assert set(sobject.describe_global()) < set(described)


def test_key_prefixes_and_field_names_are_unique_whatever_the_case() -> None:
    assert len({each.key_prefix for each in OBJECTS.values()}) == len(OBJECTS)
    for sobject in OBJECTS.values():
        assert len({field.name.lower() for field in sobject.fields}) == len(sobject.fields)


@pytest.mark.parametrize("sobject", OBJECTS.values(), ids=lambda each: each.name)
def test_what_fields_refer_to_is_there(sobject: SObject) -> None:
    elsewhere = {"Lead", "Profile", "BusinessProcess"}
    for field in sobject.fields:
        assert (field.type == "reference") == bool(field.reference_to), field.name
        assert set(field.reference_to) <= set(OBJECTS) | elsewhere
        if field.compound_field_name:
            assert field.compound_field_name in sobject.by_name


def test_only_organization_user_and_record_type_have_no_is_deleted() -> None:
    without = {name for name, each in OBJECTS.items() if "IsDeleted" not in each.by_name}
    assert without == {"Organization", "User", "RecordType"}


def test_compound_fields_have_no_column_and_long_text_is_not_filtered() -> None:
    account = OBJECTS["Account"]
    assert "BillingAddress" not in {field.name for field in account.columns}
    assert not account.by_name["Description"].filterable
    assert not account.by_name["BillingAddress"].sortable
    assert OBJECTS["Contact"].by_name["Volunteer_Skills__c"].filterable
    assert OBJECTS["Task"].by_name["WhoId"].describe()["polymorphicForeignKey"]


def test_contacts_are_wide() -> None:
    assert len(OBJECTS["Contact"].columns) >= 60


def test_a_field_entry_with_an_unknown_key_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"lenght.*known keys.*length"):
        field_from("Name", {"type": "string", "lenght": 3})


def test_a_field_gets_what_its_type_implies() -> None:
    field = field_from("Shoe_Size__c", {"type": "double", "scale": 1})
    assert field == Field(
        "Shoe_Size__c", "double", "Shoe Size", precision=18, scale=1, custom=True, groupable=False
    )


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("001A0000006Vm9r", "001A0000006Vm9rIAC"),
        ("003G000001f0mNN", "003G000001f0mNNIAY"),
        ("000000000000000", "000000000000000AAA"),
        ("ZZZZZZZZZZZZZZZ", "ZZZZZZZZZZZZZZZ555"),
    ],
)
def test_the_last_three_letters_of_an_id_say_which_of_the_others_are_capitals(short: str, full: str) -> None:
    assert with_checksum(short) == full
    assert is_record_id(full)
    assert not is_record_id(full[:-1] + ("B" if full[-1] == "A" else "A"))


def test_school_levels_name_schools_once_and_leave_some_out() -> None:
    with SCHOOL_LEVELS.open(newline="", encoding="utf-8") as file:
        levels = {row["school_id"]: row["level"] for row in csv.DictReader(file)}
    assert set(levels.values()) == {"Elementary", "Middle", "High", "Other"}
    schools = {record_id("001", FIRST_SCHOOL + number) for number in range(60)}
    assert len(schools & set(levels)) == 59
