"""Describes the columns of a query instead of running it, which is what the Salesforce CLI asks before it does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from demo_org.messages import Answer, json_answer
from demo_org.soql import Column, Plan

APEX_TYPES = {"id": "Id", "reference": "Id", "boolean": "Boolean", "int": "Integer", "double": "Double",
              "currency": "Decimal", "percent": "Double", "date": "Date", "datetime": "Datetime", "time": "Time",
              "address": "Address", "location": "Location"}  # fmt: skip
NUMBERS = ("int", "double", "currency", "percent")


def describe_columns(plan: Plan) -> Answer:
    """The answer to a query with `columns=true`."""
    columns = plan.columns or tuple(column for _, column in plan.aggregates)
    return json_answer(
        {
            "columnMetadata": _described(columns, 0, aggregate=bool(plan.aggregates)),
            "entityName": plan.sobject.name,
            "groupBy": False,
            "idSelected": any(column.path == ("Id",) for column in columns),
            "keyPrefix": plan.sobject.key_prefix,
        }
    )


def _described(columns: Sequence[Column], depth: int, *, aggregate: bool) -> list[dict[str, Any]]:
    """One entry for each field; a parent is an entry that has its own columns inside."""
    entries = []
    for name in dict.fromkeys(column.path[depth] for column in columns):
        own = [column for column in columns if column.path[depth] == name]
        below = [column for column in own if len(column.path) > depth + 1]
        joined = _described(below, depth + 1, aggregate=False)
        entries.append(_entry(name, "" if below else own[0].type, joined, aggregate=aggregate))
    return entries


def _entry(name: str, kind: str, joined: list[dict[str, Any]], *, aggregate: bool) -> dict[str, Any]:
    return {
        "aggregate": aggregate,
        "apexType": APEX_TYPES.get(kind, "String") if kind else None,
        "booleanType": kind == "boolean",
        "columnName": name,
        "custom": name.endswith(("__c", "__r")),
        "displayName": name,
        "foreignKeyName": None,
        "insertable": False,
        "joinColumns": joined,
        "numberType": kind in NUMBERS,
        "textType": bool(kind) and kind not in APEX_TYPES,
        "updatable": False,
    }
