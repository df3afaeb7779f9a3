"""Spells every value one way, whichever API served it, as SQL that DuckDB runs over a part's CSV file.

Text, because it is exact and survives a field that changes its type: landing as DECIMAL(38,18) costs 2.5 times
as much. DuckDB runs this for both databases, so a record has the same `_version` in either.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from extract.database import Kind, quoted

NUMBER_TYPES = frozenset({"double", "currency", "percent", "int", "long"})
UNIT_SEPARATOR = 31  # between the values that are hashed; no keyboard makes it


@dataclass(frozen=True)
class LandedColumn:
    """One field of a part: its API name in the CSV header, its column in raw, its type by describe."""

    field: str
    column: str
    type: str


def canonical_select(path: Path, header: Sequence[str], columns: Sequence[LandedColumn]) -> str:
    """A query over the CSV file: every column in its canonical text, and `_version`, the hash of the content."""
    spelled = ", ".join(f"{canonical_text(quoted(c.field), c.type)} as {quoted(c.column)}" for c in columns)
    return f"select *, {version_hash(c.column for c in columns)} as _version from (select {spelled} from {csv_scan(path, header)})"


def csv_scan(path: Path, header: Sequence[str]) -> str:
    """DuckDB's reader over one part. Everything is text, and "" is null, as in Salesforce itself."""
    types = ", ".join(f"{_literal(name)}: 'VARCHAR'" for name in header)
    # A record's long texts have up to 1.6 million characters by Salesforce's limit, of three bytes, or doubled quotes.
    # buffer_size: by itself DuckDB takes 16 times max_line_size, twice, and runs out of memory.
    return (
        f"read_csv({_literal(str(path))}, columns = {{{types}}}, header = true, auto_detect = false,"
        " delim = ',', quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = true,"
        " strict_mode = true, max_line_size = 8388608, buffer_size = 8388608)"
    )


def version_hash(columns: Iterable[str], kind: Kind = "duckdb") -> str:
    """A hash over name=value of what is not null, in name order: a new field that is empty makes no new version."""
    named = ", ".join(f"{_literal(name + '=')} || {quoted(name)}" for name in sorted(columns))
    if kind == "duckdb":
        return f"md5(concat_ws(chr({UNIT_SEPARATOR}), {named}))"
    # PostgreSQL's concat_ws takes a hundred values at most; this leaves nulls out in the same way
    return f"md5(array_to_string(array[{named}], chr({UNIT_SEPARATOR})))"


def hash_again(version: str, versions: str) -> str:
    """The hash of a content that a record says again, from that content's own hash and how many versions there are."""
    return f"md5({version} || chr({UNIT_SEPARATOR}) || cast({versions} as varchar))"


def canonical_text(value: str, field_type: str) -> str:
    """The one spelling of a value, as an SQL expression over its CSV text."""
    if field_type in NUMBER_TYPES:
        return _number(value)
    if field_type == "datetime":
        return _datetime(value)
    if field_type == "boolean":
        return f"lower({value})"
    return value


def moment_text(moment: datetime) -> str:
    """A moment as raw spells it."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _number(value: str) -> str:
    """Without exponent and trailing zeros: Bulk says 1.2345678E7 where REST says 12345678. Not a number: as served."""
    trimmed = f"rtrim(rtrim({value}, '0'), '.')"
    return (
        f"case when contains({value}, 'E') or contains({value}, 'e') then {_without_exponent(value)}"
        f" when ends_with({value}, '0') and regexp_full_match({value}, '-?[0-9]+[.][0-9]+')"
        f" then case {trimmed} when '-0' then '0' else {trimmed} end"
        f" when {value} = '-0' then '0' else {value} end"
    )


def _without_exponent(value: str) -> str:
    """Moves the point in the text: exact for any number of digits, and five times as fast as a cast to DECIMAL(38,18)."""
    parts = f"string_split(lower({value}), 'e')"
    mantissa, exponent = f"ltrim({parts}[1], '-')", f"cast({parts}[2] as integer)"
    digits = f"repeat('0', -{exponent}) || replace({mantissa}, '.', '') || repeat('0', {exponent})"
    point = f"length(split_part({mantissa}, '.', 1)) + greatest({exponent}, 0)"
    whole = f"coalesce(nullif(ltrim(left({digits}, {point}), '0'), ''), '0')"
    fraction = f"rtrim(substr({digits}, {point} + 1), '0')"
    number = f"rtrim({whole} || '.' || {fraction}, '.')"
    signed = f"case when starts_with({value}, '-') and {number} <> '0' then '-' || {number} else {number} end"
    sane = (
        f"regexp_full_match({value}, '-?[0-9]+([.][0-9]+)?[eE][-+]?[0-9]{{1,2}}')"  # else it stays as served
    )
    return f"case when {sane} then {signed} else {value} end"


def _datetime(value: str) -> str:
    """2024-01-02T03:04:05.000Z, as Bulk spells it; REST's +0000 and other offsets become that. Not one: as served."""
    moment = f"try_cast({value} as timestamptz) at time zone 'UTC'"
    return (
        f"case when length({value}) = 24 and ends_with({value}, 'Z') then {value}"
        f" else coalesce(strftime({moment}, '%Y-%m-%dT%H:%M:%S.%gZ'), {value}) end"
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
