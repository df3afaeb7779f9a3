"""Which models a change of the org's fields concerns, by what dbt's manifest says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sync.drift import name_models, spell_change, spell_columns_read, warn_waiting


def model(name: str, code: str, *after: str, app: bool = False) -> dict[str, Any]:
    return {
        "name": name,
        "resource_type": "model",
        "raw_code": code,
        "depends_on": {"nodes": list(after)},
        "config": {"meta": {"app_table": True} if app else {}},
    }


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    staged = """
        {# title is only spoken of here #}
        select id, {{ field_or_null(fields, "Grade__c", "text") }} as grade, -- and phone too
        lastname from {{ source("salesforce", "contact") }}
    """
    nodes = {
        "model.p.stg_contacts": model("stg_contacts", staged, "source.p.contact"),
        "model.p.stg_accounts": model("stg_accounts", "select grade__c", "source.p.account"),
        "model.p.int_people": model("int_people", "select *", "model.p.stg_contacts"),
        "model.p.people": model("people", "select *", "model.p.int_people", app=True),
        "model.p.names": model("names", "select *", "model.p.stg_contacts", "model.p.people", app=True),
        "model.p.report": model("report", "select *", "model.p.names"),
        "test.p.people": {**model("t", "grade__c", "model.p.people"), "resource_type": "test"},
    }
    sources = {f"source.p.{name}": {"identifier": name} for name in ("contact", "account")}
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"nodes": nodes, "sources": sources}))
    return path


def change(field: str, what: str = "vanished", **more: Any) -> dict[str, Any]:
    return {
        "object": "Contact",
        "field": field,
        "change": what,
        "before": "string(80)",
        "after": None,
        "column": field.lower(),
        "hint": "",
        **more,
    }


def test_a_field_is_used_by_the_staging_model_that_names_it_and_by_what_is_made_of_that(
    manifest: Path,
) -> None:
    (found,) = name_models([change("Grade__c")], manifest)
    assert found["models"] == ["stg_contacts", "int_people", "names", "people", "report"]
    assert found["tables"] == ["names", "people"]
    assert spell_change(found) == (
        "Contact.Grade__c vanished (was string(80)); what was landed of it is kept;"
        " used by stg_contacts, which reaches names, people"
    )


@pytest.mark.parametrize("field", ["Title", "Phone", "LastNam"])
def test_a_comment_or_a_part_of_a_name_uses_nothing(manifest: Path, field: str) -> None:
    (found,) = name_models([change(field)], manifest)
    assert (found["models"], found["tables"]) == ([], [])
    assert "used by" not in spell_change(found)


def test_another_objects_field_of_the_same_name_is_another(manifest: Path) -> None:
    (found,) = name_models([change("Grade__c", object="Account")], manifest)
    assert found["models"] == ["stg_accounts"]
    assert spell_change(found).endswith("; used by stg_accounts")


@pytest.mark.parametrize("content", [None, "no JSON", '{"nodes": {}}'])
def test_without_a_manifest_a_change_is_told_all_the_same(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "manifest.json"
    if content is not None:
        path.write_text(content)
    (found,) = name_models([change("Grade__c", "added", before=None, after="string(80)")], path)
    assert (found["models"], found["tables"]) == (None, None)
    assert spell_change(found) == "Contact.Grade__c added (string(80))"


def test_what_changed_is_told_in_words(manifest: Path) -> None:
    retyped = change("Size__c", "retyped", after="double(18,0)", models=[], tables=[])
    assert spell_change(retyped) == "Contact.Size__c retyped from string(80) to double(18,0)"
    renamed = change("Size__c", hint="perhaps renamed to Extent__c", models=None, tables=None)
    assert spell_change(renamed).endswith("is kept; perhaps renamed to Extent__c")
    many = change("Size__c", "returned", after="x", models=["stg"], tables=[f"t{n}" for n in range(7)])
    assert spell_change(many).endswith("used by stg, which reaches t0, t1, t2, t3, t4 and 2 more")


def test_columns_that_were_read_alone_are_told_and_those_that_wait_are_warned_about() -> None:
    done = {
        "object": "Contact",
        "fields": ["Hours__c", "Grade__c"],
        "why": "formula",
        "state": "done",
        "rows_served": 1200,
        "expected": 1200,
        "versions_new": 3,
        "error": None,
    }
    assert spell_columns_read(done) == (
        "Contact: Hours__c, Grade__c (formula) of 1,200 records, 3 said something else"
    )
    waits = {**done, "state": "waits", "rows_served": 400, "error": {"what": "The day is over."}}
    assert spell_columns_read(waits).endswith("400 of 1,200 records; goes on in the next run")
    assert warn_waiting([done, waits]) == [
        "Contact: Hours__c, Grade__c waits to be read for all records: The day is over."
    ]
