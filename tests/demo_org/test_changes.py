"""What Salesforce's rules make of a change in the demo org."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from demo_org import changes, ids
from demo_org.records.planting import planted_id
from demo_org.refusals import Refused
from demo_org.storage import Org
from tests.demo_org.orgs import content_hash, one, org_to_change, rows

STAMPS = 'select "CreatedDate", "LastModifiedDate", "SystemModstamp" from'


@pytest.fixture
def org(tmp_path: Path) -> Iterator[Org]:
    """A small org that a test may change."""
    with org_to_change(tmp_path) as made:
        yield made


def refused(change: Any, *arguments: Any) -> str:
    """The code with which Salesforce refuses a change."""
    with pytest.raises(Refused) as caught:
        change(*arguments)
    return caught.value.code


def school(number: int = 0) -> str:
    return ids.record_id("001", ids.FIRST_SCHOOL + number)


def test_an_inserted_record_has_an_id_stamps_and_people_and_is_found(org: Org) -> None:
    before = org.now()
    new_id = changes.insert(org, "Account", {"Name": "New", "NumberOfEmployees": 5, "Is_Partner__c": True})
    created, modified, stamped = one(org, f'{STAMPS} "Account" where "Id" = ?', new_id)
    assert ids.is_record_id(new_id, "001")
    assert created == modified == stamped >= before.replace(tzinfo=None)
    asked = 'select "Name", "IsDeleted", "Is_Partner__c", "OwnerId", "Type" from "Account" where "Id" = ?'
    assert one(org, asked, new_id) == ("New", False, True, changes.EDITOR, None)
    assert changes.insert(org, "Account", {"Name": "Next"}) > new_id


def test_values_arrive_in_the_columns_types_and_empty_text_is_null(org: Org) -> None:
    new_id = changes.insert(
        org,
        "Session__c",
        {
            "Name": "Typed",
            "Start_Date_and_Time__c": "2026-03-02T09:30:00.000-0600",
            "Total_Requested_Volunteer_Jobs__c": 4,
            "Session_Host__c": "",
        },
    )
    asked = """select "Start_Date_and_Time__c"::varchar, "Start_Date__c"::varchar, "Available_Slots__c",
        "Session_Host__c" from "Session__c" where "Id" = ?"""
    assert one(org, asked, new_id) == ("2026-03-02 15:30:00", "2026-03-02", 4.0, None)


def test_numbered_and_nameless_custom_records_get_their_names(org: Org) -> None:
    session = changes.insert(org, "Session__c", {})
    assert one(org, 'select "Name" from "Session__c" where "Id" = ?', session) == session
    participant = changes.insert(org, "Session_Participant__c", {"Session__c": session})
    name = one(org, 'select "Name" from "Session_Participant__c" where "Id" = ?', participant)
    assert name.startswith("SP-090")


def test_an_update_moves_the_stamps_and_only_what_it_names(org: Org) -> None:
    org.set_ahead(timedelta(days=1))
    before = one(org, 'select "Name", "ParentId" from "Account" where "Id" = ?', school())
    changes.update(org, "Account", school()[:15], {"Phone": "816-555-0199"})
    created, modified, stamped = one(org, f'{STAMPS} "Account" where "Id" = ?', school())
    assert created < modified == stamped
    assert one(org, 'select "Name", "ParentId" from "Account" where "Id" = ?', school()) == before


def test_a_person_is_called_by_the_new_name_and_participations_follow_without_a_stamp(org: Org) -> None:
    contact, stamp = one(
        org,
        """select "Contact__c", max("SystemModstamp") from "Session_Participant__c"
        where "Id" < ? group by 1 order by 1 limit 1""",
        ids.record_id("a0P", ids.FIRST_PLANTED),
    )
    changes.update(org, "Contact", contact, {"LastName": "Renamed", "Email": "renamed@example.org"})
    assert one(org, 'select "Name" from "Contact" where "Id" = ?', contact).endswith("Renamed")
    asked = """select distinct "Email__c", max("SystemModstamp") from "Session_Participant__c"
        where "Contact__c" = ? group by 1"""
    assert rows(org, asked, contact) == [("renamed@example.org", stamp)]


@pytest.mark.parametrize(
    ("name", "record", "code"),
    [
        ("Account", {"Name": "x", "Nope__c": 1}, "INVALID_FIELD"),
        ("Account", {"Name": "x", "BillingAddress": {}}, "INVALID_FIELD"),
        ("Account", {"Type": "Business"}, "REQUIRED_FIELD_MISSING"),
        ("Account", {"Name": "  "}, "REQUIRED_FIELD_MISSING"),
        ("Account", {"Name": "x" * 256}, "STRING_TOO_LONG"),
        ("Account", {"Name": 5}, "JSON_PARSER_ERROR"),
        ("Account", {"Name": "x", "Is_Partner__c": "yes"}, "JSON_PARSER_ERROR"),
        ("Account", {"Name": "x", "Partner_Since__c": "2/1/2024"}, "JSON_PARSER_ERROR"),
        ("Account", {"Name": "x", "Partner_Since__c": 20240201}, "JSON_PARSER_ERROR"),
        ("Account", {"Name": "x", "NumberOfEmployees": "12"}, "JSON_PARSER_ERROR"),
        ("Account", {"Name": "x", "Free_Reduced_Lunch__c": 1000}, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Account", {"Name": "x", "CreatedDate": "2024-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ("Account", {"Name": "x", "Name_And_Code__c": "y"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ("Account", {"Name": "x", "ParentId": "001BADPARENT"}, "MALFORMED_ID"),
        ("Account", {"Name": "x", "ParentId": ids.record_id("003", 1)}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Account", {"Name": "x", "ParentId": ids.record_id("001", 1)}, "INVALID_CROSS_REFERENCE_KEY"),
        (
            "Account",
            {"Name": "x", "BillingGeocodeAccuracy": "Exact"},
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ),
        ("Contact", {"LastName": "x", "Email": "nowhere"}, "INVALID_EMAIL_ADDRESS"),
        ("Session_Participant__c", {"Status__c": "Attended"}, "REQUIRED_FIELD_MISSING"),
        ("Organization", {"Name": "x"}, "INVALID_TYPE_FOR_OPERATION"),
        ("Nothing__c", {}, "NOT_FOUND"),
    ],
)
def test_what_breaks_a_rule_is_refused_and_changes_nothing(
    org: Org, name: str, record: dict[str, Any], code: str
) -> None:
    before = content_hash(org, name) if name in org.objects else 0
    assert refused(changes.insert, org, name, record) == code
    assert before == (content_hash(org, name) if name in org.objects else 0)


def test_a_required_field_may_be_left_out_of_an_update_but_not_emptied(org: Org) -> None:
    changes.update(org, "Account", school(), {"Phone": None})
    assert refused(changes.update, org, "Account", school(), {"Name": None}) == "REQUIRED_FIELD_MISSING"


def test_records_that_are_gone_or_never_were_are_refused(org: Org) -> None:
    changes.delete(org, "Account", school(5))
    assert refused(changes.update, org, "Account", school(5), {}) == "ENTITY_IS_DELETED"
    assert refused(changes.delete, org, "Account", school(5)) == "ENTITY_IS_DELETED"
    assert refused(changes.delete, org, "Account", ids.record_id("001", 1)) == "NOT_FOUND"
    assert refused(changes.delete, org, "Account", "001") == "MALFORMED_ID"
    assert refused(changes.delete, org, "User", changes.EDITOR) == "INVALID_TYPE_FOR_OPERATION"
    assert refused(changes.undelete, org, "Account", school(6)) == "UNDELETE_FAILED"


def test_details_go_and_return_with_their_master(org: Org) -> None:
    session = one(org, 'select min("Session__c") from "Session_Participant__c" where not "IsDeleted"')
    live = 'select count(*) from "Session_Participant__c" where "Session__c" = ? and not "IsDeleted"'
    count = one(org, live, session)
    changes.delete(org, "Session__c", session)
    assert one(org, live, session) == 0
    logged = "select count(*) from org.deletion_log where root = ?"
    stamp = one(org, 'select "SystemModstamp" from "Session__c" where "Id" = ?', session)
    assert org.now().replace(tzinfo=None) - stamp < timedelta(minutes=1)
    assert one(org, logged, session) >= count + 1
    changes.undelete(org, "Session__c", session)
    assert one(org, live, session) == count
    assert one(org, logged, session) == 0


def test_a_detail_that_went_before_its_master_does_not_return_with_it(org: Org) -> None:
    session, first = one(
        org,
        """select "Session__c", min("Id") from "Session_Participant__c" where not "IsDeleted"
        group by 1 having count(*) > 1 order by 1 limit 1""",
    )
    changes.delete(org, "Session_Participant__c", first)
    changes.delete(org, "Session__c", session)
    changes.undelete(org, "Session__c", session)
    assert one(org, 'select "IsDeleted" from "Session_Participant__c" where "Id" = ?', first)


def test_a_hard_deleted_record_is_only_in_the_deletion_log(org: Org) -> None:
    task = one(org, 'select min("Id") from "Task" where not "IsDeleted"')
    changes.hard_delete(org, "Task", task)
    assert rows(org, 'select "Id" from "Task" where "Id" = ?', task) == []
    assert one(org, "select object, hard from org.deletion_log where id = ?", task) == ("Task", True)
    assert refused(changes.undelete, org, "Task", task) == "NOT_FOUND"


def test_a_merge_leaves_the_loser_in_the_bin_naming_the_winner_and_moves_its_children(org: Org) -> None:
    loser, winner = (planted_id(org.objects, "Contact", number) for number in (5, 12))
    emails = 'select "Id", "SystemModstamp" from "EmailMessage" where "RelatedToId" = ? order by "Id"'
    moved = rows(org, emails, loser)
    changes.merge(org, "Contact", winner, [loser])
    asked = 'select "IsDeleted", "MasterRecordId" from "Contact" where "Id" = ?'
    assert one(org, asked, loser) == (True, winner)
    assert one(org, asked, winner) == (False, None)
    assert moved
    assert rows(org, emails, winner) == moved
    changes.undelete(org, "Contact", loser)
    assert one(org, asked, loser) == (False, None)


def test_what_salesforce_would_refuse_can_be_planted(org: Org) -> None:
    new_id = changes.plant(org, "Account", {"Name": "Bad", "ParentId": "001BADPARENT"})
    assert one(org, 'select "ParentId", "IsDeleted" from "Account" where "Id" = ?', new_id) == (
        "001BADPARENT",
        False,
    )
    assert refused(changes.plant, org, "Account", {"Nope": 1}) == "INVALID_FIELD"
    moment = {"SystemModstamp": "2001-02-03T04:05:06.000+0000"}
    planted = changes.plant(org, "Account", {"Name": "Old"} | moment)
    asked = 'select "SystemModstamp"::varchar from "Account" where "Id" = ?'
    assert one(org, asked, planted) == "2001-02-03 04:05:06"


def test_a_nightly_job_moves_stamps_and_not_the_dates_of_edits(org: Org) -> None:
    edits = 'select sum(hash("LastModifiedDate")::hugeint) from "Contact"'
    before = one(org, edits)
    assert changes.touch(org, "Contact", 25) == 25
    recent = """select count(*) from "Contact" where "SystemModstamp" > ?"""
    assert one(org, recent, org.now().replace(tzinfo=None) - timedelta(hours=1)) == 25
    assert one(org, edits) == before


def test_a_change_that_fails_halfway_changes_nothing(org: Org) -> None:
    before = content_hash(org, "Account")
    with pytest.raises(Refused):
        changes.merge(org, "Account", school(0), [school(1), ids.record_id("001", 1)])
    assert content_hash(org, "Account") == before


def test_a_new_field_is_described_empty_and_moves_no_stamp(org: Org, tmp_path: Path) -> None:
    stamps = one(org, 'select sum(hash("SystemModstamp")::hugeint) from "Account"')
    changes.add_field(org, "Account", {"name": "Score__c", "type": "double", "precision": 6, "scale": 2})
    assert org.objects["Account"].by_name["Score__c"].describe()["scale"] == 2
    assert one(org, 'select count("Score__c") from "Account"') == 0
    assert one(org, 'select sum(hash("SystemModstamp")::hugeint) from "Account"') == stamps
    changes.update(org, "Account", school(), {"Score__c": 12.5})
    assert one(org, 'select "Score__c" from "Account" where "Id" = ?', school()) == 12.5
    org.close()
    again = Org.open(tmp_path / "records.duckdb")
    assert "Score__c" in again.objects["Account"].by_name
    again.close()


def test_a_field_that_is_taken_misspelt_or_of_no_type_is_refused(org: Org) -> None:
    taken = {"name": "enrollment__c", "type": "double"}
    assert refused(changes.add_field, org, "Account", taken) == "DUPLICATE_DEVELOPER_NAME"
    assert (
        refused(changes.add_field, org, "Account", {"name": "X", "type": "double"})
        == "FIELD_INTEGRITY_EXCEPTION"
    )
    assert (
        refused(changes.add_field, org, "Account", {"name": "X__c", "type": "?"})
        == "FIELD_INTEGRITY_EXCEPTION"
    )
    assert refused(changes.add_field, org, "Nothing", {"name": "X__c", "type": "date"}) == "NOT_FOUND"


def test_a_hidden_field_is_not_there_for_the_user_and_keeps_its_values(org: Org) -> None:
    count = one(org, 'select count("Phone") from "Account"')
    changes.hide_field(org, "Account", "Phone")
    assert "Phone" not in org.objects["Account"].by_name
    assert refused(changes.update, org, "Account", school(), {"Phone": "1"}) == "INVALID_FIELD"
    changes.show_field(org, "Account", "Phone")
    assert "Phone" in org.objects["Account"].by_name
    assert one(org, 'select count("Phone") from "Account"') == count
    assert refused(changes.hide_field, org, "Account", "Nope") == "INVALID_FIELD"


def test_a_late_commit_shows_a_record_with_a_stamp_of_the_past_that_is_never_older_than_the_last_edit(
    org: Org,
) -> None:
    stamped = 'select "SystemModstamp", "Name", "CreatedDate" from "Account" where "Id" = ?'
    began = org.now().replace(tzinfo=None) - timedelta(seconds=600)
    new_id = changes.commit_late(org, "Account", {"Name": "Long Transaction"}, seconds=600)
    stamp, name, created = one(org, stamped, new_id)
    assert timedelta() <= stamp - began < timedelta(seconds=60)
    assert (name, created) == ("Long Transaction", stamp)

    changes.commit_late(org, "Account", {"Name": "Edited Late"}, seconds=300, record_id=new_id)
    later, name, created = one(org, stamped, new_id)
    assert (name, created) == ("Edited Late", stamp)
    assert later - stamp >= timedelta(seconds=300)

    changes.update(org, "Account", new_id, {"Name": "Edited"})
    edited = one(org, stamped, new_id)[0]
    changes.commit_late(org, "Account", {"Name": "After The Edit"}, seconds=300, record_id=new_id)
    assert one(org, stamped, new_id)[:2] == (edited, "After The Edit")
    changes.delete(org, "Account", new_id)
    late = {"Name": "Gone"}
    with pytest.raises(Refused, match="deleted"):
        changes.commit_late(org, "Account", late, seconds=300, record_id=new_id)


def test_the_clock_can_stand_still_and_go_on_from_there(org: Org) -> None:
    org.set_ahead(timedelta(days=-400))
    org.stop_clock(True)
    shown = org.now()
    time.sleep(1.1)
    assert org.now() == shown
    org.set_ahead(shown + timedelta(hours=1) - org.ticking_now())
    assert org.now() == shown + timedelta(hours=1)
    org.stop_clock(False)
    assert timedelta() <= org.now() - shown - timedelta(hours=1) < timedelta(seconds=30)
