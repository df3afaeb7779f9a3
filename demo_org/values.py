"""Turns a JSON value into what a column holds, or refuses it as Salesforce does."""

import re
from datetime import UTC, date, datetime, time
from typing import Any

from demo_org.ids import is_record_id, with_checksum
from demo_org.metadata.fields import Field
from demo_org.refusals import Refused

NUMBER_TYPES = ("double", "currency", "percent", "int")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def column_value(field: Field, value: Any) -> Any:
    """The value as the field's column takes it. Salesforce keeps no empty text: it is null."""
    if value is None or value == "":
        return False if field.type == "boolean" else None
    if field.type == "boolean":
        return value if isinstance(value, bool) else _refuse_type(field, value)
    if field.type in NUMBER_TYPES:
        return _number(field, value)
    if field.type in ("date", "datetime", "time"):
        return _moment(field, value)
    if not isinstance(value, str):
        _refuse_type(field, value)
    return _text(field, value)


def planted_value(field: Field, value: Any) -> Any:
    """The value as it is, if the column can hold it: text is not checked."""
    return value if field.column_type == "VARCHAR" else column_value(field, value)


def _number(field: Field, value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        _refuse_type(field, value)
    if field.type == "int":
        return int(value)
    if abs(value) >= 10 ** (field.precision - field.scale):
        message = f"{field.label}: value outside of valid range on numeric field: {value}"
        raise Refused(400, "NUMBER_OUTSIDE_VALID_RANGE", message, (field.name,))
    return float(value)


def _moment(field: Field, value: Any) -> date | datetime | time:
    """Stamps are kept in UTC without a zone."""
    try:
        if field.type == "date":
            return date.fromisoformat(value)
        if field.type == "time":
            return time.fromisoformat(value.removesuffix("Z"))
        read = datetime.fromisoformat(value)
    except (TypeError, ValueError, AttributeError):
        _refuse_type(field, value)
    return read.astimezone(UTC).replace(tzinfo=None) if read.tzinfo else read


def _text(field: Field, value: str) -> str:
    if field.soap_type == "tns:ID":
        return _id(field, value)
    if len(value) > field.length:
        message = f"{field.label}: data value too large: {value[:80]} (max length={field.length})"
        raise Refused(400, "STRING_TOO_LONG", message, (field.name,))
    if field.type == "email" and not EMAIL.fullmatch(value):
        message = f"{field.label}: invalid email address: {value}"
        raise Refused(400, "INVALID_EMAIL_ADDRESS", message, (field.name,))
    if field.restricted_picklist and value not in field.picklist_values:
        message = f"{field.label}: bad value for restricted picklist field: {value}"
        raise Refused(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, (field.name,))
    return value


def _id(field: Field, value: str) -> str:
    if not is_record_id(value):
        message = f"{field.label}: id value of incorrect type: {value}"
        raise Refused(400, "MALFORMED_ID", message, (field.name,))
    return with_checksum(value[:15])


def _refuse_type(field: Field, value: Any) -> Any:
    kind = {bool: "VALUE_TRUE", int: "VALUE_NUMBER_INT", float: "VALUE_NUMBER_FLOAT"}.get(
        type(value), "VALUE_STRING"
    )
    message = f"Cannot deserialize instance of {field.soap_type.partition(':')[2]} from {kind} value {value}"
    raise Refused(400, "JSON_PARSER_ERROR", message, (field.name,))
