"""Looks up a statement's names in the org's metadata and turns it into parametrised DuckDB SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from demo_org.metadata.sobjects import SObject
from demo_org.refusals import Refused
from demo_org.soql.conditions import condition_sql
from demo_org.soql.plan import Column, Parent, Plan
from demo_org.soql.scope import Scope
from demo_org.soql.syntax import Aggregate, FieldsFunction, Name, Ordering, Statement
from demo_org.soql.tokens import refuse

MAX_OFFSET = 2000
MAX_FIELDS_LIMIT = 200  # rows that FIELDS(ALL) and FIELDS(CUSTOM) may answer
TEXT_TYPES = frozenset(
    {
        "string",
        "picklist",
        "multipicklist",
        "textarea",
        "email",
        "phone",
        "url",
        "combobox",
        "encryptedstring",
    }
)


def translate(statement: Statement, objects: Mapping[str, SObject], *, include_deleted: bool) -> Plan:
    """The plan of a statement; `include_deleted` for queryAll."""
    scope = Scope(statement, objects)
    aggregates = tuple(part for part in statement.selected if isinstance(part, Aggregate))
    is_count = any(aggregate.field is None for aggregate in aggregates)
    _check_shape(statement, aggregates, is_count)
    columns = () if aggregates else _columns(statement, scope)
    measured = () if is_count else tuple(_measure(scope, part, n) for n, part in enumerate(aggregates))
    where, parameters = _where(statement, scope, include_deleted)
    order = ", ".join(_order_sql(scope, ordering) for ordering in statement.order)
    return Plan(
        soql=statement.text,
        sobject=scope.root,
        columns=columns,
        parents=_parents(scope, columns),
        aggregates=measured,
        is_count=is_count,
        joins=scope.joins_sql(),
        where=where,
        parameters=tuple(parameters),
        order=f" ORDER BY {order}" if order else "",
        limit=statement.limit,
        offset=statement.offset,
    )


def _check_shape(statement: Statement, aggregates: tuple[Aggregate, ...], is_count: bool) -> None:
    """What no metadata is needed to refuse."""
    others = [part for part in statement.selected if not isinstance(part, Aggregate)]
    if is_count and len(statement.selected) > 1:
        raise refuse(
            statement.text, statement.selected[1].position, "MALFORMED_QUERY", "unexpected token: ','"
        )
    if aggregates and others:
        name = others[0].text if isinstance(others[0], Name) else "FIELDS"
        message = f"Field must be grouped or aggregated: {name}"
        raise refuse(statement.text, others[0].position, "MALFORMED_QUERY", message)
    if aggregates and statement.order:
        message = "Ordered field must be grouped or aggregated"
        raise refuse(statement.text, statement.order[0].field.position, "MALFORMED_QUERY", message)
    if statement.offset > MAX_OFFSET:
        message = "Maximum SOQL offset allowed is 2000"
        raise Refused(400, "NUMBER_OUTSIDE_VALID_RANGE", message)
    for part in others:
        limited = statement.limit is not None and statement.limit <= MAX_FIELDS_LIMIT
        if isinstance(part, FieldsFunction) and part.group != "STANDARD" and not limited:
            message = "The SOQL FIELDS function must have a LIMIT of at most 200"
            raise refuse(statement.text, part.position, "MALFORMED_QUERY", message)


def _columns(statement: Statement, scope: Scope) -> tuple[Column, ...]:
    columns: dict[tuple[str, ...], Column] = {}
    for part in statement.selected:
        if isinstance(part, FieldsFunction):
            for field in scope.root.fields:
                if part.group in ("ALL", "CUSTOM" if field.custom else "STANDARD") and not field.is_compound:
                    columns.setdefault((field.name,), Column((field.name,), field.type, f't."{field.name}"'))
        elif isinstance(part, Name):
            column = scope.column(part)
            if column.path in columns:
                message = f"duplicate field selected: {part.text}"
                raise refuse(statement.text, part.position, "INVALID_FIELD", message)
            columns[column.path] = column
    return tuple(columns.values())


def _measure(scope: Scope, aggregate: Aggregate, number: int) -> tuple[str, Column]:
    """The label of an aggregate in the answer, and its value."""
    assert aggregate.field is not None
    column = scope.column(aggregate.field)
    label = aggregate.alias or f"expr{number}"
    if aggregate.function.startswith("COUNT"):
        distinct = "DISTINCT " if aggregate.function == "COUNT_DISTINCT" else ""
        return label, Column((label,), "int", f"count({distinct}{column.sql})")
    is_number = column.type in ("int", "double", "currency", "percent")
    if aggregate.function in ("SUM", "AVG") and not is_number:
        message = f"field {column.label} does not support aggregate operator {aggregate.function}"
        raise refuse(scope.text, aggregate.position, "MALFORMED_QUERY", message)
    kind = "double" if aggregate.function in ("SUM", "AVG") else column.type
    value = f"CAST({column.sql} AS DOUBLE)" if kind == "double" else column.sql
    return label, Column((label,), kind, f"{aggregate.function.lower()}({value})")


def _where(statement: Statement, scope: Scope, include_deleted: bool) -> tuple[str, list[Any]]:
    parts: list[str] = []
    parameters: list[Any] = []
    if statement.where is not None:
        parts.append(condition_sql(scope, statement.where, parameters))
    if not include_deleted:
        # query hides archived activities as well as deleted records; queryAll shows both
        hidden = [name for name in ("IsDeleted", "IsArchived") if name in scope.root.by_name]
        parts += [f't."{name}" IS NOT TRUE' for name in hidden]
    return (f" WHERE {' AND '.join(parts)}" if parts else ""), parameters


def _order_sql(scope: Scope, ordering: Ordering) -> str:
    column, field = scope.look_up(ordering.field)
    if not field.sortable:
        message = f"field '{field.name}' can not be sorted in a query call"
        raise refuse(scope.text, ordering.field.position, "INVALID_FIELD", message)
    value = f"lower({column.sql})" if field.type in TEXT_TYPES else column.sql
    direction = "DESC" if ordering.descending else "ASC"
    return f"{value} {direction} NULLS {'LAST' if ordering.nulls_last else 'FIRST'}"


def _parents(scope: Scope, columns: tuple[Column, ...]) -> tuple[Parent, ...]:
    paths = {column.path[:depth] for column in columns for depth in range(1, len(column.path))}
    return tuple(scope.parent(path) for path in sorted(paths))
