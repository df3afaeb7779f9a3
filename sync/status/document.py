"""The state of a target for machines: what `landfall status --json` prints and `status.json` beside the page holds.

docs/reference/status-json.md is made from these classes. Fields are added, never renamed or removed, within a version.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from pydantic import AwareDatetime, Field

from sync.site.answers import is_fresh, worst_mood
from sync.site.expected import Expected
from sync.site.numbers import Numbers
from sync.site.runs import newest_that_counts
from sync.status.parts import (
    AnswerPart,
    AtWorkPart,
    BrokenRulePart,
    ColumnPart,
    ConflictPart,
    CorrectionPart,
    IssuePart,
    Moment,
    Mood,
    ObjectPart,
    Part,
    RunPart,
    SchemaChangePart,
    TablePart,
    UnmappedPart,
    UnresolvedPart,
)

VERSION = 1


class StatusDocument(Part):
    version: int = Field(VERSION, description="of this shape")
    target: str = Field(description="the database, without its password")
    read_at: AwareDatetime = Field(description="when the numbers were read")
    judged_at: AwareDatetime = Field(description="when late or fresh was judged")
    mood: Mood = Field(description="the worst of the answers")
    late_hours: float
    last_good_sync_at: Moment = Field(
        description="end of the newest sync that left the application up to date"
    )
    published_run: str | None = Field(description="the newest run that published")
    rolled_back_to: str | None = Field(description="the earlier run at which the application schema stands")
    org_id: str
    at_work: AtWorkPart | None = Field(None, description="the run at work with this data folder")
    answers: list[AnswerPart]
    objects: list[ObjectPart]
    tables: list[TablePart]
    runs: list[RunPart] = Field(description="the last 30, newest first")
    broken_rules: list[BrokenRulePart] = Field(description="of the newest validation")
    issues: list[IssuePart] = Field(description="the open ones, worst first")
    unresolved: list[UnresolvedPart]
    overrides: list[CorrectionPart]
    conflicts: list[ConflictPart]
    unmapped: list[UnmappedPart]
    schema_changes: list[SchemaChangePart] = Field(description="the last 20")
    columns: list[ColumnPart] = Field(description="formulas, and columns that wait; oldest first")

    @property
    def judged_by(self) -> RunPart | None:
        """The run that says how things stand; None when none has ended."""
        return newest_that_counts(self.runs)

    def answer(self, key: str) -> AnswerPart:
        return next(each for each in self.answers if each.key == key)


LISTS = [
    "answers",
    "objects",
    "tables",
    "runs",
    "broken_rules",
    "issues",
    "unresolved",
    "overrides",
    "conflicts",
    "unmapped",
    "schema_changes",
    "columns",
]


def make_document(numbers: Numbers, target: str, expected: Expected) -> StatusDocument:
    given: dict[str, Any] = {name: getattr(numbers, name) for name in LISTS}
    return StatusDocument.model_validate(
        {
            **given,
            "target": target,
            "read_at": numbers.read_at,
            "judged_at": numbers.read_at,
            "mood": worst_mood(numbers.answers),
            "late_hours": expected.late_after.total_seconds() / 3600,
            "last_good_sync_at": numbers.last_good.ended_at if numbers.last_good else None,
            "published_run": numbers.published_run,
            "rolled_back_to": numbers.rollback.to if numbers.rollback else None,
            "org_id": numbers.org_id,
        },
        from_attributes=True,
    )


def judge_again(document: StatusDocument, now: datetime) -> StatusDocument:
    """The same numbers, with late and fresh as of `now`: a document may be read long after it was made."""
    parts: list[Any] = [*document.objects, *document.tables]
    for part in parts:
        if part.state in ("fresh", "late") and part.late_at is not None:
            is_late = now > part.late_at
            part.state, part.mood = ("late", "warn") if is_late else ("fresh", "good")
    if document.rolled_back_to is None:
        _answer_fresh_again(document, now)
    document.judged_at, document.mood = now, worst_mood(document.answers)
    return document


def _answer_fresh_again(document: StatusDocument, now: datetime) -> None:
    ended_at = document.last_good_sync_at
    fresh = is_fresh(
        document.objects,
        SimpleNamespace(ended_at=ended_at) if ended_at else None,
        document.judged_by,
        None,
        Expected(late_after=timedelta(hours=document.late_hours)),
        now,
    )
    document.answers = [
        AnswerPart.model_validate(fresh, from_attributes=True) if each.key == "fresh" else each
        for each in document.answers
    ]
