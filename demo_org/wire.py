"""Spells values as Salesforce does: in the CSV of Bulk API 2.0, and in the JSON of the REST API.

The spelling is done by DuckDB, in SQL, because a Bulk result may have millions of rows. Python only puts the
up to 2,000 rows of a REST page together.
"""

from __future__ import annotations

# Java's Double.toString, which is what Salesforce's answers show: plain digits from 0.001 to below ten million,
# and the shortest mantissa with an exponent outside, so that 12345678 is 1.2345678E7.
MACROS = (
    """
    CREATE OR REPLACE TEMP MACRO with_point(digits) AS
        digits[1] || '.' || CASE WHEN length(digits) > 1 THEN digits[2:] ELSE '0' END
    """,
    """
    CREATE OR REPLACE TEMP MACRO java_exponent(plain) AS CASE
        WHEN contains(plain, 'e') THEN
            split_part(plain, 'e', 1) || CASE WHEN contains(plain, '.') THEN 'E' ELSE '.0E' END
            || CAST(CAST(split_part(plain, 'e', 2) AS INTEGER) AS VARCHAR)
        WHEN starts_with(plain, '0.') THEN
            with_point(ltrim(plain[3:], '0')) || 'E-' || (length(plain) - 1 - length(ltrim(plain[3:], '0')))
        ELSE
            with_point(rtrim(replace(plain, '.', ''), '0')) || 'E' || (length(split_part(plain, '.', 1)) - 1)
        END
    """,
    """
    CREATE OR REPLACE TEMP MACRO java_double(number) AS CASE
        WHEN number = 0 OR (abs(number) >= 0.001 AND abs(number) < 10000000) THEN CAST(number AS VARCHAR)
        WHEN number < 0 THEN '-' || java_exponent(CAST(abs(number) AS VARCHAR))
        ELSE java_exponent(CAST(number AS VARCHAR))
        END
    """,
)


def text_sql(kind: str, sql: str, *, zone: str) -> str:
    """The SQL that spells a value of this type as text; `zone` is what a datetime ends with."""
    if kind in ("double", "currency", "percent"):
        return f"java_double(CAST({sql} AS DOUBLE))"
    if kind == "datetime":
        return f"strftime({sql}, '%Y-%m-%dT%H:%M:%S.000{zone}')"
    if kind == "time":
        return f"(CAST({sql} AS VARCHAR)[:8] || '.000Z')"
    if kind in ("boolean", "int", "date"):
        return f"CAST({sql} AS VARCHAR)"
    return sql


def csv_sql(kind: str, sql: str) -> str:
    """The SQL that spells a value for Bulk API 2.0, where null is an empty text."""
    return f"coalesce({text_sql(kind, sql, zone='Z')}, '')"


def json_sql(kind: str, sql: str) -> str:
    """The SQL that spells a value for REST."""
    return text_sql(kind, sql, zone="+0000")
