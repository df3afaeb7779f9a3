"""Holds what a landing is asked to do and what it did, as values that can be written as JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from extract.database import Database
from extract.salesforce.login import Login

Report = Callable[..., None]


@dataclass(frozen=True)
class LandingOptions:
    login: Login
    database: Database
    data_dir: Path
    run_id: str
    only: tuple[str, ...] = ()
    full: bool = False
    lookback: timedelta = timedelta(minutes=15)
    bulk_from_rows: int = 2000
    api_reserve: float = 0.2
    parallel: int = 4
    formula_days: int = 1  # days between refreshes of formulas; 0: never
    formula_sample: int = 200  # records of all objects whose formulas are looked at daily; 0: none
    refresh: tuple[str, ...] | None = (
        None  # read these fields again, () all formulas; None: those that are due
    )


@dataclass(frozen=True)
class ObjectLanding:
    """One object's share. Moments are ISO texts in UTC."""

    object: str
    table_name: str
    state: str  # landed: new versions came; unchanged: none; failed: see error, what is held stays
    cursor_field: str = ""
    reason: str = ""
    api: str = ""
    window_from: str | None = None
    window_to: str | None = None
    rows_served: int = 0
    versions_new: int = 0
    deleted_rows: int = 0
    calls: int = 0
    bytes: int = 0
    seconds: float = 0.0
    retries: int = 0
    in_org: int | None = None
    in_raw: int | None = None
    in_flight: int = (
        0  # of what the org counts more than raw: records that the next window brings; fewer: negative
    )
    load_ids: tuple[str, ...] = ()
    error: dict[str, str] | None = None


@dataclass(frozen=True)
class SchemaChange:
    """A difference between two describes of an object."""

    object: str
    field: str
    change: str  # added | vanished | returned | retyped
    before: str | None
    after: str | None
    column: str = ""  # of raw
    hint: str = ""  # what it may be instead, in words


@dataclass
class ColumnsRead:
    """Columns of one object that were read for all its records: a new field's, or formulas."""

    object: str
    fields: tuple[str, ...]
    why: str  # added | returned | retyped | followed | formula, or several
    state: str = "waits"  # done; waits: goes on in the next landing
    expected: int | None = None  # records; None until they are counted, and where that takes the org too long
    rows_served: int = 0
    versions_new: int = 0  # records that said something else: of formulas, how many were stale
    left_out: int = 0  # changed meanwhile: their window brings them
    error: dict[str, str] | None = None


@dataclass(frozen=True)
class FormulaSample:
    """How many of some records of an object hold a formula that says something else in the org by now."""

    object: str
    fields: tuple[str, ...]
    sampled: int
    stale: int
    every_record: bool = False  # a refresh looked at all of them, and put them right


@dataclass(frozen=True)
class Followed:
    """Records of one object that were read again, because what they refer to was deleted, merged or taken back."""

    object: str
    records: int
    versions_new: int = 0  # records that said something else
    error: dict[str, str] | None = None  # then they are read by the next landing


@dataclass(frozen=True)
class LandingResult:
    org_id: str
    instance: str
    objects: tuple[ObjectLanding, ...]
    schema_changes: tuple[SchemaChange, ...]
    columns_read: tuple[ColumnsRead, ...]
    followed: tuple[Followed, ...]
    formula_samples: tuple[FormulaSample, ...]
    calls: int
    api_used: int | None
    api_limit: int | None
