"""Starts each stage's work with what the settings and the run's request say.

Each function imports its own stage only: a process loads dlt, Great Expectations or dbt, never two of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from sync.settings import ROOT, Settings

Report = Callable[..., None]
Work = Callable[[Settings, Mapping[str, Any], Report], object]


def extract(settings: Settings, request: Mapping[str, Any], report: Report) -> object:
    """Salesforce into `raw`."""
    from extract.landing import LandingOptions, land_objects

    options = LandingOptions(
        login=settings.login(),
        database=settings.database,
        data_dir=settings.data_dir,
        run_id=request["run_id"],
        only=tuple(request.get("only", ())),
        full=request["full"],
        lookback=timedelta(minutes=settings.lookback_minutes),
        bulk_from_rows=settings.bulk_from_rows,
        api_reserve=settings.api_reserve,
        parallel=settings.parallel,
        formula_days=settings.formula_days,
        formula_sample=settings.formula_sample,
        refresh=None if request["refresh"] is None else tuple(request["refresh"]),
    )
    return land_objects(options, report)


def reconcile(settings: Settings, request: Mapping[str, Any], report: Report) -> object:
    """All Ids of the org against `raw`."""
    from extract.landing.reconcile import ReconcileOptions, reconcile_objects

    options = ReconcileOptions(
        login=settings.login(),
        database=settings.database,
        data_dir=settings.data_dir,
        run_id=request["run_id"],
        only=tuple(request["only"]),
        lookback=timedelta(minutes=settings.lookback_minutes),
        bulk_from_rows=settings.bulk_from_rows,
        api_reserve=settings.api_reserve,
        allow_mass_delete=settings.allow_mass_delete,
    )
    return reconcile_objects(options, report)


def verify(settings: Settings, request: Mapping[str, Any], report: Report) -> object:
    """A sample of records of the org against `raw`, cell by cell."""
    from extract.landing.verify import VerifyOptions, verify_objects

    options = VerifyOptions(
        login=settings.login(),
        database=settings.database,
        data_dir=settings.data_dir,
        run_id=request["run_id"],
        seed=request["seed"],
        sample=request["sample"],
        only=tuple(request["only"]),
        lookback=timedelta(minutes=settings.lookback_minutes),
        bulk_from_rows=settings.bulk_from_rows,
        api_reserve=settings.api_reserve,
    )
    return verify_objects(options, report)


def validate(settings: Settings, request: Mapping[str, Any], report: Report) -> object:
    """What landed against the rules."""
    from expectations.validate import ValidationOptions, validate_landing

    options = ValidationOptions(
        database=settings.database,
        run_id=request["run_id"],
        loads={name: tuple(ids) for name, ids in request["loads"].items()},
        docs_dir=settings.site_dir / "data-docs",
        results_dir=settings.data_dir / "quality" / "results",
        runs_kept=settings.runs_shown,
        quarantine_limit=settings.quarantine_limit,
        replay=bool(request.get("replay")),
    )
    return validate_landing(options, report)


def transform(settings: Settings, request: Mapping[str, Any], report: Report) -> object:
    """`raw` into `staging` and `build`."""
    from sync.stages.transform import TransformOptions, build_models

    options = TransformOptions(
        database=settings.database,
        project_dir=ROOT / "dbt_project",
        data_dir=settings.data_dir,
        site_dir=settings.site_dir,
        run_id=request["run_id"],
        full=request["full"],
        settings=settings.for_models,
    )
    return build_models(options, report)


def rebuild(settings: Settings, request: Mapping[str, Any], report: Report) -> object:
    """`raw` as of an earlier run into schemas of its own."""
    from sync.rollback.as_of import SUFFIX
    from sync.stages.rebuild import rebuild_models
    from sync.stages.transform import TransformOptions

    options = TransformOptions(
        database=settings.database,
        project_dir=ROOT / "dbt_project",
        data_dir=settings.data_dir,
        site_dir=settings.site_dir,
        run_id=request["run_id"],
        full=True,
        settings=settings.for_models,
        suffix=SUFFIX,
    )
    return rebuild_models(options, report)


def check(settings: Settings, request: Mapping[str, Any], report: Report) -> object:
    """What was built against the rules of whole tables, before it is published."""
    from expectations.check import CheckOptions, check_build
    from sync.publish.manifest import read_contract

    contract = read_contract(Path(request["manifest"]))
    options = CheckOptions(
        database=settings.database,
        run_id=request["run_id"],
        tables={table.name: table.row_key for table in contract},
        build_schema=contract[0].build_schema,
        docs_dir=settings.site_dir / "data-docs",
        results_dir=settings.data_dir / "quality" / "results",
        runs_kept=settings.runs_shown,
        only=tuple(request.get("only", ())),
    )
    return check_build(options, report)


def publish(settings: Settings, request: Mapping[str, Any], report: Report) -> object:
    """`build` into `app`, all or nothing."""
    from sync.publish import PublishOptions
    from sync.publish import publish as publish_build

    options = PublishOptions(
        database=settings.database,
        manifest=Path(request["manifest"]),
        run_id=request["run_id"],
        published_through=request["through"],
        allow_mass_delete=settings.allow_mass_delete,
        only=tuple(request.get("only", ())),
        rolled_back_to=request.get("rolled_back_to", ""),
    )
    return publish_build(options, report)


def erase(settings: Settings, request: Mapping[str, Any], report: Report) -> object:
    """A person's records out of `raw`; the stages that follow take them out of the rest."""
    from extract.landing.erasure import AskingOrg
    from sync.erasing.begin import EraseOptions, begin_erasure

    asking = (
        AskingOrg(
            database=settings.database,
            data_dir=settings.data_dir,
            run_id=request["run_id"],
            lookback=timedelta(minutes=settings.lookback_minutes),
            bulk_from_rows=settings.bulk_from_rows,
            api_reserve=settings.api_reserve,
            login=settings.login(),
        )
        if request["ask_org"]
        else None
    )
    options = EraseOptions(
        database=settings.database,
        manifest=settings.manifest,
        run_id=request["run_id"],
        ids=tuple(request["ids"]),
        who=request["who"],
        why=request["why"],
        dry_run=request["dry_run"],
        asking=asking,
    )
    return begin_erasure(options, report)


def sweep(settings: Settings, request: Mapping[str, Any], report: Report) -> object:
    """Files and free space that may hold what was erased."""
    from sync.erasing.sweep import SweepOptions
    from sync.erasing.sweep import sweep as sweep_up

    return sweep_up(SweepOptions(settings.database, settings.data_dir, request["run_id"]), report)


def diff(settings: Settings, request: Mapping[str, Any], report: Report) -> object:
    """What a publish of `build` would change in `app`."""
    from sync.publish import DiffOptions
    from sync.publish import diff as diff_build

    options = DiffOptions(
        database=settings.database,
        manifest=Path(request["manifest"]),
        told=tuple(request["tables"]),
        rows_told=request["rows_told"],
        allow_mass_delete=settings.allow_mass_delete,
        rolled_back_to=request.get("rolled_back_to", ""),
    )
    return diff_build(options, report)


STAGES: dict[str, Work] = {
    "extract": extract,
    "reconcile": reconcile,
    "verify": verify,
    "validate": validate,
    "transform": transform,
    "rebuild": rebuild,
    "check": check,
    "publish": publish,
    "diff": diff,
    "erase": erase,
    "sweep": sweep,
}
