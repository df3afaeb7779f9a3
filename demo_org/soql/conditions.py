"""Turns WHERE into SQL with Salesforce's meaning: no third truth value, and text compared without case."""

from __future__ import annotations

import string
from datetime import UTC, date, datetime
from typing import Any

from demo_org.ids import with_checksum
from demo_org.metadata.fields import Field
from demo_org.refusals import Refused
from demo_org.soql.scope import Scope
from demo_org.soql.syntax import Comparison, Condition, Junction, Literal, Negation
from demo_org.soql.tokens import refuse

OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "IN": "NOT IN", "NOT IN": "IN",
            "LIKE": "NOT LIKE"}  # fmt: skip
NUMBERS = ("int", "double", "currency", "percent")
IDS = ("id", "reference")
LITERAL_OF = dict.fromkeys(NUMBERS, "number") | {"boolean": "boolean", "date": "date", "datetime": "datetime"}
SOAP_NAME = {"datetime": "dateTime", "currency": "currency", "percent": "percent"}


def condition_sql(scope: Scope, condition: Condition, parameters: list[Any], *, negated: bool = False) -> str:
    """The SQL of a condition; its values are appended to `parameters`.

    NOT is pushed down to the comparisons, because in SOQL a comparison with null is false and its negation true,
    and because DuckDB can then still skip the blocks of a table that a window on SystemModstamp rules out.
    """
    if isinstance(condition, Negation):
        return condition_sql(scope, condition.part, parameters, negated=not negated)
    if isinstance(condition, Junction):
        connector = {"AND": "OR", "OR": "AND"}[condition.connector] if negated else condition.connector
        parts = [condition_sql(scope, part, parameters, negated=negated) for part in condition.parts]
        return f"({f' {connector} '.join(parts)})"
    return _comparison_sql(scope, condition, parameters, negated)


def _comparison_sql(scope: Scope, comparison: Comparison, parameters: list[Any], negated: bool) -> str:
    column, field = scope.look_up(comparison.field)
    if not field.filterable:
        message = f"field '{field.name}' can not be filtered in a query call"
        raise refuse(scope.text, comparison.position, "INVALID_FIELD", message)
    _check_operator(scope, comparison, field)
    values = [_value(scope, field, literal) for literal in comparison.values]
    operator = OPPOSITE[comparison.operator] if negated else comparison.operator
    plain = field.type in IDS or field.type in LITERAL_OF
    sql = column.sql if plain else f"lower({column.sql})"
    mark = "?" if plain else "lower(?)"
    if operator in ("IN", "NOT IN"):
        return _in_sql(sql, mark, operator, values, parameters)
    if operator.endswith("LIKE"):
        parameters.append(comparison.values[0].pattern)
        missing = "" if operator == "LIKE" else f" OR {column.sql} IS NULL"
        return f"({column.sql} {operator.replace('LIKE', 'ILIKE')} ? ESCAPE '\\'{missing})"
    if values[0] is None:
        return {"=": f"{sql} IS NULL", "!=": f"{sql} IS NOT NULL"}.get(
            operator, "true" if negated else "false"
        )
    parameters.append(values[0])
    # a row without a value is unequal to every value, and not smaller nor greater than any
    missing = f" OR {sql} IS NULL" if (operator == "!=") or (negated and operator != "=") else ""
    return f"({sql} {'<>' if operator == '!=' else operator} {mark}{missing})"


def _in_sql(sql: str, mark: str, operator: str, values: list[Any], parameters: list[Any]) -> str:
    given = [value for value in values if value is not None]
    parameters.extend(given)
    listed = f"{sql} IN ({', '.join([mark] * len(given))})" if given else "false"
    if operator == "IN":
        return f"({listed} OR {sql} IS NULL)" if None in values else f"({listed})"
    return (
        f"(NOT ({listed}) AND {sql} IS NOT NULL)" if None in values else f"(NOT ({listed}) OR {sql} IS NULL)"
    )


def _check_operator(scope: Scope, comparison: Comparison, field: Field) -> None:
    textual = field.type not in IDS and field.type not in LITERAL_OF
    wrong = comparison.operator == "LIKE" and not textual
    wrong |= field.type == "boolean" and comparison.operator not in ("=", "!=")
    wrong |= field.is_compound or field.type == "time"
    if wrong:
        kind = "id" if field.type in IDS else field.type
        message = f"invalid operator on {kind} field"
        raise refuse(scope.text, comparison.position, "INVALID_QUERY_FILTER_OPERATOR", message)


def _value(scope: Scope, field: Field, literal: Literal) -> Any:
    """The value a literal stands for on this field; None for null, and for "", which Salesforce never stores."""
    if literal.kind == "null" or (literal.kind == "string" and literal.text == "" and _is_text(field)):
        return None
    if literal.kind != LITERAL_OF.get(field.type, "string"):
        raise _wrong_type(scope, field, literal)
    try:
        return _typed(field, literal.text)
    except (ValueError, OverflowError):
        if field.type in IDS:
            code, message = "INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {literal.text}"
        else:
            code, message = "MALFORMED_QUERY", f"invalid {field.type}: {literal.text}"
        raise refuse(scope.text, literal.position, code, message) from None


def _typed(field: Field, text: str) -> Any:
    if field.type in IDS:
        return _eighteen(text)
    if field.type in NUMBERS:
        return float(text)
    if field.type == "boolean":
        return text == "true"
    if field.type == "date":
        return date.fromisoformat(text)
    if field.type == "datetime":
        # Salesforce compares to the second: what is behind it is dropped.
        moment = datetime.fromisoformat(text).astimezone(UTC)
        return moment.replace(tzinfo=None, microsecond=0)
    return text


def _eighteen(text: str) -> str:
    """An Id in the form it is stored in; the 15-character form matches as well."""
    if len(text) not in (15, 18) or not all(
        letter in string.ascii_letters + string.digits for letter in text
    ):
        raise ValueError(text)
    return with_checksum(text) if len(text) == 15 else text


def _is_text(field: Field) -> bool:
    return field.type not in LITERAL_OF


def _wrong_type(scope: Scope, field: Field, literal: Literal) -> Refused:
    expected = SOAP_NAME.get(field.type, field.type if field.type in LITERAL_OF else "string")
    quotes = (
        "should not be enclosed in quotes" if field.type in LITERAL_OF else "should be enclosed in quotes"
    )
    message = f"value of filter criterion for field '{field.name}' must be of type {expected} and {quotes}"
    return refuse(scope.text, literal.position, "INVALID_FIELD", message)
