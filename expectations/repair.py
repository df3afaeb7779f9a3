"""Says in which fields what breaks a rule can be repaired: those that the rule looks at, as Salesforce names them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from expectations.batch import Batch
from expectations.predicates import columns_read, condition_sql
from expectations.rules import FOLDED, LIVE, Rule, RuleOutcome
from extract.database import Connection, quoted

UNCAST = "_uncast"  # names the fields of a row whose value is not of its type
# Columns that say of a row which of its fields break the rule.
NAMING_FIELDS = (UNCAST, "_says_nothing")
OF_NO_FIELD = ("id", LIVE)
MOST_FIELDS = 20


def columns_of_rule(rule: Rule, known: Iterable[str]) -> list[str]:
    """The columns of the object that the rule looks at, without those that only say which rows it means."""
    read = {column.removeprefix(FOLDED) for column in columns_read(rule, set(known))}
    own = {column for column in read if not column.startswith("_") and column not in OF_NO_FIELD}
    return sorted(own)


def fields_of(connection: Connection, batch: Batch, outcome: RuleOutcome, names: Mapping[str, str]) -> str:
    """The fields by their API names (`names`, by column), as a list with commas; of a built table its columns."""
    columns = columns_of_rule(outcome.rule, batch.columns)
    if outcome.rows_failed and outcome.rule.kwargs.get("column") in NAMING_FIELDS:
        return ", ".join(_fields_named_by(connection, batch, outcome.rule))
    return ", ".join(names.get(column, column) for column in columns)


def field_names(connection: Connection, name: str) -> dict[str, str]:
    """The API name of each column of an object; none where no describe has been kept."""
    if not connection.has_table("raw", "_fields"):
        return {}
    return dict(connection.rows("select column_name, field from raw._fields where object = ?", (name,)))


def _fields_named_by(connection: Connection, batch: Batch, rule: Rule) -> list[str]:
    column, condition = quoted(rule.kwargs["column"]), condition_sql(rule.condition)
    found = connection.rows(
        f"select distinct {column} from {batch.sql} where {column} is not null and {condition} limit {MOST_FIELDS}"
    )
    return sorted({field for (listed,) in found for field in listed.split(",")})[:MOST_FIELDS]
