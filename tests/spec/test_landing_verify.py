"""Comparing every cell of a sample with the demo org, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from extract.database import Database
from extract.errors import BudgetReached, LoginRefused
from extract.landing.cell_comparison import choose_records, share_sample
from extract.landing.tables import complete_tables
from tests.demo_org.running import RunningOrg, start_demo_org
from tests.spec.org_target import Target


@pytest.fixture(scope="module")
def shared_org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOrg]:
    with start_demo_org(tmp_path_factory.mktemp("verify"), scale=30) as running:
        yield running


@pytest.fixture
def target(shared_org: RunningOrg, database: Database, tmp_path: Path) -> Iterator[Target]:
    yield Target(shared_org, database, tmp_path, "Session_Participant__c")
    shared_org.control("DELETE", "faults")
    shared_org.control("POST", "limits", {"maximum": 100_000, "used": 0})


def test_what_differs_is_named_by_field_and_record_and_what_is_explained_is_not(target: Target) -> None:
    target.land()
    whole = target.verify(sample=100_000)
    columns = target.rows("select count(*) from raw._fields where object = 'Session_Participant__c'")[0][0]
    held = target.rows("select count(distinct id) from raw.session_participant__c where isdeleted = 'false'")[
        0
    ][0]
    assert (whole.state, whole.compared, whole.in_flight) == ("unchanged", held, 0), whole
    assert whole.cells == held * (columns - 1)  # the Id is what they are found by
    assert (whole.wrong, whole.stale, whole.gone) == ((), (), ())

    # A formula that looks at a contact changes without a word; a record changes after the window; one goes.
    contact, silent = target.rows(
        "select contact__c, min(id) from raw.session_participant__c where isdeleted = 'false'"
        " group by contact__c having count(*) = 1 and contact__c is not null order by 1 limit 1"
    )[0]
    changed, wrong, gone = (
        row[0]
        for row in target.rows(
            f"select id from raw.session_participant__c where isdeleted = 'false' and id <> '{silent}'"
            " order by id limit 3"
        )
    )
    email = f"canary@{target.database.kind}.example"  # the org is one for both
    edit = {"op": "update", "object": "Contact", "id": contact, "record": {"Email": email}}
    target.org.control("POST", "records", edit)
    target.change("update", changed, Status__c="Canceled")
    target.hard_delete([gone])
    with target.database.connect() as connection:
        connection.execute(f"update raw.session_participant__c set status__c = 'canary' where id = '{wrong}'")

    found = target.verify(sample=100_000)
    assert (found.state, found.compared, found.in_flight) == ("differs", held - 2, 1), found
    assert [(each.field, each.count, each.record_ids) for each in found.wrong] == [("Status__c", 1, (wrong,))]
    assert [(each.field, each.count, each.record_ids) for each in found.stale] == [("Email__c", 1, (silent,))]
    assert found.gone == (gone,)
    assert "canary" not in repr(found) + repr(target.events)
    # Nothing was changed by looking, and a landing does not mend what was spoiled here; reading all again would.
    assert target.verify(sample=100_000).wrong == found.wrong


def test_the_same_seed_takes_the_same_records_and_another_others(target: Target) -> None:
    table = "session_participant__c"
    with target.database.connect() as connection:
        connection.execute("create schema raw")
        complete_tables(connection, {})
        connection.execute(
            f"create table raw.{table} as select cast(n as varchar) as id, 'v' || n as _version,"
            " case when n % 10 = 0 then 'true' else 'false' end as isdeleted, current_timestamp as _extracted_at"
            " from generate_series(1, 100) as numbers(n)"
        )
        first = choose_records(connection, table, 10, 7)
        assert choose_records(connection, table, 10, 7) == first
        assert choose_records(connection, table, 10, 8) != first
        assert len(choose_records(connection, table, 1000, 7)) == 90  # the deleted ones are not held as live
        assert first == ("78", "72", "8", "41", "67", "28", "82", "68", "18", "75")  # on both databases


def test_a_sample_is_shared_by_size_and_forgets_no_object() -> None:
    assert share_sample(100, {"Contact": 980, "Account": 20, "Pathway__c": 1, "Case": 0}) == {
        "Contact": 98,
        "Account": 2,
        "Pathway__c": 1,
        "Case": 0,
    }
    assert share_sample(100, {"Account": 3}) == {"Account": 3}
    assert share_sample(100, {}) == {}


@pytest.mark.parametrize("database", ["duckdb"], indirect=True)
def test_the_first_failures_are_told_and_change_nothing(target: Target) -> None:
    assert target.verify().state == "skipped"  # never landed
    target.land()
    with pytest.raises(LoginRefused):
        target.verify(login=target.login(client_secret="wrong"))
    cut = {
        "match": {"path": "query", "body": "FROM Session_Participant__c"},
        "fault": "truncated_page",
        "rows": 1,
        "times": 0,
    }
    target.org.control("POST", "faults", cut)
    assert target.verify().state == "failed"
    target.org.control("DELETE", "faults")
    target.org.control("POST", "limits", {"maximum": 1000, "used": 900})
    with pytest.raises(BudgetReached):
        target.verify()
