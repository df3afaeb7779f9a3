"""What machines and schedulers are told: a document of one shape, and an exit code for the worst that is so."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from extract.database import Database
from sync.settings import ROOT
from sync.site.build import make_site
from sync.site.expected import Expected
from sync.site.numbers import read_numbers
from sync.status.document import StatusDocument, judge_again, make_document
from sync.status.status import LATE, Status, check, spell_check, spell_status
from tests.house.status_reference import PAGE, reference
from tests.pages import history
from tests.pages.history import MARKER, SOON


def document_of(database: Database, now: datetime, catalogue: tuple[str, ...] = ()) -> StatusDocument:
    expected = Expected(catalogue)
    with database.connect(read_only=True) as connection:
        return make_document(read_numbers(connection, expected, now), database.name, expected)


@pytest.mark.parametrize(
    ("fill", "after", "code"),
    [
        (history.good_history, timedelta(0), 0),
        (history.good_history, timedelta(days=2), LATE),
        (history.late_object_history, timedelta(days=2), LATE),
        (history.refused_history, timedelta(0), 30),
        (history.incomplete_history, timedelta(0), 60),
        (history.unproven_history, timedelta(0), 60),
        (history.never_loaded_history, timedelta(0), 20),
        (history.spent_budget_history, timedelta(0), 22),
    ],
)
def test_the_exit_code_of_a_check_tells_the_worst(
    fill: Callable[[Database], None], after: timedelta, code: int, duckdb_database: Database
) -> None:
    fill(duckdb_database)
    status = Status("x", None, document_of(duckdb_database, SOON + after))
    assert check(status) == code
    worst = spell_check(status).splitlines()[0]
    assert ("set aside" in worst) is (code == 0)


@pytest.mark.parametrize(
    ("command", "state", "code"),
    [
        ("extract", "unchanged", 30),
        ("validate", "unchanged", 30),
        ("verify", "unchanged", 30),
        ("erase", "unchanged", 30),  # a dry run
        ("rollback", "unchanged", 30),  # its end
        ("extract", "failed", 20),
        ("sync", "unchanged", 0),
        ("publish", "published", 0),
        ("replay", "published", 0),
        ("rollback", "published", 0),
        ("erase", "published", 0),
    ],
)
def test_after_a_refused_sync_only_what_can_put_it_right_is_good(
    command: str, state: str, code: int, duckdb_database: Database
) -> None:
    history.refused_history(duckdb_database)
    failed = {"exit_code": 20, "what": "It failed."} if state == "failed" else {}
    with duckdb_database.connect() as connection:
        history.add_run(connection, "20260303T064000Z-dddd", command=command, state=state, day=1.03, **failed)
    document = document_of(duckdb_database, SOON)
    assert check(Status("x", None, document)) == code
    (account,) = (each for each in document.objects if each.object == "Account")
    assert (account.state == "refused") is (code == 30)
    assert (document.answer("refused").verdict == "Yes") is (code == 30)


@pytest.mark.parametrize(
    ("bad", "good", "code"),
    [("extract", "extract", 30), ("extract", "validate", 20), ("reconcile", "sync", 0)],
)
def test_a_command_that_failed_is_put_right_by_itself_or_by_a_sync(
    bad: str, good: str, code: int, duckdb_database: Database
) -> None:
    history.refused_history(duckdb_database)
    with duckdb_database.connect() as connection:
        history.add_run(
            connection, "20260303T064000Z-dddd", command=bad, state="failed", exit_code=20, day=1.03, what="x"
        )
        history.add_run(connection, "20260303T065000Z-eeee", command=good, state="unchanged", day=1.04)
    assert check(Status("x", None, document_of(duckdb_database, SOON))) == code


@pytest.mark.parametrize(
    ("command", "exit_code", "stages", "code"),
    [
        ("rollback", 10, (), 0),  # an end where there is nothing to end
        ("refresh", 10, ("extract",), 0),  # a field that is none
        ("erase", 10, ("erase",), 0),  # an Id that is not held
        ("erase", 30, ("erase",), 0),  # a record that is in the org still
        ("erase", 41, ("erase",), 0),  # one that the application holds on to
        ("erase", 11, ("erase",), 11),  # it may have begun
        ("erase", 10, ("erase", "validate"), 10),
        ("erase", 30, ("erase", "validate"), 30),
        ("erase", 41, ("erase", "transform", "check", "publish"), 41),
        ("refresh", 20, ("extract",), 20),
        ("sync", 10, ("extract",), 10),  # another org
    ],
)
def test_what_was_turned_down_before_it_touched_anything_says_nothing_of_how_things_stand(
    command: str, exit_code: int, stages: tuple[str, ...], code: int, duckdb_database: Database
) -> None:
    history.good_history(duckdb_database)
    with duckdb_database.connect() as connection:
        history.add_run(
            connection,
            "20260303T064000Z-dddd",
            command=command,
            state="refused" if exit_code == 30 else "failed",
            exit_code=exit_code,
            stages=stages,
            day=1.03,
            what="x",
        )
    document = document_of(duckdb_database, SOON)
    assert check(Status("x", None, document)) == code
    assert (document.answer("refused").verdict == "Some") is (code == 0)


def test_an_object_that_is_not_in_the_catalogue_is_of_no_concern(duckdb_database: Database) -> None:
    """One was misspelt in a run, one was taken out after another."""
    history.good_history(duckdb_database)
    with duckdb_database.connect() as connection:
        wrong = {"state": "failed", "error": "Salesforce has no such object.", "next_step": "Spell it."}
        run = {"state": "failed", "exit_code": 20, "what": "Acount: no such object."}
        history.add_run(connection, "20260304T060000Z-cccc", day=2, objects={"Acount": wrong}, **run)
        history.add_run(connection, "20260306T060000Z-dddd", day=4, objects={"Account": {}})

    document = document_of(duckdb_database, SOON + timedelta(days=3), ("Account",))

    assert [(each.object, each.state) for each in document.objects] == [("Account", "fresh")]
    assert (check(Status("x", None, document)), document.answer("complete").verdict) == (0, "Yes")


def test_the_end_of_a_rollback_puts_right_what_it_held(duckdb_database: Database) -> None:
    history.good_history(duckdb_database)
    with duckdb_database.connect() as connection:
        history.add_run(connection, "20260303T064000Z-dddd", state="held", exit_code=42, day=1.03, what="x")
        history.add_run(connection, "20260303T065000Z-eeee", command="rollback", state="unchanged", day=1.04)
    assert check(Status("x", None, document_of(duckdb_database, SOON))) == 0


def test_a_target_that_nothing_was_ever_synced_into_is_late() -> None:
    assert check(Status("x", None, None)) == LATE


def test_the_document_is_the_same_from_both_databases_and_says_what_ops_says(database: Database) -> None:
    history.good_history(database)
    document = document_of(database, SOON)
    told = json.loads(document.model_dump_json())
    assert told["target"] == database.name
    assert [(each["object"], each["state"], each["in_org"]) for each in told["objects"]] == [
        ("Account", "fresh", 300),
        ("Contact", "fresh", 300),
    ]
    assert told["runs"][0]["landed"] == 304
    assert told["last_good_sync_at"] == "2026-03-03T06:00:42Z"
    assert (told["mood"], told["broken_rules"][0]["rows_failed"]) == ("warn", 1)
    assert (told["unresolved"][0]["references_open"], told["overrides"][0]["corrections"]) == (1, 1)
    assert MARKER not in document.model_dump_json()
    assert StatusDocument.model_validate_json(document.model_dump_json()) == document


def test_a_document_that_is_read_later_is_judged_by_then(duckdb_database: Database, tmp_path: Path) -> None:
    history.good_history(duckdb_database)
    make_site(duckdb_database, tmp_path, now=SOON)
    kept = StatusDocument.model_validate_json((tmp_path / "status.json").read_text())
    assert kept == document_of(duckdb_database, SOON)
    later = judge_again(kept, SOON + timedelta(days=3))
    assert {each.state for each in later.objects} == {"late"}
    assert later.answer("fresh").verdict == "No"
    assert later.mood == "bad"
    assert later == document_of(duckdb_database, SOON + timedelta(days=3)).model_copy(
        update={"read_at": SOON}
    )


def test_an_application_schema_that_went_back_is_told_also_later(duckdb_database: Database) -> None:
    history.good_history(duckdb_database)
    with duckdb_database.connect() as connection:
        history.put(
            connection,
            "ops.rollbacks",
            run_id="20260303T060000Z-bbbb",
            rolled_back_to="20260302T060000Z-aaaa",
            state="held",
            held_since=SOON,
        )
    document = document_of(duckdb_database, SOON)
    for judged in (document, judge_again(document, SOON + timedelta(days=3))):
        fresh = judged.answer("fresh")
        assert (fresh.mood, fresh.verdict) == ("warn", "Look")
        assert "as of run 20260302T060000Z-aaaa" in fresh.words
        assert "landfall rollback --end" in fresh.next_step
    assert check(Status("x", None, document)) == LATE
    assert "sync to 20260302T060000Z-aaaa" in spell_status(Status("x", None, document))


def test_the_terminal_says_the_same(duckdb_database: Database) -> None:
    history.refused_history(duckdb_database)
    text = spell_status(Status("x", None, document_of(duckdb_database, SOON)))
    assert "Was anything refused? Yes. Account: the rule id_is_there refuses the data. Look at" in text
    assert "Account  refused" in text


def test_the_reference_is_what_the_classes_say() -> None:
    assert (ROOT / PAGE).read_text(encoding="utf-8") == reference(), (
        f"Run: .venv/bin/python -m tests.house.status_reference > {PAGE}"
    )
