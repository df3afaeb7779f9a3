"""What `landfall plan` foretells is what the landing then does; and it leaves no trace but its calls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from extract.database import Database
from extract.errors import BudgetReached, ObjectRefused, SettingsError
from extract.landing import LandingOptions, LandingPlan, plan_landing
from extract.landing.plan import ObjectPlan
from extract.salesforce import Login
from sync.cli import answer
from sync.lock import hold_lock
from sync.plan import plan_error, spell_plan
from sync.settings import ROOT, known_names
from tests.demo_org.running import RunningOrg, start_demo_org
from tests.spec.test_landing_org import Target, by_name

pytestmark = pytest.mark.xdist_group("plan")  # they share one org


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningOrg]:
    with start_demo_org(tmp_path_factory.mktemp("plan") / "org", scale=60) as found:
        yield found


@pytest.fixture
def org(running: RunningOrg) -> Iterator[RunningOrg]:
    """The org, in order again afterwards but for its records and fields."""
    yield running
    running.control("DELETE", "faults")
    running.control("POST", "limits", {"maximum": 100_000, "used": 0})
    running.control("POST", "permissions", {"object": "Contact", "readable": True})


@pytest.fixture
def target(org: RunningOrg, database: Database, tmp_path: Path) -> Target:
    return Target(org, database, tmp_path)


@pytest.fixture
def on_duckdb(org: RunningOrg, duckdb_database: Database, tmp_path: Path) -> Target:
    return Target(org, duckdb_database, tmp_path)


def planned(target: Target, **options: Any) -> LandingPlan:
    target.org.control("POST", "clock", {"advance_seconds": 2})
    login = Login(
        instance_url=target.org.url, client_id=target.org.client_id, client_secret=target.org.client_secret
    )
    settings = LandingOptions(login, target.database, target.folder / "data", "plan", **options)
    return plan_landing(settings, lambda event, **fields: None)


def each(plan: LandingPlan) -> dict[str, ObjectPlan]:
    return {found.object: found for found in plan.objects}


def test_the_plan_of_a_first_landing_is_what_it_does_and_nothing_is_made(on_duckdb: Target) -> None:
    plan = planned(on_duckdb, bulk_from_rows=5_000)
    assert not on_duckdb.database.path.exists()
    assert not (on_duckdb.folder / "data").exists()
    used = on_duckdb.org.control("GET", "state")["usage"]["used"]
    assert (plan.budget.used, plan.fits, plan.stops_before) == (used, True, "")
    landed = by_name(on_duckdb.land(bulk_from_rows=5_000))
    for name, foretold in each(plan).items():
        assert (foretold.rows, foretold.calls) == (landed[name].rows_served, landed[name].calls), name
        assert (foretold.api, foretold.cursor_field) == (landed[name].api, landed[name].cursor_field)
        assert (foretold.window_from, foretold.schema_changes) == (None, ())
        assert "IsDeleted in the window" in foretold.deletes or name in ("Organization", "User", "RecordType")
    spent = on_duckdb.org.control("GET", "state")["usage"]["used"] - used
    assert plan.calls == spent


def test_the_next_plan_tells_the_window_and_the_fields_and_keeps_them_for_the_landing(target: Target) -> None:
    target.land(only=("Account", "Contact"))
    colour = f"Colour_{target.database.kind}__c"
    field = {"name": colour, "type": "string", "length": 40, "label": "Colour"}
    target.org.control("POST", "fields", {"op": "add", "object": "Account", "field": field})
    contact = target.rows("select id from raw.contact limit 1")[0][0]
    target.change("update", "Contact", contact, FirstName="Ida")
    state = "select object, cursor_field, window_end from raw._cursors order by object"
    before = target.rows(state)
    for _ in range(2):  # a plan does not take the news away from the next one, nor from the landing
        plan = each(planned(target, only=("account", "contact")))
        assert [(c.field, c.change, c.after) for c in plan["Account"].schema_changes] == [
            (colour, "added", "string(40)")
        ]
        assert (plan["Contact"].rows, plan["Contact"].api) == (1, "rest")
        assert plan["Contact"].window_from is not None
        assert "minutes before the last window's end" in plan["Contact"].reason
    assert target.rows(state) == before
    assert plan["Account"].columns == (colour,)
    spent = target.org.control("GET", "state")["usage"]["used"]
    result = target.land(only=("Account", "Contact"))
    spent = target.org.control("GET", "state")["usage"]["used"] - spent
    assert sum(found.calls + found.column_calls for found in plan.values()) == spent
    (read,) = result.columns_read
    assert (read.state, read.rows_served) == ("done", plan["Account"].column_rows)
    assert [change.field for change in result.schema_changes] == [colour]
    assert [by_name(result)[name].rows_served for name in plan] == [found.rows for found in plan.values()]


def test_the_daily_sample_of_formulas_is_foretold(target: Target) -> None:
    options: dict[str, Any] = {"only": ("Contact", "Account"), "formula_days": 0, "formula_sample": 900}
    target.land(**options)
    assert [found.sample_calls for found in planned(target, **options).objects] == [0, 0]  # just read
    target.org.control("POST", "clock", {"advance_seconds": 86_400})
    plan = planned(target, **options).objects
    assert all(found.sample_calls for found in plan)
    spent = target.org.control("GET", "state")["usage"]["used"]
    result = target.land(**options)
    spent = target.org.control("GET", "state")["usage"]["used"] - spent
    assert [sample.object for sample in result.formula_samples] == ["Account", "Contact"]
    assert sum(found.calls + found.sample_calls for found in plan) == spent
    assert [found.sample_calls for found in planned(target, **options).objects] == [0, 0]  # once a day


def test_where_the_budget_ends_the_plan_ends_and_so_does_the_landing(on_duckdb: Target) -> None:
    on_duckdb.org.control("POST", "limits", {"maximum": 1000, "used": 800 - 30 - 11})
    plan = planned(on_duckdb)
    assert (plan.budget.left, plan.fits) == (11, False)
    assert plan.verdict.startswith(f"Would stop at {plan.stops_before}: {plan.calls} calls expected, 11 left")
    with pytest.raises(BudgetReached):
        on_duckdb.land(parallel=1)
    landed = {name for (name,) in on_duckdb.rows("select object from raw._cursors")}
    order = [found.object for found in plan.objects]
    assert landed == set(order[: order.index(plan.stops_before)])


def test_a_budget_that_is_crossed_already_begins_nothing(on_duckdb: Target) -> None:
    on_duckdb.org.control("POST", "limits", {"maximum": 1000, "used": 900})
    plan = planned(on_duckdb)
    assert (plan.stops_before, plan.fits) == ("Organization", False)
    assert ", 0 left before the reserve" in plan.verdict
    on_duckdb.org.control("POST", "limits", {"maximum": 1000, "used": 1000})
    with pytest.raises(BudgetReached):
        planned(on_duckdb)


def test_bulk_is_foretold_with_its_jobs_and_what_the_org_has_left_of_them(on_duckdb: Target) -> None:
    plan = planned(on_duckdb, bulk_from_rows=300, only=("Contact", "Case"))
    contact, case = each(plan)["Contact"], each(plan)["Case"]
    assert (contact.api, contact.api_reason) == ("bulk", "300 rows or more")
    assert (case.api, case.api_reason) == ("rest", "fewer than 300 rows")
    assert plan.budget.bulk_jobs_left == 10_000
    assert contact.calls > 6  # describe, count, first page, create, looks, a page, delete
    log = on_duckdb.org.control("GET", "requests")["requests"]
    assert not any(request["path"].endswith("/jobs/query") for request in log)


@pytest.mark.fault("F25", "No header, so the limits are asked for, and may not be")
@pytest.mark.parametrize(("limits_answers", "fits"), [(True, True), (False, None)])
def test_an_org_that_sends_no_usage_is_asked_for_its_limits(
    on_duckdb: Target, limits_answers: bool, fits: bool | None
) -> None:
    silent = {"match": {}, "fault": "missing_header", "header": "Sforce-Limit-Info", "times": 0}
    forbidden = {
        "match": {"path": "/limits"},
        "fault": "status",
        "status": 403,
        "code": "FUNCTIONALITY_NOT_ENABLED",
        "times": 0,
    }
    on_duckdb.org.control("POST", "faults", [*([] if limits_answers else [forbidden]), silent])
    plan = planned(on_duckdb, only=("Account",))
    assert plan.fits is fits
    assert ("does not say how many it has left" in plan.verdict) is not limits_answers


def test_an_object_that_cannot_be_described_or_counted_is_told_and_the_others_are_planned(
    on_duckdb: Target,
) -> None:
    on_duckdb.org.control("POST", "permissions", {"object": "Contact", "readable": False})
    refused = {
        "match": {"path": "queryAll", "body": r"COUNT\(\) FROM Case"},
        "fault": "status",
        "status": 400,
        "code": "MALFORMED_QUERY",
        "times": 0,
    }
    on_duckdb.org.control("POST", "faults", refused)
    plan = planned(on_duckdb, only=("Account", "Contact", "Case"))
    found = each(plan)
    assert found["Account"].error is None
    assert (found["Contact"].error or {})["error"] == "ObjectRefused"
    assert found["Case"].rows is None
    assert isinstance(plan_error(plan), ObjectRefused)
    told = spell_plan(plan, Path("none"))
    assert "Not known: Contact: The org has no object Contact" in told
    assert "not counted: Contact, Case" in plan.verdict


def test_another_org_is_refused(target: Target) -> None:
    target.land(only=("Account",))
    with target.database.connect() as connection:
        connection.execute("update raw._cursors set org_id = '00D000000000002AAA'")
    with pytest.raises(SettingsError):
        planned(target, only=("Account",))


def test_the_command_prints_a_table_or_json_and_a_run_at_work_is_named(
    on_duckdb: Target, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in known_names():
        monkeypatch.delenv(name, raising=False)
    org, data = on_duckdb.org, on_duckdb.folder / "data"
    for name, value in {
        "LANDFALL_ENV_FILE": "",
        "SALESFORCE_INSTANCE_URL": org.url,
        "SALESFORCE_CLIENT_ID": org.client_id,
        "SALESFORCE_CLIENT_SECRET": org.client_secret,
        "DATABASE_URL": on_duckdb.database.url,
        "LANDFALL_DATA_DIR": str(data),
    }.items():
        monkeypatch.setenv(name, value)
    assert answer(["plan"]) == 0
    shown = capsys.readouterr().out
    assert "Cursor: SystemModstamp moves with every change; first read: all 15 objects" in shown
    assert shown.rstrip().splitlines()[-1].startswith("Fits: ")
    assert answer(["plan", "--only", "Account", "--full", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [found["object"] for found in told["objects"]] == ["Account"]
    assert told["budget"]["left"] > 70_000
    documented = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
    for name in (*told, *told["objects"][0], *told["budget"]):
        assert f"`{name}`" in documented, name
    with hold_lock(on_duckdb.database, data, "run-1"), on_duckdb.database.connect():
        assert answer(["plan"]) == 50
    assert "Run run-1 is at work" in capsys.readouterr().err
