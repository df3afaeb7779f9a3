"""What is set aside passes when its rule changes or when somebody lets it; the same on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from extract.database import Database
from extract.errors import DatabaseUnavailable, LockHeld, SettingsError
from sync.cli import answer
from sync.fingerprint import hash_overrides, read_releases
from sync.lock import hold_lock
from sync.quality.issues import read_issues
from sync.quality.quarantine import list_held, release_version, show_record
from sync.settings import Settings
from tests.spec.judged import JudgedLanding

ID = "a0T000000000001EAA"
LATE, LATER = "2026-02-03 11:00:00+00", "2026-02-04 11:00:00+00"
# What the other tests ask of both databases is asked of one here: time is short.
ON_POSTGRES = pytest.mark.parametrize("database", ["postgres"], indirect=True)


class HeldLanding(JudgedLanding):
    """One record whose kind no rule knows: set aside by run-1."""

    def __init__(self, database: Database, folder: Path) -> None:
        super().__init__(database, folder, limit=1.0)
        self.land("l1", {"id": ID, "_version": "v1", "kind": "three"}, {"id": "t2", "_version": "v1"})
        self.judge("run-1", "l1")

    @property
    def settings(self) -> Settings:
        given = {"DATABASE_URL": self.database.url, "LANDFALL_DATA_DIR": str(self.folder / "data")}
        return Settings.model_validate(given)

    def release(self, **options: Any) -> list[str]:
        given = {"why": "It is a third kind.", "who": "Example Analyst", **options}
        return [each.rule for each in release_version(self.settings, ID, **given)]

    def show(self) -> dict[str, Any]:
        with self.database.connect() as connection:
            return show_record(connection, ID)

    def open_issues(self) -> set[str]:
        with self.database.connect() as connection:
            return {each["rule"] for each in read_issues(connection)}

    def asks_for(self) -> str:
        """What makes a sync see that staff released something."""
        with self.database.connect() as connection:
            return hash_overrides(read_releases(connection))


@pytest.fixture
def held(database: Database, tmp_path: Path) -> HeldLanding:
    return HeldLanding(database, tmp_path)


def test_a_replay_lets_go_what_the_changed_rule_allows(held: HeldLanding) -> None:
    held.edit("[one, two]", "[one, two, three]")

    held.judge("run-2", replay=True)

    assert held.quarantine() == {(ID, "v1", "kind_is_known"): "passed"}
    assert held.open_issues() == set()


@ON_POSTGRES
def test_a_replay_keeps_what_still_breaks_a_rule_since_when_it_did(held: HeldLanding) -> None:
    before = held.rows("select run_id, first_seen, last_seen from quality.quarantine")[0]

    held.judge("run-2", replay=True)

    after = held.rows("select run_id, first_seen, last_seen from quality.quarantine")[0]
    assert (after[:2], after[2] > before[2]) == (before[:2], True)
    assert held.rows("select rows_checked from quality.results where run_id = 'run-2'")[0] == (1,)


@ON_POSTGRES
def test_a_replay_judges_what_waits_too(held: HeldLanding) -> None:
    held.land("l2", {"id": "t3", "_version": "v1", "name": None})

    held.judge("run-2", "l2", replay=True)

    assert held.quarantine() == {(ID, "v1", "kind_is_known"): None, ("t3", "v1", "name_is_there"): None}


@ON_POSTGRES
def test_a_rule_that_is_now_a_warning_lets_go(held: HeldLanding) -> None:
    held.edit(
        "severity: quarantine\n    meta: {rule: kind_is_known",
        "severity: warn\n    meta: {rule: kind_is_known",
    )

    held.judge("run-2", replay=True)

    assert held.quarantine() == {(ID, "v1", "kind_is_known"): "passed"}
    assert held.open_issues() == {"kind_is_known"}


def test_a_released_version_passes_in_every_later_run_and_its_reason_is_kept(held: HeldLanding) -> None:
    nothing = held.asks_for()

    assert held.release() == ["kind_is_known"]

    assert held.quarantine() == {(ID, "v1", "kind_is_known"): "released"}
    assert (held.open_issues(), held.asks_for() == nothing) == (set(), False)
    held.judge("run-2", "l1")  # as a sync does when the rules have changed
    assert held.quarantine() == {(ID, "v1", "kind_is_known"): "released"}
    assert held.open_issues() == set()
    (kept,) = held.show()["released"]
    assert (kept["who"], kept["why"], kept["undone_at"]) == ("Example Analyst", "It is a third kind.", None)


@ON_POSTGRES
def test_the_next_version_of_a_released_record_is_judged_anew(held: HeldLanding) -> None:
    held.release()
    held.land("l2", {"id": ID, "_version": "v2", "kind": "four", "systemmodstamp": LATE})

    held.judge("run-2", "l2")

    assert held.quarantine()[ID, "v2", "kind_is_known"] is None
    assert held.open_issues() == {"kind_is_known"}


def test_a_version_that_another_rule_holds_too_stays_aside_until_that_lets_go(held: HeldLanding) -> None:
    held.land("l2", {"id": ID, "_version": "v2", "kind": "four", "name": None, "systemmodstamp": LATE})
    held.judge("run-2", "l2")

    assert held.release(rule="kind_is_known") == ["kind_is_known"]

    assert held.quarantine() == {
        (ID, "v1", "kind_is_known"): None,
        (ID, "v2", "kind_is_known"): "released",
        (ID, "v2", "name_is_there"): None,
    }
    assert held.release(rule=None) == ["name_is_there"]  # of the newest version that is set aside
    assert held.quarantine()[ID, "v1", "kind_is_known"] == "superseded"


@ON_POSTGRES
def test_an_older_version_alone_can_be_released(held: HeldLanding) -> None:
    held.land("l2", {"id": ID, "_version": "v2", "kind": "four", "systemmodstamp": LATE})
    held.judge("run-2", "l2")

    assert held.release(version="v1") == ["kind_is_known"]

    assert held.quarantine() == {(ID, "v1", "kind_is_known"): "released", (ID, "v2", "kind_is_known"): None}
    assert (held.show()["in_use"], held.open_issues()) == ("v1", {"kind_is_known"})


def test_with_the_newest_version_released_nothing_of_the_record_is_set_aside(held: HeldLanding) -> None:
    held.land("l2", {"id": ID, "_version": "v2", "kind": "one", "name": None, "systemmodstamp": LATE})
    held.judge("run-2", "l2")

    held.release()
    held.judge("run-3", replay=True)

    assert held.quarantine() == {
        (ID, "v1", "kind_is_known"): "superseded",
        (ID, "v2", "name_is_there"): "released",
    }
    assert (held.open_issues(), held.show()["in_use"], held.show()["held"]) == (set(), "v2", [])


def test_a_release_taken_back_sets_the_older_versions_aside_too(held: HeldLanding) -> None:
    held.land("l2", {"id": ID, "_version": "v2", "kind": "four", "systemmodstamp": LATE})
    held.judge("run-2", "l2")
    held.release()

    held.release(undo=True)

    assert held.quarantine() == {(ID, "v1", "kind_is_known"): None, (ID, "v2", "kind_is_known"): None}
    assert (held.open_issues(), held.show()["in_use"]) == ({"kind_is_known"}, None)


def test_a_release_that_is_taken_back_sets_the_version_aside_again(held: HeldLanding) -> None:
    nothing = held.asks_for()
    held.release()

    assert held.release(undo=True, why="It was not.") == ["kind_is_known"]

    assert held.quarantine() == {(ID, "v1", "kind_is_known"): None}
    assert (held.open_issues(), held.asks_for()) == ({"kind_is_known"}, nothing)
    (kept,) = held.show()["released"]
    assert (kept["why"], kept["undone_by"], kept["undone_why"]) == (
        "It is a third kind.",
        "Example Analyst",
        "It was not.",
    )
    held.release()  # and once more: each decision is kept
    assert len(held.show()["released"]) == 2


def test_taking_back_a_release_after_a_good_version_came_holds_nothing(held: HeldLanding) -> None:
    held.release()
    held.land("l2", {"id": ID, "_version": "v2", "systemmodstamp": LATE})
    held.judge("run-2", "l2")

    held.release(undo=True)

    assert held.quarantine() == {(ID, "v1", "kind_is_known"): "superseded"}
    assert held.open_issues() == set()


def test_what_is_set_aside_is_listed_by_rule_and_shown_with_where_to_repair_it(held: HeldLanding) -> None:
    with held.database.connect() as connection:
        (listed,) = list_held(connection)
        # the suites of the checkout know nothing of Thing__c
        assert (listed["object"], listed["rule"], listed["records"], listed["age_days"]) == (
            "Thing__c",
            "kind_is_known",
            1,
            0.0,
        )
    shown = held.show()
    assert (shown["object"], shown["url"], shown["in_use"]) == ("Thing__c", None, None)
    (by,) = shown["held"]
    assert (by["version"], by["rule"], by["run_id"]) == ("v1", "kind_is_known", "run-1")


@ON_POSTGRES
def test_the_version_before_it_is_what_the_application_keeps(held: HeldLanding) -> None:
    held.land("l2", {"id": "t2", "_version": "v2", "kind": "four", "systemmodstamp": LATE})
    held.judge("run-2", "l2")

    with held.database.connect() as connection:
        assert show_record(connection, "t2")["in_use"] == "v1"


@ON_POSTGRES
def test_there_is_nothing_to_release_of_a_record_that_is_not_set_aside(held: HeldLanding) -> None:
    with pytest.raises(SettingsError, match="Nothing is set aside of a0T000000000009AAA"):
        release_version(held.settings, "a0T000000000009AAA", why="It is good.")
    with pytest.raises(SettingsError, match=f"No release of {ID} is left to take back") as caught:
        held.release(undo=True)
    assert (caught.value.where, "quarantine show" in caught.value.next_step) == ("quality.releases", True)
    with pytest.raises(SettingsError, match=r"No such version .* by the rule name_is_there"):
        held.release(rule="name_is_there")
    with pytest.raises(SettingsError, match="A release has no reason"):
        held.release(why=" ")


def test_nothing_is_released_while_a_run_is_at_work(held: HeldLanding) -> None:
    with hold_lock(held.database, held.folder / "data", "run-2"), pytest.raises(LockHeld):
        held.release()

    assert held.quarantine() == {(ID, "v1", "kind_is_known"): None}


def test_without_a_database_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    nowhere = Settings.model_validate({"DATABASE_URL": f"duckdb:///{tmp_path}/none.duckdb"})

    with pytest.raises(DatabaseUnavailable, match="There is no database yet"):
        release_version(nowhere, ID, why="It is good.")
    assert not (tmp_path / "none.duckdb").exists()


@pytest.mark.parametrize("database", ["duckdb"], indirect=True)
def test_the_commands_say_all_that_in_words_and_no_value(
    held: HeldLanding, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {
        "DATABASE_URL": held.database.url,
        "LANDFALL_DATA_DIR": str(held.folder / "data"),
        "LANDFALL_ENV_FILE": "",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    def says(*command: str, code: int = 0) -> str:
        assert answer(command) == code
        printed = capsys.readouterr()
        assert "three" not in printed.out + printed.err  # the value that breaks the rule
        return printed.out + printed.err

    assert "Thing__c kind_is_known        1" in says("quarantine", "list")
    shown = says("quarantine", "show", ID[:15])
    assert f"Thing__c {ID}" in shown
    assert "kind_is_known (quarantine;" in shown
    assert "version v1, since" in shown
    assert "no version of it ever passed" in shown
    listed = says("issues")
    assert "1 open issue." in listed
    assert ID in listed
    assert "Thing__c.kind       1        1" in says("issues", "--by-field")
    assert "The next `landfall sync` publishes it; `landfall replay` does at once" in says(
        "quarantine", "release", ID[:15], "--why", "A third kind.", "--who", "Example Analyst"
    )
    assert "by Example Analyst: A third kind." in says("quarantine", "show", ID)
    assert says("quarantine", "list") == "Nothing is set aside.\n"
    assert says("issues") == "No issue is open.\n"
    assert "closed: released" in says("issues", "--closed")
    undone = says("quarantine", "release", ID, "--undo", "--why", "No.")
    assert "is set aside again by kind_is_known" in undone
    assert "takes it out of the application again" in undone
    assert "publishes it" not in undone
    assert "taken back by" in says("quarantine", "show", ID)
    assert "Nothing is set aside of nobody" in says("quarantine", "show", "nobody", code=10)
    assert "--why" in says("quarantine", "release", ID, code=2)
    assert "Suites: account, affiliation" in says("validate", "--suite", "thing", code=10)
    assert "Nothing of Account has landed yet" in says("validate", "--suite", "account", code=10)
