"""A person planted in every field of every object is on no page, in no file of the site, in no log and in no message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from extract.catalogue import load_catalogue
from extract.database import Database
from tests.demo_org.calls import Caller
from tests.demo_org.running import RunningOrg, start_demo_org
from tests.sync.whole_runs import Sync
from tests.sync.worlds import TALKATIVE, WELL

MARKER = "Quarkspitz"  # as a name, as an address, as a number's label: always this word
TEXTS = ("string", "textarea", "picklist", "multipicklist", "combobox", "encryptedstring")
KEPT = {"Id"}
SHAPED = {
    "email": f"zerlinde@{MARKER}.example",
    "phone": f"555 {MARKER}",
    "url": f"https://{MARKER}.example",
}


@pytest.mark.slow
@pytest.mark.fault("F85", "A marked person in every text field of every object, through two whole runs")
def test_a_person_in_every_field_is_on_no_page_and_in_no_log(tmp_path: Path) -> None:
    database = Database(f"duckdb:///{tmp_path}/data/landfall.duckdb")
    with start_demo_org(tmp_path / "org", scale=20) as org:
        planted = _plant(org)
        assert len(planted) > 100
        sync = Sync(org, database, tmp_path / "data")
        first = sync.run(LANDFALL_QUARANTINE_LIMIT="1", **TALKATIVE)
        assert first.code in WELL, first.messages
        org.control("POST", "/scenario", {"name": "second_day"})
        second = sync.run(LANDFALL_QUARANTINE_LIMIT="1")
        assert second.code in WELL, second.messages
        told = [each.messages + json.dumps(each.outcome) for each in (first, second, sync.run("status"))]

    held = {
        (name, field)
        for name, field in planted
        if sync.value(
            f'select count(*) from raw."{name.lower()}" where "{field.lower()}" ilike \'%{MARKER}%\''
        )
    }
    assert held == planted  # it came all the way, so it could have come further
    assert [text for text in told if MARKER.lower() in text.lower()] == []
    kept = {tmp_path / "data" / name for name in ("site", "logs", "runs", "quality", "dlt", "dbt")}
    files = [file for folder in kept for file in folder.rglob("*") if file.is_file()]
    assert len(files) > 60
    assert [str(file) for file in files if MARKER.lower().encode() in file.read_bytes().lower()] == []


def _plant(org: RunningOrg) -> set[tuple[str, str]]:
    """One record of each object with the marker in every text of it that lands; the fields."""
    changes, fields = [], set()
    with Caller(org) as caller:
        for entry in load_catalogue():
            record: dict[str, Any] = {}
            for field in caller.get(f"/sobjects/{entry.sobject}/describe").json()["fields"]:
                name, kind = field["name"], field["type"]
                text = SHAPED.get(kind) or (f"{MARKER} {name}" if kind in TEXTS else None)
                if text is not None and not field["calculated"] and name not in KEPT:
                    record[name] = text
                    fields.add((entry.sobject, name))
            change = {"op": "plant", "object": entry.sobject, "record": record}
            if entry.sobject == "Organization":  # there is one
                change |= {"op": "silent", "id": org.organization_id}
            changes.append(change)
    org.control("POST", "/records", {"changes": changes})
    return fields
