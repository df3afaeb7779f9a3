"""Makes docs/reference/status-json.md from the classes of the status document.

.venv/bin/python -m tests.house.status_reference > docs/reference/status-json.md
"""

from __future__ import annotations

from typing import Any

from sync.status.document import StatusDocument

PAGE = "docs/reference/status-json.md"
HEAD = """# The status for machines

`landfall status --json` prints it, every run leaves it as `status.json` beside the status page, and
`sync/status/document.py` and `sync/status/parts.py` have it as Pydantic classes, of which this page is made. All of it is in the tables of schemas `ops` and
`quality` too. It holds ids, names and counts, no record's values.

- Within a version fields are added, never renamed or removed.
- Moments are ISO 8601 in UTC. What is not known is null.
- *Late* and *fresh* are judged at `judged_at`. Whoever reads `status.json` later compares `late_at` with the own clock.
- While a run keeps a DuckDB file to itself, `landfall status` tells what the newest `status.json` tells, and `at_work`.
- A target without any run has `version`, `target` and `at_work` alone.

`landfall status --check` turns it into an [exit code](exit-codes.md#5).
"""


def reference() -> str:
    """The page's text."""
    schema = StatusDocument.model_json_schema(mode="serialization")
    parts = [HEAD, "## The document", _table(schema)]
    for name, part in _in_order(schema):
        parts += [f"## {_heading(name)}", _table(part)]
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _in_order(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The parts as the document names them, each before what it is made of."""
    definitions, found = schema["$defs"], []

    def visit(part: dict[str, Any]) -> None:
        for each in part["properties"].values():
            for name in _references(each):
                if name not in found:
                    found.append(name)
                    visit(definitions[name])

    visit(schema)
    return [(name, definitions[name]) for name in found]


def _table(part: dict[str, Any]) -> str:
    rows = [
        f"| `{name}` | {_kind(each)} | {each.get('description', '')} |"
        for name, each in part["properties"].items()
    ]
    return "\n".join(["| key | type | meaning |", "|---|---|---|", *rows])


def _kind(each: dict[str, Any]) -> str:
    if "anyOf" in each:
        return " or ".join(_kind(one) for one in each["anyOf"])
    if "$ref" in each:
        (name,) = _references(each)
        return f"[{_heading(name).lower()}](#{_heading(name).lower().replace(' ', '-')})"
    if "enum" in each:
        return ", ".join(f"`{word}`" for word in each["enum"])
    if each.get("type") == "array":
        return f"list of {_kind(each['items'])}"
    if each.get("format") == "date-time":
        return "moment"
    return {"string": "text", "integer": "integer", "number": "number"}.get(each["type"], each["type"])


def _references(each: dict[str, Any]) -> list[str]:
    nested = [*each.get("anyOf", ()), *([each["items"]] if "items" in each else [])]
    own = [each["$ref"].rsplit("/", 1)[1]] if "$ref" in each else []
    return own + [name for one in nested for name in _references(one)]


def _heading(name: str) -> str:
    words = "".join(
        f" {letter.lower()}" if letter.isupper() else letter for letter in name.removesuffix("Part")
    )
    return words.strip().capitalize()


if __name__ == "__main__":
    print(reference(), end="")
