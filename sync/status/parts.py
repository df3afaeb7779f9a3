"""The parts of the status document: one class for each list of `landfall status --json`, with what its fields mean."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Mood = Literal["good", "warn", "bad", "none"]
Moment = AwareDatetime | None


class Part(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class AnswerPart(Part):
    key: Literal["complete", "fresh", "refused", "budget"]
    question: str
    mood: Mood = Field(description="good, warn (look at it), bad, none (not known yet)")
    verdict: str = Field(description="the answer in a word")
    words: str = Field(description="the reason")
    next_step: str = Field(description="what to do; empty when nothing")


class ObjectPart(Part):
    object: str = Field(description="API name")
    state: Literal["never loaded", "fresh", "late", "incomplete", "refused", "not read"]
    mood: Mood
    as_of: Moment = Field(description="end of the newest window of a run that ended well")
    late_at: Moment = Field(description="from then on it is late")
    in_org: int | None = Field(description="records in the org, when last counted")
    in_raw: int | None = Field(description="the same in raw")
    in_staging: int | None = Field(description="the same that passed the rules")
    difference: int | None = Field(description="records of the org that are neither in staging nor set aside")
    why: str | None = Field(description="what differs, in words")
    set_aside: int = Field(description="records in quarantine now")
    api: str | None = Field(description="rest or bulk, of the newest reading")
    cursor_field: str | None = Field(description="the cursor; null when it is read in full")
    last_landed: Moment = Field(description="end of the newest window that brought a new version")
    rows_served: int | None = Field(description="rows of the newest reading")
    versions_new: int | None = Field(description="of these, new versions")
    deleted_rows: int | None = Field(description="of these, deleted in the org")
    bytes: int | None
    seconds: float | None
    rate: float | None = Field(description="rows per second of the newest reading")
    calls: int | None
    retries: int | None
    formulas_at: Moment = Field(description="as of when the oldest formula is known")
    reconciled_at: Moment = Field(description="when all its Ids were last compared with the org's")
    error: str | None = Field(description="why the newest reading failed")
    next_step: str | None
    run_id: str | None = Field(description="the newest reading's run")


class TablePart(Part):
    table_name: str = Field(description="in schema app")
    state: Literal["fresh", "late", "incomplete", "refused", "missing"]
    mood: Mood
    as_of: Moment = Field(description="end of the newest run that found it right or made it right")
    late_at: Moment
    live: int | None = Field(description="rows that are not deleted")
    gone: int | None = Field(description="rows that are deleted in Salesforce")
    inserted: int
    updated: int
    deleted: int
    unchanged: int
    last_changed: Moment
    seconds: float | None
    rate: float | None = Field(description="rows compared per second")
    proven_at: Moment = Field(
        description="when it was last counted and held what it should; null when it did not"
    )
    not_proven: str = Field(description="why it was not, in words")
    unresolved: int = Field(description="open references of its rows")
    run_id: str = Field(description="the newest publish")


class StagePart(Part):
    stage: str
    state: str
    seconds: float | None
    peak_mb: float | None


class RunPart(Part):
    run_id: str
    command: str
    rolled_back_to: str = Field(description="of a rollback, the run as of which it published; else empty")
    state: str = Field(
        description="running, published, unchanged, refused, failed, deferred, held or crashed"
    )
    mood: Mood
    exit_code: int | None
    started_at: AwareDatetime
    ended_at: Moment
    seconds: float | None
    landed: int = Field(description="new versions")
    set_aside: int
    written: int = Field(description="rows of app inserted, updated and deleted")
    calls: int | None
    api_used: int | None = Field(description="of the org's calls of 24 hours, as the org said")
    api_limit: int | None
    retries: int
    what: str | None = Field(description="the error, in three parts")
    where: str | None
    next_step: str | None
    stages: list[StagePart]


class BrokenRulePart(Part):
    object: str
    rule: str
    severity: str
    meaning: str | None
    rows_checked: int | None
    rows_failed: int | None
    outcome: str


class IssuePart(Part):
    object: str
    rule: str
    kind: str = Field(description="broken or could_not_run")
    severity: str
    owner: str | None
    meaning: str | None
    fields: str | None = Field(description="where it is repaired, by API names")
    affected: int | None = Field(description="records")
    opened_at: Moment
    first_opened_at: Moment
    seen_run: str | None = Field(description="the newest run that saw it")
    reopened: int = Field(description="how often it came back")
    trend: list[int] = Field(description="records in the last runs, oldest first")


class UnresolvedPart(Part):
    table_name: str
    column_name: str
    missing_object: str | None
    references_open: int
    missing: int = Field(description="different records that are not here")
    oldest: Moment


class CorrectionPart(Part):
    table_name: str
    column_name: str
    corrections: int
    oldest: Moment


class ConflictPart(CorrectionPart):
    kind: str = Field(description="differs (applied all the same) or invalid (not applied)")


class UnmappedPart(Part):
    vocabulary: str
    raw_values: int
    row_count: int


class SchemaChangePart(Part):
    object: str
    field: str
    change: str = Field(description="added, vanished, returned or retyped")
    before: str | None
    after: str | None
    hint: str | None
    models: str | None
    tables: str | None
    seen_at: Moment


class ColumnPart(Part):
    object: str
    field: str
    why: str
    read_at: Moment = Field(description="as of when it is known for all records")
    waits_since: Moment = Field(description="since when it waits to be read for all records")


class SeriesPart(Part):
    name: str = Field(description="an object, a table or a step")
    done: int
    expected: int | None
    unit: str
    rate: float | None
    seconds_left: float | None


class AtWorkPart(Part):
    run_id: str
    pid: int
    host: str
    since: str
    command: str | None = None
    stage: str | None = Field(None, description="the one that runs now")
    retries: int = 0
    series: list[SeriesPart] = Field(default_factory=list, description="what is being read or written now")
