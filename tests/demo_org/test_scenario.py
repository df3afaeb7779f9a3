"""What happens in the demo org between the two syncs."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from demo_org import scenario
from demo_org.records.planting import planted_id, unknown_id
from demo_org.refusals import Refused
from demo_org.storage import Org
from tests.demo_org.orgs import MADE_AT, content_hash, one, org_to_change, rows


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Org, dict[str, int]]]:
    """A small org after its second day, and what was said to have happened."""
    with org_to_change(tmp_path_factory.mktemp("org")) as org:
        yield org, scenario.play(org, "second_day")


def changed(org: Org, name: str, where: str = "true") -> int:
    """How many records of an object carry a stamp of the second day."""
    moment = org.now().replace(tzinfo=None) - timedelta(hours=1)
    count: int = one(org, f'select count(*) from "{name}" where "SystemModstamp" > ? and {where}', moment)
    return count


def test_every_kind_of_change_happens_and_is_counted(played: tuple[Org, dict[str, int]]) -> None:
    org, counts = played
    once = {"bad_rows": 3, "undeleted": 1, "merged": 2, "new_fields": 1}
    assert counts.items() >= once.items()
    new = sum(changed(org, name, '"CreatedDate" = "SystemModstamp"') for name in org.objects)
    assert new == counts["inserted"] + counts["bad_rows"]
    gone = sum(
        changed(org, name, '"IsDeleted"') for name in org.objects if "IsDeleted" in org.objects[name].by_name
    )
    assert gone == counts["deleted"] + counts["merged"]
    assert counts["updated"] > 20


def test_bad_rows_stay_a_small_share_of_the_accounts_that_changed(played: tuple[Org, dict[str, int]]) -> None:
    org, counts = played
    assert counts["bad_rows"] < 0.1 * changed(org, "Account", 'not "IsDeleted"')


def test_the_new_field_has_values_on_some_accounts(played: tuple[Org, dict[str, int]]) -> None:
    assert one(played[0], 'select count("Partnership_Level__c") from "Account"') == 5


def test_the_missing_district_has_arrived_where_its_school_names_it(
    played: tuple[Org, dict[str, int]],
) -> None:
    org, _ = played
    parent = one(
        org, 'select "ParentId" from "Account" where "Id" = ?', planted_id(org.objects, "Account", 4)
    )
    assert parent == unknown_id(org.objects, "Account", 1)
    assert one(org, 'select "Type" from "Account" where "Id" = ?', parent) == "School District"


def test_a_school_moved_an_organization_was_renamed_and_another_returned(
    played: tuple[Org, dict[str, int]],
) -> None:
    org, _ = played
    moved = one(org, 'select "ParentId" from "Account" where "Id" = ?', scenario.school(10))
    assert moved == scenario.district(2) != scenario.district(10)
    renamed = 'select count(*) from "Account" where "Name" = \'Renamed Robotics Cooperative\''
    assert one(org, renamed) == 1
    returned = 'select "IsDeleted" from "Account" where "Id" = ?'
    assert one(org, returned, planted_id(org.objects, "Account", 24)) is False


def test_participations_of_completed_sessions_became_attended(played: tuple[Org, dict[str, int]]) -> None:
    org, _ = played
    assert changed(org, "Session_Participant__c", """ "Status__c" = 'Attended' and not "IsDeleted" """) >= 5


def test_a_person_came_after_the_participation_that_was_edited_meanwhile(
    played: tuple[Org, dict[str, int]],
) -> None:
    org, _ = played
    child = planted_id(org.objects, "Session_Participant__c", 30)
    about = 'select "Contact__c", "Delivery_Hours__c" from "Session_Participant__c" where "Id" = ?'
    parent, hours = one(org, about, child)
    assert (parent, hours) == (unknown_id(org.objects, "Contact", 6), 2.5)
    assert one(org, 'select "LastName" from "Contact" where "Id" = ?', parent) == "Parent"


def test_two_entries_of_one_person_became_one_and_the_children_were_not_stamped(
    played: tuple[Org, dict[str, int]],
) -> None:
    org, _ = played
    winner, loser = (planted_id(org.objects, "Contact", number) for number in (42, 43))
    assert one(org, 'select "MasterRecordId" from "Contact" where "Id" = ?', loser) == winner
    for name, field in (
        ("Session_Participant__c", "Contact__c"),
        ("npe5__Affiliation__c", "npe5__Contact__c"),
    ):
        assert one(org, f'select count(*) from "{name}" where "{field}" = ?', winner) >= 2
        assert changed(org, name, f"\"{field}\" = '{winner}'") == 0


def test_a_participation_moved_to_another_session(played: tuple[Org, dict[str, int]]) -> None:
    org, _ = played
    moved = planted_id(org.objects, "Session_Participant__c", 21)
    there = one(org, 'select "Session__c" from "Session_Participant__c" where "Id" = ?', moved)
    assert there == planted_id(org.objects, "Session__c", 10)


def test_sessions_left_their_draft_and_their_cancellation_and_got_a_district(
    played: tuple[Org, dict[str, int]],
) -> None:
    org, _ = played
    about = 'select "Session_Status__c", "District__c" from "Session__c" where "Id" = ?'
    found = [one(org, about, planted_id(org.objects, "Session__c", number)) for number in (26, 27, 28)]
    assert found == [("Completed", "Hickman Mills"), ("Completed", None), ("Completed", None)]


def test_no_live_school_loses_its_district(played: tuple[Org, dict[str, int]]) -> None:
    orphans = """select child."Id" from "Account" as child inner join "Account" as parent
        on parent."Id" = child."ParentId" where parent."IsDeleted" and not child."IsDeleted"
        and parent."Type" = 'School District' """
    assert rows(played[0], orphans) == []


def test_a_second_day_is_played_once(tmp_path: Path) -> None:
    with org_to_change(tmp_path) as org:
        scenario.play(org, "second_day")
        before = {name: content_hash(org, name) for name in org.objects}
        with pytest.raises(Refused, match="already a field"):
            scenario.play(org, "second_day")
        assert {name: content_hash(org, name) for name in org.objects} == before


def test_the_smallest_org_has_a_second_day_too(tmp_path: Path) -> None:
    org = Org.create(tmp_path / "tiny.duckdb", seed=3, scale=1, at=MADE_AT)
    assert scenario.play(org, "second_day")["bad_rows"] == 3
    org.close()


def test_an_unknown_scenario_names_the_known_ones(tmp_path: Path) -> None:
    with org_to_change(tmp_path) as org, pytest.raises(ValueError, match="second_day"):
        scenario.play(org, "third_day")
