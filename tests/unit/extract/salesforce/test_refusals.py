"""A final answer says whether it is about one object or the whole run, and where to mend it."""

import pytest

from extract.errors import ObjectRefused, SalesforceError
from extract.salesforce.answers import Refusal
from extract.salesforce.refusals import ApiRefused, explain, explained


@pytest.mark.parametrize(
    ("refusal", "what", "next_step"),
    [
        (Refusal(404, "NOT_FOUND"), "no object Class__c", "Object Settings → Class__c"),
        (Refusal(400, "INVALID_TYPE"), "no object Class__c", "Object Settings → Class__c"),
        (Refusal(403, "INSUFFICIENT_ACCESS"), "may not read Class__c", "Permission Sets"),
        (Refusal(400, "INSUFFICIENT_ACCESS_OR_READONLY"), "may not read Class__c", "Permission Sets"),
        (Refusal(400, "INVALID_FIELD", "No such column 'X__c'"), "not there any more", "Field Permissions"),
        (Refusal(400, "MALFORMED_QUERY", "unexpected token"), "MALFORMED_QUERY", "defect"),
        (Refusal(400, "QUERY_TIMEOUT"), "ran too long", "View All"),
        (Refusal(414), "more fields", "Hide fields"),
    ],
)
def test_what_is_wrong_with_one_object_is_that_objects_error(
    refusal: Refusal, what: str, next_step: str
) -> None:
    error = explain(refusal, "Class__c")
    assert isinstance(error, ObjectRefused)
    assert what in error.what
    assert next_step in error.next_step
    assert "Class__c" in error.where


@pytest.mark.fault("F30", "The codes of an API that is switched off")
@pytest.mark.fault("F31", "Status 410")
@pytest.mark.parametrize(
    ("refusal", "next_step"),
    [
        (Refusal(410, "UNSUPPORTED_API_VERSION"), "SALESFORCE_API_VERSION"),
        (Refusal(403, "API_DISABLED_FOR_ORG"), "API Enabled"),
        (Refusal(403, "TXN_SECURITY_METERING_ERROR"), "Exempt from Transaction Security"),
    ],
)
def test_what_is_wrong_with_the_org_stops_the_run(refusal: Refusal, next_step: str) -> None:
    error = explain(refusal, "Class__c")
    assert isinstance(error, SalesforceError)
    assert not isinstance(error, ObjectRefused)
    assert next_step in error.next_step


def test_the_internal_refusal_never_leaves_the_package() -> None:
    with pytest.raises(ObjectRefused), explained("Class__c"):
        raise ApiRefused(Refusal(404, "NOT_FOUND"))
    with pytest.raises(SalesforceError), explained():
        raise ApiRefused(Refusal(403, "INSUFFICIENT_ACCESS"))
