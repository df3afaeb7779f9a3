"""Finds fields by the names a statement uses, on its object and on that object's parents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from demo_org.metadata.fields import Field
from demo_org.metadata.sobjects import SObject
from demo_org.refusals import Refused
from demo_org.soql.plan import Column, Parent
from demo_org.soql.syntax import Name, Statement
from demo_org.soql.tokens import refuse

MAX_PARENT_LEVELS = 5


@dataclass(frozen=True)
class _Target:
    """A table a path leads to: a reference may lead to several objects, then each has one."""

    alias: str
    sobject: SObject


@dataclass
class _Joins:
    """The tables of the statement, by the path that leads to them, in the order they were needed."""

    targets: dict[tuple[str, ...], list[_Target]] = dataclass_field(default_factory=dict)
    sql: list[str] = dataclass_field(default_factory=list)


class Scope:
    """The object a statement asks for, and every parent that its names lead to."""

    def __init__(self, statement: Statement, objects: Mapping[str, SObject]) -> None:
        self.text = statement.text
        self._objects = objects
        self.root = self._object(statement.object)
        self._own_names = {self.root.name.lower(), statement.alias.lower()} - {""}
        self._joins = _Joins({(): [_Target("t", self.root)]}, [f'"{self.root.name}" AS t'])

    def column(self, name: Name) -> Column:
        return self.look_up(name)[0]

    def look_up(self, name: Name) -> tuple[Column, Field]:
        """The column a name means, or the error for a name that means none."""
        path = name.path
        if len(path) > 1 and path[0].lower() in self._own_names:
            path = path[1:]
        way: tuple[str, ...] = ()
        for step in path[:-1]:
            way = self._follow(way, step, name)
        targets = self._joins.targets[way]
        found = [(target, _field(target.sobject, path[-1])) for target in targets]
        known = [(target, field) for target, field in found if field is not None]
        if not known:
            raise self._no_column(name, path[-1], targets[0].sobject.name)
        return self._column(way, known), known[0][1]

    def parent(self, path: tuple[str, ...]) -> Parent:
        """The parent record at a path that has been followed before."""
        targets = self._joins.targets[path]
        cases = " ".join(f"WHEN {t.alias}.\"Id\" IS NOT NULL THEN '{t.sobject.name}'" for t in targets)
        ids = ", ".join(f'{target.alias}."Id"' for target in targets)
        return Parent(path, f"CASE {cases} END", f"coalesce({ids}, NULL)")

    def joins_sql(self) -> str:
        return " ".join(self._joins.sql)

    # -- how a name is followed ------------------------------------------------------------------

    def _column(self, way: tuple[str, ...], known: list[tuple[_Target, Field]]) -> Column:
        target, field = known[0]
        if field.is_compound:
            parts = [part for part in target.sobject.fields if part.compound_field_name == field.name]
            components = tuple(self._column(way, [(target, part)]) for part in parts)
            return Column((*way, field.name), field.type, "NULL", components)
        values = [f'{target.alias}."{field.name}"' for target, field in known]
        sql = values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"
        return Column((*way, field.name), field.type, sql)

    def _follow(self, way: tuple[str, ...], step: str, name: Name) -> tuple[str, ...]:
        """Go from the records at `way` to the parents that the relationship `step` names."""
        source = self._joins.targets[way][0]
        fields = source.sobject.fields
        field = next((f for f in fields if (f.relationship_name or "").lower() == step.lower()), None)
        reachable = [self._objects[to] for to in field.reference_to if to in self._objects] if field else []
        if field is None or field.relationship_name is None or not reachable or len(way) >= MAX_PARENT_LEVELS:
            message = (
                f"Didn't understand relationship '{step}' in field path. If you are attempting to use a custom "
                "relationship, be sure to append the '__r' after the custom relationship name. Please reference "
                "your WSDL or the describe call for the appropriate names."
            )
            raise refuse(self.text, name.position, "INVALID_FIELD", message)
        there = (*way, field.relationship_name)
        if there not in self._joins.targets:
            self._join(there, source, field, reachable)
        return there

    def _join(self, there: tuple[str, ...], source: _Target, field: Field, reachable: list[SObject]) -> None:
        targets = []
        for sobject in reachable:
            alias = f"j{len(self._joins.sql)}"
            condition = f'{alias}."Id" = {source.alias}."{field.name}"'
            self._joins.sql.append(f'LEFT JOIN "{sobject.name}" AS {alias} ON {condition}')
            targets.append(_Target(alias, sobject))
        self._joins.targets[there] = targets

    def _object(self, name: Name) -> SObject:
        found = next((self._objects[key] for key in self._objects if key.lower() == name.text.lower()), None)
        if found is None or not found.queryable:
            message = (
                f"sObject type '{name.text}' is not supported. If you are attempting to use a custom object, be sure "
                "to append the '__c' after the entity name. Please reference your WSDL or the describe call for the "
                "appropriate names."
            )
            raise refuse(self.text, name.position, "INVALID_TYPE", message)
        return found

    def _no_column(self, name: Name, field: str, entity: str) -> Refused:
        message = (
            f"No such column '{field}' on entity '{entity}'. If you are attempting to use a custom field, be sure to "
            "append the '__c' after the custom field name. Please reference your WSDL or the describe call for the "
            "appropriate names."
        )
        return refuse(self.text, name.position, "INVALID_FIELD", message)


def _field(sobject: SObject, name: str) -> Field | None:
    exact = sobject.by_name.get(name)
    if exact is not None:
        return exact
    return next((field for field in sobject.fields if field.name.lower() == name.lower()), None)
