"""Plays what happens in the org between the two syncs of the demo."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from demo_org import changes, ids
from demo_org.records.planting import planted_id, unknown_id
from demo_org.storage import Org, quoted

NEW_FIELD = {
    "name": "Partnership_Level__c",
    "type": "picklist",
    "label": "Partnership Level",
    "picklist_values": ["Friend", "Partner", "Anchor"],
}


class Day:
    """Changes to the org, counted by kind."""

    def __init__(self, org: Org) -> None:
        """Nothing happened yet."""
        self.org = org
        self.counts: Counter[str] = Counter()

    def insert(self, name: str, record: Mapping[str, Any]) -> str:
        """A new record."""
        self.counts["inserted"] += 1
        return changes.insert(self.org, name, record)

    def update(self, name: str, record_id: str, record: Mapping[str, Any]) -> None:
        """An edit."""
        self.counts["updated"] += 1
        changes.update(self.org, name, record_id, record)

    def delete(self, name: str, record_id: str) -> None:
        """A record goes to the recycle bin, counted with the detail records that go with it."""
        before = self._in_bin()
        changes.delete(self.org, name, record_id)
        self.counts["deleted"] += self._in_bin() - before

    def plant_bad(self, name: str, record: Mapping[str, Any]) -> None:
        """A row that a rule will set aside."""
        self.counts["bad_rows"] += 1
        changes.plant(self.org, name, record)

    def appear(self, name: str, number: int, record: Mapping[str, Any]) -> None:
        """A record that others referred to all along comes into sight."""
        self.counts["inserted"] += 1
        record_id = unknown_id(self.org.objects, name, number)
        changes.plant(self.org, name, record, record_id=record_id)

    def find(self, name: str, where: str, limit: int = 1) -> list[str]:
        """Ids of live records, in order."""
        rows = self.org.cursor().execute(
            f'select "Id" from {quoted(name)} where not "IsDeleted" and ({where}) order by "Id" limit ?',
            [limit],
        )
        return [row[0] for row in rows.fetchall()]

    def _in_bin(self) -> int:
        found = self.org.cursor().execute("select count(*) from org.deletion_log").fetchone()
        return int(found[0]) if found else 0


def play(org: Org, name: str) -> dict[str, int]:
    """Play a scenario once; how many changes of each kind it made."""
    if name not in SCENARIOS:
        raise ValueError(f"no scenario {name!r}; there are: {', '.join(SCENARIOS)}")
    day = Day(org)
    with org.write_lock:
        for happen in SCENARIOS[name]:
            happen(day)
    return dict(sorted(day.counts.items()))


def district(number: int) -> str:
    """The Id of one of the districts that every org has."""
    return ids.record_id("001", ids.FIRST_GENERATED + number)


def school(number: int) -> str:
    """The Id of one of the schools that every org has."""
    return ids.record_id("001", ids.FIRST_SCHOOL + number)


def organization(number: int) -> str:
    """The Id of one of the generated organizations."""
    return ids.record_id("001", ids.FIRST_ORGANIZATION + number)


def planted(day: Day, name: str, number: int) -> str:
    """The Id of a hand-written record."""
    return planted_id(day.org.objects, name, number)


def a_field_is_added(day: Day) -> None:
    """First, so that a scenario played twice is refused before it changes anything."""
    changes.add_field(day.org, "Account", NEW_FIELD)
    day.counts["new_fields"] += 1
    for number in range(5):
        level = NEW_FIELD["picklist_values"][number % 3]
        day.update("Account", organization(number), {"Partnership_Level__c": level})


def accounts_come_and_change(day: Day) -> None:
    """New ones, a school that moves, a new name, a missing district that appears, a rule broken no more."""
    for name in ("Newcomer Labs", "Second Day Studio", "Late Arrival Logistics"):
        day.insert(
            "Account", {"Name": name, "Type": "Business", "BillingCity": "Kansas City", "BillingState": "MO"}
        )
    day.insert("Account", {"Name": "Opening Day High School", "Type": "School", "ParentId": district(5)})
    day.update("Account", school(10), {"ParentId": district(2)})
    day.update("Account", organization(7), {"Name": "Renamed Robotics Cooperative"})
    day.update("Account", planted(day, "Account", 1), {"Type": "Non-profit"})
    day.update("Account", planted(day, "Account", 2), {"Description": None})
    day.update("Account", planted(day, "Account", 15), {"Name": "Nandi's Bakery"})
    # so many that the bad rows stay a small share of what changed
    for number, record_id in enumerate(day.find("Account", "\"Type\" in ('Business', 'School')", limit=50)):
        day.update("Account", record_id, {"Phone": f"(816) 555-{number:04}"})
    code = {"School_Code_External_ID__c": "48999"}  # the district that a school names as its parent
    day.appear("Account", 1, {"Name": "Faraway School District", "Type": "School District"} | code)


def accounts_go_and_return(day: Day) -> None:
    """A school, an organization and a district without schools go; an organization returns; two become one."""
    for record_id in (organization(9), planted(day, "Account", 34), planted(day, "Account", 9)):
        day.delete("Account", record_id)
    changes.undelete(day.org, "Account", planted(day, "Account", 24))
    day.counts["undeleted"] += 1
    changes.merge(day.org, "Account", planted(day, "Account", 1), [planted(day, "Account", 37)])
    day.counts["merged"] += 1


def bad_rows_arrive(day: Day) -> None:
    """Three rows that break a rule of accounts; the second could not come through Salesforce's own forms."""
    day.plant_bad("Account", {"Name": "NaN", "Type": "Business"})
    day.plant_bad(
        "Account", {"Name": "Crossed Wires School", "Type": "School", "ParentId": "001CROSSEDWIRES"}
    )
    code = "MO-48-" + "9" * 20
    day.plant_bad(
        "Account",
        {"Name": "Long Code District", "Type": "School District", "School_Code_External_ID__c": code},
    )


def people_come_and_change(day: Day) -> None:
    """Three new people, one of them with an employer; a volunteer who became a teacher; a student who left."""
    for kind, first in (("Volunteer", "Nova"), ("Teacher", "Paige"), ("Student", "Juno")):
        record = {"FirstName": first, "LastName": "Secondday", "Contact_Type__c": kind}
        new_id = day.insert("Contact", record | {"Email": f"{first.lower()}.secondday@example.org"})
        if kind == "Volunteer":
            employer = {"npe5__Contact__c": new_id, "npe5__Organization__c": organization(0)}
            day.insert(
                "npe5__Affiliation__c", employer | {"npe5__Status__c": "Current", "npe5__Primary__c": True}
            )
    for record_id in day.find("Contact", "\"Contact_Type__c\" = 'Volunteer'"):
        day.update("Contact", record_id, {"Contact_Type__c": "Teacher"})
    for record_id in day.find("Contact", "\"Contact_Type__c\" = 'Student'"):
        day.delete("Contact", record_id)
    day.update("Contact", planted(day, "Contact", 26), {"npe01__AlternateEmail__c": None})
    # A participation of yesterday is edited while its person is missing, and not touched when they come.
    edit = {"Status__c": "Completed", "Delivery_Hours__c": 2.5}
    day.update("Session_Participant__c", planted(day, "Session_Participant__c", 30), edit)
    record = {"FirstName": "Tardy", "LastName": "Parent", "Contact_Type__c": "Volunteer"}
    day.appear("Contact", 6, record | {"Email": "tardy.parent@example.org"})


def people_become_one(day: Day) -> None:
    """Two entries of one person are merged; the loser's participation, affiliation and e-mail move, unstamped."""
    changes.merge(day.org, "Contact", planted(day, "Contact", 42), [planted(day, "Contact", 43)])
    day.counts["merged"] += 1


def participations_change(day: Day) -> None:
    """Scheduled and Registered become Attended, one moves to another session; their sessions change their minds."""
    attended = {"Status__c": "Attended"}
    day.update("Session_Participant__c", planted(day, "Session_Participant__c", 4), attended)
    day.update("Session_Participant__c", planted(day, "Session_Participant__c", 20), attended)
    other = {"Session__c": planted(day, "Session__c", 10)}
    day.update("Session_Participant__c", planted(day, "Session_Participant__c", 21), other)
    for number in (27, 28):
        day.update("Session__c", planted(day, "Session__c", number), {"Session_Status__c": "Completed"})
    district_name = {"District__c": "Hickman Mills"}
    day.update("Session__c", planted(day, "Session__c", 26), district_name)


def sessions_take_place(day: Day) -> None:
    """A new session with a volunteer; participations become attended; one session is deleted with its participants."""
    starts = day.org.now() + timedelta(days=14)
    record = {
        "Name": "Career Fair: Second Day",
        "Session_Type__c": "Career Fair",
        "Session_Status__c": "Confirmed",
    }
    new_id = day.insert(
        "Session__c", record | {"School__c": school(0), "Start_Date_and_Time__c": starts.isoformat()}
    )
    for volunteer in day.find("Contact", "\"Contact_Type__c\" = 'Volunteer'"):
        about = {"Session__c": new_id, "Contact__c": volunteer}
        day.insert(
            "Session_Participant__c", about | {"Participant_Type__c": "Volunteer", "Status__c": "Scheduled"}
        )
    came = """"Status__c" = 'Scheduled' and "Session__c" in (
        select "Id" from "Session__c" where "Session_Status__c" = 'Completed' and not "IsDeleted")"""
    for record_id in day.find("Session_Participant__c", came, limit=20):
        day.update("Session_Participant__c", record_id, {"Status__c": "Attended", "Delivery_Hours__c": 1.5})
    for record_id in day.find("Session__c", "\"Session_Status__c\" = 'Cancelled'"):
        day.delete("Session__c", record_id)


def activities_happen(day: Day) -> None:
    """A call, an e-mail, a request; and a task that is deleted.

    Nothing goes past the recycle bin here: that is for a full Id scan to find, not for a second sync.
    """
    who = day.find("Contact", '"Contact_Type__c" = \'Volunteer\' and "Email" is not null')[:1]
    about = {"WhoId": who[0]} if who else {}
    day.insert("Task", about | {"Subject": "Left a message", "Status": "Completed", "Type": "Call"})
    day.insert(
        "EmailMessage", {"Subject": "Welcome", "ToAddress": "nova.secondday@example.org", "Status": "3"}
    )
    day.insert("Case", {"Subject": "A question on the second day", "Status": "New", "Origin": "Web"})
    for record_id in day.find("Task", "true"):
        day.delete("Task", record_id)


SCENARIOS: dict[str, tuple[Callable[[Day], None], ...]] = {
    "second_day": (
        a_field_is_added,
        accounts_come_and_change,
        accounts_go_and_return,
        bad_rows_arrive,
        people_come_and_change,
        people_become_one,
        participations_change,
        sessions_take_place,
        activities_happen,
    ),
}
