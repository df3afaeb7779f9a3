"""Gives the publish specs a small school world: a manifest, build tables written as text, and the app beside it."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from extract.database import Connection, Database, quoted
from sync.ops_tables import create_ops_tables
from sync.publish import DiffOptions, DiffResult, PublishOptions, PublishResult, diff, publish
from tests.spec.tables import Row, columns_of, stored, table

NO_ROWS = ""
KEYS = {
    "id": ("uuid", {"owner": "salesforce"}),
    "salesforce_id": ("text", {"owner": "salesforce"}),
    "deleted_at": ("timestamptz", {"owner": "salesforce"}),
}
# Districts are named after schools in the alphabet's order nowhere: the order has to come from the references.
DISTRICTS = {**KEYS, "name": ("text", {"owner": "salesforce"})}
SCHOOLS = {
    **KEYS,
    "name": ("text", {"owner": "salesforce"}),
    "level": ("text", {"owner": "salesforce_if_not_null"}),
    "seats": ("integer", {"owner": "salesforce"}),
    "nickname": ("text", {"owner": "app"}),
    "salesforce_district_id": ("text", {"owner": "salesforce"}),
    "district_id": (
        "uuid",
        {
            "owner": "salesforce",
            "references": "districts",
            "source_id": "salesforce_district_id",
            "missing_object": "Account",
        },
    ),
}
# Rows that are no records themselves: an address of a district, say.
EMAILS = {
    "id": KEYS["id"],
    "source_key": ("text", {"owner": "salesforce"}),
    "deleted_at": KEYS["deleted_at"],
    "email": ("text", {"owner": "salesforce"}),
    "salesforce_district_id": ("text", {"owner": "salesforce"}),
    "district_id": SCHOOLS["district_id"],
}
ColumnSpec = tuple[str, Mapping[str, Any]]


def key_of(salesforce_id: str) -> str:
    """The id of a synced row, as the models make it."""
    return str(uuid.UUID(hashlib.md5(f"landfall:{salesforce_id}".encode()).hexdigest()))


def model(name: str, columns: Mapping[str, ColumnSpec], **extra: Any) -> dict[str, Any]:
    """A model of the application as dbt's manifest describes it. `not_null=[…]`, `unique=[…]` add constraints, `meta={…}` to its meta."""
    meta = {"app_table": True, **extra.pop("meta", {})}
    constrained = {"not_null": extra.pop("not_null", []), "unique": extra.pop("unique", [])}
    described = {
        column: {
            "name": column,
            "data_type": data_type,
            "description": f"The {column} of one of the {name}.",
            "config": {"meta": dict(meta)},
            "constraints": [{"type": kind} for kind, names in constrained.items() if column in names],
        }
        for column, (data_type, meta) in columns.items()
    }
    node = {
        "resource_type": "model",
        "name": name,
        "alias": name,
        "schema": "build",
        "original_file_path": f"models/application/{name}.sql",
        "description": f"One row per one of the {name}.",
        "config": {"meta": meta},
        "constraints": [],
        "columns": described,
    }
    return node | extra


class World:
    """A database with build, app and ops, in which a spec builds and publishes again and again."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.manifest = folder / "manifest.json"
        self.models: dict[str, dict[str, Any]] = {}
        self.tests: dict[str, dict[str, Any]] = {}
        self.runs = 0
        self.reported: list[tuple[str, dict[str, Any]]] = []
        with database.connect() as connection:
            create_ops_tables(connection)
            connection.execute("create schema build")
        self.declare(model("districts", DISTRICTS))
        self.declare(model("schools", SCHOOLS))

    def declare(self, node: dict[str, Any]) -> None:
        """Put a model into the manifest, and an empty table for it into build."""
        name = node["name"]
        self.models[name] = node
        self.write_manifest()
        columns = ", ".join(
            f"{quoted(column)} {fields['data_type']}" for column, fields in node["columns"].items()
        )
        with self.database.connect() as connection:
            connection.execute(f"drop table if exists build.{name}")
            connection.execute(f"create table build.{name} ({columns})")

    def accept(self, name: str, column: str, values: list[str]) -> None:
        """Let a test of the model accept these values only."""
        self.tests[f"test.landfall.accepted_values_{name}_{column}"] = {
            "resource_type": "test",
            "test_metadata": {"name": "accepted_values", "kwargs": {"values": values}},
            "attached_node": f"model.landfall.{name}",
            "column_name": column,
        }
        self.write_manifest()

    def accept_words_of(self, name: str, column: str, seed: str, words: list[str]) -> None:
        """Let a test of the model accept the words of a seed, which has one column more than those."""
        self.tests[f"seed.landfall.{seed}"] = {"resource_type": "seed", "name": seed, "schema": "seeds"}
        self.tests[f"test.landfall.relationships_{name}_{column}"] = {
            "resource_type": "test",
            "test_metadata": {"name": "relationships", "kwargs": {"to": f"ref('{seed}')", "field": "word"}},
            "attached_node": f"model.landfall.{name}",
            "column_name": column,
            "depends_on": {"nodes": [f"seed.landfall.{seed}", f"model.landfall.{name}"]},
        }
        self.write_manifest()
        self.execute_all(
            ["create schema seeds", f"create table seeds.{seed} (salesforce_word text, word text)"]
        )
        for word in words:
            self.execute(f"insert into seeds.{seed} values ('raw', ?)", word)

    def override(self, table_name: str, row_key: str, column: str, value: str | None) -> None:
        """What staff says against Salesforce."""
        self.execute(
            "insert into app.overrides (table_name, row_key, column_name, value, who, why)"
            " values (?, ?, ?, ?, 'Ms Fictional', 'a test')",
            *(table_name, row_key, column, value),
        )

    def write_manifest(self) -> None:
        nodes = {f"model.landfall.{name}": node for name, node in self.models.items()} | self.tests
        self.manifest.write_text(json.dumps({"nodes": nodes}))

    def build(self, name: str, text: str) -> None:
        """What dbt built: replaces the build table. A column `district` stands for the key and the raw id."""
        with self.database.connect() as connection:
            connection.execute(f"delete from build.{name}")
            insert_rows(
                connection, f"build.{name}", [self._built(name, row) for row in (table(text) if text else [])]
            )

    def _built(self, name: str, row: Row) -> Row:
        types = {column: fields["data_type"] for column, fields in self.models[name]["columns"].items()}
        row_key = self.models[name]["config"]["meta"].get("row_key", "salesforce_id")
        built = {"id": key_of(str(row[row_key]))} | row
        return {
            column: key_of(value) if types[column] == "uuid" and value and "-" not in value else value
            for column, value in built.items()
        }

    def publish(self, **options: Any) -> PublishResult:
        run_id = options.pop("run_id", "") or self.open_run()
        report = options.pop("report", None) or (
            lambda event, **fields: self.reported.append((event, fields))
        )
        return publish(PublishOptions(self.database, self.manifest, run_id, "load-9", **options), report)

    def diff(self, **options: Any) -> DiffResult:
        """What a publish would change."""
        return diff(DiffOptions(self.database, self.manifest, **options), lambda event, **fields: None)

    def expect_publish_of(self, told: DiffResult, **options: Any) -> PublishResult:
        """Publish, and see that just what a diff of all rows told happened: the counts, and which rows were written."""
        before = self._written_at()
        result = self.publish(**options)
        after = self._written_at()
        for each in told.tables:
            name = each.table_name
            said = (each.inserted, each.updated, each.deleted, each.unchanged)
            assert counts(result, name) == said, name
            written = [row for row, moment in after[name].items() if before.get(name, {}).get(row) != moment]
            assert sorted(row.id for row in each.rows) == sorted(written), name
        return result

    def _written_at(self) -> dict[str, dict[str, Any]]:
        """Table → id → when publish last wrote the row, of all that the contract names."""
        with self.database.connect() as connection:
            return {
                name: {
                    str(row): moment
                    for row, moment in connection.rows(f"select id, updated_at from app.{name}")
                }
                for name in self.models
                if connection.has_table("app", name)
            }

    def open_run(self) -> str:
        self.runs += 1
        run_id = f"run-{self.runs}"
        with self.database.connect() as connection:
            connection.execute("insert into ops.runs (run_id, state) values (?, 'running')", (run_id,))
        return run_id

    def execute(self, sql: str, *parameters: object) -> None:
        self.execute_all([sql], *parameters)

    def execute_all(self, statements: Iterable[str], *parameters: object) -> None:
        with self.database.connect() as connection:
            for sql in statements:
                connection.execute(sql, parameters)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.database.connect() as connection:
            return connection.rows(sql)

    def expect(self, relation: str, text: str) -> None:
        """The table holds exactly these rows, in the columns that are written down."""
        expected = [
            {
                column: key_of(value) if _is_key(column) and value and "-" not in value else value
                for column, value in row.items()
            }
            for row in table(text)
        ]
        with self.database.connect() as connection:
            found = stored(connection, relation, columns_of(expected))
        ordered = sorted(
            expected, key=lambda row: [(value is not None, value or "") for value in row.values()]
        )
        assert found == ordered

    def is_empty(self, relation: str) -> bool:
        return self.rows(f"select count(*) from {relation}") == [(0,)]


def _is_key(column: str) -> bool:
    return column in ("id", "district_id", "merged_into_id")


def insert_rows(connection: Connection, relation: str, rows: list[Row]) -> None:
    """All rows have the same columns."""
    if rows:
        names = ", ".join(map(quoted, rows[0]))
        marks = ", ".join(f"({', '.join('?' for _ in row)})" for row in rows)
        values = [value for row in rows for value in row.values()]
        connection.execute(f"insert into {relation} ({names}) values {marks}", values)


def counts(result: PublishResult, name: str) -> tuple[int, int, int, int]:
    """(inserted, updated, deleted, unchanged) of one table."""
    found = next(one for one in result.tables if one.table_name == name)
    return found.inserted, found.updated, found.deleted, found.unchanged
