"""Takes the blanks from around a text as the models do: named one by one, as `trim()` means others on each database."""

from __future__ import annotations

from extract.database import Kind

# The variable `blanks` of dbt_project.yml; a test compares the two.
BLANKS = (
    "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)

ESCAPED = {"\t": r"\t", "\n": r"\n", "\v": r"\v", "\f": r"\f", "\r": r"\r"}
# The same within the brackets of a regular expression, where each database takes other characters for \s.
IN_BRACKETS = "".join(ESCAPED.get(each, each) for each in BLANKS)


def without_blanks_around(sql: str, kind: Kind) -> str:
    """The text in SQL. DuckDB reads the list of `trim` anew for each text, which takes longer than a pattern."""
    if kind == "duckdb":
        return f"regexp_replace({sql}, '^[{BLANKS}]+|[{BLANKS}]+$', '', 'g')"
    return f"trim({sql}, '{BLANKS}')"
