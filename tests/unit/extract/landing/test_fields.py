from __future__ import annotations

from dataclasses import replace

import pytest

from extract.landing.fields import HeldField, column_names, compare_fields, landed_fields
from extract.salesforce import FieldDescription, ObjectDescription

NAME = HeldField("Name", "name", "string", 80, 0, 0)
AMOUNT = HeldField("Amount__c", "amount__c", "currency", 0, 18, 2)


def described(*fields: FieldDescription) -> ObjectDescription:
    return ObjectDescription("Account", "Account", fields)


@pytest.mark.fault("F37", "A description with compound fields")
def test_compound_binary_and_reader_dependent_fields_are_left_out() -> None:
    found = landed_fields(
        described(
            FieldDescription("Id", "id"),
            FieldDescription("BillingAddress", "address"),
            FieldDescription("BillingCity", "string", compound_field_name="BillingAddress"),
            FieldDescription("Place__c", "location"),
            FieldDescription("Place__Latitude__s", "double"),
            FieldDescription("Photo__c", "base64"),
            FieldDescription("LastViewedDate", "datetime"),
            FieldDescription("LastReferencedDate", "datetime"),
            FieldDescription("Secret__c", "string"),
            FieldDescription("Odd__c", "floatarray"),
        ),
        {},
        leave_out=["Secret__c"],
    )
    assert [field.field for field in found] == ["Id", "BillingCity", "Place__Latitude__s", "Odd__c"]


def test_a_field_that_the_catalogue_names_is_read_again_like_a_formula() -> None:
    fields = (FieldDescription("Id", "id"), FieldDescription("LastLoginDate", "datetime"))
    found = landed_fields(described(*fields), {}, refresh=["LastLoginDate", "Unknown__c"])
    assert [(field.field, field.calculated) for field in found] == [("Id", False), ("LastLoginDate", True)]


def test_a_column_is_the_api_name_in_lower_case() -> None:
    names = ["Id", "FooBar__c", "Foo_Bar__c", "npe01__X__c"]
    assert list(column_names(names, {}).values()) == ["id", "foobar__c", "foo_bar__c", "npe01__x__c"]


@pytest.mark.fault("F78", "Names that differ only in case")
def test_names_that_differ_only_in_case_get_columns_of_their_own_the_same_each_time() -> None:
    once = column_names(["Foo__c", "foo__c"], {})
    again = column_names(["foo__c", "Foo__c"], {})
    assert len(set(once.values())) == 2
    assert once == again


def test_long_names_that_differ_only_in_case_fit_a_column_of_postgresql() -> None:
    long = "npe01__" + "Preferred_Volunteer_Opportunity_Notes_X" + "__c"
    found = column_names([long + "Abcdefghijklmnop", long + "abcdefghijklmnop"], {})
    assert len(set(found.values())) == 2
    assert all(len(column) <= 63 for column in found.values())


@pytest.mark.fault("F78", "A namesake that comes later")
def test_a_column_that_is_held_is_kept_when_a_namesake_appears() -> None:
    found = column_names(["Foo__c", "foo__c"], {"Foo__c": "foo__c"})
    assert found["Foo__c"] == "foo__c"
    assert found["foo__c"] not in ("foo__c", "")


@pytest.mark.parametrize(
    ("case", "before", "now", "expected"),
    [
        ("nothing held", [], [NAME], []),
        ("the same", [NAME, AMOUNT], [NAME, AMOUNT], []),
        ("longer text is the same type", [NAME], [replace(NAME, length=255)], []),
        ("added", [NAME], [NAME, AMOUNT], [("Amount__c", "added", None, "currency(18,2)")]),
        ("vanished", [NAME, AMOUNT], [NAME], [("Amount__c", "vanished", "currency(18,2)", None)]),
        ("still gone", [NAME, replace(AMOUNT, vanished=True)], [NAME], []),
        (
            "returned",
            [NAME, replace(AMOUNT, vanished=True)],
            [NAME, AMOUNT],
            [("Amount__c", "returned", "currency(18,2)", "currency(18,2)")],
        ),
        (
            "retyped",
            [NAME, AMOUNT],
            [NAME, replace(AMOUNT, type="string", precision=0, scale=0, length=20)],
            [("Amount__c", "retyped", "currency(18,2)", "string(20)")],
        ),
    ],
)
def test_what_changed_between_two_describes_is_told(
    case: str,
    before: list[HeldField],
    now: list[HeldField],
    expected: list[tuple[str, str, str | None, str | None]],
) -> None:
    found = compare_fields("Account", {field.field: field for field in before}, now)
    assert [(each.field, each.change, each.before, each.after) for each in found] == expected, case
    assert all(each.object == "Account" and each.column == each.field.lower() for each in found)


COLOUR = HeldField("Colour__c", "colour__c", "string", 40, 0, 0, label="Colour")
HUE = replace(COLOUR, field="Hue__c", column="hue__c")


@pytest.mark.parametrize(
    ("case", "before", "now", "hints"),
    [
        ("the same label", [NAME, COLOUR], [NAME, HUE], {"Colour__c": "Hue__c"}),
        ("another label, but alone", [COLOUR], [replace(HUE, label="Hue")], {"Colour__c": "Hue__c"}),
        ("another type", [COLOUR], [replace(HUE, type="picklist")], {}),
        (
            "the label among several",
            [COLOUR],
            [replace(HUE, label="Hue"), replace(HUE, field="Tone__c", column="tone__c")],
            {"Colour__c": "Tone__c"},
        ),
        (
            "two candidates",
            [COLOUR],
            [replace(HUE, label="Hue"), replace(HUE, field="Tone__c", column="tone__c", label="Tone")],
            {},
        ),
        ("only vanished", [NAME, COLOUR], [NAME], {}),
    ],
)
def test_a_field_that_looks_renamed_is_told_on_both_sides(
    case: str, before: list[HeldField], now: list[HeldField], hints: dict[str, str]
) -> None:
    found = compare_fields("Account", {field.field: field for field in before}, now)
    told = {change.field: change.hint for change in found if change.hint}
    expected = {old: f"perhaps renamed to {new}" for old, new in hints.items()}
    expected |= {new: f"perhaps the new name of {old}" for old, new in hints.items()}
    assert told == expected, case
