"""Names model and column of a column of the application that cannot be made."""

from __future__ import annotations

from typing import Any

import pytest

from extract.errors import PublishFailed
from sync.publish.app_columns import read_app_columns
from sync.publish.contract import Column, Owner


def read(*listed: dict[str, Any]) -> list[Column]:
    return list(read_app_columns("volunteers", list(listed), {"id", "title"}))


def test_a_column_belongs_to_the_application() -> None:
    said = {"name": "status", "data_type": "string", "default": "active", "description": "By staff."}
    assert read(said) == [Column("status", "text", Owner.APP, "By staff.", default="active")]


@pytest.mark.parametrize(
    ("data_type", "default", "read_as"),
    [
        ("text", "active", "active"),
        ("text", "'active'", "active"),
        ("text", "'it''s'", "it's"),
        ("boolean", False, "false"),
        ("boolean", "true", "true"),
        ("integer", 0, "0"),
        ("numeric(5,2)", 1.25, "1.25"),
        ("text", None, None),
    ],
)
def test_a_default_is_a_value_as_yaml_or_sql_spells_it(data_type: str, default: Any, read_as: Any) -> None:
    assert read({"name": "x", "data_type": data_type, "default": default})[0].default == read_as


@pytest.mark.parametrize(
    ("said", "column", "says"),
    [
        ({"name": "title", "data_type": "text"}, "title", "is both built and an app_column"),
        ({"name": "updated_at", "data_type": "timestamptz"}, "updated_at", "is kept by publish itself"),
        ({"name": "notes"}, "notes", "has no data_type"),
        ({"name": "notes", "data_type": "varchar(20)"}, "notes", "has the data_type 'varchar(20)'"),
        ({"name": "n", "data_type": "integer", "default": "now()"}, "n", "is no integer: it is not a whole"),
        ({"name": "n", "data_type": "boolean", "default": 1}, "n", "is no boolean"),
        ({"name": "n", "data_type": "text", "owner": "app"}, "n", "has 'owner' in app_columns"),
        ({"data_type": "text"}, "app_columns", "an entry without a name"),
    ],
)
def test_a_column_that_cannot_be_made_is_named(said: dict[str, Any], column: str, says: str) -> None:
    with pytest.raises(PublishFailed) as caught:
        read(said)
    assert says in caught.value.what
    assert f"model volunteers, column {column}" in caught.value.where


def test_a_column_that_is_listed_twice_is_refused() -> None:
    with pytest.raises(PublishFailed, match="listed twice"):
        read({"name": "notes", "data_type": "text"}, {"name": "notes", "data_type": "text"})


def test_a_mapping_instead_of_a_list_is_refused() -> None:
    with pytest.raises(PublishFailed, match="is not a list"):
        list(read_app_columns("volunteers", {"notes": "text"}, ()))
