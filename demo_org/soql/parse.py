"""Reads SOQL text into a statement, by recursive descent."""

from __future__ import annotations

from demo_org.refusals import Refused
from demo_org.soql.syntax import (
    Aggregate,
    Comparison,
    Condition,
    FieldsFunction,
    Junction,
    Literal,
    Name,
    Negation,
    Ordering,
    Selected,
    Statement,
)
from demo_org.soql.tokens import Token, cut, refuse, unescape

AGGREGATES = ("COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG")
OPERATORS = {"=": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
DEEPEST = 100  # conditions inside each other
LARGEST = 2**31 - 1  # LIMIT and OFFSET
CLAUSES = ("FROM", "WHERE", "ORDER", "LIMIT", "OFFSET", "GROUP", "HAVING", "WITH", "FOR", "USING", "ALL")


def parse(soql: str) -> Statement:
    """The statement, or the error that Salesforce would give."""
    return _Reader(soql).statement()


class _Reader:
    """A place in the list of tokens that moves forward."""

    def __init__(self, soql: str) -> None:
        self.soql = soql
        self.tokens = cut(soql)
        self.at = 0
        self.depth = 0

    # -- tokens ----------------------------------------------------------------------------------

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.next
        self.at += 1
        return token

    def taken(self, *words: str) -> bool:
        """Whether the next token was one of these; if so, it is behind us."""
        if not self.next.says(*words):
            return False
        self.at += 1
        return True

    def expect(self, word: str) -> None:
        if not self.taken(word):
            raise self.unexpected()

    def unexpected(self) -> Refused:
        token = self.next
        if token.kind == "end":
            return refuse(self.soql, token.position, "MALFORMED_QUERY", "unexpected token: '<EOF>'")
        return refuse(self.soql, token.position, "MALFORMED_QUERY", f"unexpected token: '{token.text}'")

    # -- the statement ---------------------------------------------------------------------------

    def statement(self) -> Statement:
        self.expect("SELECT")
        selected = [self.selected()]
        while self.taken(","):
            selected.append(self.selected())
        self.expect("FROM")
        found = self.name()
        alias = self.alias()
        where = self.junction() if self.taken("WHERE") else None
        order = self.ordering() if self.taken("ORDER") else ()
        limit = self.whole_number() if self.taken("LIMIT") else None
        offset = self.whole_number() if self.taken("OFFSET") else 0
        if self.next.kind != "end":
            raise self.unexpected()
        return Statement(self.soql, tuple(selected), found, alias, where, order, limit, offset)

    def selected(self) -> Selected:
        token = self.next
        if token.kind != "name" or token.says("FROM"):
            raise self.unexpected()
        if self.tokens[self.at + 1].says("("):
            return self.function(self.take())
        return self.name()

    def function(self, token: Token) -> Selected:
        self.expect("(")
        word = token.text.upper()
        if word == "FIELDS" and self.next.says("ALL", "STANDARD", "CUSTOM"):
            group = self.take().text.upper()
            self.expect(")")
            return FieldsFunction(group, token.position)
        if word not in AGGREGATES:
            self.at -= 1
            raise self.unexpected()
        field = None if word == "COUNT" and self.next.says(")") else self.name()
        self.expect(")")
        return Aggregate(word, field, self.alias(), token.position)

    def alias(self) -> str:
        """The alias after an object or an aggregate; "" when there is none."""
        if self.taken("AS"):
            return self.name().text
        if self.next.kind == "name" and not self.next.says(*CLAUSES):
            return self.name().text
        return ""

    def name(self) -> Name:
        if self.next.kind != "name":
            raise self.unexpected()
        token = self.take()
        return Name(tuple(token.text.split(".")), token.position)

    # -- conditions ------------------------------------------------------------------------------

    def junction(self) -> Condition:
        """Conditions joined by one connector: Salesforce wants parentheses before AND meets OR."""
        parts = [self.condition()]
        connector = self.next.text.upper()
        if connector not in ("AND", "OR"):
            return parts[0]
        while self.taken(connector):
            parts.append(self.condition())
        if self.next.says("AND", "OR"):
            raise self.unexpected()
        return Junction("AND" if connector == "AND" else "OR", tuple(parts))

    def condition(self) -> Condition:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.unexpected()
        found = self.bare_condition()
        self.depth -= 1
        return found

    def bare_condition(self) -> Condition:
        if self.taken("NOT"):
            return Negation(self.condition())
        if self.taken("("):
            inside = self.junction()
            self.expect(")")
            return inside
        return self.comparison()

    def comparison(self) -> Comparison:
        position = self.next.position
        field = self.name()
        if self.next.text in OPERATORS:
            return Comparison(field, OPERATORS[self.take().text], (self.literal(),), position)
        if self.taken("LIKE"):
            return Comparison(field, "LIKE", (self.literal(),), position)
        if self.taken("IN"):
            return Comparison(field, "IN", self.literals(), position)
        if self.next.says("NOT") and self.tokens[self.at + 1].says("IN"):
            self.at += 2
            return Comparison(field, "NOT IN", self.literals(), position)
        raise self.unexpected()

    def literals(self) -> tuple[Literal, ...]:
        self.expect("(")
        values = [self.literal()]
        while self.taken(","):
            values.append(self.literal())
        self.expect(")")
        return tuple(values)

    def literal(self) -> Literal:
        token = self.next
        if token.kind == "string":
            self.take()
            pattern = unescape(self.soql, token, pattern=True)
            return Literal("string", unescape(self.soql, token), token.position, pattern)
        if token.kind == "number":
            return Literal("number", self.take().text, token.position)
        if token.kind in ("date", "datetime"):
            self.take()
            return Literal("date" if token.kind == "date" else "datetime", token.text, token.position)
        if token.says("TRUE", "FALSE"):
            return Literal("boolean", self.take().text.lower(), token.position)
        if token.says("NULL"):
            self.take()
            return Literal("null", "", token.position)
        raise self.unexpected()

    # -- what follows ----------------------------------------------------------------------------

    def ordering(self) -> tuple[Ordering, ...]:
        self.expect("BY")
        found = [self.order_field()]
        while self.taken(","):
            found.append(self.order_field())
        return tuple(found)

    def order_field(self) -> Ordering:
        field = self.name()
        descending = self.taken("DESC")
        if not descending:
            self.taken("ASC")
        nulls_last = False
        if self.taken("NULLS"):
            nulls_last = self.taken("LAST")
            if not nulls_last:
                self.expect("FIRST")
        return Ordering(field, descending, nulls_last)

    def whole_number(self) -> int:
        if self.next.kind != "number" or not self.next.text.isdigit() or int(self.next.text) > LARGEST:
            raise self.unexpected()
        return int(self.take().text)
