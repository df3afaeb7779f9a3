"""Cuts SOQL text into tokens, and words errors with the place they are at."""

from __future__ import annotations

import re
from dataclasses import dataclass

from demo_org.refusals import Refused

MAX_LENGTH = 100_000  # characters: Salesforce's own limit of a SOQL statement

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<string>'(?:[^'\\]|\\.)*')
  | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
  | (?P<date>\d{4}-\d\d-\d\d)
  | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
  | (?P<sign><=|>=|!=|<>|[=<>(),:])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}


@dataclass(frozen=True)
class Token:
    """One token: what kind it is, its text, and where it starts."""

    kind: str
    text: str
    position: int

    def says(self, *words: str) -> bool:
        """Whether it is one of these keywords or signs."""
        return self.kind in ("name", "sign") and self.text.upper() in words


def cut(soql: str) -> list[Token]:
    """The tokens of a statement, with an "end" token after the last."""
    if len(soql) > MAX_LENGTH:
        raise Refused(
            400, "QUERY_TOO_COMPLICATED", "SOQL statements cannot be longer than 100000 characters."
        )
    tokens = []
    position = 0
    while position < len(soql):
        found = _TOKEN.match(soql, position)
        if found is None:
            raise refuse(soql, position, "MALFORMED_QUERY", _unreadable(soql, position))
        if found.lastgroup != "space":
            tokens.append(Token(str(found.lastgroup), found[0], position))
        position = found.end()
    return [*tokens, Token("end", "<EOF>", len(soql))]


def refuse(soql: str, position: int, code: str, message: str) -> Refused:
    """The error in Salesforce's form: the stretch of text, a caret below it, row and column, the message."""
    line_start = soql.rfind("\n", 0, position) + 1
    row = soql.count("\n", 0, position) + 1
    column = position - line_start + 1
    first = max(line_start, position - 40)
    stretch = soql[first : position + 20].split("\n")[0]
    caret = " " * (position - first) + "^"
    return Refused(400, code, f"\n{stretch}\n{caret}\nERROR at Row:{row}:Column:{column}\n{message}")


def unescape(soql: str, token: Token, *, pattern: bool = False) -> str:
    r"""The text of a quoted string; in a LIKE pattern `\%` and `\_` stay escaped."""

    def replaced(found: re.Match[str]) -> str:
        letter = found[1]
        if pattern and letter in "%_\\":
            return "\\" + letter
        if letter in "%_":
            return letter
        if letter.lower() not in _ESCAPES:
            raise refuse(soql, token.position, "MALFORMED_QUERY", f"Illegal character escape '\\{letter}'")
        return _ESCAPES[letter.lower()]

    return re.sub(r"\\(.)", replaced, token.text[1:-1], flags=re.DOTALL)


def _unreadable(soql: str, position: int) -> str:
    if soql[position] == "'":
        return "unexpected token: ''' (a quoted string is not closed)"
    return f"unexpected token: '{soql[position]}'"
