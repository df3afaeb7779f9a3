"""Specifies staff's overrides: they beat Salesforce, go when staff takes them back, and never hold back a publish."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.database import Database
from extract.errors import PublishFailed
from tests.spec.publishing import DISTRICTS, SCHOOLS, World, counts, key_of, model

CANARY = "Quillfeather"
TYPED = {
    **SCHOOLS,
    "opened_on": ("date", {"owner": "salesforce"}),
    "seen_at": ("timestamptz", {"owner": "salesforce"}),
    "share": ("numeric(5,4)", {"owner": "salesforce"}),
    "is_public": ("boolean", {"owner": "salesforce"}),
    "code": ("text", {"owner": "salesforce"}),
}
HEADER = "salesforce_id | name | level | seats | salesforce_district_id | district_id | opened_on | seen_at"
HEADER += " | share | is_public | code\n"
SCHOOLS_BUILT = HEADER + (
    "S1 | Alder | High | 100 | D1 | D1 | 1990-09-01 | 2026-01-02 03:04:05+00 | 0.5 | true | a\n"
    "S2 | Birch | | 200 | D2 | D2 | | | | | b"
)
CONFLICTS = (
    "select row_key, column_name, kind, reason, who, first_run, last_run from ops.conflicts order by 1, 2"
)


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    world = World(database, tmp_path)
    world.declare(
        model("schools", TYPED, not_null=["name"], unique=["code"], meta={"override_sets": ["zones"]})
    )
    world.build("districts", "salesforce_id | name\nD1 | North\nD2 | South")
    world.build("schools", SCHOOLS_BUILT)
    world.publish()
    return world


def test_an_override_beats_salesforce_and_its_end_brings_salesforces_value_back(world: World) -> None:
    world.override("schools", "S1", "seats", "7")
    assert counts(world.publish(), "schools") == (0, 1, 0, 1)
    world.expect("app.schools", "salesforce_id | seats\nS1 | 7\nS2 | 200")
    assert counts(world.publish(), "schools") == (0, 0, 0, 2)
    world.execute("delete from app.overrides")
    assert counts(world.publish(), "schools") == (0, 1, 0, 1)
    world.expect("app.schools", "salesforce_id | seats\nS1 | 100\nS2 | 200")


def test_an_override_holds_while_salesforce_changes_and_for_a_row_that_is_new(world: World) -> None:
    world.override("schools", "S1", "name", "Alder Hall")
    world.override("schools", "S3", "name", "Cedar Hall")
    world.build("schools", SCHOOLS_BUILT.replace("Alder", "Changed") + "\nS3 | Cedar | | | | | | | | | c")
    assert counts(world.publish(), "schools") == (1, 1, 0, 1)
    world.expect("app.schools", "salesforce_id | name\nS1 | Alder Hall\nS2 | Birch\nS3 | Cedar Hall")


VALUES = {  # column → what staff writes, and what app holds then
    "name": ("O'Hara %s ?", "O'Hara %s ?"),
    "seats": (" 12 ", "12"),
    "opened_on": ("2001-02-03", "2001-02-03"),
    "seen_at": ("2026-08-31 17:00:00-05:00", "2026-08-31 22:00:00+00"),
    "share": ("0.25", "0.2500"),
    "is_public": ("FALSE", "false"),
    "level": ("Middle", "Middle"),
    "district_id": ("D2", key_of("D2")),
    "deleted_at": ("2026-08-31T00:00:00Z", "2026-08-31 00:00:00+00"),
}


def test_a_value_of_every_type_can_be_overridden_and_emptied(world: World) -> None:
    for column, (value, _) in VALUES.items():
        world.override("schools", "S1", column, value)
    world.publish()
    cells = ", ".join(f"cast({column} as text)" for column in VALUES)
    found = f"select {cells} from app.schools where salesforce_id = 'S1'"
    assert world.rows(found) == [tuple(stored for _, stored in VALUES.values())]
    world.execute("update app.overrides set value = '' where column_name <> 'name'")
    world.publish()
    assert world.rows(found) == [("O'Hara %s ?", *[None] * (len(VALUES) - 1))]
    world.execute("update app.overrides set value = null where column_name <> 'name'")
    assert counts(world.publish(), "schools") == (0, 0, 0, 2)


def test_a_null_over_what_salesforce_fills_stays_null_until_staff_takes_it_back(world: World) -> None:
    world.override("schools", "S1", "level", None)
    world.publish()
    assert counts(world.publish(), "schools") == (0, 0, 0, 2)
    world.expect("app.schools", "salesforce_id | level\nS1 |\nS2 |")
    world.execute("delete from app.overrides")
    world.publish()
    world.expect("app.schools", "salesforce_id | level\nS1 | High\nS2 |")


def test_a_reference_that_staff_empties_is_not_unresolved(world: World) -> None:
    world.override("schools", "S1", "district_id", None)
    assert world.publish().unresolved == 0
    world.expect(
        "app.schools", "salesforce_id | district_id | salesforce_district_id\nS1 | | D1\nS2 | D2 | D2"
    )


def test_a_reference_may_point_at_a_row_that_comes_in_the_same_publish_or_has_left_the_build(
    world: World,
) -> None:
    world.build("districts", "salesforce_id | name\nD1 | North\nD3 | New")
    world.build("schools", SCHOOLS_BUILT.replace("D2 | D2", "D2 |"))
    world.override("schools", "S1", "district_id", "D3")
    world.override("schools", "S2", "district_id", "D2")
    world.publish()
    world.expect("app.schools", "salesforce_id | district_id\nS1 | D3\nS2 | D2")


def test_a_row_that_staff_deletes_counts_as_deleted_and_lives_again_without_the_override(
    world: World,
) -> None:
    world.override("schools", "S1", "deleted_at", "2026-08-31T00:00:00Z")
    assert counts(world.publish(), "schools") == (0, 0, 1, 1)
    world.execute("delete from app.overrides")
    assert counts(world.publish(), "schools") == (0, 1, 0, 1)


INVALID = [
    ("castles", "S1", "name", "x", "no model makes such a table"),
    ("schools", "S9", "name", "x", "no row with this key is built"),
    ("schools", "S1", "mascot", "x", "the table has no such column"),
    ("schools", "S1", "nickname", "x", "the application owns the column: write it there"),
    ("schools", "S1", "salesforce_id", "x", "the column says which row it is"),
    ("schools", "S1", "updated_at", "x", "publish keeps the column itself"),
    ("schools", "S1", "code", "x", "the column has to be unique: correct it in Salesforce"),
    ("schools", "S1", "name", "", "the column needs a value"),
    ("schools", "S1", "seats", CANARY, "it is not a whole number"),
    ("schools", "S1", "opened_on", "03/04/2026", "it is not a date like 2026-08-31"),
    ("schools", "S1", "district_id", "D9", "it points at a row that districts does not have"),
    (
        "schools",
        "S1",
        "salesforce_district_id",
        "D2",
        "the column keeps what Salesforce says: override district_id",
    ),
]


def test_overrides_that_cannot_be_applied_are_listed_with_their_reason_and_change_nothing(
    world: World,
) -> None:
    for table, row, column, value, _ in INVALID:
        world.override(table, row, column, value)
    world.override("schools", "S2", "name", "Birch Hall")
    result = world.publish()
    assert counts(result, "schools") == (0, 1, 0, 1)
    assert result.invalid_overrides == len(INVALID)
    listed = world.rows("select table_name, row_key, column_name, reason, kind from ops.conflicts")
    expected = [(table, row, column, reason, "invalid") for table, row, column, _, reason in INVALID]
    differs = ("schools", "S2", "name", "Salesforce has another value", "differs")
    assert sorted(listed) == sorted([*expected, differs])
    said = f"{len(INVALID)} overrides were not applied: ops.conflicts says why."
    assert ("note", {"text": said}) in world.reported
    world.execute("delete from app.overrides")
    assert world.publish().invalid_overrides == 0
    assert world.is_empty("ops.conflicts")


def test_a_row_may_not_point_at_itself(world: World) -> None:
    merged = {"merged_into_id": ("uuid", {"owner": "salesforce", "references": "districts"})}
    world.declare(model("districts", {**DISTRICTS, **merged}))
    world.build("districts", "salesforce_id | name\nD1 | North\nD2 | South")
    world.override("districts", "D1", "merged_into_id", "D1")
    world.override("districts", "D2", "merged_into_id", "D1")
    world.publish()
    world.expect("app.districts", "salesforce_id | merged_into_id\nD1 |\nD2 | D1")
    assert [row[:4] for row in world.rows(CONFLICTS)] == [
        ("D1", "merged_into_id", "invalid", "it points at its own row"),
        ("D2", "merged_into_id", "differs", "Salesforce has no value"),
    ]


def test_an_override_has_to_be_one_of_the_values_that_the_models_accept(world: World) -> None:
    world.accept("schools", "level", ["Middle", "High"])
    world.override("schools", "S1", "level", "Mddle")
    world.override("schools", "S2", "level", "Middle")
    world.publish()
    world.expect("app.schools", "salesforce_id | level\nS1 | High\nS2 | Middle")
    assert [row[:4] for row in world.rows(CONFLICTS)] == [
        ("S1", "level", "invalid", "the value is none of those that the column accepts")
    ]


def test_an_override_of_a_column_with_words_of_a_seed_has_to_be_one_of_them(world: World) -> None:
    world.accept_words_of("schools", "level", "school_levels", ["Middle", "High"])
    world.override("schools", "S1", "level", "raw")
    world.override("schools", "S2", "level", "Middle")
    told = world.diff()
    assert told.invalid_overrides == 1
    world.expect_publish_of(told)
    world.expect("app.schools", "salesforce_id | level\nS1 | High\nS2 | Middle")
    assert [row[:4] for row in world.rows(CONFLICTS)] == [
        ("S1", "level", "invalid", "the value is none of those that the column accepts")
    ]


def test_an_override_with_a_word_of_a_seed_may_say_that_there_is_none(world: World) -> None:
    world.accept_words_of("schools", "level", "school_levels", ["High"])
    world.override("schools", "S1", "level", None)
    world.publish()
    world.expect("app.schools", "salesforce_id | level\nS1 |\nS2 |")


def test_a_correction_that_the_models_read_is_known_and_left_to_them(world: World) -> None:
    world.override("schools", "S1", "zones", "Z1,Z2")
    assert counts(world.publish(), "schools") == (0, 0, 0, 2)
    assert world.is_empty("ops.conflicts")


def test_a_conflict_is_listed_while_salesforce_says_something_else(world: World) -> None:
    world.override("schools", "S1", "seats", "7")
    world.override("schools", "S2", "level", "Middle")  # Salesforce has none, and may have none
    world.override("schools", "S2", "opened_on", "2001-02-03")
    assert world.publish().conflicts == 2
    seen = world.rows("select first_seen from ops.conflicts order by row_key")
    world.publish()
    assert world.rows(CONFLICTS) == [
        ("S1", "seats", "differs", "Salesforce has another value", "Ms Fictional", "run-2", "run-3"),
        ("S2", "opened_on", "differs", "Salesforce has no value", "Ms Fictional", "run-2", "run-3"),
    ]
    assert world.rows("select first_seen from ops.conflicts order by row_key") == seen
    world.build("schools", SCHOOLS_BUILT.replace("100", "7"))
    world.publish()
    assert [row[:2] for row in world.rows(CONFLICTS)] == [("S2", "opened_on")]


def test_a_conflict_that_becomes_another_kind_is_seen_anew(world: World) -> None:
    world.override("schools", "S1", "seats", "7")
    world.publish()
    world.execute("update app.overrides set value = 'seven'")
    world.publish()
    assert world.rows(CONFLICTS) == [
        ("S1", "seats", "invalid", "it is not a whole number", "Ms Fictional", "run-3", "run-3")
    ]


def test_a_row_that_has_left_the_build_keeps_its_overrides_for_when_it_returns(world: World) -> None:
    world.override("schools", "S1", "name", "Alder Hall")
    world.publish()
    world.build("schools", HEADER + "S2 | Birch | | 200 | D2 | D2 | | | | | b")
    assert counts(world.publish(), "schools") == (0, 0, 1, 1)
    assert [row[2:4] for row in world.rows(CONFLICTS)] == [("invalid", "no row with this key is built")]
    world.build("schools", SCHOOLS_BUILT)
    world.publish()
    world.expect("app.schools", "salesforce_id | name | deleted_at\nS1 | Alder Hall |\nS2 | Birch |")


def test_many_overrides_are_applied_at_once(world: World) -> None:
    ids = [f"D{number}" for number in range(450)]
    world.build("districts", "salesforce_id | name\n" + "\n".join(f"{each} | Name" for each in ids))
    values = ", ".join(f"('districts', '{each}', 'name', 'By staff', 'x', 'y')" for each in ids)
    world.execute(
        f"insert into app.overrides (table_name, row_key, column_name, value, who, why) values {values}"
    )
    world.publish()
    assert world.rows("select count(*) from app.districts where name = 'By staff'") == [(450,)]


def test_another_table_of_that_name_is_refused(world: World) -> None:
    world.execute("drop table app.overrides")
    world.execute("create table app.overrides (id integer)")
    with pytest.raises(PublishFailed, match=r"app\.overrides exists but has no column table_name"):
        world.publish()
