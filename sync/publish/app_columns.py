"""Reads the columns that only the application writes from a model's YAML; its SQL knows nothing of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sync.publish.broken import broken
from sync.publish.column_types import KNOWN_TYPES, is_portable, one_spelling
from sync.publish.contract import KEPT_COLUMNS, Column, Owner
from sync.publish.values import WrongValue, read_value

KNOWN_KEYS = {"name", "data_type", "default", "description"}


def read_app_columns(model: str, listed: object, taken: Collection[str]) -> Iterator[Column]:
    """The columns of config.meta.app_columns. Raises PublishFailed; `taken` are the model's own columns."""
    if not isinstance(listed, list):
        raise broken(model, "app_columns", "is not a list", "List the columns, each with name and data_type")
    seen: set[str] = set()
    for said in listed:
        column = _app_column(model, said)
        if column.name in taken:
            raise broken(
                model, column.name, "is both built and an app_column", "Take it out of one of the two"
            )
        if column.name in KEPT_COLUMNS:
            raise broken(model, column.name, "is kept by publish itself", "Take it out of app_columns")
        if column.name in seen:
            raise broken(model, column.name, "is listed twice in app_columns", "Take one of the two out")
        seen.add(column.name)
        yield column


def _app_column(model: str, said: object) -> Column:
    if not isinstance(said, Mapping) or not said.get("name"):
        raise broken(
            model, "app_columns", "has an entry without a name", "Give each entry name and data_type"
        )
    name = str(said["name"])
    unknown = sorted(map(str, said.keys() - KNOWN_KEYS))
    if unknown:
        raise broken(
            model, name, f"has {unknown[0]!r} in app_columns", f"Say {', '.join(sorted(KNOWN_KEYS))}"
        )
    column_type = one_spelling(str(said.get("data_type") or ""))
    if not is_portable(column_type):
        wrong = f"has the data_type {column_type!r}" if column_type else "has no data_type"
        raise broken(model, name, wrong, f"Use one that both databases know: {', '.join(KNOWN_TYPES)}")
    return Column(
        name=name,
        type=column_type,
        owner=Owner.APP,
        description=str(said.get("description") or ""),
        default=_default(model, name, column_type, said.get("default")),
    )


def _default(model: str, name: str, column_type: str, said: Any) -> str | None:
    """A value, no expression: YAML's own true, 0 or active, or the same as SQL spells it ('active')."""
    if said is None:
        return None
    text = str(said).lower() if isinstance(said, bool) else str(said)
    if len(text) > 1 and text[0] == text[-1] == "'":
        text = text[1:-1].replace("''", "'")
    try:
        return read_value(text, column_type)
    except WrongValue as error:
        raise broken(
            model, name, f"has a default that is no {column_type}: {error}", "Give a value"
        ) from None
