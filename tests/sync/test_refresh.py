"""`landfall refresh`: what a formula says now, when it is asked for by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.database import Database
from tests.demo_org.running import start_demo_org
from tests.sync.whole_runs import Sync


@pytest.mark.parametrize(
    "database",
    [pytest.param("duckdb", marks=pytest.mark.share), pytest.param("postgres", marks=pytest.mark.slow)],
    indirect=True,
)
def test_a_formula_is_read_again_for_all_records_by_hand(database: Database, tmp_path: Path) -> None:
    with start_demo_org(tmp_path / "org", scale=60) as org:
        sync = Sync(org, database, tmp_path / "data")
        assert sync.run("extract", "--only", "Contact").code == 0
        contact = sync.value("select id from raw.contact where isdeleted = 'false' limit 1")
        silent = {"op": "silent", "object": "Contact", "id": contact, "record": {"Total_Hours__c": 77.5}}
        org.control("POST", "records", silent)
        org.settle()
        refreshed = sync.run("refresh", "contact", "--fields", "total_hours__c")
        assert (refreshed.code, refreshed.outcome["state"]) == (0, "unchanged"), refreshed.messages
        (read,) = refreshed.outcome["columns_read"]
        assert (read["fields"], read["state"], read["versions_new"]) == (["Total_Hours__c"], "done", 1)
        assert read["why"] == "asked for"
        newest = f"select total_hours__c from raw.contact where id = '{contact}' order by _extracted_at desc limit 1"
        assert sync.value(newest) == "77.5"
        recorded = "select fields || ' ' || versions_new from ops.column_reads"
        assert sync.value(recorded) == "Total_Hours__c 1"  # how many records said something stale
        columns = sync.run("status").outcome["columns"]
        hours = {each["field"]: each for each in columns}["Total_Hours__c"]
        assert hours["why"] == "formula"
        assert columns[-1]["field"] == "Total_Hours__c"  # the youngest comes last
        assert sync.run("refresh", "Contact", "--fields", "Nope__c").code == 10
        assert sync.run("refresh", "Nothing").code == 10
