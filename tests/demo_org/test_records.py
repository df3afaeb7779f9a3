"""The records that a new demo org has."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from demo_org import ids
from demo_org.metadata import load_objects
from demo_org.metadata.sobjects import SObject
from demo_org.records import Sizes
from demo_org.records.planting import OBJECT_OF_FILE, planted_entries, planted_id, unknown_id
from demo_org.storage import Org
from tests.demo_org.orgs import MADE_AT, SCALE, content_hash, made_org_file, one, org_to_change, rows

OBJECTS = load_objects()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Org]:
    """The small org, only read."""
    with org_to_change(tmp_path_factory.mktemp("org")) as org:
        yield org


def test_the_same_seed_makes_the_same_records_and_another_seed_others(small: Org, tmp_path: Path) -> None:
    again = Org.create(tmp_path / "again.duckdb", seed=1, scale=SCALE, at=MADE_AT)
    other = Org.create(tmp_path / "other.duckdb", seed=2, scale=SCALE, at=MADE_AT)
    for name in OBJECTS:
        assert content_hash(again, name) == content_hash(small, name), name
    assert content_hash(other, "Contact") != content_hash(small, "Contact")
    names = (
        """select "Id", "Name" from "Account" where "Type" in ('School', 'School District') order by "Id" """
    )
    assert rows(other, names) == rows(small, names)
    again.close()
    other.close()


def test_districts_and_schools_have_the_same_ids_at_every_scale(small: Org, tmp_path: Path) -> None:
    larger = Org.create(tmp_path / "larger.duckdb", seed=9, scale=600, contacts=90, at=MADE_AT)
    for kind in ("School", "School District"):
        found = set(
            rows(
                small,
                """select "Id" || "Name" || coalesce("ParentId", '') from "Account" where "Type" = ?""",
                kind,
            )
        )
        assert found <= set(
            rows(
                larger,
                """select "Id" || "Name" || coalesce("ParentId", '') from "Account" where "Type" = ?""",
                kind,
            )
        )
    assert ids.record_id("001", ids.FIRST_GENERATED) == one(
        larger, """select "Id" from "Account" where "Name" = 'Grandview School District'"""
    )
    larger.close()


def test_the_demo_has_the_size_that_the_manual_says() -> None:
    sizes = Sizes.of(300)
    assert (sizes.districts_count, sizes.schools, sizes.organizations, sizes.households) == (12, 60, 150, 40)
    assert (sizes.contacts, sizes.affiliations, sizes.classes, sizes.sessions) == (4000, 1500, 40, 400)
    assert (sizes.participants, sizes.tasks, sizes.emails, sizes.cases) == (6000, 800, 500, 60)
    assert Sizes.of(3000).participants == 60_000


def test_the_real_organization_is_mostly_students_and_most_of_them_have_no_school(tmp_path: Path) -> None:
    sizes = Sizes.real()
    assert (sizes.students, sizes.volunteers, sizes.teachers) == (160_000, 12_600, 9_700)
    assert (sizes.organizations, sizes.schools, sizes.sessions) == (3_800, 178, 3_450)
    assert (sizes.affiliations, sizes.participants) == (354_000, 70_000)
    org = Org.create(tmp_path / "real.duckdb", seed=1, sizes=Sizes.real(0.02), at=MADE_AT)
    kinds = dict(
        rows(org, 'select "Participant_Type__c", count(*) from "Session_Participant__c" group by all')
    )
    assert kinds["Volunteer"] / kinds["Student"] == pytest.approx(20 / 49, rel=0.1)
    students = """ "Contact_Type__c" = 'Student' """
    enrolled = one(
        org, f'select avg(("npsp__Primary_Affiliation__c" is not null)::int) from "Contact" where {students}'
    )
    assert enrolled == pytest.approx(0.19, abs=0.03)
    theirs = one(
        org,
        f"""select avg(({students})::int) from "npe5__Affiliation__c" as affiliations
        inner join "Contact" as contacts on contacts."Id" = affiliations."npe5__Contact__c" """,
    )
    assert theirs > 0.85
    org.close()


@pytest.mark.parametrize("share", [0, -1, 11])
def test_a_share_of_the_real_organization_that_makes_no_org_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        Sizes.real(share)


def test_contacts_may_be_counted_exactly(tmp_path: Path) -> None:
    org = Org.create(tmp_path / "many.duckdb", seed=1, scale=3, contacts=5_000, at=MADE_AT)
    planted = len(planted_entries("contact"))
    assert one(org, 'select count(*) from "Contact"') == 5_000 + planted
    org.close()
    assert [Sizes.of(300, n).contacts for n in (3, 100, 4000)] == [3, 100, 4000]


def test_every_object_has_as_many_records_as_its_size_and_its_hand_written_ones_say(small: Org) -> None:
    sizes = Sizes.of(SCALE)
    expected = {
        "Account": sizes.districts_count + sizes.schools + sizes.organizations + sizes.households,
        "Contact": sizes.contacts,
        "npe5__Affiliation__c": sizes.affiliations,
        "Class__c": sizes.classes,
        "Session__c": sizes.sessions,
        "Session_Participant__c": sizes.participants,
        "Task": sizes.tasks,
        "EmailMessage": sizes.emails,
        "Case": sizes.cases,
        "Pathway__c": sizes.pathways,
        "Pathway_Session__c": sizes.pathway_sessions,
        "Pathway_Participant__c": sizes.pathway_participants,
        "User": 8,
        "RecordType": 6,
        "Organization": 1,
    }
    for stem, name in OBJECT_OF_FILE.items():
        expected[name] += len(planted_entries(stem))
    assert {name: one(small, f'select count(*) from "{name}"') for name in OBJECTS} == expected


@pytest.mark.parametrize("sobject", OBJECTS.values(), ids=lambda each: each.name)
def test_ids_are_unique_of_their_object_and_end_in_the_right_letters(small: Org, sobject: SObject) -> None:
    found = rows(small, f'select "Id" from "{sobject.name}"')
    assert len(set(found)) == len(found) > 0
    assert all(len(each) == 18 and ids.is_record_id(each, sobject.key_prefix) for each in found)


def test_the_database_spells_ids_as_python_does(small: Org) -> None:
    numbers = [0, 1, 61, 62, 3843, ids.FIRST_PLANTED, ids.LAST]
    macro = ids.id_macro("a0P")
    assert rows(small, f"select {macro} from unnest(?) as t(n)", numbers) == [
        ids.record_id("a0P", n) for n in numbers
    ]


@pytest.mark.parametrize("sobject", OBJECTS.values(), ids=lambda each: each.name)
def test_generated_records_refer_to_records_that_are_there(small: Org, sobject: SObject) -> None:
    first_planted = ids.record_id(sobject.key_prefix, ids.FIRST_PLANTED)
    for field in sobject.columns:
        targets = [name for name in field.reference_to if name in OBJECTS]
        if not targets or len(targets) < len(field.reference_to) - 1:
            continue
        there = " union all ".join(f'select "Id" from "{name}"' for name in targets)
        missing = rows(
            small,
            f"""select "Id" from "{sobject.name}" where "{field.name}" is not null and "Id" < ?
            and "{field.name}" not in ({there})""",
            first_planted,
        )
        assert not missing, field.name


def test_hand_written_records_refer_to_nothing_where_they_say_so(small: Org) -> None:
    faraway = one(small, 'select "ParentId" from "Account" where "Id" = ?', planted_id(OBJECTS, "Account", 4))
    assert faraway == unknown_id(OBJECTS, "Account", 1)
    assert one(small, 'select count(*) from "Account" where "Id" = ?', faraway) == 0


@pytest.mark.parametrize("sobject", OBJECTS.values(), ids=lambda each: each.name)
def test_stamps_are_of_the_two_years_before_and_end_a_day_before_the_org_was_made(
    small: Org, sobject: SObject
) -> None:
    first, last, disordered, broken = one(
        small,
        f"""select min("CreatedDate"), max("SystemModstamp"),
            count_if("CreatedDate" > "LastModifiedDate" or "LastModifiedDate" > "SystemModstamp"),
            count_if(date_trunc('second', "SystemModstamp") <> "SystemModstamp") from "{sobject.name}" """,
    )
    made_at = MADE_AT.replace(tzinfo=None)
    assert made_at - timedelta(days=740) < first
    assert last < datetime(made_at.year, made_at.month, made_at.day) - timedelta(hours=12)
    assert (disordered, broken) == (0, 0)


def test_some_records_share_a_stamp_as_loads_make_them(small: Org) -> None:
    most = one(small, 'select max(n) from (select count(*) as n from "Contact" group by "SystemModstamp")')
    assert most >= 20


def test_boxes_are_ticked_or_not_and_required_fields_are_filled(small: Org) -> None:
    for sobject in OBJECTS.values():
        for field in sobject.columns:
            if field.type == "boolean":
                empty = f'"{field.name}" is null'
            elif not field.nillable and field.type != "picklist":
                empty = f"coalesce(\"{field.name}\"::varchar, '') = ''"
            else:
                continue
            assert one(small, f'select count(*) from "{sobject.name}" where {empty}') == 0, field.name


def test_texts_fit_their_fields_but_where_a_rule_needs_one_that_does_not(small: Org) -> None:
    for sobject in OBJECTS.values():
        for field in sobject.columns:
            if field.length and field.column_type == "VARCHAR":
                longest = one(small, f'select coalesce(max(length("{field.name}")), 0) from "{sobject.name}"')
                assert longest <= field.length, f"{sobject.name}.{field.name}"


def test_people_are_invented(small: Org) -> None:
    addresses = rows(small, 'select distinct "Email" from "Contact" where "Email" like \'%@%\'')
    assert addresses
    assert all(each.strip().lower().endswith("example.org") for each in addresses)
    phones = rows(small, 'select "Phone" from "Contact" where length("Phone") > 4')
    assert phones
    assert all("555" in each for each in phones)


def test_five_accounts_break_a_rule_at_the_start(small: Org) -> None:
    broken = rows(
        small,
        """select "Id" from "Account" where not "IsDeleted" and (length(trim("Name")) < 2
        or lower("Name") in ('nan', 'none', 'null') or "ParentId" = "Id"
        or ("Type" = 'School District' and length("School_Code_External_ID__c") > 20)) order by "Id" """,
    )
    assert broken == [planted_id(OBJECTS, "Account", number) for number in (8, 15, 16, 17, 18)]


def test_computed_fields_agree_with_what_they_are_computed_from(small: Org) -> None:
    assert one(
        small,
        """select count(*) from "Session_Participant__c" as p inner join "Contact" as c on c."Id" = p."Contact__c"
        where p."Email__c" is distinct from c."Email" or p."Title__c" is distinct from c."Title" """,
    ) == 0  # fmt: skip
    assert one(
        small,
        """select count(*) from "Contact"
        where "Name" <> concat_ws(' ', "FirstName", "MiddleName", "LastName", "Suffix")""",
    ) == 0  # fmt: skip


def test_numbers_of_many_digits_and_odd_dates_are_kept(small: Org) -> None:
    big = planted_id(OBJECTS, "Account", 29)
    assert one(small, 'select "Enrollment__c" from "Account" where "Id" = ?', big) == 123456789012345678.0
    assert str(one(small, 'select max("Partner_Since__c") from "Account"')) == "4000-12-31"


def test_an_org_is_private_and_is_the_same_when_it_is_opened_again(small: Org, tmp_path: Path) -> None:
    assert made_org_file().stat().st_mode & 0o077 == 0
    with org_to_change(tmp_path) as org:
        org.set_ahead(timedelta(days=3))
    again = Org.open(tmp_path / "records.duckdb")
    assert again.now() - small.now() > timedelta(days=2)
    assert content_hash(again, "Account") == content_hash(small, "Account")
    again.close()


def test_an_org_is_never_made_over_another(tmp_path: Path) -> None:
    (tmp_path / "records.duckdb").touch()
    with pytest.raises(FileExistsError):
        Org.create(tmp_path / "records.duckdb", seed=1, scale=3)
