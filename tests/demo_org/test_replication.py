"""What the demo org says was deleted and updated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.demo_org.calls import Caller, error
from tests.demo_org.running import RunningOrg


@pytest.fixture
def made(org: RunningOrg) -> list[str]:
    """Three new contacts."""
    changes = [{"op": "insert", "object": "Contact", "record": {"LastName": f"Made {n}"}} for n in range(3)]
    return list(org.control("POST", "/records", {"changes": changes})["ids"])


def span(hours_before: float = 1, hours_after: float = 1) -> dict[str, str]:
    now = datetime.now(UTC).replace(microsecond=0)
    start, end = now - timedelta(hours=hours_before), now + timedelta(hours=hours_after)
    return {"start": start.isoformat(), "end": end.isoformat()}


def test_updated_records_are_listed_up_to_now(caller: Caller, made: list[str]) -> None:
    caller.org.control("POST", "/clock", {"advance_seconds": 5})
    answer = caller.get("/sobjects/Contact/updated/", params=span()).json()
    assert set(made) <= set(answer["ids"])
    covered = datetime.fromisoformat(answer["latestDateCovered"])
    assert abs(covered - datetime.now(UTC)) < timedelta(seconds=120)
    long_ago = {"start": span(48)["start"], "end": span(47)["start"]}
    assert set(made).isdisjoint(caller.get("/sobjects/Contact/updated", params=long_ago).json()["ids"])


def test_deleted_records_are_listed_hard_ones_too_and_restored_ones_not(
    caller: Caller, made: list[str]
) -> None:
    soft, hard, back = made
    for op, record_id in (("delete", soft), ("hard_delete", hard), ("delete", back), ("undelete", back)):
        caller.org.control("POST", "/records", {"op": op, "object": "Contact", "id": record_id})
    caller.org.control("POST", "/clock", {"advance_seconds": 5})
    answer = caller.get("/sobjects/Contact/deleted/", params=span()).json()
    listed = {entry["id"]: entry["deletedDate"] for entry in answer["deletedRecords"]}
    assert soft in listed
    assert hard in listed
    assert back not in listed
    assert all(moment.endswith(".000+0000") for moment in listed.values())
    assert set(answer) == {"deletedRecords", "earliestDateAvailable", "latestDateCovered"}


@pytest.mark.parametrize(
    "asked",
    [
        {"start": "nonsense", "end": "nonsense"},
        {"start": "2024-01-01T00:00:00", "end": "2024-01-02T00:00:00"},
        span(24 * 40),
        {"start": span()["end"], "end": span()["start"]},
    ],
    ids=["not a date", "no zone", "too long ago", "backwards"],
)
def test_a_wrong_span_is_refused(caller: Caller, asked: dict[str, str]) -> None:
    for kind in ("deleted", "updated"):
        assert error(caller.get(f"/sobjects/Contact/{kind}", params=asked))[:2] == (
            400,
            "INVALID_REPLICATION_DATE",
        )
