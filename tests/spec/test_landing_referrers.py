"""What refers to records that were merged, deleted or taken back follows them into raw, though no stamp moves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from extract.database import Database
from extract.errors import BudgetReached
from extract.landing import LandingOptions, LandingResult, land_objects, referrers
from tests.demo_org.running import RunningOrg, start_demo_org
from tests.spec.org_target import NEWEST
from tests.spec.org_target import Target as OneObject

CHILD = "Session_Participant__c"
OBJECTS = ("Contact", CHILD)


class Target(OneObject):
    """Lands contacts and their participations; a landing may be cut short at a point."""

    def landed(self, *, stop_at: str = "", **options: Any) -> LandingResult:
        self.runs += 1
        self.org.control("POST", "clock", {"advance_seconds": 1200})

        def report(event: str, **fields: Any) -> None:
            if event == "point" and fields["name"] == stop_at:
                raise InterruptedError

        given = {"only": OBJECTS, **options}
        return land_objects(
            LandingOptions(self.login(), self.database, self.folder / "data", f"run-{self.runs}", **given),
            report,
        )

    def merge(self, winner: str, loser: str) -> None:
        body = {"op": "merge", "object": "Contact", "id": winner, "losers": [loser]}
        self.org.control("POST", "records", body)

    def one(self, op: str, name: str, record_id: str, **record: Any) -> str:
        body = {"op": op, "object": name, "id": record_id, "record": record}
        return str(self.org.control("POST", "records", body)["ids"][0])

    def person(self) -> tuple[str, list[str]]:
        """A new contact and the participations of it: one of each kind of child is enough."""
        [(session,)] = self.rows(
            "select min(session__c) from raw.session_participant__c where isdeleted = 'false'"
        )
        contact = self.one("insert", "Contact", "", LastName="Beispiel")
        children = [
            self.one("insert", CHILD, "", Session__c=session, Contact__c=contact, Status__c="Attended")
            for _ in range(2)
        ]
        return contact, children

    def named(self, child: str) -> Any:
        """Which contact the newest version of a participation names."""
        return self.rows(NEWEST.format(table=CHILD.lower(), column="contact__c", id=child))[0][1]

    def is_as_in_the_org(self) -> None:
        for name in OBJECTS:
            self.name = name
            found = self.verify(sample=10_000)
            assert (found.state, found.wrong, found.gone, found.stale) == ("unchanged", (), (), ()), found
            assert found.compared > 0
            assert found.in_flight == 0
        assert self.rows("select * from raw._turned") == []


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOrg]:
    with start_demo_org(tmp_path_factory.mktemp("referrers") / "org", scale=20) as running:
        yield running


@pytest.fixture
def target(org: RunningOrg, database: Database, tmp_path: Path) -> Iterator[Target]:
    made = Target(org, database, tmp_path)
    made.landed()
    yield made
    org.control("DELETE", "faults")
    org.control("POST", "limits", {"maximum": 100_000, "used": 0})


@pytest.fixture
def on_duckdb(org: RunningOrg, duckdb_database: Database, tmp_path: Path) -> Iterator[Target]:
    """For what does not depend on the database."""
    made = Target(org, duckdb_database, tmp_path)
    made.landed()
    yield made
    org.control("DELETE", "faults")
    org.control("POST", "limits", {"maximum": 100_000, "used": 0})


@pytest.mark.fault(
    "F69", "Contacts are merged, and a winner is a loser of the next merge", ends_well="same run"
)
def test_children_of_merged_records_follow_them_though_their_stamps_do_not_move(target: Target) -> None:
    people = [target.person() for _ in range(3)]
    (first, of_first), (second, of_second), (third, _) = people
    target.landed()
    assert target.rows("select * from raw._turned") == []  # a first landing has read everything itself
    target.merge(second, first)
    target.merge(third, second)  # before anybody looked

    merged = target.landed()

    assert [(each.object, each.records, each.versions_new) for each in merged.followed] == [(CHILD, 4, 4)]
    assert {target.named(child) for child in (*of_first, *of_second)} == {third}
    counted = {each.object: (each.versions_new, each.in_org == each.in_raw) for each in merged.objects}
    assert counted == {"Contact": (3, True), CHILD: (4, True)}
    target.is_as_in_the_org()

    quiet = target.landed()
    assert (quiet.followed, [each.versions_new for each in quiet.objects]) == ((), [0, 0])

    # emptied by a delete and filled by an undelete, without a stamp: Salesforce says nothing about either
    target.one("delete", "Contact", third)
    target.one("silent", CHILD, of_first[0], Contact__c=None)
    assert [each.versions_new for each in target.landed().followed] == [1]
    assert target.named(of_first[0]) is None
    target.one("undelete", "Contact", third)
    target.one("silent", CHILD, of_first[0], Contact__c=third)
    assert {each.object: each.versions_new for each in target.landed().followed}[CHILD] == 1
    assert target.named(of_first[0]) == third
    target.is_as_in_the_org()


@pytest.mark.fault("F69", "Contacts are merged, and land for the first time afterwards", ends_well="same run")
def test_children_that_were_read_before_their_parent_follow_its_merges(
    org: RunningOrg, database: Database, tmp_path: Path
) -> None:
    seed = Target(org, Database(f"duckdb:///{tmp_path}/seed/landfall.duckdb"), tmp_path / "seed")
    seed.landed()
    (loser, children), (winner, _) = seed.person(), seed.person()
    target = Target(org, database, tmp_path)
    target.landed(only=(CHILD,))  # the parent fails, or is new in the catalogue
    target.merge(winner, loser)
    target.landed(only=(CHILD,))
    org.control("POST", "clock", {"advance_seconds": 86_400})
    target.landed(only=(CHILD,))  # the children's windows have long passed the merge

    assert [each.object for each in target.landed().followed] == [CHILD]
    assert {target.named(child) for child in children} == {winner}
    target.is_as_in_the_org()


def test_a_crash_or_a_refusal_before_the_children_are_read_is_made_good_by_the_next_landing(
    on_duckdb: Target,
) -> None:
    target = on_duckdb
    (loser, children), (winner, _) = target.person(), target.person()
    target.landed()
    target.merge(winner, loser)
    with pytest.raises(InterruptedError):
        target.landed(stop_at="compose.before_commit")
    assert target.named(children[0]) == loser
    by_id = {"match": {"body": f"FROM {CHILD} WHERE Id IN"}, "fault": "status", "status": 400, "times": 0}
    target.org.control("POST", "faults", {**by_id, "code": "MALFORMED_QUERY"})
    refused = target.landed()
    assert [(each.records, each.versions_new, bool(each.error)) for each in refused.followed] == [
        (2, 0, True)
    ]
    target.org.control("DELETE", "faults")

    target.landed(only=("Contact",))
    assert {target.named(child) for child in children} == {winner}  # whatever objects were asked for
    target.is_as_in_the_org()


@pytest.mark.fault("F69", "One of two objects cannot be followed", ends_well="next run")
def test_an_object_that_cannot_be_followed_costs_the_others_nothing(target: Target) -> None:
    link, names = "npe5__Affiliation__c", (*OBJECTS, "npe5__Affiliation__c")
    (loser, children), (winner, _) = target.person(), target.person()
    linked = target.one("insert", link, "", npe5__Contact__c=loser)
    target.landed(only=names)
    target.merge(winner, loser)
    by_id = {"match": {"body": f"FROM {link} WHERE Id IN"}, "fault": "status", "status": 400, "times": 0}
    target.org.control("POST", "faults", {**by_id, "code": "MALFORMED_QUERY"})

    def followed() -> dict[str, tuple[int, bool]]:
        return {
            each.object: (each.versions_new, bool(each.error)) for each in target.landed(only=names).followed
        }

    assert followed() == {CHILD: (2, False), link: (0, True)}
    assert followed() == {link: (0, True)}
    target.org.control("DELETE", "faults")
    assert followed() == {link: (1, False)}
    assert followed() == {}
    assert target.rows("select * from raw._referrers") == []
    newest = NEWEST.format(table=link.lower(), column="npe5__contact__c", id=linked)
    assert target.rows(newest)[0][1] == winner
    assert {target.named(child) for child in children} == {winner}


@pytest.mark.fault(
    "F69", "The read of very many children is cut short, and another merge follows", ends_well="next run"
)
def test_what_many_children_name_is_not_taken_from_before_a_later_merge(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first, _), (second, _), (third, of_third), (fourth, _) = (target.person() for _ in range(4))
    target.landed()
    target.merge(second, first)
    monkeypatch.setattr(referrers, "MOST_BY_ID", 0)  # too many to be asked for by Id
    with pytest.raises(InterruptedError):
        target.landed(stop_at="compose.before_commit", bulk_from_rows=1)
    monkeypatch.undo()
    target.merge(fourth, third)
    (read,) = target.landed().columns_read
    assert (read.why, read.state, read.versions_new) == ("followed", "done", 2)
    assert {target.named(child) for child in of_third} == {fourth}
    target.is_as_in_the_org()


@pytest.mark.slow
def test_without_a_budget_the_children_wait(on_duckdb: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    target = on_duckdb
    (loser, children), (winner, _) = target.person(), target.person()
    target.landed()
    target.merge(winner, loser)
    with pytest.raises(InterruptedError):
        target.landed(stop_at="compose.before_commit")
    target.org.control("POST", "limits", {"maximum": 1000, "used": 900})
    with pytest.raises(BudgetReached):
        target.landed()
    assert target.named(children[0]) == loser
    target.org.control("POST", "limits", {"maximum": 100_000, "used": 0})

    assert [(each.object, each.versions_new) for each in target.landed().followed] == [(CHILD, 2)]
    assert {target.named(child) for child in children} == {winner}

    last, _ = target.person()
    target.landed()
    target.merge(last, winner)
    monkeypatch.setattr(referrers, "MOST_BY_ID", 1)  # too many to be asked for by Id
    done = target.landed()
    assert done.followed == ()
    (read,) = done.columns_read
    assert (read.object, read.why, read.state, read.versions_new) == (CHILD, "followed", "done", 4)
    assert "Contact__c" in read.fields
    assert "SystemModstamp" not in read.fields
    assert {target.named(child) for child in children} == {last}
    target.is_as_in_the_org()
