"""The status page says what ops says: for a good run, a refused one, an object not read, counts that differ."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from extract.database import Database
from extract.errors import StorageError
from sync.ops_tables import create_ops_tables
from sync.site.build import make_site
from sync.site.spell import spell_seconds
from tests.pages.history import SOON, add_issue, add_proof, add_run, empty_ops, good_history


def words(page: Path) -> str:
    """The page's text, as one line."""
    text = re.sub(r"<(style|script)>.*?</\1>", " ", page.read_text(encoding="utf-8"), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def test_a_database_without_runs_gets_a_page_that_says_so(database: Database, tmp_path: Path) -> None:
    with database.connect() as connection:
        create_ops_tables(connection)
    text = words(make_site(database, tmp_path / "site"))
    assert "Nothing has been read yet." in text
    assert "There was no run yet." in text


def test_a_good_run_is_told_in_four_answers(database: Database, tmp_path: Path) -> None:
    good_history(database)
    text = words(make_site(database, tmp_path / "site", now=SOON))
    assert "Is it complete? Yes 600 records in the org, 600 here, in 2 objects." in text
    assert "Is it fresh? Yes The last good sync ended 2026-03-03 06:00 UTC." in text
    assert "Was anything refused? Some Not the run, but 1 record is set aside." in text
    assert "Is the API budget fine? Yes 1,200 of the org's 100,000 calls of 24 hours were used" in text


def test_an_object_a_table_and_a_rule_have_their_rows(database: Database, tmp_path: Path) -> None:
    good_history(database)
    text = words(make_site(database, tmp_path / "site", now=SOON))
    account = "Account REST, SystemModstamp · 1 changed field fresh read 2026-03-03 06:00 300 300 300 1 4"
    assert f"{account} 2026-03-03 06:00 0.4 s 750 3 0 none" in text
    assert "app.schools fresh 2 1 1 2 1 57 2026-03-03 06:00 0.2 s 305 – 1" in text
    assert "app.schools.district_id Account 1 1 2026-03-02 06:00" in text
    assert "app.schools.name 1 2026-03-02 06:00" in text
    assert "Account name_is_a_name A name is a name, not the text None or nan. quarantine 1 4" in text


def test_a_proof_and_a_reconcile_tell_when_they_were(database: Database, tmp_path: Path) -> None:
    good_history(database)
    add_proof(database, "")
    text = words(make_site(database, tmp_path / "site", now=SOON))
    assert "in 2 objects. 1 table is proven, counted 2026-03-03 06:00 UTC or later." in text
    assert "750 3 0 none 2026-03-02 06:00" in text  # Account
    assert "750 3 0 none never" in text  # Contact
    assert "0.2 s 305 2026-03-03 06:00 1" in text


def test_an_open_issue_has_its_age_its_trend_and_the_way_to_its_records(
    database: Database, tmp_path: Path
) -> None:
    good_history(database)
    assert 'id="issues"' not in make_site(database, tmp_path / "site", now=SOON).read_text()
    add_issue(database)
    page = make_site(database, tmp_path / "site", now=SOON)
    row = "Account came back 1 time A name is a name. name_is_a_name quarantine 5 2026-03-02 06:00 Name 001000000000000000"
    assert row in words(page)
    text = page.read_text()
    assert 'href="https://example.my.salesforce.com/001000000000000002" rel="noreferrer"' in text
    assert "001000000000000003" not in text  # the first three are enough
    assert "gone_rule" not in text
    assert 'aria-label="Records of Account that break name_is_a_name, oldest run first: 2, 5"' in text
    assert 'href="#issues"' in text


def test_the_charts_say_in_words_what_they_draw(database: Database, tmp_path: Path) -> None:
    good_history(database)
    page = make_site(database, tmp_path / "site", now=SOON).read_text()
    assert 'aria-label="Rows landed, the last 30 runs: newest 304, most 600"' in page
    assert "<title>2026-03-02 06:00 sync published: 600</title>" in page
    assert 'aria-label="New versions of Account, oldest run first: 300, 4"' in page


def test_a_formula_that_was_never_read_is_told_and_so_is_its_age(database: Database, tmp_path: Path) -> None:
    good_history(database)
    with database.connect() as connection:
        connection.execute("create schema raw")
        connection.execute(
            "create table raw._column_reads (object text, field text, why text, wanted_at timestamptz, read_at timestamptz)"
        )
        connection.execute(
            "create table raw._fields (object text, field text, calculated boolean, vanished_at timestamptz)"
        )
        for name, read_at in (("Account", "2026-03-01 06:00:00+00"), ("Contact", None)):
            connection.execute("insert into raw._fields values (?, 'F__c', true, null)", (name,))
            connection.execute(
                "insert into raw._column_reads values (?, 'F__c', 'formula', ?, ?)",
                (name, None if read_at else "2026-03-02 06:00:00+00", read_at),
            )
    text = words(make_site(database, tmp_path / "site", now=SOON))
    assert "750 3 0 2026-03-01 06:00" in text
    assert "750 3 0 not read yet" in text
    assert "Contact.F__c formula 2026-03-02 06:00" in text


def test_values_without_a_word_are_counted_again_only_after_a_publish(
    database: Database, tmp_path: Path
) -> None:
    good_history(database)
    with database.connect() as connection:
        connection.execute("create schema reporting")
        connection.execute(
            "create table reporting.unmapped_values (vocabulary text, raw_value text, row_count bigint)"
        )
        connection.execute("insert into reporting.unmapped_values values ('gender', 'x', 5)")
    assert "gender 1 5" in words(make_site(database, tmp_path / "site", now=SOON))
    with database.connect() as connection:
        connection.execute("insert into reporting.unmapped_values values ('gender', 'y', 2)")
    assert "gender 1 5" in words(make_site(database, tmp_path / "site", now=SOON))
    with database.connect() as connection:
        connection.execute(
            "insert into ops.run_tables select 'later', table_name, inserted, updated, deleted, unchanged, seconds "
            "from ops.run_tables"
        )
    assert "gender 2 7" in words(make_site(database, tmp_path / "site", now=SOON))


def test_an_object_that_was_not_read_and_a_refused_run_tell_the_next_step(
    database: Database, tmp_path: Path
) -> None:
    empty_ops(database)
    refused = {"state": "failed", "error": "You may not read it.", "next_step": "Give Read on Case."}
    with database.connect() as connection:
        add_run(
            connection,
            "20260304T060000Z-cccc",
            state="refused",
            exit_code=30,
            objects={"Case": refused, "Task": {"in_raw": 299, "difference": 1, "why": "no reason found"}},
            what="Two rules refuse the data.",
            next_step="Open Data Docs.",
        )
    text = words(make_site(database, tmp_path / "site"))
    assert "Is it complete? No Not read: Case." in text
    assert "Was anything refused? Yes Two rules refuse the data. Open Data Docs." in text
    assert "You may not read it. Give Read on Case." in text
    assert "1 of difference: no reason found" in text


def test_links_to_the_other_pages_are_there_when_the_pages_are(database: Database, tmp_path: Path) -> None:
    good_history(database)
    page = make_site(database, tmp_path / "site")
    assert "data-docs/index.html" not in page.read_text()
    for name in ("data-docs", "dbt-docs"):
        (page.parent / name).mkdir()
        (page.parent / name / "index.html").write_text("x")
    text = make_site(database, tmp_path / "site").read_text()
    assert 'href="data-docs/index.html"' in text
    assert 'href="dbt-docs/index.html"' in text


def test_a_folder_that_cannot_be_written_is_told(duckdb_database: Database, tmp_path: Path) -> None:
    good_history(duckdb_database)
    (tmp_path / "site").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="status page"):
        make_site(duckdb_database, tmp_path / "site")


@pytest.mark.parametrize(
    ("seconds", "spelled"),
    [(None, "–"), (0.04, "0.0 s"), (9.94, "9.9 s"), (42.4, "42 s"), (200, "3 min 20 s")],
)
def test_a_duration_is_spelled_for_people(seconds: float | None, spelled: str) -> None:
    assert spell_seconds(seconds) == spelled


def test_values_without_a_word_and_corrections_in_dispute_are_counted_and_not_shown(
    database: Database, tmp_path: Path
) -> None:
    empty_ops(database)
    with database.connect() as connection:
        connection.execute("create schema reporting")
        connection.execute(
            "create table reporting.unmapped_values (vocabulary text, raw_value text, row_count bigint)"
        )
        connection.execute(
            "insert into reporting.unmapped_values values ('gender', 'canary-1', 1200), ('gender', 'canary-2', 3)"
        )
        for key, kind in (("A", "differs"), ("B", "differs"), ("C", "invalid")):
            connection.execute(
                "insert into ops.conflicts (table_name, row_key, column_name, kind, reason, who, first_seen)"
                " values ('events', ?, 'cancellation_reason', ?, 'canary-3', 'canary-4', '2026-03-01 06:00:00+00')",
                (key, kind),
            )
    page = make_site(database, tmp_path / "site")
    text = words(page)
    assert "gender 2 1,203" in text
    assert "app.events.cancellation_reason applied; Salesforce says otherwise 2 2026-03-01 06:00" in text
    assert "app.events.cancellation_reason not applied: it does not fit 1" in text
    assert "canary" not in page.read_text()
