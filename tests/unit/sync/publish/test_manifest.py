"""Reads the contract out of a manifest, and names model and column of one that cannot be kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from extract.errors import PublishFailed
from sync.publish.contract import Owner, Table
from sync.publish.manifest import read_contract
from tests.spec.publishing import DISTRICTS, SCHOOLS, ColumnSpec, model


def read(folder: Path, *nodes: dict[str, Any]) -> tuple[Table, ...]:
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps({"nodes": {f"model.landfall.{node['name']}": node for node in nodes}}))
    return read_contract(manifest)


def refusal(folder: Path, *nodes: dict[str, Any]) -> PublishFailed:
    with pytest.raises(PublishFailed) as caught:
        read(folder, *nodes)
    assert "Nothing was published" in caught.value.next_step
    return caught.value


def districts(**columns: ColumnSpec) -> dict[str, Any]:
    return model("districts", {**DISTRICTS, **columns})


def test_parents_come_before_children(tmp_path: Path) -> None:
    tables = read(tmp_path, model("schools", SCHOOLS), model("districts", DISTRICTS))
    assert [table.name for table in tables] == ["districts", "schools"]


def test_tables_in_a_circle_have_an_order_too(tmp_path: Path) -> None:
    looped = districts(school_id=("uuid", {"owner": "salesforce", "references": "schools"}))
    assert {table.name for table in read(tmp_path, looped, model("schools", SCHOOLS))} == {
        "districts",
        "schools",
    }


def test_a_column_carries_what_its_yaml_says(tmp_path: Path) -> None:
    schools = read(tmp_path, model("schools", SCHOOLS, not_null=["name"]), model("districts", DISTRICTS))[1]
    columns = {column.name: column for column in schools.columns}
    assert columns["level"].owner is Owner.SALESFORCE_IF_NOT_NULL
    assert columns["nickname"].owner is Owner.APP
    assert (columns["name"].not_null, columns["level"].not_null) == (True, False)
    key = columns["district_id"]
    assert (key.references, key.source_id, key.missing_object) == (
        "districts",
        "salesforce_district_id",
        "Account",
    )
    assert "nickname" not in [column.name for column in schools.synced]


def test_meta_is_read_where_older_projects_keep_it_too(tmp_path: Path) -> None:
    node = districts(code=("text", {}))
    node["columns"]["code"]["meta"] = {"owner": "app"}
    assert read(tmp_path, node)[0].columns[-1].owner is Owner.APP


def test_models_that_are_no_application_tables_are_left_out(tmp_path: Path) -> None:
    staging = model("stg_x", {}) | {"config": {"meta": {}}}
    elsewhere = model("int_x", DISTRICTS) | {"original_file_path": "models/intermediate/int_x.sql"}
    seed = model("levels", DISTRICTS) | {"resource_type": "seed"}
    assert [table.name for table in read(tmp_path, staging, elsewhere, seed, districts())] == ["districts"]


def test_an_alias_is_the_name_of_the_build_table(tmp_path: Path) -> None:
    (table,) = read(tmp_path, districts() | {"alias": "districts_v2"})
    assert (table.app, table.build) == ('"app"."districts"', '"build"."districts_v2"')


def test_constraints_may_stand_at_the_model_or_at_the_column(tmp_path: Path) -> None:
    node = model("districts", {**DISTRICTS, "code": ("text", {"owner": "salesforce"})}, unique=["id", "code"])
    node["constraints"] = [
        {"type": "primary_key", "columns": ["id"]},
        {"type": "not_null", "columns": ["name"]},
        {"type": "unique", "columns": ["name", "code"]},
    ]
    (table,) = read(tmp_path, node)
    assert table.unique == (("name", "code"), ("code",))
    assert [column.name for column in table.columns if column.not_null] == ["name"]


@pytest.mark.parametrize(
    ("column", "says"),
    [
        (("text", {"owner": "marketing"}), "unknown owner 'marketing'"),
        (("text", {}), "has no owner"),
        (("money", {"owner": "salesforce"}), "data_type 'money'"),
        (("numeric", {"owner": "salesforce"}), "data_type 'numeric'"),
        ((None, {"owner": "salesforce"}), "has no data_type"),
        (
            ("uuid", {"owner": "salesforce", "references": "castles"}),
            "'castles', which is no application table",
        ),
        (("text", {"owner": "salesforce", "references": "districts"}), "references a table but is text"),
        (("uuid", {"owner": "salesforce", "references": "districts", "source_id": "x"}), "the source_id 'x'"),
        (("text", {"owner": "salesforce", "source_id": "name"}), "source_id but no references"),
    ],
)
def test_a_column_that_cannot_be_kept_is_named(tmp_path: Path, column: Any, says: str) -> None:
    error = refusal(tmp_path, districts(odd=column))
    assert says in error.what
    assert "model districts, column odd" in error.where


@pytest.mark.parametrize("missing", ["id", "salesforce_id", "deleted_at"])
def test_a_table_without_its_bookkeeping_is_refused(tmp_path: Path, missing: str) -> None:
    node = model("districts", {name: spec for name, spec in DISTRICTS.items() if name != missing})
    assert f"column {missing} is missing" in refusal(tmp_path, node).what


@pytest.mark.parametrize(
    ("name", "column", "says"),
    [
        ("id", ("text", {"owner": "salesforce"}), "id is text"),
        ("deleted_at", ("timestamptz", {"owner": "app"}), "deleted_at has the owner app"),
        ("updated_at", ("timestamptz", {"owner": "salesforce"}), "updated_at is kept by publish itself"),
    ],
)
def test_bookkeeping_that_is_bent_is_refused(tmp_path: Path, name: str, column: Any, says: str) -> None:
    assert says in refusal(tmp_path, districts(**{name: column})).what


def test_another_column_may_be_the_row_key(tmp_path: Path) -> None:
    columns = {"source_key" if name == "salesforce_id" else name: spec for name, spec in DISTRICTS.items()}
    (table,) = read(tmp_path, model("emails", columns, unique=["source_key"], meta={"row_key": "source_key"}))
    assert (table.row_key, table.unique) == ("source_key", ())
    assert [column.name for column in table.synced] == ["deleted_at", "name"]


def test_a_row_key_that_the_model_does_not_have_is_refused(tmp_path: Path) -> None:
    node = model("emails", DISTRICTS, meta={"row_key": "source_key"})
    assert "column source_key is missing" in refusal(tmp_path, node).what


def test_a_row_key_that_is_no_text_is_refused(tmp_path: Path) -> None:
    numbered = {**DISTRICTS, "number": ("integer", {"owner": "salesforce"})}
    assert (
        "column number is integer" in refusal(tmp_path, model("x", numbered, meta={"row_key": "number"})).what
    )


def test_a_constraint_on_a_column_that_is_not_described_is_refused(tmp_path: Path) -> None:
    node = districts() | {"constraints": [{"type": "unique", "columns": ["ghost"]}]}
    assert "column ghost" in refusal(tmp_path, node).what


@pytest.mark.parametrize("text", ["", "{", "[]", "{}"])
def test_a_manifest_that_is_none_says_how_to_make_one(tmp_path: Path, text: str) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(text)
    with pytest.raises(PublishFailed, match="cannot be read") as caught:
        read_contract(manifest)
    assert "landfall transform" in caught.value.next_step


def test_a_manifest_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(PublishFailed, match="FileNotFoundError"):
        read_contract(tmp_path / "none.json")


def test_a_project_without_application_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PublishFailed, match="no application table") as caught:
        read(tmp_path)
    assert "app_table: true" in caught.value.next_step


@pytest.mark.parametrize("raw", ["salesforce_level", "name"])
def test_a_word_is_kept_beside_a_raw_text_of_the_same_owner(tmp_path: Path, raw: str) -> None:
    level: ColumnSpec = ("text", {"owner": "salesforce_if_not_null", "raw_value": raw})
    error = refusal(tmp_path, districts(level=level))
    assert f"column level names the raw_value '{raw}'" in error.what
