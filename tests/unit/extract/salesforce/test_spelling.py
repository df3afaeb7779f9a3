"""One value has one text, whether it came by REST or by Bulk."""

import pytest

from extract.salesforce.spelling import load_answer, speller


@pytest.mark.parametrize(
    ("json_text", "field_type", "spelled"),
    [
        ("null", "string", ""),
        ('"null"', "string", "null"),
        ('"  kept  "', "string", "  kept  "),
        ('"a\\r\\nb\\u2028c\\u0085"', "textarea", "a\r\nb\u2028c\u0085"),
        ('"2024-01-02T03:04:05.000+0000"', "string", "2024-01-02T03:04:05.000+0000"),
        ('"2024-01-02T03:04:05.000+0000"', "datetime", "2024-01-02T03:04:05.000Z"),
        ('"2024-01-02T03:04:05.000Z"', "datetime", "2024-01-02T03:04:05.000Z"),
        ("null", "datetime", ""),
        ('"2024-01-02"', "date", "2024-01-02"),
        ('"03:04:05.000Z"', "time", "03:04:05.000Z"),
        ("true", "boolean", "true"),
        ("false", "boolean", "false"),
        ("42", "int", "42"),
        ("12345678901234567890", "long", "12345678901234567890"),
        ("null", "double", ""),
        ("25000", "currency", "25000.0"),
        ("25000.0", "currency", "25000.0"),
        ("1234567.0", "double", "1234567.0"),
        ("12345678", "double", "1.2345678E7"),
        ("1.2345678E7", "double", "1.2345678E7"),
        ("1E+7", "double", "1.0E7"),
        ("0.001", "double", "0.001"),
        ("0.0001", "double", "1.0E-4"),
        ("1.0E-4", "double", "1.0E-4"),
        ("1E-10", "double", "1.0E-10"),
        ("-0.0", "double", "-0.0"),
        ("0", "percent", "0.0"),
        ("-1.50", "double", "-1.5"),
        ("10", "double", "10.0"),
        ("100000000000000000000", "double", "1.0E20"),
        ("123456789012345.678", "double", "1.23456789012345678E14"),
        ('{"b":1,"a":"x"}', "json", '{"a":"x","b":"1"}'),
    ],
)
def test_a_rest_value_is_spelled_as_bulk_spells_it(json_text: str, field_type: str, spelled: str) -> None:
    assert speller(field_type)(load_answer(json_text.encode())) == spelled
