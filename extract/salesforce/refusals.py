"""Says in words, with the next step, what an answer of Salesforce that is final means."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from extract.errors import ObjectRefused, SalesforceError
from extract.salesforce.answers import Refusal


class ApiRefused(Exception):
    """An answer that is final for this request. Never leaves the package: `explained` turns it into words."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


_GRANT = (
    "Give the integration user Read and “View All Records” on it: Setup → Permission Sets → (the one of the "
    "integration user) → Object Settings → {name}."
)
_GRANT_FIELDS = (
    "Run it again: fields are asked anew at each run. If it stays, compare Setup → Object Manager → {name} → "
    "Fields with the integration user's permission set (Field Permissions)."
)
_MISSING = (
    "Check the name in Setup → Object Manager. If it is right, the integration user does not see the object: "
    "Setup → Permission Sets → (the one of the integration user) → Object Settings → {name}."
)


@contextmanager
def explained(name: str = "") -> Iterator[None]:
    """Turns an ApiRefused from inside the block into the error that says what it means for this object."""
    try:
        yield
    except ApiRefused as refused:
        raise explain(refused.refusal, name) from refused


def explain(refusal: Refusal, name: str = "") -> SalesforceError:
    """The error for a final answer: the object's alone where that is possible, else the run's."""
    code = refusal.code.upper()
    if code == "UNSUPPORTED_API_VERSION" or refusal.status == 410:
        return SalesforceError(
            "Salesforce no longer speaks the API version that is set.",
            "SALESFORCE_API_VERSION",
            "Set SALESFORCE_API_VERSION to one the org offers: a version that it does not is answered with the list.",
        )
    if code in ("API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED"):
        return SalesforceError(
            "The API is switched off for this org or this user.",
            code,
            "Give the integration user the permission “API Enabled” (Setup → Permission Sets → System Permissions); "
            "if it is given, the org's edition has no API: ask Salesforce.",
        )
    if code == "TXN_SECURITY_METERING_ERROR":
        return SalesforceError(
            "A transaction security policy of the org stopped the request.",
            code,
            "Give the integration user “Exempt from Transaction Security”, or change the policy: "
            "Setup → Transaction Security Policies.",
        )
    if not name:
        return SalesforceError(f"Salesforce refused a request: {_said(refusal)}.", f"HTTP {refusal.status}")
    return _explain_object(refusal, code, name)


def _explain_object(refusal: Refusal, code: str, name: str) -> ObjectRefused:
    if code == "INVALID_FIELD":
        gone = ObjectRefused(
            f"A field of {name} that was asked for is not there any more: {_said(refusal)}.",
            name,
            _GRANT_FIELDS.format(name=name),
        )
        gone.fields_changed = True
        return gone
    if code == "OPERATION_TOO_LARGE":
        return ObjectRefused(
            f"The records of {name} refer to more others than Salesforce looks through for a user without “View All Data”.",
            name,
            "Give the integration user “View All Data” (Setup → Permission Sets → System Permissions): tasks and events "
            "have no “View All Records” of their own.",
        )
    if code == "QUERY_TOO_COMPLICATED":
        return ObjectRefused(
            f"Salesforce finds the query of {name} too complicated, also with few fields.",
            name,
            f"Formula fields that refer to many others are the reason: leave them out of {name} (`leave_out` in "
            "extract/catalogue/objects.toml), or simplify them in Setup → Object Manager.",
        )
    if code in ("NOT_FOUND", "INVALID_TYPE") or refusal.status == 404:
        return ObjectRefused(
            f"The org has no object {name} that this user may see.", name, _MISSING.format(name=name)
        )
    if code.startswith("INSUFFICIENT_ACCESS") or refusal.status == 403 or "View All Data" in refusal.message:
        return ObjectRefused(f"The integration user may not read {name}.", name, _GRANT.format(name=name))
    if code == "QUERY_TIMEOUT":
        return ObjectRefused(
            f"Salesforce stopped the query of {name} because it ran too long.",
            name,
            _GRANT.format(name=name) + " Sharing rules slow a query down; a quieter hour helps too.",
        )
    if refusal.status in (414, 431):
        return ObjectRefused(
            f"{name} has more fields than one REST query can name, and the Bulk API does not serve it.",
            name,
            f"Hide fields that nobody needs from the integration user (Field Permissions of {name}).",
        )
    return ObjectRefused(
        f"Salesforce refused {name}: {_said(refusal)}.",
        f"{name}, HTTP {refusal.status}",
        "Look the code up in Salesforce's REST API guide (Status Codes and Error Responses); "
        "if the query looks wrong, report it as a defect.",
    )


def _said(refusal: Refusal) -> str:
    return ": ".join(filter(None, (refusal.code, refusal.message.rstrip(".")))) or f"HTTP {refusal.status}"
